package pki

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A Revocation is what one authority says of the certificates that it issued: by list (CRL), by answer (OCSP), and as a
// server of both. It is safe for concurrent use.
type Revocation struct {
	of *Authority

	mu      sync.Mutex
	revoked map[string]time.Time // by decimal serial number
	number  int64
}

// Revocation returns the authority's one register of revoked certificates.
func (a *Authority) Revocation() *Revocation { return a.register() }

// Revoke adds identities to the register, as of the lab's present. It fails if the authority did not issue one of them.
func (r *Revocation) Revoke(ids ...*Identity) error {
	for _, i := range ids {
		serial, err := r.serialOf(i)
		if err != nil {
			return err
		}
		r.mu.Lock()
		if _, known := r.revoked[serial.String()]; !known {
			r.revoked[serial.String()] = r.of.lab().now
			r.number++
		}
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

// Timing says when an answer was given and until when it holds. The zero value is the lab's present, for a week.
type Timing struct{ This, Next time.Time }

func (t Timing) or(now time.Time) Timing {
	if t.This.IsZero() {
		t.This = now
	}
	if t.Next.IsZero() {
		t.Next = t.This.Add(7 * 24 * time.Hour)
	}
	return t
}

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
	t = t.or(r.of.lab().now)
	r.mu.Lock()
	list := x509.RevocationList{Number: big.NewInt(r.number + 1), ThisUpdate: t.This, NextUpdate: t.Next}
	for text, at := range r.revoked {
		if serial, ok := new(big.Int).SetString(text, 10); ok && filled {
			list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: at, ReasonCode: 1})
		}
	}
	r.mu.Unlock()
	slices.SortFunc(list.RevokedCertificateEntries, func(a, b x509.RevocationListEntry) int { return a.SerialNumber.Cmp(b.SerialNumber) })
	return x509.CreateRevocationList(nil, &list, m.cert, steady{m.key})
}

// An OCSPStatus is what an OCSP answer says.
type OCSPStatus int

// The statuses of RFC 6960 §2.2; Registered is what the register says.
const (
	Registered OCSPStatus = iota
	Good
	Revoked
	Unknown
)

// OCSPOptions change an answer. The zero value says what the register says, now, signed by the authority itself.
type OCSPOptions struct {
	Timing
	Status    OCSPStatus
	Delegated bool // signed by a responder's certificate that the authority issued for it (RFC 6960 §4.2.2.2)
	Forged    bool // signed by another key in the authority's name
}

// OCSP returns the answer about one identity as DER (RFC 6960).
func (r *Revocation) OCSP(i *Identity, o OCSPOptions) ([]byte, error) {
	serial, err := r.serialOf(i)
	if err != nil {
		return nil, err
	}
	return r.answer(serial, o)
}

func (r *Revocation) answer(serial *big.Int, o OCSPOptions) ([]byte, error) {
	m, err := r.of.made()
	if err != nil {
		return nil, err
	}
	if m.cert == nil || m.key == nil {
		return nil, fmt.Errorf("%s cannot sign an OCSP answer", r.of.Name())
	}
	r.mu.Lock()
	at, revoked := r.revoked[serial.String()]
	r.mu.Unlock()
	t := o.or(r.of.lab().now)
	answer := ocsp.Response{Status: ocsp.Good, SerialNumber: serial, ThisUpdate: t.This, NextUpdate: t.Next}
	switch {
	case o.Status == Unknown:
		answer.Status = ocsp.Unknown
	case o.Status == Revoked, o.Status == Registered && revoked:
		if !revoked {
			at = r.of.lab().now
		}
		answer.Status, answer.RevokedAt, answer.RevocationReason = ocsp.Revoked, at, ocsp.KeyCompromise
	}
	responder, key := m.cert, m.key
	switch {
	case o.Forged:
		key = r.of.Named("ocsp-forger/"+r.of.Name(), trait.SelfSigned).Key()
	case o.Delegated:
		delegate := r.of.Client("ocsp-responder", trait.Subject("CN=mtlscheck OCSP Responder,O=mtlscheck"), trait.ExtKeyUsage("OCSPSigning"), noCheck)
		if err := delegate.Err(); err != nil {
			return nil, err
		}
		responder, key = delegate.Certificate(), delegate.Key()
		answer.Certificate = responder
	}
	return ocsp.CreateResponse(m.cert, responder, answer, steady{key})
}

// noCheck says that nobody need ask whether the responder is revoked (RFC 6960 §4.2.2.2.1).
func noCheck(d *trait.Draft) {
	d.Extend(pkix.Extension{Id: trait.OID(1, 3, 6, 1, 5, 5, 7, 48, 1, 5), Value: []byte{5, 0}})
}

// ServeHTTP serves the CRL at a path that ends with .crl, and OCSP everywhere else, by POST and by GET (RFC 6960 appendix
// A). A question about another authority's certificate is answered with "unauthorized", a malformed one with
// "malformedRequest".
func (r *Revocation) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if strings.HasSuffix(q.URL.Path, ".crl") {
		crl, err := r.CRL(Timing{})
		if err != nil {
			http.Error(w, "no list of revoked certificates", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/pkix-crl")
		_, _ = w.Write(crl) // the reader may have gone
		return
	}
	w.Header().Set("Content-Type", "application/ocsp-response")
	_, _ = w.Write(r.ask(q)) // the reader may have gone
}

func (r *Revocation) ask(q *http.Request) []byte {
	der, err := question(q)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse
	}
	asked, err := ocsp.ParseRequest(der)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse
	}
	m, err := r.of.made()
	if err != nil || m.cert == nil || !about(asked, m.cert) {
		return ocsp.UnauthorizedErrorResponse
	}
	answer, err := r.answer(asked.SerialNumber, OCSPOptions{})
	if err != nil {
		return ocsp.InternalErrorErrorResponse
	}
	return answer
}

func question(q *http.Request) ([]byte, error) {
	const most = 10_000 // bytes; a question has about a hundred
	switch q.Method {
	case http.MethodPost:
		return io.ReadAll(io.LimitReader(q.Body, most))
	case http.MethodGet:
		path := q.URL.EscapedPath()
		text, err := url.PathUnescape(path[strings.LastIndex(path, "/")+1:])
		if err != nil {
			return nil, err
		}
		return base64.StdEncoding.DecodeString(text)
	}
	return nil, errors.New("OCSP is asked by GET or POST")
}

// about tells whether a question names this issuer: the hashes of its name and key.
func about(asked *ocsp.Request, issuer *x509.Certificate) bool {
	if !asked.HashAlgorithm.Available() {
		return false
	}
	p, err := publicKeyBits(issuer)
	if err != nil {
		return false
	}
	h := asked.HashAlgorithm.New()
	h.Write(issuer.RawSubject)
	name := h.Sum(nil)
	h.Reset()
	h.Write(p)
	return bytes.Equal(name, asked.IssuerNameHash) && bytes.Equal(h.Sum(nil), asked.IssuerKeyHash)
}
