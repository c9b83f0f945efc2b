package fakeidp

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// chainFaults are checks of a certificate and of what stands above it that the server leaves out, or makes where it should
// not. They are mistakes of a server that judges the path of each client known by its name (RFC 5280 §6).
func chainFaults() []Fault {
	all := func(*x509.Certificate) bool { return true }
	return []Fault{
		{"accepts-not-yet-valid", "The server looks at the end of a certificate's time, not at its beginning.", func(p *persona) {
			p.rules.withinValidity = func(d *decision, c *x509.Certificate) bool { return !d.now.After(c.NotAfter) }
		}},
		{"accepts-unknown-issuers", "The server is content with a chain that ends at an issuer it cannot find.", func(p *persona) {
			right := p.rules.chains
			p.rules.chains = func(d *decision, presented []*x509.Certificate) bool {
				known := slices.ContainsFunc(slices.Concat(presented, d.roots, d.intermediates), func(c *x509.Certificate) bool {
					return bytes.Equal(c.RawSubject, presented[0].RawIssuer)
				})
				return !known || right(d, presented)
			}
		}},
		{"checks-no-signatures", "The server finds issuers by their names and checks no signature.", func(p *persona) {
			p.rules.signed = func(_, _ *x509.Certificate) bool { return true }
		}},
		{"accepts-self-signed-names", "The server takes a self-signed certificate for its own trusted root.", func(p *persona) {
			right := p.rules.chains
			p.rules.chains = func(d *decision, presented []*x509.Certificate) bool {
				return namedLikeItsIssuer(presented[0]) && len(presented[0].RawSubject) > 2 || right(d, presented)
			}
		}},
		{"plain-endpoint-checks-no-path", "Every port asks for a certificate, and at the plain token endpoint nothing but its name is looked at.", func(p *persona) {
			p.asksEverywhere()
			p.atPlainPort(func(r *rules) {
				r.hasPurpose = all
				r.withinValidity = func(*decision, *x509.Certificate) bool { return true }
				r.chains = func(*decision, []*x509.Certificate) bool { return true }
			})
		}},
		{"ignores-sent-intermediates", "The server does not use the intermediates that a client sends.", func(p *persona) { p.rules.sentIssuersCount = false }},
		{"ignores-issuers-dates", "The server looks at the dates of the client's certificate alone.", func(p *persona) {
			p.rules.issuerCurrent = func(*decision, *x509.Certificate) bool { return true }
		}},
		{"ignores-issuers-usage", "The server looks at the extended key usage of the client's certificate alone.", func(p *persona) { p.rules.issuerPurpose = all }},
		{"wants-usage", "The server refuses certificates without an extended key usage.", func(p *persona) {
			right := p.rules.hasPurpose
			p.rules.hasPurpose = func(c *x509.Certificate) bool {
				return right(c) && len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0
			}
		}},
		{"refuses-any-usage", "The server refuses certificates for any purpose.", func(p *persona) {
			right := p.rules.hasPurpose
			p.rules.hasPurpose = func(c *x509.Certificate) bool {
				return right(c) && !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
			}
		}},
		{"ignores-key-usage", "The server does not look at the key usage of the client's certificate.", func(p *persona) { p.rules.signsForItself = all }},
		{"accepts-authorities", "The server takes the certificate of an authority for a client's.", func(p *persona) {
			p.rules.endEntity = func(c *x509.Certificate) bool { return c.Version == 3 }
		}},
		{"accepts-version-1", "The server takes a certificate of X.509 version 1.", func(p *persona) {
			p.rules.endEntity = func(c *x509.Certificate) bool { return !c.IsCA }
		}},
		{"lets-clients-issue", "The server takes every certificate for that of an authority.", func(p *persona) {
			right := p.rules.maySign
			p.rules.isAuthority = all
			p.rules.maySign = func(c *x509.Certificate) bool { return !c.IsCA || right(c) }
		}},
		{"ignores-cert-sign", "The server does not ask whether an authority's key may sign certificates.", func(p *persona) { p.rules.maySign = all }},
		{"ignores-path-length", "The server does not look at path lengths.", func(p *persona) {
			p.rules.lengthHolds = func(*x509.Certificate, int) bool { return true }
		}},
		{"ignores-name-constraints", "The server does not look at name constraints.", func(p *persona) {
			p.rules.namesPermitted = func(_, _ *x509.Certificate) bool { return true }
			p.rules.criticalKnown = func(c *x509.Certificate) bool {
				return !slices.ContainsFunc(c.UnhandledCriticalExtensions, func(id asn1.ObjectIdentifier) bool { return !oidNameConstraints.Equal(id) })
			}
		}},
		{"ignores-critical-extensions", "The server takes certificates with critical extensions that it does not know.", func(p *persona) { p.rules.criticalKnown = all }},
		{"names-public-authorities", "The server asks for certificates of the authorities that browsers trust.", func(p *persona) {
			root := pki.New(pki.Options{Seed: "public"}).Root("public", trait.Subject("CN=ISRG Root X1,O=Internet Security Research Group,C=US")).Certificate()
			alter := func(change func(*settings, *tls.Config)) func(*settings, *tls.Config) {
				return func(s *settings, c *tls.Config) {
					change(s, c)
					c.ClientCAs = x509.NewCertPool()
					for _, own := range s.roots {
						c.ClientCAs.AddCert(own)
					}
					c.ClientCAs.AddCert(root)
				}
			}
			p.handshake.configure = alter(p.handshake.configure)
			if p.handshake.configureAlias != nil {
				p.handshake.configureAlias = alter(p.handshake.configureAlias)
			}
		}},
	}
}
