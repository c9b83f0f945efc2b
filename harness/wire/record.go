package wire

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A recorder makes the evidence of one exchange. Only what it writes is ever printed.
type recorder struct {
	client   *Client
	question Question
	url      *url.URL
	began    time.Time
	before   string // the curl line of the questions that went before on the same connection; empty: it is the first
}

// noAnswer is the error about a question that got no answer.
func (r *recorder) noAnswer(ctx context.Context, err error, timeout time.Duration, a harness.Answer) *NoAnswer {
	why := reason(ctx, err, r.url, timeout)
	return &NoAnswer{Reason: why, Err: err, Evidence: r.silent(why, a)}
}

// record adds evidence to an answer.
func (r *recorder) record(a *harness.Answer, err error) {
	if err != nil {
		return
	}
	a.Evidence = r.evidence(*a)
}

// silent is the evidence of a question that got no answer.
func (r *recorder) silent(why string, a harness.Answer) *harness.Evidence {
	e := r.evidence(a)
	e.Silence = newRedactor(r.question, r.client.Secrets).text(why)
	return e
}

func (r *recorder) evidence(a harness.Answer) *harness.Evidence {
	q, red := r.question, newRedactor(r.question, r.client.Secrets)
	e := &harness.Evidence{
		Person:  q.Person.Name,
		Role:    q.Person.Role,
		Control: q.Control,
		At:      r.began,
		Took:    ms(time.Since(r.began)),
		TLS:     a.TLS,
		Curl:    r.curl(red),
		Question: harness.Message{
			Line:   harness.Printable(q.method() + " " + red.location(r.url.RequestURI()) + " HTTP/1.1"),
			Host:   harness.Printable(q.host(r.url)),
			Header: red.headers(q.Header),
		},
	}
	if q.Form != nil {
		e.Question.Header = append([]string{"Content-Type: " + formType}, e.Question.Header...)
		e.Question.Body = harness.Printable(red.form(q.Form))
	} else if len(q.Body) > 0 {
		e.Question.Body = red.body(q.Body)
	}
	if a.Status != 0 {
		e.Reply = &harness.Message{
			Line:   "HTTP/1.1 " + statusText(a.Status),
			Header: red.headers(a.Header),
			Body:   red.body(a.Body),
		}
		e.Tokens = tokens(a, red)
	}
	return e
}

// curl is the command line that asks so: with the questions that went before on the connection, and none where a session is
// resumed, which curl does not do across certificates.
func (r *recorder) curl(red *redactor) string {
	if r.question.TLS.Session != nil {
		return ""
	}
	line := curl(r.question, r.url, r.client, red)
	if r.before == "" {
		return line
	}
	return r.before + " --next " + strings.TrimPrefix(line, "curl ")
}

func statusText(code int) string {
	text := http.StatusText(code)
	if text == "" {
		text = "(unknown)"
	}
	return itoa(code) + " " + text
}

// tokens decodes the JSON Web Tokens in a JSON answer: header and claims, never a signature.
func tokens(a harness.Answer, red *redactor) []harness.Token {
	var members map[string]json.RawMessage
	if json.Unmarshal(a.Body, &members) != nil {
		return nil
	}
	var out []harness.Token
	for _, name := range []string{"access_token", "id_token"} {
		var s string
		if json.Unmarshal(members[name], &s) != nil || s == "" {
			continue
		}
		t := harness.Token{Member: name, Mark: mark(s, true)}
		if header, claims, ok := jwt(s); ok {
			t.Header, t.Claims = red.document(header), red.document(claims)
		}
		out = append(out, t)
	}
	return out
}

// document redacts a JSON text; nothing is left of one that is no JSON.
func (r *redactor) document(doc json.RawMessage) json.RawMessage {
	out, ok := r.json(doc)
	if !ok {
		return nil
	}
	return json.RawMessage(out)
}
