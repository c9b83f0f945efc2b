package suite

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// WellKnown are the URLs at which an issuer's metadata may be found: OpenID Connect Discovery's form (§4.1), which appends
// to the issuer's path, and the form of RFC 8414 §3.1, which puts the well-known part between host and path. Both take a
// slash at the issuer's end away first.
func WellKnown(issuer string) []string {
	u, err := url.Parse(strings.TrimRight(issuer, "/"))
	if err != nil {
		return nil
	}
	base, path := u.Scheme+"://"+u.Host, u.EscapedPath()
	return []string{base + path + "/.well-known/openid-configuration", base + "/.well-known/oauth-authorization-server" + path}
}

// Reach is the part of the preflight that needs no registered client: the issuer is an https URL, its host resolves and
// answers, its certificate verifies, and its metadata can be read. It sets the target's Metadata. The steps end with the
// first that fails; each failing step says what was seen and what to try.
func Reach(ctx context.Context, client *wire.Client) []harness.Step {
	target := client.Target
	u, err := url.Parse(target.Issuer)
	switch {
	case err != nil || u.Host == "":
		return []harness.Step{{Name: "issuer", Detail: fmt.Sprintf("%q is no URL", harness.Printable(target.Issuer)), Advice: "give the issuer as it stands in the discovery document, like https://id.example"}}
	case u.Scheme != "https":
		return []harness.Step{{Name: "issuer", Detail: target.Issuer + " is not https", Advice: "mutual TLS needs https; give the https URL of the issuer"}}
	}
	steps := []harness.Step{{Name: "issuer", OK: true, Detail: target.Issuer}}
	var last error
	for _, at := range WellKnown(target.Issuer) {
		answer, err := client.Ask(ctx, wire.Question{Person: harness.Person{Name: "nobody"}, URL: at})
		if err != nil {
			last = err
			if !errors.As(err, new(*wire.NoAnswer)) || answer.TLS.Version == "" {
				break // the connection failed: the other URL is on the same host
			}
			continue
		}
		if answer.Status == 0 && answer.TLS.Asked {
			return append(steps, harness.Step{Name: "discovery", Detail: fmt.Sprintf("GET %s without a client certificate: %s", at, answer),
				Advice: "let the server answer there without a certificate: a client must learn from the metadata how to use one (RFC 8705 §6.1)"})
		}
		metadata, step := read(answer, at)
		if metadata == nil {
			last = errors.New(step)
			continue
		}
		target.Metadata = metadata
		steps = append(steps, reached(answer)...)
		if says := metadata.String("issuer"); says != target.Issuer && alike(says, target.Issuer) {
			return append(steps, misspelt(says, target.Issuer))
		}
		return steps
	}
	return append(steps, unreached(last, u))
}

// alike reports whether two issuers differ only in what people overlook: a slash at the end, the case of scheme and host,
// the port 443. Which of the two was meant, only the operator knows.
func alike(a, b string) bool {
	plain := func(issuer string) string {
		u, err := url.Parse(strings.TrimRight(issuer, "/"))
		if err != nil {
			return issuer
		}
		u.Host = strings.TrimSuffix(strings.ToLower(u.Host), ":443")
		return u.String()
	}
	return plain(a) == plain(b)
}

// misspelt is the step that ends a preflight where the issuer was given almost as the document says it: with it nothing
// about the issuer could be judged (RFC 8414 §3.3), and no proxy is to blame.
func misspelt(says, given string) harness.Step {
	says = harness.Printable(says)
	return harness.Step{Name: "issuer as given", Detail: "the document says " + says + ", you gave " + given, Advice: "give the issuer as the document says it: " + says}
}

func read(a harness.Answer, at string) (*harness.Metadata, string) {
	if a.Status != 200 {
		return nil, fmt.Sprintf("GET %s: %s", at, a)
	}
	m, err := harness.ParseMetadata(a.Body)
	if err != nil {
		return nil, fmt.Sprintf("GET %s: %s", at, harness.Printable(err.Error()))
	}
	m.At = at
	if m.Endpoint("token_endpoint") == "" {
		return nil, "the discovery document at " + at + " names no token_endpoint"
	}
	return m, ""
}

func reached(a harness.Answer) []harness.Step {
	subject := ""
	if len(a.TLS.Server) > 0 {
		subject = a.TLS.Server[0].Subject
	}
	return []harness.Step{
		{Name: "connection", OK: true, Detail: a.TLS.Version},
		{Name: "server certificate", OK: true, Detail: harness.Printable(subject)},
		{Name: "discovery", OK: true},
	}
}

// unreached names the step that failed.
func unreached(err error, u *url.URL) harness.Step {
	text := err.Error()
	switch {
	case wire.Untrusted(err):
		return harness.Step{Name: "server certificate", Detail: text,
			Advice: "name the CA that issued the server's certificate: trust: [file:server-ca.pem] in the configuration, or --trust server-ca.pem; if the name is wrong, give the issuer under the name in the certificate, or use resolve"}
	case strings.Contains(text, "does not resolve"):
		return harness.Step{Name: "connection", Detail: text, Advice: "check the spelling of the host, or give its address: resolve: {" + u.Host + ": ADDRESS:PORT} in the configuration"}
	case strings.Contains(text, "nobody listens"):
		return harness.Step{Name: "connection", Detail: text, Advice: "start the server, or check the port"}
	case errors.As(err, new(*wire.NoAnswer)):
		return harness.Step{Name: "connection", Detail: text, Advice: "check that this port speaks TLS and that nothing between here and the server stops it; --timeout gives it more time"}
	}
	return harness.Step{Name: "discovery", Detail: text, Advice: "open " + WellKnown(u.String())[0] + " with curl: it must answer 200 with a JSON object"}
}
