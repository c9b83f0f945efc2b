package fakeidp

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
)

// aliasVariations put the endpoints for clients with certificates elsewhere.
func aliasVariations() []Variation {
	return []Variation{
		{"no-aliases", "There are no aliases: the token endpoint itself asks for a certificate.", strictKind, func(p *persona) {
			p.onePort(func(d *decision) (string, bool) { return d.path, true })
		}},
		{"alias-by-path", "The aliases are other paths of the same port, which asks everybody for a certificate, as at Glewlwyd and IdentityServer.", strictKind, func(p *persona) {
			p.onePort(func(d *decision) (string, bool) {
				rest, ok := strings.CutPrefix(d.path, "/mtls/")
				if !ok {
					return d.path, false
				}
				return "/" + rest, true
			})
			p.places = func(s *settings, port, _ string) (url, mtls string) {
				url = "https://localhost:" + port + s.mount
				return url, url + "/mtls"
			}
		}},
		{"alias-on-another-port", "The aliases stand on another port, and the first port asks nobody for a certificate.", identityServerKind, aliasOnAnotherPort},
		{"alias-wants-a-certificate", "The aliases stand on another port, which closes the connection, without an alert, of who shows no certificate: Kestrel's RequireCertificate.", identityServerKind, func(p *persona) {
			aliasOnAnotherPort(p)
			before := p.handshake.welcomes
			p.handshake.welcomes = func(s *settings, presented []*x509.Certificate, alias bool) bool {
				return (!alias || len(presented) > 0) && before(s, presented, alias)
			}
		}},
		{"asks-everywhere", "Both ports ask for a certificate, and the token endpoint judges it alike on both.", strictKind, (*persona).asksEverywhere},
		{"alias-on-another-host", "The aliases stand on a sub-domain of the same port.", "", func(p *persona) { p.domainName = "mtls" }},
	}
}

// asksEverywhere asks for certificates on both ports.
func (p *persona) asksEverywhere() { p.handshake.configure = p.handshake.configureAlias }

// atPlainPort changes the rules for requests that do not come by the alias's own port.
func (p *persona) atPlainPort(change func(r *rules)) {
	before := p.rules.sees
	p.rules.sees = func(d *decision) {
		before(d)
		if !d.atAlias {
			plain := *d.rules
			change(&plain)
			d.rules = &plain
		}
	}
}

// aliasOnAnotherPort gives IdentityServer a port for certificates; the first port asks nobody for one.
func aliasOnAnotherPort(p *persona) {
	shake := p.handshake.configure
	p.handshake.ownPort = func(*settings) bool { return true }
	p.handshake.configureAlias = shake
	p.handshake.configure = func(s *settings, c *tls.Config) {
		shake(s, c)
		c.ClientAuth = tls.NoClientCert
	}
	p.places = func(s *settings, port, aliasPort string) (url, mtls string) {
		s.domainName = "mtls.localhost:" + aliasPort
		return "https://localhost:" + port + s.mount, "https://" + s.domainName + "/connect"
	}
}

// onePort asks everybody on the one port for a certificate and tells by the rule which requests are at the alias.
func (p *persona) onePort(route func(*decision) (string, bool)) {
	p.handshake.ownPort = nil
	p.handshake.configure = func(_ *settings, c *tls.Config) { c.ClientAuth = tls.RequestClientCert }
	p.rules.routesMTLS = route
	p.rules.misdirected = func(*decision) bool { return false }
}
