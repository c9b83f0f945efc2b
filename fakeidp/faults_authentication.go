package fakeidp

import (
	"crypto/x509"
	"net/http"
	"slices"
)

// authenticating makes a fault that authenticates clients in another way; right is how it is done rightly.
func authenticating(name, doc string, authenticates func(d *decision, right func(*decision) authentication) authentication) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.authenticates
		p.rules.authenticates = func(d *decision) authentication { return authenticates(d, right) }
	}}
}

// byCertificate reports whether a client is registered to authenticate by a certificate.
func byCertificate(c *Client) bool {
	return c != nil && slices.ContainsFunc(c.Secrets, func(s Secret) bool { return s.Type == X509Name || s.Type == X509Thumbprint || s.Type == JSONWebKey })
}

// shownBy is the caller that a client is by the certificate of the connection, whatever that is.
func shownBy(d *decision, c *Client) authentication {
	return authentication{caller: &caller{client: c, by: certificateCredential, certificate: d.certificate()}}
}

// trustedHere tells whether the server would trust the certificate, whoever shows it: IdentityServer asks less than the strict server.
func trustedHere(d *decision) bool {
	if d.rules.endEntity != nil {
		return d.pathHolds()
	}
	leaf := d.presented[0]
	return d.rules.withinValidity(d, leaf) && d.rules.hasPurpose(leaf) && d.rules.chains(d, d.presented)
}

