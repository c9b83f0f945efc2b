package scenarios

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

func joined(errs []error) error { return errors.Join(errs...) }

// A change makes one thing of a question different.
type change func(*wire.Question)

// form sets a form field to the given values, in place; without values the field is left out.
func form(name string, values ...string) change {
	return func(q *wire.Question) { q.Form = q.Form.With(name, values...) }
}

// header adds a header, its name written as given.
func header(name string, values ...string) change {
	return func(q *wire.Question) {
		if q.Header == nil {
			q.Header = http.Header{}
		}
		q.Header[name] = append(q.Header[name], values...)
	}
}

// basic adds the Basic credentials of RFC 6749 §2.3.1: both parts form-urlencoded.
func basic(id, secret string) change {
	return header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret))))
}

// at asks another URL.
func at(u string) change { return func(q *wire.Question) { q.URL = u } }

// by uses another method.
func by(method string) change { return func(q *wire.Question) { q.Method = method } }

// hosted sends another Host header.
func hosted(host string) change { return func(q *wire.Question) { q.Host = host } }

// saying sends a body of another content type instead of the form; an empty type sends no Content-Type.
func saying(contentType, body string) change {
	return func(q *wire.Question) {
		q.Form, q.Body = nil, []byte(body)
		if contentType != "" {
			header("Content-Type", contentType)(q)
		}
	}
}

// Token asks for a token with client_credentials, where a client that uses mutual TLS asks: at the alias of the token
// endpoint if there is one (RFC 8705 §5). The person's client_id goes into the form; its secret is not sent (see secret).
func (w *World) Token(ctx context.Context, p harness.Person, changes ...change) suite.Answer {
	ginkgo.GinkgoHelper()
	return w.put(ctx, w.tokenQuestion(p), changes)
}

func (w *World) tokenQuestion(p harness.Person) wire.Question {
	q := wire.Question{Person: p, URL: w.tokenURL(), Form: wire.Form{{Name: "grant_type", Value: "client_credentials"}}}
	if p.ClientID != "" {
		q.Form = q.Form.With("client_id", p.ClientID)
	}
	if w.Target.Scope != "" {
		q.Form = q.Form.With("scope", w.Target.Scope)
	}
	return q
}

// both makes several changes.
func both(changes ...change) change {
	return func(q *wire.Question) {
		for _, c := range changes {
			c(q)
		}
	}
}

// secret sends the person's own shared secret: in the form where the server says that it takes secrets there
// (client_secret_post), else in a Basic header, which every server must take (RFC 6749 §2.3.1). IdentityServer takes both.
func (w *World) secret(p harness.Person) change { return w.secretAt(p, "token_endpoint") }

func (w *World) secretAt(p harness.Person, endpoint string) change {
	methods := w.Target.Metadata.Strings(endpoint + "_auth_methods_supported")
	if methods == nil { // what is not said for another endpoint is as for the token endpoint (RFC 8414 §2)
		methods = w.Target.Metadata.Strings("token_endpoint_auth_methods_supported")
	}
	if w.Target.Is("identityserver") || slices.Contains(methods, "client_secret_post") {
		return form("client_secret", p.Secret)
	}
	return both(form("client_id"), basic(p.ClientID, p.Secret))
}

// inQuery puts the form into the URL, as GET.
func inQuery(q *wire.Question) {
	query(q.Form...)(q)
	q.Method, q.Form, q.Body = http.MethodGet, nil, []byte{}
}

// query adds parameters to the URL.
func query(parameters ...wire.Field) change {
	return func(q *wire.Question) {
		separator := "?"
		if strings.Contains(q.URL, "?") {
			separator = "&"
		}
		q.URL += separator + wire.Form(parameters).Encode()
	}
}

// Introspect asks what a token is (RFC 7662), as caller.
func (w *World) Introspect(ctx context.Context, caller harness.Person, token string, changes ...change) suite.Answer {
	ginkgo.GinkgoHelper()
	endpoint := w.Target.Metadata.Endpoint("introspection_endpoint")
	if endpoint == "" {
		w.NotApplicable("the target offers no introspection")
	}
	q := wire.Question{Person: caller, URL: endpoint, Form: wire.Form{{Name: "token", Value: token}}}
	if caller.ClientID != "" {
		q.Form = q.Form.With("client_id", caller.ClientID)
	}
	if caller.Secret != "" {
		changes = append([]change{w.secretAt(caller, "introspection_endpoint")}, changes...)
	}
	return w.put(ctx, q, changes)
}

// Get fetches a URL as a person.
func (w *World) Get(ctx context.Context, p harness.Person, u string, changes ...change) suite.Answer {
	ginkgo.GinkgoHelper()
	return w.put(ctx, wire.Question{Person: p, URL: u}, changes)
}

// Discovery fetches the discovery document, as anybody can.
func (w *World) Discovery(ctx context.Context, changes ...change) suite.Answer {
	ginkgo.GinkgoHelper()
	return w.Get(ctx, nobody(), w.whereMetadata(), changes...)
}

func (w *World) put(ctx context.Context, q wire.Question, changes []change) suite.Answer {
	ginkgo.GinkgoHelper()
	for _, c := range changes {
		c(&q)
	}
	a := w.Ask(ctx, q)
	a.Claims = claims(a.AccessToken())
	return a
}

// tokenURL is where a client that uses mutual TLS asks for tokens.
func (w *World) tokenURL() string { return w.Target.Metadata.Endpoint("token_endpoint") }

// plainTokenURL is the token endpoint of clients without certificates.
func (w *World) plainTokenURL() string { return w.Target.Metadata.String("token_endpoint") }

// Inspect makes the claims of an answer's access token known: they stand in a JWT; for an opaque token, and for a JWT that
// does not say what it is bound to (RFC 8705 §3.1 makes that a SHOULD), the introspection endpoint is asked, as the role api
// or, without one, as the person that got the token.
func (w *World) Inspect(ctx context.Context, p harness.Person, a suite.Answer) suite.Answer {
	ginkgo.GinkgoHelper()
	_, bound := a.Claims["cnf"]
	silent := a.Claims != nil && w.Target.Metadata.Endpoint("introspection_endpoint") == "" // a JWT that nobody can tell more about
	if a.AccessToken() == "" || bound || silent {
		return a
	}
	caller := p
	if w.Has("api") {
		caller = w.Client("api")
	}
	said := w.Introspect(ctx, caller, a.AccessToken())
	var members map[string]json.RawMessage
	if said.Status != http.StatusOK || said.JSON(&members) != nil || string(members["active"]) != "true" {
		return a
	}
	if _, there := members["cnf"]; there || a.Claims == nil {
		a.Claims = members
	}
	return a
}

// claims are the claims of a JWT, nil for anything else.
func claims(token string) map[string]json.RawMessage {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var out map[string]json.RawMessage
	if err != nil || json.Unmarshal(payload, &out) != nil {
		return nil
	}
	return out
}
