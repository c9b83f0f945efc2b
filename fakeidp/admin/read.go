package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxBody is how long the body of a request may be.
const maxBody = 1 << 20

// deepest is how many lists and objects may stand within each other.
const deepest = 100

// checkHead looks at the parameters of a request and at what its header says of the body.
func checkHead(r *http.Request, to route) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return errors.New("the parameters cannot be read; write them as name=value&name=value, with % escapes")
	}
	for name, values := range query {
		switch {
		case !slices.Contains(to.query, name) && len(to.query) == 0:
			return fmt.Errorf("there is no parameter %q; %s %s takes none", name, to.method, to.path)
		case !slices.Contains(to.query, name):
			return fmt.Errorf("there is no parameter %q; %s", name, proposal(name, to.query))
		case len(values) > 1:
			return fmt.Errorf("the parameter %s stands twice", name)
		}
	}
	if to.takes == nil {
		return nil
	}
	kind := r.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(kind)
	// curl -d calls everything a form, and other sites' pages, which could do so too, are kept out by their Origin.
	plain := []string{"application/json", "text/json", "text/plain", "application/x-www-form-urlencoded"}
	switch {
	case kind != "" && (err != nil || !slices.Contains(plain, media) && !strings.HasSuffix(media, "+json")):
		return refusal{http.StatusUnsupportedMediaType, fmt.Errorf("the body is %q; send application/json", kind)}
	case r.Header.Get("Content-Encoding") != "":
		return refusal{http.StatusUnsupportedMediaType, errors.New("the body has a Content-Encoding; send JSON as it is")}
	}
	return nil
}

// body is the whole body of a request.
func body(r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(r.Body)
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return nil, refusal{http.StatusRequestEntityTooLarge, fmt.Errorf("the body has more than %d bytes", long.Limit)}
	case err != nil:
		return nil, errors.New("the body could not be read to its end")
	}
	return text, nil
}

// noBody refuses a body where none is looked at: whoever sends one expects something of it.
func noBody(r *http.Request) error {
	text, err := body(r)
	if text = bytes.TrimSpace(text); err == nil && len(text) > 0 && string(text) != "{}" {
		return errors.New("this takes no body")
	}
	return err
}

// read is the body of a request: one JSON object, of which everything that is wrong is told in the words of its members.
func read[T any](r *http.Request) (T, error) {
	var v T
	text, err := body(r)
	if err != nil {
		return v, err
	}
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return v, errors.New("the body is empty; send a JSON object")
	case !utf8.Valid(text):
		return v, errors.New("the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	tree, err := parse(d, 0)
	if err != nil {
		return v, notJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return v, errors.New("the body holds more than one JSON object")
	}
	c := &checker{}
	c.check(tree, reflect.TypeFor[T](), "")
	if err := errors.Join(c.wrong...); err != nil {
		return v, err
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return v, errors.New("the body cannot be read") // the checker has let nothing through that would lead here
	}
	return v, nil
}

// notJSON tells where the body ceases to be JSON.
func notJSON(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("the body is no JSON from byte %d on: %w", syntax.Offset, syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the body is no JSON: it ends in the middle")
	}
	return err
}

// object is a JSON object with its members as they were written, repeated ones included.
type object []member

type member struct {
	name  string
	value any
}

// parse reads the next value.
func parse(d *json.Decoder, depth int) (any, error) {
	if depth > deepest {
		return nil, fmt.Errorf("lists and objects stand more than %d deep within each other", deepest)
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := parse(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := parse(d, depth+1)
			if err != nil {
				return nil, err
			}
			o = append(o, member{name.(string), v}) // the decoder takes nothing else for a name
		}
		_, err := d.Token()
		return o, err
	}
	return t, nil
}
