package pki

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A Revocation is what one authority says of the certificates that it issued: by list (CRL), by answer (OCSP), and as a
// server of both. It is safe for concurrent use.
type Revocation struct {
	of *Authority

	mu      sync.Mutex
	revoked map[string]time.Time   // by decimal serial number
	answers map[string]OCSPOptions // by decimal serial number: what OCSP says whatever the list has
	names   map[string]string      // by decimal serial number, for people
	number  int64
}

func newRevocation(of *Authority) *Revocation {
	return &Revocation{of: of, revoked: map[string]time.Time{}, answers: map[string]OCSPOptions{}, names: map[string]string{}}
}

// Revocation returns the authority's one register of revoked certificates.
func (a *Authority) Revocation() *Revocation { return a.register() }

// Revoke adds identities to the register, as of the lab's present. It fails if the authority did not issue one of them.
func (r *Revocation) Revoke(ids ...*Identity) error {
	return r.each(ids, func(serial string) {
		if _, known := r.revoked[serial]; !known {
			r.revoked[serial] = r.of.lab().now
			r.number++
		}
	})
}

// Answer lets every OCSP answer about these identities be this one from now on, whatever is asked for; the list stays as it
// is. It fails if the authority did not issue one of them.
func (r *Revocation) Answer(o OCSPOptions, ids ...*Identity) error {
	return r.each(ids, func(serial string) { r.answers[serial] = o })
}

func (r *Revocation) each(ids []*Identity, note func(serial string)) error {
	for _, i := range ids {
		serial, err := r.serialOf(i)
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.names[serial.String()] = i.Name()
		note(serial.String())
		r.mu.Unlock()
	}
	return nil
}

func (r *Revocation) serialOf(i *Identity) (*big.Int, error) {
	m, err := i.made()
	if err != nil {
		return nil, err
	}
	by, err := r.of.made()
	if err != nil {
		return nil, err
	}
	if m.cert == nil || by.cert == nil || !bytes.Equal(m.cert.RawIssuer, by.cert.RawSubject) {
		return nil, fmt.Errorf("%s was not issued by %s, which cannot say anything of it", i.Name(), r.of.Name())
	}
	return m.cert.SerialNumber, nil
}

// Timing says when an answer was given and until when it holds. The zero value is the lab's present day, for a week.
type Timing struct{ This, Next time.Time }

// Stale is the timing of what held until yesterday.
func (r *Revocation) Stale() Timing {
	today := r.of.lab().today()
	return Timing{today.Add(-8 * 24 * time.Hour), today.Add(-24 * time.Hour)}
}

func (t Timing) or(now time.Time) Timing {
	if t.This.IsZero() {
		t.This = now
	}
	if t.Next.IsZero() {
		t.Next = t.This.Add(7 * 24 * time.Hour)
	}
	return t
}

// today is the day of the lab's clock, which may have gone on since the lab began.
func (l *Lab) today() time.Time { return l.clock().UTC().Truncate(24 * time.Hour) }

// CRL returns the list of revoked certificates as DER (RFC 5280 §5). A stale one has a Next that lies in the past.
func (r *Revocation) CRL(t Timing) ([]byte, error) { return r.list(r.of, t, true) }

// ForgedCRL is a list in the authority's name that is empty and that somebody else signed.
func (r *Revocation) ForgedCRL(t Timing) ([]byte, error) {
	forger := r.of.Named("crl-forger/"+r.of.Name(), trait.SelfSigned)
	return r.list(forger, t, false)
}

func (r *Revocation) list(signer *Authority, t Timing, filled bool) ([]byte, error) {
	m, err := signer.made()
	if err != nil {
		return nil, err
	}
	if m.cert == nil || m.key == nil {
		return nil, fmt.Errorf("%s cannot sign a list of revoked certificates", signer.Name())
	}
	t = t.or(r.of.lab().today())
	r.mu.Lock()
	list := x509.RevocationList{Number: big.NewInt(r.number + 1), ThisUpdate: t.This, NextUpdate: t.Next}
	for text, at := range r.revoked {
		if serial, ok := new(big.Int).SetString(text, 10); ok && filled {
			list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: at, ReasonCode: keyCompromise})
		}
	}
	r.mu.Unlock()
	slices.SortFunc(list.RevokedCertificateEntries, func(a, b x509.RevocationListEntry) int { return a.SerialNumber.Cmp(b.SerialNumber) })
	return x509.CreateRevocationList(nil, &list, m.cert, steady{m.key})
}

// keyCompromise is the reason that every list and answer gives (RFC 5280 §5.3.1).
const keyCompromise = 1
