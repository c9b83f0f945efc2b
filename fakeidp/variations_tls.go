package fakeidp

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"time"
)

// tlsVariations differ below HTTP, or in how it is spoken.
func tlsVariations() []Variation {
	return []Variation{
		{"tls13-only", "The server speaks TLS 1.3 and nothing older.", "", func(p *persona) {
			p.withTLS(func(_ *settings, c *tls.Config) { c.MinVersion = tls.VersionTLS13 })
		}},
		{"tls12-only", "The server speaks TLS 1.2 and nothing newer.", "", func(p *persona) {
			p.withTLS(func(_ *settings, c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })
		}},
		{"tls12-in-name-only", "TLS 1.2 is spoken, but no cipher suite is left that fits the key of the server; TLS 1.3 is spoken as ever.", "", func(p *persona) {
			p.withTLS(func(_ *settings, c *tls.Config) { c.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256} })
		}},
		{"names-its-authorities", "The alias names the authorities that it trusts when it asks for a certificate; a strict server then offers no self-signed ones.", "", func(p *persona) {
			names := func(configure func(*settings, *tls.Config)) func(*settings, *tls.Config) {
				return func(s *settings, c *tls.Config) {
					configure(s, c)
					c.ClientCAs = x509.NewCertPool()
					for _, root := range s.roots {
						c.ClientCAs.AddCert(root)
					}
				}
			}
			if !p.isStrict() { // Kestrel with a SslCertificateTrust that is sent in the handshake
				p.handshake.configure = names(p.handshake.configure)
				return
			}
			p.handshake.configureAlias = names(p.handshake.configureAlias)
			methods := p.rules.authMethods
			p.rules.authMethods = func(d *decision) []string {
				return slices.DeleteFunc(methods(d), func(m string) bool { return m == string(selfSignedMethod) })
			}
		}},
		{"http1-only", "The server does not speak HTTP/2.", "", func(p *persona) {
			p.withTLS(func(_ *settings, c *tls.Config) { c.NextProtos = []string{"http/1.1"} })
		}},
		{"closes-connections", "Each answer ends its connection.", "", func(p *persona) {
			p.afterwards(func(_ outcome, r *response) { r.ends = true })
		}},
		{"slow", "Each answer takes a moment.", "", func(p *persona) { p.profile.latency = 100 * time.Millisecond }},
	}
}
