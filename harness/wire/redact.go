package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
)

// secretNames are the form fields and JSON members whose values never enter evidence. Tokens keep a fingerprint, so
// that two of them can be told apart; what a person chose (a secret, a password) keeps only its length.
func secretNames() map[string]bool {
	return map[string]bool{ // name → keeps a fingerprint
		"client_secret": false, "password": false, "assertion": true, "client_assertion": true, "code": true,
		"code_verifier": true, "access_token": true, "refresh_token": true, "id_token": true, "token": true,
		"subject_token": true, "actor_token": true, "device_code": true, "user_code": true, "auth_req_id": true,
		"request": true, "request_uri": true, "registration_access_token": true, "id_token_hint": true, "logout_token": true,
		"d": false, "p": false, "q": false, "dp": false, "dq": false, "qi": false, "k": false, // private members of a JWK
	}
}

func secretHeaders() []string {
	return []string{"authorization", "proxy-authorization", "cookie", "set-cookie", "dpop", "x-api-key"}
}

// A redactor takes the secrets of one exchange out of whatever is recorded of it.
type redactor struct {
	names map[string]bool
	known []string // every spelling of every known secret, longest first
}

func newRedactor(q Question, more []string) *redactor {
	r := &redactor{names: secretNames()}
	values := slices.Clone(more)
	values = append(values, q.Person.Secret)
	for _, f := range q.Form {
		if _, secret := r.names[f.Name]; secret {
			values = append(values, f.Value)
		}
	}
	for name, vs := range q.Header {
		if slices.Contains(secretHeaders(), strings.ToLower(name)) {
			for _, v := range vs {
				_, credential, _ := strings.Cut(v, " ")
				values = append(values, v, credential)
			}
		}
	}
	for _, v := range values {
		if len(v) < 4 { // shorter values would blot out ordinary words
			continue
		}
		b := []byte(v)
		quoted, _ := json.Marshal(v)
		r.known = append(r.known, v, url.QueryEscape(v), url.PathEscape(v), string(quoted[1:len(quoted)-1]),
			base64.StdEncoding.EncodeToString(b), base64.RawStdEncoding.EncodeToString(b), base64.URLEncoding.EncodeToString(b),
			base64.RawURLEncoding.EncodeToString(b), hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)))
	}
	slices.SortFunc(r.known, func(a, b string) int { return len(b) - len(a) })
	r.known = slices.Compact(r.known)
	return r
}

// text takes known secrets and JWTs out of free text.
func (r *redactor) text(s string) string {
	for _, k := range r.known {
		s = strings.ReplaceAll(s, k, "[redacted]")
	}
	words := strings.FieldsFunc(s, func(c rune) bool {
		return !alphanumeric(c) && !strings.ContainsRune("-_.", c)
	})
	for _, w := range words {
		if _, _, ok := jwt(w); ok {
			s = strings.ReplaceAll(s, w, mark(w, true))
		}
	}
	return s
}

// value is what stands for the value of a named field.
func (r *redactor) value(name, v string) string {
	fingerprint, secret := r.names[name]
	switch {
	case v == "":
		return ""
	case secret:
		return mark(v, fingerprint)
	}
	return r.text(v)
}

// mark stands for a secret: its kind, its length in bytes, and for what a server made, the start of its SHA-256.
func mark(v string, fingerprint bool) string {
	if !fingerprint {
		return fmt.Sprintf("[redacted %d B]", len(v))
	}
	kind := "token"
	if _, _, ok := jwt(v); ok {
		kind = "JWT"
	}
	sum := sha256.Sum256([]byte(v))
	return fmt.Sprintf("[%s %d B sha256:%s]", kind, len(v), hex.EncodeToString(sum[:4]))
}

// jwt splits a compact JWS into its decoded header and claims.
func jwt(s string) (header, claims json.RawMessage, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(s) < 20 {
		return nil, nil, false
	}
	h, err1 := base64.RawURLEncoding.DecodeString(parts[0])
	c, err2 := base64.RawURLEncoding.DecodeString(parts[1])
	if err1 != nil || err2 != nil || !json.Valid(h) || !bytes.HasPrefix(bytes.TrimSpace(h), []byte("{")) {
		return nil, nil, false
	}
	if !json.Valid(c) {
		c = nil
	}
	return h, c, true
}

func (r *redactor) form(f Form) string {
	parts := make([]string, len(f))
	for i, x := range f {
		v := url.QueryEscape(x.Value)
		if _, secret := r.names[x.Name]; secret && x.Value != "" {
			v = r.value(x.Name, x.Value)
		}
		parts[i] = r.text(url.QueryEscape(x.Name)) + "=" + v
	}
	return strings.Join(parts, "&")
}

func (r *redactor) headers(h http.Header) []string {
	var out []string
	for _, name := range sortedKeys(h) {
		for _, v := range h[name] {
			if slices.Contains(secretHeaders(), strings.ToLower(name)) {
				scheme, credential, two := strings.Cut(v, " ")
				if !two {
					scheme, credential = "", v
				}
				v = strings.TrimSpace(scheme + " " + mark(credential, false))
			} else if strings.EqualFold(name, "Location") {
				v = r.location(v)
			} else {
				v = r.text(v)
			}
			out = append(out, harness.Printable(name+": "+v))
		}
	}
	return out
}

// location redacts the query and fragment of a redirect, where codes and tokens travel.
func (r *redactor) location(v string) string {
	u, err := url.Parse(v)
	if err != nil {
		return "[redacted: no URL]"
	}
	clean := func(raw string) string {
		var out []string
		for part := range strings.SplitSeq(raw, "&") {
			name, value, _ := strings.Cut(part, "=")
			plain, err := url.QueryUnescape(value)
			if err != nil {
				plain = value
			}
			out = append(out, name+"="+r.value(name, plain))
		}
		return strings.Join(out, "&")
	}
	base, _, _ := strings.Cut(v, "?")
	base, _, _ = strings.Cut(base, "#")
	out := r.text(base)
	if u.RawQuery != "" {
		out += "?" + clean(u.RawQuery)
	}
	if u.Fragment != "" {
		out += "#" + clean(u.EscapedFragment())
	}
	return out
}

// maxShown is how much of a body evidence keeps, in bytes.
const maxShown = 4096

// body redacts an answer's body: JSON member by member, anything else as text.
func (r *redactor) body(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	out, ok := r.json(b)
	if !ok {
		out = r.text(string(b))
	}
	out = printableLines(out)
	if len(out) > maxShown {
		out = strings.ToValidUTF8(out[:maxShown], "") + fmt.Sprintf("… (%d bytes in all)", len(b))
	}
	return out
}

func printableLines(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = harness.Printable(strings.ReplaceAll(l, "\t", "  "))
	}
	return strings.Join(lines, "\n")
}
