package fakeidp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// refusalVariations are other ways to say no.
func refusalVariations() []Variation {
	return []Variation{
		{"answers-401", "invalid_client of an endpoint is answered with 401 and a challenge, as oidc-provider and go-oidc do.", identityServerKind, func(p *persona) {
			p.afterwards(func(o outcome, r *response) {
				if no, ok := o.(refused); ok && no.code == "invalid_client" {
					r.status = http.StatusUnauthorized
					r.setHeader("WWW-Authenticate", `Basic realm="token"`)
				}
			})
		}},
		{"answers-400", "invalid_client is answered with 400 unless the request had an Authorization header (RFC 6749 §5.2).", strictKind, func(p *persona) {
			p.afterwards(func(o outcome, r *response) {
				if no, ok := o.(refused); ok && no.code == "invalid_client" && !no.byHeader && no.at != introspectionEndpoint {
					r.status = http.StatusBadRequest
					r.headers = slices.DeleteFunc(r.headers, func(h [2]string) bool { return h[0] == "WWW-Authenticate" })
				}
			})
		}},
		{"refuses-in-handshake", "The alias ends the handshake with an alert where the certificate is missing or neither valid nor registered.", "", refuseInHandshake},
		{"closes-without-alert", "The alias closes the connection after the handshake, without an alert, where the certificate is missing or neither valid nor registered, as Kestrel does.", "",
			func(p *persona) {
				before := p.handshake.welcomes
				p.handshake.welcomes = func(s *settings, presented []*x509.Certificate, alias bool) bool {
					if len(presented) == 0 {
						return !alias && before(s, presented, alias)
					}
					return p.acceptable(s, presented)
				}
			}},
		{"terminator-page", "A TLS terminator in front answers 400 with an HTML page where the certificate is missing, out of date or not for clients, as nginx does.", strictKind,
			func(p *persona) {
				p.rules.admits = func(d *decision) bool {
					leaf := d.certificate()
					return leaf != nil && d.rules.withinValidity(d, leaf) && d.rules.hasPurpose(leaf)
				}
				p.renderings.doorShut = func(*renderer) response {
					return response{status: http.StatusBadRequest, headers: [][2]string{{"Content-Type", "text/html"}}, body: []byte(terminatorPage)}
				}
			}},
		{"describes-errors", "Errors carry an error_description.", "", func(p *persona) {
			p.profile.describesErrors = true
			if p.isStrict() {
				return
			}
			before := p.renderings.refused
			p.renderings.refused = func(r *renderer, o refused) response {
				if o.description == "" {
					o.description = "The request was refused: " + strings.ReplaceAll(o.code, "_", " ") + "."
				}
				return before(r, o)
			}
		}},
		{"invalid-request-without-client-id", "A request that does not say which client it comes from is an invalid_request, as at oidc-provider and OpenIddict.", strictKind, func(p *persona) {
			p.profile.nothingParsed = "invalid_request"
		}},
		refusing("invalid-request-without-certificate", "A client of mutual TLS that shows no certificate sent an invalid_request, as at OpenIddict.", func(d *decision, r refused) outcome {
			if d.certificate() == nil && byCertificate(d.clients[d.asking]) {
				r.code = "invalid_request"
			}
			return r
		}),
		refusing("bare-401-without-certificate", "A client of mutual TLS that shows no certificate gets a 401 without a body, as at Spring.", func(d *decision, r refused) outcome {
			if d.certificate() == nil && byCertificate(d.clients[d.asking]) && !r.byHeader {
				return emptyAnswer{http.StatusUnauthorized}
			}
			return r
		}),
		refusing("unauthorized-client", "Who names a known client and does not prove to be it gets unauthorized_client, as at older versions of Keycloak.", func(d *decision, r refused) outcome {
			if d.clients[d.asking] != nil && !r.byHeader {
				r.code = "unauthorized_client"
			}
			return r
		}),
		{"several-methods-are-invalid-client", "A certificate beside a secret is an invalid_client instead of an invalid_request, as at oidc-provider.", strictKind, func(p *persona) {
			p.profile.severalMethods = "invalid_client"
		}},
		{"nothing-to-bind-to-is-invalid-grant", "A bound token that is asked for without a certificate is an invalid_grant, as at oidc-provider.", strictKind, func(p *persona) {
			p.profile.nothingToBindTo = "invalid_grant"
		}},
	}
}

// refusing makes a variation in which the strict server answers otherwise to a failed authentication.
func refusing(name, doc string, instead func(d *decision, r refused) outcome) Variation {
	return Variation{name, doc, strictKind, func(p *persona) {
		p.rules.concludes = func(d *decision, o outcome) outcome {
			if r, is := o.(refused); is && r.code == "invalid_client" {
				return instead(d, r)
			}
			return o
		}
	}}
}

const terminatorPage = "<html>\r\n<head><title>400 Client certificate refused</title></head>\r\n<body>\r\n<h1>400 Bad Request</h1>\r\n" +
	"<p>This host needs a client certificate that is valid.</p>\r\n</body>\r\n</html>\r\n"

// refuseInHandshake has TLS verify what is presented, and demand it where nobody comes without.
func refuseInHandshake(p *persona) {
	p.withTLS(func(s *settings, c *tls.Config) {
		c.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
			var presented []*x509.Certificate
			for _, der := range raw {
				cert, err := x509.ParseCertificate(der)
				if err != nil {
					return err
				}
				presented = append(presented, cert)
			}
			if len(presented) > 0 && !p.acceptable(s, presented) {
				return errors.New("the certificate is neither valid nor registered")
			}
			return nil
		}
	})
	if before := p.handshake.configureAlias; before != nil {
		p.handshake.configureAlias = func(s *settings, c *tls.Config) {
			before(s, c)
			c.ClientAuth = tls.RequireAnyClientCert
		}
	}
}

// acceptable tells whether a certificate is valid by the server's own rules, or registered as it is.
func (p *persona) acceptable(s *settings, presented []*x509.Certificate) bool {
	d := &decision{request: &request{presented: presented}, settings: s, profile: &p.profile, rules: &p.rules, now: s.clock()}
	for _, c := range s.clients {
		for _, secret := range c.Secrets {
			itself := secret.Type == X509Thumbprint || secret.Type == JSONWebKey // keys elsewhere are not fetched in a handshake
			if itself && p.rules.certificateProves(d, secret, presented[0]) {
				return true
			}
		}
	}
	if p.isStrict() {
		return d.pathHolds()
	}
	d.scheme = "https"
	return p.rules.admits(d)
}
