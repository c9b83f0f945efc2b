package fakeidp

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"
)

// pathHolds judges the certificate of a client that is known by its name, on every request: nothing that can change is
// remembered from the handshake or from the request before (RFC 8705 §2.1, RFC 5280 §6).
func (d *decision) pathHolds() bool {
	leaf := d.presented[0]
	return d.rules.withinValidity(d, leaf) && d.rules.hasPurpose(leaf) && d.rules.signsForItself(leaf) && d.rules.endEntity(leaf) &&
		d.rules.chains(d, d.presented) && d.rules.unrevoked(d, d.presented)
}

// Bounds on the search for a path, so that cross-signed authorities cannot keep the server busy.
const (
	longestPath   = 8
	mostSignature = 100
)

// walk is the search for a path from a leaf to a root.
type walk struct {
	*decision
	issuers    []*x509.Certificate
	signatures int
}

// strictChains finds a path from the leaf to a configured root through what the client sent and through what is configured, every
// certificate of which is acceptable.
func strictChains(d *decision, presented []*x509.Certificate) bool {
	w := &walk{decision: d, signatures: mostSignature}
	if d.rules.sentIssuersCount {
		w.issuers = append(w.issuers, presented[1:]...)
	}
	w.issuers = append(w.issuers, d.intermediates...)
	return w.climbs([]*x509.Certificate{presented[0]})
}

// climbs looks for a root above the last certificate of a path, else for one more issuer.
func (w *walk) climbs(path []*x509.Certificate) bool {
	last := path[len(path)-1]
	for _, root := range w.roots {
		if w.issued(root, last) && w.holds(append(slices.Clip(path), root)) {
			return true
		}
	}
	if len(path) >= longestPath {
		return false
	}
	for _, c := range w.issuers {
		if !slices.ContainsFunc(path, c.Equal) && w.issued(c, last) && w.climbs(append(slices.Clip(path), c)) {
			return true
		}
	}
	return false
}

// issued tells whether the issuer has the name that the certificate gives it, and the key that signed it.
func (w *walk) issued(issuer, c *x509.Certificate) bool {
	if !bytes.Equal(issuer.RawSubject, c.RawIssuer) || w.signatures == 0 {
		return false
	}
	w.signatures--
	return w.rules.signed(issuer, c)
}

// signed: the signature was made with the issuer's key.
func signed(issuer, c *x509.Certificate) bool {
	return issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// holds asks the rules about each certificate of a path; the root is the last.
func (w *walk) holds(path []*x509.Certificate) bool {
	r := w.rules
	for i, c := range path {
		if !r.criticalKnown(c) || !r.strongKey(c) || i < len(path)-1 && !r.strongSignature(c) {
			return false
		}
		if i == 0 {
			continue
		}
		if !r.issuerCurrent(w.decision, c) || !r.issuerPurpose(c) || !r.isAuthority(c) || !r.maySign(c) || !r.lengthHolds(c, limited(path[1:i])) {
			return false
		}
		for j, below := range path[:i] {
			if (j == 0 || !namedLikeItsIssuer(below)) && !r.namesPermitted(c, below) {
				return false
			}
		}
	}
	return true
}

// limited counts the authorities that a path length constraint limits: those not issued to themselves (RFC 5280 §4.2.1.9).
func limited(authorities []*x509.Certificate) int {
	n := 0
	for _, c := range authorities {
		if !namedLikeItsIssuer(c) {
			n++
		}
	}
	return n
}

// mayAuthenticateClients: no extended key usage, clientAuth, or any (RFC 5280 §4.2.1.12).
func mayAuthenticateClients(c *x509.Certificate) bool {
	return len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 ||
		slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

var (
	oidKeyUsage          = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidPolicyConstraints = asn1.ObjectIdentifier{2, 5, 29, 36}
)

// has tells whether a certificate has an extension.
func has(c *x509.Certificate, id asn1.ObjectIdentifier) bool {
	for _, e := range c.Extensions {
		if e.Id.Equal(id) {
			return true
		}
	}
	return false
}

// maySignForItself: key usage, where it is there, includes digitalSignature (RFC 5280 §4.2.1.3, RFC 5246 §7.4.6).
func maySignForItself(c *x509.Certificate) bool {
	return !has(c, oidKeyUsage) || c.KeyUsage&x509.KeyUsageDigitalSignature != 0
}

// isEndEntity: version 3, as RFC 8446 §4.4.2.3 asks, and no authority.
func isEndEntity(c *x509.Certificate) bool { return c.Version == 3 && !c.IsCA }

// isAuthority: basic constraints say so (RFC 5280 §6.1.4 (k)); a certificate of version 1 cannot.
func isAuthority(c *x509.Certificate) bool {
	return c.Version == 3 && c.BasicConstraintsValid && c.IsCA
}

// maySignCertificates: key usage, where it is there, includes keyCertSign (RFC 5280 §6.1.4 (n)).
func maySignCertificates(c *x509.Certificate) bool {
	return !has(c, oidKeyUsage) || c.KeyUsage&x509.KeyUsageCertSign != 0
}

// lengthHolds: no more authorities below than the path length constraint allows (RFC 5280 §6.1.4 (l), (m)).
func lengthHolds(c *x509.Certificate, below int) bool {
	unlimited := !c.BasicConstraintsValid || c.MaxPathLen < 0 || c.MaxPathLen == 0 && !c.MaxPathLenZero
	return unlimited || below <= c.MaxPathLen
}

// criticalKnown: no critical extension that is not understood (RFC 5280 §6.1.4 (o), §6.1.5 (f)). Policies are not processed
// here, so a certificate that demands them is one of these, although Go has read its extension.
func criticalKnown(c *x509.Certificate) bool {
	return len(c.UnhandledCriticalExtensions) == 0 && !has(c, oidPolicyConstraints)
}

// strongSignature: not by MD5 or SHA-1 (RFC 9325 §4.5).
func strongSignature(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return false
	}
	return true
}

// strongKey: at least 2048 bits for RSA, 224 for elliptic curves (RFC 9325 §4.5).
func strongKey(c *x509.Certificate) bool {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return key.Params().BitSize >= 224
	}
	return true
}