// authenticationFaults are mistakes in who is taken for which client, and in what is answered, by the strict server.
func authenticationFaults() []Fault {
	claiming := func(name, doc string, claims func(d *decision, o offer, right func(*decision, offer) (string, bool)) (string, bool)) Fault {
		return Fault{name, doc, func(p *persona) {
			right := p.rules.claimedID
			p.rules.claimedID = func(d *decision, o offer) (string, bool) { return claims(d, o, right) }
		}}
	}
	anything := func(*form) bool { return true }
	uncached := func(o outcome) bool { _, is := o.(refused); return is }
	describing := func(name, doc string, describe func(d *decision, r refused) string) Fault {
		return Fault{name, doc, func(p *persona) {
			p.profile.describesErrors = true
			p.rules.concludes = func(d *decision, o outcome) outcome {
				if r, is := o.(refused); is {
					r.description = describe(d, r)
					return r
				}
				return o
			}
		}}
	}
	return []Fault{
		claiming("finds-clients-by-certificate", "A request that names no client is that of the client whose certificate it shows.", func(d *decision, o offer, right func(*decision, offer) (string, bool)) (string, bool) {
			if id, ok := right(d, o); ok || !o.certificate || len(d.query["client_id"]) > 0 {
				return id, ok
			}
			for id := range d.clients {
				if _, secrets := d.registered(id); byCertificate(d.clients[id]) && d.presentedProves(secrets) {
					return id, true
				}
			}
			return "", false
		}),
		claiming("reads-the-query", "A client_id in the query counts.", func(d *decision, o offer, right func(*decision, offer) (string, bool)) (string, bool) {
			if id := d.query.Get("client_id"); o.bodyID == "" && id != "" {
				return id, true
			}
			return right(d, o)
		}),
		authenticating("takes-the-basic-client", "Of two clients that a request names, the one in the Basic header counts.", func(d *decision, right func(*decision) authentication) authentication {
			o := d.offered()
			if c := d.clients[o.headerID]; o.basic && o.bodyID != "" && o.bodyID != o.headerID && c != nil && d.secretProves(o, c.Secrets) {
				return authentication{caller: &caller{client: c, by: sharedCredential}}
			}
			return right(d)
		}),
		{"ignores-repetitions", "Of repeated parameters the first counts.", func(p *persona) { p.rules.soundForm = anything }},
		{"takes-the-last-client-id", "Of repeated parameters the last client_id counts.", func(p *persona) {
			right := p.rules.claimedID
			p.rules.soundForm = anything
			p.rules.claimedID = func(d *decision, o offer) (string, bool) {
				if all := d.form.all("client_id"); len(all) > 1 {
					o.bodyID = all[len(all)-1]
				}
				return right(d, o)
			}
		}},
		authenticating("knows-unknown-clients", "An unknown client_id is taken for a client by name if the certificate has any path.", func(d *decision, right func(*decision) authentication) authentication {
			if a := right(d); a.caller != nil || d.asking == "" || d.clients[d.asking] != nil || len(d.presented) == 0 || !trustedHere(d) {
				return a
			}
			return shownBy(d, &Client{ID: d.asking, Scopes: []string{"api1"}})
		}),
		authenticating("serves-without-certificate", "A client of mutual TLS that shows no certificate is served like a public one.", func(d *decision, right func(*decision) authentication) authentication {
			c := d.clients[d.form.first("client_id")]
			if o := d.offered(); byCertificate(c) && !o.certificate && !o.header && o.bodySecret == "" {
				return authentication{caller: &caller{client: &Client{ID: c.ID, Scopes: c.Scopes}, anonymous: true}}
			}
			return right(d)
		}),
		authenticating("any-secret-will-do", "A client of mutual TLS that sends a secret needs no certificate.", func(d *decision, right func(*decision) authentication) authentication {
			o := d.offered()
			id, _ := claimedID(d, o)
			if c := d.clients[id]; byCertificate(c) && !o.certificate && (o.header || o.bodySecret != "") {
				return authentication{caller: &caller{client: &Client{ID: c.ID, Scopes: c.Scopes}, by: sharedCredential}}
			}
			return right(d)
		}),
		authenticating("takes-any-trusted-certificate", "Any certificate of a trusted CA authenticates any client known by name.", func(d *decision, right func(*decision) authentication) authentication {
			a := right(d)
			if c := d.clients[d.asking]; a.caller == nil && c != nil && len(c.Secrets) > 0 && c.Secrets[0].Type == X509Name && len(d.presented) > 0 && trustedHere(d) {
				return shownBy(d, c)
			}
			return a
		}),
		authenticating("keys-are-a-second-way-in", "A client known by a name is known by the certificates among its registered keys, too.", func(d *decision, right func(*decision) authentication) authentication {
			a := right(d)
			c := d.clients[d.asking]
			if a.caller != nil || c == nil || d.certificate() == nil || methodOf(c.Secrets) != nameMethod {
				return a
			}
			if slices.ContainsFunc(c.Secrets, func(s Secret) bool { return s.Type == JSONWebKey && d.conveys(s.Value, d.certificate()) }) {
				return shownBy(d, c)
			}
			return a
		}),
		{"plain-endpoint-compares-nothing", "Every port asks for a certificate, and at the plain token endpoint any of a trusted CA authenticates any client known by name.", func(p *persona) {
			p.asksEverywhere()
			p.atPlainPort(func(r *rules) { r.nameMatches = func(string, *x509.Certificate) bool { return true } })
		}},
		authenticating("a-certificate-is-a-secret", "A client with a secret authenticates by any certificate instead.", func(d *decision, right func(*decision) authentication) authentication {
			o := d.offered()
			if c := d.clients[o.bodyID]; c != nil && methodOf(c.Secrets) == secretMethod && o.certificate && o.bodySecret == "" && !o.header {
				return shownBy(d, c)
			}
			return right(d)
		}),
		seeing("ignores-further-credentials", "Beside a certificate that authenticates, other credentials are not looked at.", func(d *decision) {
			if f := formOf(d); f != nil && d.certificate() != nil && byCertificate(d.clients[f.first("client_id")]) {
				for _, name := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
					delete(f.values, name)
					f.keys = slices.DeleteFunc(f.keys, func(k string) bool { return k == name })
				}
			}
		}),
		{"binding-is-a-method", "A certificate that is shown for binding counts as a second authentication.", func(p *persona) {
			right := p.rules.oneMethod
			p.rules.oneMethod = func(o offer, registered method) bool {
				return right(o, registered) && (!o.certificate || o.bodySecret == "" && !o.header)
			}
		}},
		concluding("looks-at-the-code-first", "A wrong code is told to everybody.", func(d *decision, o outcome) outcome {
			if f := formOf(d); d.at == tokenEndpoint && f != nil && f.first("code") != "" {
				return refuse("invalid_grant")
			}
			return o
		}),
		last("errors-as-text", "Errors are said to be plain text.", func(o outcome, p response) response {
			if _, is := o.(refused); is {
				p.headers = slices.Clone(p.headers)
				for i, h := range p.headers {
					if h[0] == "Content-Type" {
						p.headers[i][1] = "text/plain"
					}
				}
			}
			return p
		}),
		last("no-challenge", "A 401 carries no challenge.", func(_ outcome, p response) response {
			p.headers = slices.DeleteFunc(slices.Clone(p.headers), func(h [2]string) bool { return h[0] == "WWW-Authenticate" })
			return p
		}),
		last("tokens-may-be-kept", "Token answers do not forbid caches to keep them.", func(o outcome, p response) response {
			if _, is := o.(issued); is {
				p.headers = slices.DeleteFunc(slices.Clone(p.headers), func(h [2]string) bool { return h[0] == "Cache-Control" })
			}
			return p
		}),
		last("errors-may-be-kept", "Errors do not forbid caches to keep them.", func(o outcome, p response) response {
			if uncached(o) {
				p.headers = slices.DeleteFunc(slices.Clone(p.headers), func(h [2]string) bool { return h[0] == "Cache-Control" })
			}
			return p
		}),
		describing("tells-what-is-registered", "An error names what is registered for the client.", func(d *decision, _ refused) string {
			if c := d.clients[d.asking]; byCertificate(c) {
				return "expected " + c.Secrets[0].Value
			}
			return "wrong"
		}),
		describing("tells-who-is-unknown", "An unknown client learns that it is.", func(d *decision, _ refused) string {
			if d.clients[d.asking] == nil {
				return "no such client"
			}
			return "wrong certificate"
		}),
		concluding("answers-get", "The token endpoint answers GET with 200.", func(d *decision, o outcome) outcome {
			if d.at == tokenEndpoint && d.method == http.MethodGet {
				return emptyAnswer{http.StatusOK}
			}
			return o
		}),
		seeing("serves-get", "The token endpoint serves GET with the parameters of the query.", func(d *decision) {
			if d.method == http.MethodGet && d.path == "/token" && d.rawQuery != "" {
				d.method, d.header = http.MethodPost, d.header.Clone()
				d.header.Set("Content-Type", "application/x-www-form-urlencoded")
				d.body = func() ([]byte, error) { return []byte(d.rawQuery), nil }
			}
		}),
		coded("says-forbidden-grant-otherwise", "A grant that a client may not use is answered with access_denied.", "unauthorized_client", "access_denied"),
		answering("another-token-type", "Tokens are of the type mtls.", func(body string) string { return replaceOnce(body, `"Bearer"`, `"mtls"`) }),
	}
}
