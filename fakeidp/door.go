package fakeidp

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"time"
)

// certificateHandlerAdmits is ASP.NET's certificate handler: is the certificate acceptable at all. Whose it is,
// is none of its business. Why not, it leaves for the journal.
func certificateHandlerAdmits(d *decision) bool {
	d.barred = objection(d)
	return d.barred == ""
}

// objection is what the certificate handler has against the certificate of a request, empty if nothing.
func objection(d *decision) string {
	leaf := d.certificate()
	if leaf == nil {
		return "no certificate"
	}
	if d.scheme != "https" {
		return "the request did not come by HTTPS"
	}
	self := d.rules.selfSigned(leaf)
	switch {
	case !d.rules.kindAllowed(d, self):
		return map[bool]string{true: "self-signed certificates are not allowed", false: "only self-signed certificates are allowed"}[self]
	case !d.anyTime && !d.rules.withinValidity(d, leaf):
		return "the certificate is not valid at this time"
	case !d.anyUse && !d.rules.hasPurpose(leaf):
		return "the certificate is not for client authentication"
	case !self && !d.rules.chains(d, d.presented):
		return "the certificate chains to no trusted root"
	case !self && !d.rules.unrevoked(d, d.presented):
		return "the certificate is revoked, or nobody knows whether it is"
	}
	return ""
}

// namedLikeItsIssuer is what ASP.NET takes for self-signed: the names are equal byte for byte; the
// signature is not looked at.
func namedLikeItsIssuer(leaf *x509.Certificate) bool {
	return bytes.Equal(leaf.RawSubject, leaf.RawIssuer)
}

func kindAllowed(d *decision, selfSigned bool) bool {
	if selfSigned {
		return d.certificateTypes&SelfSignedCertificates != 0
	}
	return d.certificateTypes&ChainedCertificates != 0
}

func withinValidity(d *decision, c *x509.Certificate) bool {
	return !d.now.Before(c.NotBefore) && !d.now.After(c.NotAfter)
}

var (
	oidExtendedKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidClientAuth       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
)

// allowsClientAuth asks for clientAuth where the extension exists at all; anyExtendedKeyUsage does not count.
func allowsClientAuth(c *x509.Certificate) bool {
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidExtendedKeyUsage) {
			continue
		}
		var usages []asn1.ObjectIdentifier
		if rest, err := asn1.Unmarshal(e.Value, &usages); err != nil || len(rest) > 0 {
			return false
		}
		for _, u := range usages {
			if u.Equal(oidClientAuth) {
				return true
			}
		}
		return false
	}
	return true
}

// chainsToTrust builds a chain from the leaf to a configured root through configured intermediates. What the
// client sent beside its leaf is not used.
func chainsToTrust(d *decision, presented []*x509.Certificate) bool {
	return verifies(d, presented[0], d.intermediates)
}

// verifies builds a chain through these intermediates.
func verifies(d *decision, leaf *x509.Certificate, through []*x509.Certificate) bool {
	roots, inter := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range d.roots {
		roots.AddCert(c)
	}
	for _, c := range through {
		inter.AddCert(c)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: inter, CurrentTime: within(d.now, leaf),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return false
	}
	for _, chain := range chains {
		if purposeHolds(chain[1:]) {
			return true
		}
	}
	return false
}

// purposeHolds asks each issuer that limits its usage for clientAuth.
func purposeHolds(issuers []*x509.Certificate) bool {
	for _, c := range issuers {
		if !allowsClientAuth(c) {
			return false
		}
	}
	return true
}

// within is now, or the nearest moment at which the leaf is valid: its dates have a rule of their own.
func within(now time.Time, leaf *x509.Certificate) time.Time {
	switch {
	case now.Before(leaf.NotBefore):
		return leaf.NotBefore
	case now.After(leaf.NotAfter):
		return leaf.NotAfter
	}
	return now
}
