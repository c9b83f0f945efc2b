package wire

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A Question is one HTTP request of one person.
type Question struct {
	Person  harness.Person
	Control bool        // asked to prove that somebody is served; shown in the evidence
	Method  string      // "POST"; empty: POST if there is a Form or a Body, else GET
	URL     string      // absolute https URL
	Host    string      // Host header where it differs from the URL's
	Header  http.Header // further headers; keys are sent as they are written
	Form    Form        // urlencoded body, in this order
	Body    []byte      // body as it is, instead of Form
	TLS     TLS
}

// TLS narrows how the connection is made.
type TLS struct {
	MinVersion, MaxVersion uint16 // as in crypto/tls; 0: TLS 1.2 and TLS 1.3
	ServerName             string // SNI and the name that the server's certificate must have; empty: the URL's host

	// Session is resumed if it holds a ticket, and takes up those that come. nil: nothing is resumed or kept. curl cannot ask so.
	Session *Session
}

// Form is an urlencoded form whose order and repetitions are kept.
type Form []Field

// A Field is one name and value of a form.
type Field struct{ Name, Value string }

// Encode writes the form as application/x-www-form-urlencoded.
func (f Form) Encode() string {
	parts := make([]string, len(f))
	for i, field := range f {
		parts[i] = url.QueryEscape(field.Name) + "=" + url.QueryEscape(field.Value)
	}
	return strings.Join(parts, "&")
}

// With is the form with a field set to the given values, at the place of its first occurrence or at the end; without
// values the field is taken out.
func (f Form) With(name string, values ...string) Form {
	at := slices.IndexFunc(f, func(x Field) bool { return x.Name == name })
	out := slices.DeleteFunc(slices.Clone(f), func(x Field) bool { return x.Name == name })
	if at < 0 || at > len(out) {
		at = len(out)
	}
	var in Form
	for _, v := range values {
		in = append(in, Field{name, v})
	}
	return slices.Insert(out, at, in...)
}

// Get is the first value of a field, empty if there is none.
func (f Form) Get(name string) string {
	for _, x := range f {
		if x.Name == name {
			return x.Value
		}
	}
	return ""
}

const formType = "application/x-www-form-urlencoded"

// target is the parsed URL.
func (q Question) target() (*url.URL, error) {
	u, err := url.Parse(q.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is no absolute https URL", harness.Printable(q.URL))
	}
	return u, nil
}

// bytes writes the request for one TCP write. u is the parsed URL; more says that the connection is used again.
func (q Question) bytes(u *url.URL, more bool) []byte {
	method, body := q.method(), q.Body
	if q.Form != nil {
		body = []byte(q.Form.Encode())
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, u.RequestURI(), q.host(u))
	if !has(q.Header, "User-Agent") {
		b.WriteString("User-Agent: mtlscheck\r\n")
	}
	if !has(q.Header, "Accept") {
		b.WriteString("Accept: application/json\r\n")
	}
	if q.Form != nil && !has(q.Header, "Content-Type") {
		b.WriteString("Content-Type: " + formType + "\r\n")
	}
	for _, name := range sortedKeys(q.Header) {
		for _, v := range q.Header[name] {
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	if method == http.MethodPost || method == http.MethodPut || len(body) > 0 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	if !more {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

func (q Question) method() string {
	switch {
	case q.Method != "":
		return q.Method
	case q.Form != nil || q.Body != nil:
		return http.MethodPost
	}
	return http.MethodGet
}

func (q Question) host(u *url.URL) string {
	if q.Host != "" {
		return q.Host
	}
	return u.Host
}

func has(h http.Header, name string) bool {
	for k := range h {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return false
}

func sortedKeys(h http.Header) []string {
	keys := make([]string, 0, len(h))
	for k := range h {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
