package fakeidp

import (
	"bytes"
	"crypto/x509"
	"slices"

	"github.com/mtlscheck/mtlscheck/pki"
)

// RevokedBy lets these authorities say in process which of their certificates are revoked, where the certificates do not say
// where to ask: Revoke of their Revocation counts from the next request on. It turns OnlineRevocation on.
func RevokedBy(authorities ...*pki.Authority) Option {
	return func(s *settings) {
		s.revocation = OnlineRevocation
		s.registers = append(s.registers, authorities...)
	}
}

// revocationBytes is the most that a list or an answer may have.
const revocationBytes = 1 << 20

// unrevoked is RevocationMode: with Online each certificate of the path below the root must be known not to be revoked
// (RevocationFlag ExcludeRoot), and one whose state cannot be found out is refused, as one without any pointer to a
// revocation list is. Everything is asked anew for each request, so that a test sees at once what it changed. What Revoke named is
// refused in any mode.
func unrevoked(d *decision, presented []*x509.Certificate) bool {
	if d.namedRevoked(presented[0]) || d.hangsOnRevoked(presented) {
		return false
	}
	if d.revocation == NoRevocationCheck {
		return true
	}
	c := presented[0]
	for range longestPath {
		issuer, root := d.issuerOfCertificate(c, presented[1:])
		if issuer == nil || d.stateOf(c, issuer) != stateGood {
			return false
		}
		if root {
			return true
		}
		c = issuer
	}
	return false
}

// namedRevoked tells whether Revoke named this certificate.
func (d *decision) namedRevoked(c *x509.Certificate) bool { return d.revoked[serialOf(c)] }

// hangsOnRevoked tells whether the certificate chains only through an authority that Revoke named: with those taken away it no
// longer does. An authority that was certified twice leaves the other way.
func (d *decision) hangsOnRevoked(presented []*x509.Certificate) bool {
	if len(d.revoked) == 0 {
		return false
	}
	without := func(all []*x509.Certificate) []*x509.Certificate {
		return slices.DeleteFunc(slices.Clone(all), d.namedRevoked)
	}
	left, sent := *d.settings, without(presented[1:])
	left.roots, left.intermediates = without(d.roots), without(d.intermediates)
	if len(left.roots) == len(d.roots) && len(left.intermediates) == len(d.intermediates) && len(sent) == len(presented)-1 {
		return false
	}
	rest := *d
	rest.settings = &left
	return !d.rules.chains(&rest, append(presented[:1:1], sent...))
}

// issuerOfCertificate finds who signed a certificate, and tells whether that is a root.
func (d *decision) issuerOfCertificate(c *x509.Certificate, sent []*x509.Certificate) (issuer *x509.Certificate, root bool) {
	through := d.intermediates
	if d.rules.sentIssuersCount {
		through = append(append([]*x509.Certificate(nil), sent...), through...)
	}
	for i, list := range [][]*x509.Certificate{d.roots, through} {
		for _, candidate := range list {
			if bytes.Equal(candidate.RawSubject, c.RawIssuer) && signed(candidate, c) && !candidate.Equal(c) {
				return candidate, i == 0
			}
		}
	}
	return nil, false
}

// certificateState is what is known of whether a certificate is revoked.
type certificateState int

const (
	stateUnknown certificateState = iota
	stateGood
	stateRevoked
)

// stateOf asks where the certificate says: the OCSP responders, then the places of lists, then the registers in process. The
// first who knows decides.
func (d *decision) stateOf(c, issuer *x509.Certificate) certificateState {
	for _, at := range c.OCSPServer {
		answer, err := d.fetch(at, "application/ocsp-request", ocspRequest(c, issuer), revocationBytes)
		if err != nil {
			continue
		}
		if s := ocspState(answer, c, issuer, d.now); s != stateUnknown {
			return s
		}
	}
	for _, at := range c.CRLDistributionPoints {
		list, err := d.fetch(at, "", nil, revocationBytes)
		if err != nil {
			continue
		}
		if s := d.listState(list, c, issuer); s != stateUnknown {
			return s
		}
	}
	for _, a := range d.registers {
		if own := a.Certificate(); own == nil || !own.Equal(issuer) {
			continue
		}
		list, err := a.Revocation().CRL(pki.Timing{This: d.now.Add(-listValidity), Next: d.now.Add(listValidity)})
		if err == nil {
			return d.listState(list, c, issuer)
		}
	}
	return stateUnknown
}

// listState reads a list of revoked certificates (RFC 5280 §5): it must be the issuer's, in date, and without a critical
// extension, none of which is understood here.
func (d *decision) listState(der []byte, c, issuer *x509.Certificate) certificateState {
	list, err := x509.ParseRevocationList(der)
	if err != nil || !bytes.Equal(list.RawIssuer, c.RawIssuer) || list.CheckSignatureFrom(issuer) != nil ||
		d.now.Before(list.ThisUpdate) || list.NextUpdate.IsZero() || d.now.After(list.NextUpdate) {
		return stateUnknown
	}
	for _, e := range list.Extensions {
		if e.Critical {
			return stateUnknown
		}
	}
	for _, e := range list.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(c.SerialNumber) == 0 {
			return stateRevoked
		}
	}
	return stateGood
}
