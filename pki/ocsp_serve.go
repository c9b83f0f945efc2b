package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Serving says how a register is served. The zero value serves what is true.
type Serving struct {
	OCSP      OCSPOptions // every answer, but for identities that Revocation.Answer said otherwise about
	CRL       Timing
	ForgedCRL bool // an empty list that somebody else signed
}

// ServeHTTP is Handler without options.
func (r *Revocation) ServeHTTP(w http.ResponseWriter, q *http.Request) { r.serve(w, q, Serving{}) }

// Handler serves the CRL at a path that ends with .crl, and OCSP everywhere else, by POST and by GET (RFC 6960 appendix A).
// A nonce comes back (RFC 9654). A question about another authority's certificate is answered with "unauthorized", a
// malformed one with "malformedRequest".
func (r *Revocation) Handler(s Serving) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { r.serve(w, q, s) })
}

func (r *Revocation) serve(w http.ResponseWriter, q *http.Request, s Serving) {
	if !strings.HasSuffix(q.URL.Path, ".crl") {
		w.Header().Set("Content-Type", "application/ocsp-response")
		_, _ = w.Write(r.ask(q, s.OCSP)) // the reader may have gone
		return
	}
	list := r.CRL
	if s.ForgedCRL {
		list = r.ForgedCRL
	}
	crl, err := list(s.CRL)
	if err != nil {
		http.Error(w, "no list of revoked certificates", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/pkix-crl")
	_, _ = w.Write(crl) // the reader may have gone
}

func (r *Revocation) ask(q *http.Request, o OCSPOptions) []byte {
	asked, err := readQuestion(q)
	if err != nil {
		return ocspError(ocspMalformed)
	}
	m, err := r.of.made()
	if err != nil || m.cert == nil {
		return ocspError(ocspInternal)
	}
	for _, id := range asked.about {
		if !id.names(m.cert) {
			return ocspError(ocspUnauthorized)
		}
	}
	answer, err := r.answer(asked, o)
	if err != nil {
		return ocspError(ocspInternal)
	}
	return answer
}

// readQuestion takes the question from a body or from an address.
func readQuestion(q *http.Request) (ocspQuestion, error) {
	const most = 10_000 // bytes; a question has about a hundred
	switch path := q.URL.EscapedPath(); q.Method {
	case http.MethodPost:
		der, err := io.ReadAll(io.LimitReader(q.Body, most))
		if err != nil {
			return ocspQuestion{}, err
		}
		return parseQuestion(der)
	case http.MethodGet:
		return questionInPath(path[:min(len(path), most)])
	}
	return ocspQuestion{}, errors.New("OCSP is asked by GET or POST")
}

// questionInPath finds the question at the end of an address. Clients that do not escape base64 leave slashes in it, and
// blanks where a plus was; so whatever follows a slash may be the question, the longest first.
func questionInPath(path string) (ocspQuestion, error) {
	for i := range len(path) {
		if path[i] != '/' {
			continue
		}
		text, err := url.PathUnescape(path[i+1:])
		if err != nil {
			continue
		}
		der, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.ReplaceAll(text, " ", "+"), "="))
		if err != nil {
			continue
		}
		if q, err := parseQuestion(der); err == nil {
			return q, nil
		}
	}
	return ocspQuestion{}, errors.New("no question in the address")
}

// An ocspQuestion is an OCSPRequest (RFC 6960 §4.1.1).
type ocspQuestion struct {
	about []certID
	nonce []byte // the whole extension, or nil
}

// A certID names a certificate by its issuer and serial number.
type certID struct {
	der       []byte
	hash      crypto.Hash // 0: not known here
	name, key []byte
	serial    *big.Int
}

// names tells whether the issuer is this one.
func (c certID) names(issuer *x509.Certificate) bool {
	if c.hash == 0 {
		return false
	}
	name, key, err := issuerHashes(issuer, c.hash)
	return err == nil && bytes.Equal(name, c.name) && bytes.Equal(key, c.key)
}

func parseQuestion(der []byte) (ocspQuestion, error) {
	malformed := errors.New("not an OCSP request")
	var q ocspQuestion
	in := cryptobyte.String(der)
	var request, tbs, list cryptobyte.String
	context := func(n uint8) cryptobyteasn1.Tag { return cryptobyteasn1.Tag(n).ContextSpecific().Constructed() }
	if !in.ReadASN1(&request, cryptobyteasn1.SEQUENCE) || !in.Empty() || !request.ReadASN1(&tbs, cryptobyteasn1.SEQUENCE) ||
		!tbs.SkipOptionalASN1(context(0)) || !tbs.SkipOptionalASN1(context(1)) || !tbs.ReadASN1(&list, cryptobyteasn1.SEQUENCE) || list.Empty() {
		return q, malformed
	}
	for !list.Empty() {
		var one, id cryptobyte.String
		if !list.ReadASN1(&one, cryptobyteasn1.SEQUENCE) || !one.ReadASN1Element(&id, cryptobyteasn1.SEQUENCE) {
			return q, malformed
		}
		c, ok := parseCertID(id)
		if !ok {
			return q, malformed
		}
		q.about = append(q.about, c)
	}
	var outer, extensions cryptobyte.String
	var there bool
	if !tbs.ReadOptionalASN1(&outer, &there, context(2)) || !tbs.Empty() || there && !outer.ReadASN1(&extensions, cryptobyteasn1.SEQUENCE) {
		return q, malformed
	}
	for !extensions.Empty() {
		var element, contents cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !extensions.ReadASN1Element(&element, cryptobyteasn1.SEQUENCE) {
			return q, malformed
		}
		whole := bytes.Clone(element)
		if !element.ReadASN1(&contents, cryptobyteasn1.SEQUENCE) || !contents.ReadASN1ObjectIdentifier(&oid) {
			return q, malformed
		}
		if oid.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}) {
			q.nonce = whole
		}
	}
	return q, nil
}

func parseCertID(element cryptobyte.String) (certID, bool) {
	c := certID{der: bytes.Clone(element), serial: new(big.Int)}
	var contents, algorithm cryptobyte.String
	var oid asn1.ObjectIdentifier
	var name, key cryptobyte.String
	if !element.ReadASN1(&contents, cryptobyteasn1.SEQUENCE) || !contents.ReadASN1(&algorithm, cryptobyteasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) ||
		!contents.ReadASN1(&name, cryptobyteasn1.OCTET_STRING) || !contents.ReadASN1(&key, cryptobyteasn1.OCTET_STRING) || !contents.ReadASN1Integer(c.serial) || !contents.Empty() {
		return c, false
	}
	c.name, c.key = name, key
	c.hash = map[string]crypto.Hash{
		"1.3.14.3.2.26": crypto.SHA1, "2.16.840.1.101.3.4.2.1": crypto.SHA256, "2.16.840.1.101.3.4.2.2": crypto.SHA384, "2.16.840.1.101.3.4.2.3": crypto.SHA512,
	}[oid.String()]
	return c, true
}
