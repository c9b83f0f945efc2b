package inspect

import (
	"bytes"
	"crypto/x509"
	"errors"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
)

// A seen certificate is one of those found, with what could be made of it.
type seen struct {
	position int // from 1
	der      []byte
	*anatomy
	cert     *x509.Certificate // nil where Go cannot parse it
	parseErr error
	subject  pki.DN
	issuer   pki.DN

	selfSigned bool
	signers    []*seen // who signed it, of those that were found too; it itself aside
	imitated   *seen   // who has the issuer's name, and did not sign it
	above      []*seen // a way from the nearest of the signers to the top
	loop       bool    // every way leads back
}

// look takes every certificate apart and finds out who signed whom.
func look(ders [][]byte) []*seen {
	all := make([]*seen, 0, len(ders))
	named := map[string][]*seen{} // by subject
	for n, der := range ders {
		s := &seen{position: n + 1, der: der}
		s.cert, s.parseErr = x509.ParseCertificate(der)
		var err error
		if s.anatomy, err = dissect(der); err != nil {
			s.anatomy = &anatomy{}
			if s.parseErr == nil {
				s.parseErr = err
			}
		}
		s.subject, _ = pki.ParseDNDER(s.anatomy.subject) // an unreadable name is an empty one
		s.issuer, _ = pki.ParseDNDER(s.anatomy.issuer)
		all = append(all, s)
		if len(s.anatomy.subject) > 0 {
			named[string(s.anatomy.subject)] = append(named[string(s.anatomy.subject)], s)
		}
	}
	for _, s := range all {
		s.findSigners(named[string(s.anatomy.issuer)])
	}
	for _, s := range all {
		s.climb()
	}
	return all
}

// maxTries bounds the signatures that are checked for one certificate: a file may hold many of one name.
const maxTries = 16

// findSigners finds out who signed the certificate, of those that bear the issuer's name.
func (s *seen) findSigners(candidates []*seen) {
	if s.cert == nil {
		return
	}
	if bytes.Equal(s.anatomy.subject, s.anatomy.issuer) && s.signedBy(s) != no {
		s.selfSigned = true
		return
	}
	for _, c := range candidates[:min(len(candidates), maxTries)] {
		if c == s || bytes.Equal(c.der, s.der) {
			continue
		}
		if s.signedBy(c) == no {
			s.imitated = c
			continue
		}
		s.signers = append(s.signers, c)
	}
	if len(s.signers) > 0 {
		s.imitated = nil
	}
}

// climb finds the shortest way up, to a self-signed certificate or to one whose issuer was not found.
func (s *seen) climb() {
	below := map[*seen]*seen{s: nil}
	for next := []*seen{s}; len(next) > 0; next = next[1:] {
		at := next[0]
		if at.selfSigned || len(at.signers) == 0 {
			for ; at != s; at = below[at] {
				s.above = append([]*seen{at}, s.above...)
			}
			return
		}
		for _, up := range at.signers {
			if _, met := below[up]; !met {
				below[up] = at
				next = append(next, up)
			}
		}
	}
	s.loop = true
	s.above = s.signers[:1]
}

type answer int

const (
	no answer = iota
	yes
	perhaps // the algorithm cannot be checked any more
)

func (s *seen) signedBy(c *seen) answer {
	if c.cert == nil {
		return perhaps
	}
	err := c.cert.CheckSignature(s.cert.SignatureAlgorithm, s.cert.RawTBSCertificate, s.cert.Signature)
	var insecure x509.InsecureAlgorithmError
	switch {
	case err == nil:
		return yes
	case errors.As(err, &insecure), errors.Is(err, x509.ErrUnsupportedAlgorithm):
		return perhaps
	}
	return no
}

// begins is the first date of the certificate, also of one that does not parse; zero where there is none.
func (s *seen) begins() time.Time {
	if s.cert != nil {
		return s.cert.NotBefore
	}
	return s.notBefore
}

// ends is the last one.
func (s *seen) ends() time.Time {
	if s.cert != nil {
		return s.cert.NotAfter
	}
	return s.notAfter
}
