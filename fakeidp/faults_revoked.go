package fakeidp

import (
	"crypto/x509"
	"sync"
)

// revokedFaults are mistakes in asking whether certificates are revoked. They can be seen where Revocation is OnlineRevocation.
func revokedFaults() []Fault {
	return []Fault{
		{"ignores-revoked-certificates", "The server lets in certificates that their authority revoked.", func(p *persona) {
			p.rules.unrevoked = func(*decision, []*x509.Certificate) bool { return true }
		}},
		{"takes-silence-for-good", "A certificate whose state cannot be found out counts as not revoked.", func(p *persona) {
			p.rules.unrevoked = unless(func(d *decision, presented []*x509.Certificate) bool {
				return d.namedRevoked(presented[0]) || d.hangsOnRevoked(presented)
			}, func(d *decision, c, issuer *x509.Certificate, _ bool) bool {
				return d.stateOf(c, issuer) == stateRevoked
			})
		}},
		{"ignores-revoked-authorities", "The server asks about the certificate of the client alone, not about the authorities above it.", func(p *persona) {
			p.rules.unrevoked = unless(func(d *decision, presented []*x509.Certificate) bool { return d.namedRevoked(presented[0]) }, func(d *decision, c, issuer *x509.Certificate, leaf bool) bool {
				return leaf && d.stateOf(c, issuer) != stateGood
			})
		}},
		{"remembers-good-certificates", "A certificate that was not revoked once is not asked about again.", func(p *persona) {
			var good sync.Map
			right := p.rules.unrevoked
			p.rules.unrevoked = func(d *decision, presented []*x509.Certificate) bool {
				key := thumbprintSHA256(presented[0])
				if _, known := good.Load(key); known {
					return true
				}
				ok := right(d, presented)
				if ok {
					good.Store(key, true)
				}
				return ok
			}
		}},
	}
}

// unless walks the path of a certificate as unrevoked does, and refuses it where Revoke named a certificate that counts, or one of
// the path is bad.
func unless(named func(*decision, []*x509.Certificate) bool, bad func(d *decision, c, issuer *x509.Certificate, leaf bool) bool) func(*decision, []*x509.Certificate) bool {
	return func(d *decision, presented []*x509.Certificate) bool {
		if named(d, presented) {
			return false
		}
		if d.revocation == NoRevocationCheck {
			return true
		}
		c := presented[0]
		for range longestPath {
			issuer, root := d.issuerOfCertificate(c, presented[1:])
			if issuer == nil || bad(d, c, issuer, c == presented[0]) {
				return false
			}
			if root {
				return true
			}
			c = issuer
		}
		return false
	}
}
