package fakeidp

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"slices"
)

// selfSignedFaults are mistakes of a server that knows clients by a registered certificate.
func selfSignedFaults() []Fault {
	return []Fault{
		conveys("refuses-registered-certificates", "The server knows nobody by certificate.", func(string) []*x509.Certificate { return nil }),
		proves("accepts-unregistered", "The server takes every certificate for the registered one.", func(object, *x509.Certificate) bool { return true }),
		{"trusts-without-keys", "Where the JWK Set of a client cannot be had, any certificate is the client's.", func(p *persona) {
			right := p.rules.certificateProves
			p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
				return right(d, s, c) || s.Type == KeySetURI && d.keySet(s.Value, false) == ""
			}
		}},
		{"compares-keys", "The server compares the key of the registered certificate, not the certificate.", func(p *persona) {
			p.rules.sameCertificate = func(registered, shown *x509.Certificate) bool {
				return equalKeys(registered.PublicKey, shown.PublicKey)
			}
		}},
		{"compares-subjects", "The server compares the subject of the registered certificate, not the certificate.", func(p *persona) {
			p.rules.sameCertificate = func(registered, shown *x509.Certificate) bool {
				return bytes.Equal(registered.RawSubject, shown.RawSubject)
			}
		}},
		proves("believes-declared-thumbprints", "The server finds the certificate by the x5t or x5t#S256 that the key declares.", func(k object, c *x509.Certificate) bool {
			sum := sha1.Sum(c.Raw)
			return k.text("x5t") == base64.RawURLEncoding.EncodeToString(sum[:]) || k.text("x5t#S256") == thumbprintSHA256(c)
		}),
		proves("takes-all-of-x5c", "The server takes each certificate in x5c for the client's.", func(k object, c *x509.Certificate) bool {
			return slices.ContainsFunc(conveyedBy(k, base64.StdEncoding), c.Equal)
		}),
		proves("takes-bare-keys", "The server takes a certificate with the registered key if the key conveys no certificate.", func(k object, c *x509.Certificate) bool {
			return len(conveyedBy(k, base64.StdEncoding)) == 0 && !hasMember(k, "x5c") && holdsKey(k, c)
		}),
		proves("believes-key-members", "The server compares the members of the registered key, not the certificate that it conveys.", holdsKey),
		proves("ignores-key-members", "The server does not compare the members of a registered key with its certificate.", func(k object, c *x509.Certificate) bool {
			chain := conveyedBy(k, base64.StdEncoding)
			return len(chain) > 0 && k.text("use") != "enc" && chain[0].Equal(c)
		}),
		proves("reads-base64url", "The server reads certificates in base64url too.", func(k object, c *x509.Certificate) bool {
			chain := conveyedBy(k, base64.RawURLEncoding)
			return len(chain) > 0 && chain[0].Equal(c)
		}),
		proves("ignores-use", "The server takes a key for encryption for a credential.", func(k object, c *x509.Certificate) bool {
			chain := conveyedBy(k, base64.StdEncoding)
			return k.text("use") == "enc" && len(chain) > 0 && chain[0].Equal(c)
		}),
		wants("wants-self-signature", "The server wants a registered certificate to be signed by its own key.", func(_ *decision, c *x509.Certificate) bool {
			return namedLikeItsIssuer(c) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
		}),
		wants("wants-current-certificates", "The server looks at the dates of a registered certificate.", withinValidity),
		wants("wants-client-usage", "The server looks at the extended key usage of a registered certificate.", func(_ *decision, c *x509.Certificate) bool {
			return mayAuthenticateClients(c)
		}),
		wants("refuses-registered-authorities", "The server refuses a registered certificate that is an authority's.", func(_ *decision, c *x509.Certificate) bool { return !c.IsCA }),
		wants("refuses-registered-version-1", "The server refuses a registered certificate of X.509 version 1.", func(_ *decision, c *x509.Certificate) bool { return c.Version == 3 }),
		wants("refuses-rsa", "The server refuses registered certificates with RSA keys.", func(_ *decision, c *x509.Certificate) bool {
			_, is := c.PublicKey.(*rsa.PublicKey)
			return !is
		}),
		wants("refuses-ed25519", "The server refuses registered certificates with Ed25519 keys.", func(_ *decision, c *x509.Certificate) bool {
			_, is := c.PublicKey.(ed25519.PublicKey)
			return !is
		}),
		registers("knows-first-certificate", "The server knows the first of several registered certificates alone.", func(s []Secret) []Secret { return s[:1] }),
		registers("knows-last-certificate", "The server knows the last of several registered certificates alone.", func(s []Secret) []Secret { return s[len(s)-1:] }),
	}
}

// conveys is a fault in reading a registered key.
func conveys(name, doc string, read func(registered string) []*x509.Certificate) Fault {
	return Fault{name, doc, func(p *persona) { p.rules.conveyed = read }}
}

// proves is a fault that lets in, besides the registered certificate, those that another rule takes for it.
func proves(name, doc string, takes func(k object, c *x509.Certificate) bool) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.certificateProves
		p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
			return right(d, s, c) || s.Type == JSONWebKey && slices.ContainsFunc(registeredKeys(s.Value), func(k object) bool { return takes(k, c) })
		}
	}}
}

// wants is a fault that asks more of a registered certificate than that it is the registered one.
func wants(name, doc string, holds func(d *decision, c *x509.Certificate) bool) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.certificateProves
		p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
			return right(d, s, c) && (s.Type != JSONWebKey || holds(d, c))
		}
	}}
}

// registers is a fault that forgets some of a client's registered certificates.
func registers(name, doc string, keeps func([]Secret) []Secret) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.knownClient
		p.rules.knownClient = func(d *decision, id string) *Client {
			c := right(d, id)
			if c == nil || len(c.Secrets) == 0 || c.Secrets[0].Type != JSONWebKey {
				return c
			}
			forgetful := *c
			forgetful.Secrets = keeps(c.Secrets)
			return &forgetful
		}
	}}
}

// holdsKey compares the members of a key with the key of a certificate; without members there is nothing to compare.
func holdsKey(k object, c *x509.Certificate) bool { return hasMember(k, "kty") && sameKey(k, c) }

func hasMember(k object, name string) bool {
	_, has := k.get(name)
	return has
}

func equalKeys(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(x crypto.PublicKey) bool })
	return ok && key.Equal(b)
}
