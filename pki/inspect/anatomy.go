package inspect

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// An anatomy is a certificate taken apart without judging it (RFC 5280 §4.1), so that one which no parser takes can be
// looked at too. What cannot be read stays empty.
type anatomy struct {
	indefinite, long bool // BER, in the outer SEQUENCE
	trailing         int  // bytes after the certificate
	version          int  // 1 to 3, or what stands there plus one
	serial           []byte
	inner, outer     []byte // signature algorithms
	issuer, subject  []byte
	notBefore        time.Time
	notAfter         time.Time
	generalized      bool // a date before 2050 as GeneralizedTime
	spki             []byte
	extensions       []pkix.Extension
}

// dissect takes a certificate apart. It fails where there is no structure of a certificate at all.
func dissect(der []byte) (*anatomy, error) {
	a := &anatomy{version: 1}
	body, err := a.open(der)
	if err != nil {
		return nil, err
	}
	var tbs, outer cryptobyte.String
	if !body.ReadASN1(&tbs, cryptobyteasn1.SEQUENCE) || !body.ReadASN1Element(&outer, cryptobyteasn1.SEQUENCE) {
		return nil, errors.New("not a SEQUENCE of a certificate, an algorithm and a signature")
	}
	a.outer = outer
	var explicit, serial, inner, issuer, validity, subject, key cryptobyte.String
	var hasVersion bool
	if !tbs.ReadOptionalASN1(&explicit, &hasVersion, cryptobyteasn1.Tag(0).ContextSpecific().Constructed()) {
		return nil, errors.New("the version cannot be read")
	}
	if hasVersion {
		var v int
		if explicit.ReadASN1Integer(&v) {
			a.version = v + 1
		}
	}
	if !tbs.ReadASN1(&serial, cryptobyteasn1.INTEGER) || !tbs.ReadASN1Element(&inner, cryptobyteasn1.SEQUENCE) ||
		!tbs.ReadASN1Element(&issuer, cryptobyteasn1.SEQUENCE) || !tbs.ReadASN1(&validity, cryptobyteasn1.SEQUENCE) ||
		!tbs.ReadASN1Element(&subject, cryptobyteasn1.SEQUENCE) || !tbs.ReadASN1Element(&key, cryptobyteasn1.SEQUENCE) {
		return nil, errors.New("it has not the parts of a certificate")
	}
	a.serial, a.inner, a.issuer, a.subject, a.spki = serial, inner, issuer, subject, key
	a.dates(validity)
	a.readExtensions(tbs)
	return a, nil
}

// open takes off the outer SEQUENCE, in DER or in BER.
func (a *anatomy) open(der []byte) (cryptobyte.String, error) {
	if len(der) < 4 || der[0] != 0x30 {
		return nil, errors.New("not a SEQUENCE")
	}
	if der[1] == 0x80 {
		a.indefinite = true
		return bytes.TrimSuffix(der[2:], []byte{0, 0}), nil
	}
	n, length, head := int(der[1]&0x7f), int(der[1]), 2
	if der[1] > 0x80 {
		if n > 4 || len(der) < 2+n {
			return nil, errors.New("the length of the SEQUENCE cannot be read")
		}
		length, head = int(new(big.Int).SetBytes(der[2:2+n]).Int64()), 2+n
		a.long = der[2] == 0 || length < 0x80
	}
	if length < 0 || len(der)-head < length {
		return nil, errors.New("it is cut off")
	}
	a.trailing = len(der) - head - length
	return der[head : head+length], nil
}

func (a *anatomy) dates(validity cryptobyte.String) {
	for _, to := range []*time.Time{&a.notBefore, &a.notAfter} {
		if validity.PeekASN1Tag(cryptobyteasn1.UTCTime) {
			if !validity.ReadASN1UTCTime(to) {
				return
			}
			continue
		}
		if !validity.ReadASN1GeneralizedTime(to) {
			return
		}
		a.generalized = a.generalized || to.Year() < 2050
	}
}

func (a *anatomy) readExtensions(tbs cryptobyte.String) {
	for _, skipped := range []cryptobyteasn1.Tag{1, 2} { // unique identifiers
		tbs.SkipOptionalASN1(skipped.ContextSpecific())
	}
	var explicit cryptobyte.String
	var there bool
	if !tbs.ReadOptionalASN1(&explicit, &there, cryptobyteasn1.Tag(3).ContextSpecific().Constructed()) || !there {
		return
	}
	if _, err := asn1.Unmarshal(explicit, &a.extensions); err != nil {
		a.extensions = nil
	}
}

// extension is the first extension of a type.
func (a *anatomy) extension(oid asn1.ObjectIdentifier) (pkix.Extension, bool) {
	for _, e := range a.extensions {
		if e.Id.Equal(oid) {
			return e, true
		}
	}
	return pkix.Extension{}, false
}

// A generalName is one entry of a subject alternative name, as it stands there.
type generalName struct {
	tag   int
	bytes []byte
}

// names are the subject alternative names, as far as they can be read.
func (a *anatomy) names() []generalName {
	e, there := a.extension(asn1.ObjectIdentifier{2, 5, 29, 17})
	in := cryptobyte.String(e.Value)
	var list cryptobyte.String
	if !there || !in.ReadASN1(&list, cryptobyteasn1.SEQUENCE) {
		return nil
	}
	var out []generalName
	for !list.Empty() {
		var content cryptobyte.String
		var tag cryptobyteasn1.Tag
		if !list.ReadAnyASN1(&content, &tag) {
			break
		}
		out = append(out, generalName{int(tag & 0x1f), content})
	}
	return out
}
