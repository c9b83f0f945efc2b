package fakeidp

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"sync"
)

func replaceOnce(s, old, with string) string { return strings.Replace(s, old, with, 1) }

// confirming makes a fault that writes cnf otherwise.
func confirming(name, doc string, cnf func(c *x509.Certificate) any) Fault {
	return Fault{name, doc, func(p *persona) { p.rules.confirmation = cnf }}
}

// bindingFaults are mistakes in what tokens are bound to, and in how that is written.
func bindingFaults() []Fault {
	member := func(value any) any { return object{{"x5t#S256", value}} }
	return []Fault{
		confirming("thumbprint-in-hex", "The thumbprint is written in hexadecimal.", func(c *x509.Certificate) any {
			sum := sha256.Sum256(c.Raw)
			return member(hex.EncodeToString(sum[:]))
		}),
		confirming("thumbprint-padded", "The thumbprint is padded.", func(c *x509.Certificate) any {
			sum := sha256.Sum256(c.Raw)
			return member(base64.URLEncoding.EncodeToString(sum[:]))
		}),
		confirming("thumbprint-of-sha1", "The thumbprint is that of SHA-1.", func(c *x509.Certificate) any {
			sum := sha1.Sum(c.Raw)
			return member(base64.RawURLEncoding.EncodeToString(sum[:]))
		}),
		confirming("thumbprint-of-the-key", "The thumbprint is that of the key.", func(c *x509.Certificate) any {
			sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
			return member(base64.RawURLEncoding.EncodeToString(sum[:]))
		}),
		confirming("thumbprint-in-a-list", "The thumbprint stands in a list.", func(c *x509.Certificate) any { return member([]string{thumbprintSHA256(c)}) }),
		confirming("cnf-as-text", "The claim cnf is a string.", func(c *x509.Certificate) any { return thumbprintSHA256(c) }),
		{"leaves-cnf-out", "Nothing says what a token is bound to.", func(p *persona) {
			right := p.renderings.accessToken
			p.renderings.accessToken = unconfirmed(right)
			p.rules.reportedConfirmation = func(*decision, *accessToken, bool) any { return nil }
		}},
		{"cnf-by-introspection-alone", "A JWT does not say what it is bound to; introspection does.", func(p *persona) {
			var bound sync.Map // what the JWT with this jti is bound to
			right := unconfirmed(p.renderings.accessToken)
			p.renderings.accessToken = func(r *renderer, t *accessToken) string {
				bound.Store(t.id, t.confirmation)
				return right(r, t)
			}
			p.rules.reportedConfirmation = func(_ *decision, t *accessToken, reference bool) any {
				if reference {
					return t.confirmation
				}
				confirmation, _ := bound.Load(t.id)
				return confirmation
			}
		}},
		{"introspection-without-cnf", "Introspection does not say what a token is bound to.", func(p *persona) {
			p.rules.reportedConfirmation = func(*decision, *accessToken, bool) any { return nil }
		}},
		{"introspection-of-the-caller", "Introspection names the certificate of who asks.", func(p *persona) {
			p.rules.reportedConfirmation = func(d *decision, t *accessToken, _ bool) any {
				if d.certificate() == nil {
					return t.confirmation
				}
				return member(thumbprintSHA256(d.certificate()))
			}
		}},
		{"binds-to-the-end-of-the-chain", "Tokens are bound to the last certificate that was sent.", func(p *persona) {
			right := p.rules.bindingCertificate
			p.rules.bindingCertificate = func(d *decision, who *caller) *x509.Certificate {
				if c := right(d, who); c == nil || len(d.presented) == 0 {
					return c
				}
				return d.presented[len(d.presented)-1]
			}
		}},
		{"binds-certificate-clients-alone", "Tokens of clients that authenticate otherwise are not bound.", func(p *persona) {
			right := p.rules.bindingCertificate
			p.rules.demandsCertificate = func(*decision, *caller) bool { return false }
			p.rules.bindingCertificate = func(d *decision, who *caller) *x509.Certificate {
				if who.by != certificateCredential {
					return nil
				}
				return right(d, who)
			}
		}},
		{"binds-to-nobody", "A token that was asked for without a certificate is bound to the CA's.", func(p *persona) {
			right := p.rules.bindingCertificate
			p.rules.bindingCertificate = func(d *decision, who *caller) *x509.Certificate {
				if d.certificate() == nil && who.client != nil && who.client.Bound && len(d.roots) > 0 {
					return d.roots[0]
				}
				return right(d, who)
			}
		}},
		{"binds-to-the-first-certificate", "All tokens of a client are bound to the certificate that it showed first.", func(p *persona) {
			seen := newMemory()
			right := p.rules.bindingCertificate
			p.rules.bindingCertificate = func(d *decision, who *caller) *x509.Certificate {
				c := right(d, who)
				if c == nil || who.client == nil {
					return c
				}
				return seen.first(who.client.ID, c)
			}
		}},
	}
}

// unconfirmed writes JWTs without cnf.
func unconfirmed(right func(r *renderer, t *accessToken) string) func(r *renderer, t *accessToken) string {
	return func(r *renderer, t *accessToken) string {
		copied := *t
		copied.confirmation = nil
		return right(r, &copied)
	}
}
