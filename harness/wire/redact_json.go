package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// json rewrites a JSON text with the secret values marked. Order and repetitions of members are kept.
func (r *redactor) json(b []byte) (string, bool) {
	if !json.Valid(b) {
		return "", false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var out strings.Builder
	if err := r.jsonValue(d, &out, ""); err != nil {
		return "", false
	}
	if _, err := d.Token(); err != io.EOF {
		return "", false
	}
	return out.String(), true
}

// jsonValue copies the next value; member is the name under which it stands.
func (r *redactor) jsonValue(d *json.Decoder, out *strings.Builder, member string) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		return r.jsonGroup(d, out, t, member)
	case string:
		writeJSON(out, r.value(member, t))
	case json.Number:
		if _, secret := r.names[member]; secret {
			writeJSON(out, mark(t.String(), false))
		} else {
			out.WriteString(t.String())
		}
	default:
		writeJSON(out, t)
	}
	return nil
}

func (r *redactor) jsonGroup(d *json.Decoder, out *strings.Builder, open json.Delim, member string) error {
	out.WriteString(open.String())
	for first := true; d.More(); first = false {
		if !first {
			out.WriteString(",")
		}
		name := member // elements of a list stand under the list's name
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name, _ = key.(string)
			writeJSON(out, r.text(name))
			out.WriteString(":")
		}
		if err := r.jsonValue(d, out, name); err != nil {
			return err
		}
	}
	end, err := d.Token()
	if err != nil {
		return err
	}
	out.WriteString(end.(json.Delim).String())
	return nil
}

func writeJSON(out *strings.Builder, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) == nil {
		out.WriteString(strings.TrimSuffix(b.String(), "\n"))
	}
}
