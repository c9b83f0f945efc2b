package fakeidp

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"
)

// printed makes a fault that takes the right thumbprint, and other texts besides.
func printed(name, doc string, matches func(registered string, c *x509.Certificate) bool) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.thumbprintMatches
		p.rules.thumbprintMatches = func(registered string, c *x509.Certificate) bool {
			return right(registered, c) || matches(registered, c)
		}
	}}
}

// thumbprintFaults are mistakes in the comparison of thumbprints, by IdentityServer's rule.
func thumbprintFaults() []Fault {
	without := func(cut string) func(string, *x509.Certificate) bool {
		return func(registered string, c *x509.Certificate) bool {
			return sha1Matches(strings.ReplaceAll(registered, cut, ""), c)
		}
	}
	return []Fault{
		{"ids-thumbprints-in-capitals", "Thumbprints are compared letter by letter.", func(p *persona) {
			p.rules.thumbprintMatches = func(registered string, c *x509.Certificate) bool { return registered == thumbprintSHA1(c) }
		}},
		printed("ids-thumbprints-ignore-colons", "Colons in a thumbprint are not compared.", without(":")),
		printed("ids-thumbprints-ignore-blanks", "Blanks in a thumbprint are not compared.", without(" ")),
		printed("ids-thumbprints-ignore-marks", "An invisible mark in front of a thumbprint is not compared.", without("\u200e")),
		printed("ids-thumbprints-take-sha256", "A SHA-256 thumbprint is taken, too.", func(registered string, c *x509.Certificate) bool {
			sum := sha256.Sum256(c.Raw)
			return strings.EqualFold(registered, hex.EncodeToString(sum[:]))
		}),
		printed("ids-thumbprints-take-base64url", "A thumbprint in base64url is taken, too.", func(registered string, c *x509.Certificate) bool {
			return registered == thumbprintSHA256(c)
		}),
		printed("ids-thumbprints-take-names", "A name that is registered as a thumbprint is taken as one.", func(registered string, c *x509.Certificate) bool {
			return registered == dotnetSubject(c)
		}),
		{"ids-thumbprints-of-any-ca", "The thumbprint of a trusted CA is taken for that of every certificate it issued.", func(p *persona) {
			right := p.rules.certificateProves
			p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
				for _, root := range d.roots {
					if s.Type == X509Thumbprint && sha1Matches(s.Value, root) && c.CheckSignatureFrom(root) == nil {
						return true
					}
				}
				return right(d, s, c)
			}
		}},
		{"ids-thumbprints-mean-names", "A certificate with the subject of the registered one is taken for it.", func(p *persona) {
			p.rules.certificateProves = remembering(func(known, c *x509.Certificate) bool { return string(known.RawSubject) == string(c.RawSubject) })
		}},
		{"ids-thumbprints-mean-keys", "A certificate with the key of the registered one is taken for it.", func(p *persona) {
			p.rules.certificateProves = remembering(func(known, c *x509.Certificate) bool {
				return string(known.RawSubjectPublicKeyInfo) == string(c.RawSubjectPublicKeyInfo)
			})
		}},
		{"ids-first-thumbprint-alone", "Of several registered thumbprints the first alone counts.", func(p *persona) {
			right := p.rules.certificateProves
			p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
				return right(d, s, c) && (s.Type != X509Thumbprint || firstThumbprintOf(d, s))
			}
		}},
		{"ids-no-thumbprints", "Nobody is known by a thumbprint.", func(p *persona) {
			p.rules.thumbprintMatches = func(string, *x509.Certificate) bool { return false }
		}},
		{"ids-no-self-signed", "Self-signed certificates are turned away at the door.", func(p *persona) {
			p.rules.kindAllowed = func(_ *decision, selfSigned bool) bool { return !selfSigned }
		}},
		{"ids-no-names", "Nobody is known by a name.", func(p *persona) {
			p.rules.nameMatches = func(string, *x509.Certificate) bool { return false }
		}},
		{"ids-pins-the-first-certificate", "A client that was once known by a certificate is known by no other.", func(p *persona) {
			seen := newMemory()
			right := p.rules.certificateProves
			p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
				if !right(d, s, c) {
					return false
				}
				if s.Type != X509Name {
					return true
				}
				first := seen.first(d.asking, c)
				return first.Equal(c)
			}
		}},
		{"ids-secrets-never-expire", "The expiry of a secret is not looked at.", func(p *persona) {
			p.rules.secretAlive = func(*decision, Secret) bool { return true }
		}},
	}
}

// remembering remembers the certificate that once matched a thumbprint, and takes whatever resembles it.
func remembering(alike func(known, c *x509.Certificate) bool) func(d *decision, s Secret, c *x509.Certificate) bool {
	seen := newMemory()
	return func(d *decision, s Secret, c *x509.Certificate) bool {
		if certificateProves(d, s, c) {
			if s.Type == X509Thumbprint {
				seen.first(s.Value, c)
			}
			return true
		}
		known := seen.known(s.Value)
		return s.Type == X509Thumbprint && known != nil && alike(known, c)
	}
}

func firstThumbprintOf(d *decision, s Secret) bool {
	client := d.rules.knownClient(d, d.asking)
	if client == nil {
		return true
	}
	for _, x := range client.Secrets {
		if x.Type == X509Thumbprint {
			return x == s
		}
	}
	return false
}
