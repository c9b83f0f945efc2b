package pki

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// parts are the pieces of a certificate, each as it is encoded; a piece that is not there is nil.
type parts map[trait.Part][]byte

func tbsOrder() []trait.Part {
	return []trait.Part{trait.PartVersion, trait.PartSerial, trait.PartSignature, trait.PartIssuer, trait.PartValidity, trait.PartSubject, trait.PartKey, trait.PartExtensions}
}

// dissect takes a certificate apart (RFC 5280 §4.1).
func dissect(der []byte) (parts, error) {
	in := cryptobyte.String(der)
	var certificate, tbs, outer cryptobyte.String
	if !in.ReadASN1(&certificate, cryptobyteasn1.SEQUENCE) || !in.Empty() || !certificate.ReadASN1(&tbs, cryptobyteasn1.SEQUENCE) {
		return nil, errors.New("not the DER of a certificate")
	}
	if !certificate.ReadASN1Element(&outer, cryptobyteasn1.SEQUENCE) {
		return nil, errors.New("the certificate has no signature algorithm")
	}
	p := parts{trait.PartOuterSignature: outer}
	for _, part := range tbsOrder() {
		optional := part == trait.PartVersion && !tbs.PeekASN1Tag(cryptobyteasn1.Tag(0).ContextSpecific().Constructed()) ||
			part == trait.PartExtensions && tbs.Empty()
		if optional {
			continue
		}
		var element cryptobyte.String
		var tag cryptobyteasn1.Tag
		if !tbs.ReadAnyASN1Element(&element, &tag) {
			return nil, fmt.Errorf("the certificate has no %s", part)
		}
		if part == trait.PartExtensions && (tag != cryptobyteasn1.Tag(3).ContextSpecific().Constructed() || !tbs.Empty()) {
			return nil, errors.New("the certificate has unique identifiers (RFC 5280 §4.1.2.8), which cannot be kept")
		}
		p[part] = element
	}
	return p, nil
}

// tbs puts the pieces together again.
func (p parts) tbs() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, part := range tbsOrder() {
			b.AddBytes(p[part])
		}
	})
	return b.Bytes()
}

// sew makes a certificate of pieces and a signature.
func (p parts) sew(signature []byte) ([]byte, error) {
	tbs, err := p.tbs()
	if err != nil {
		return nil, err
	}
	return sewn(tbs, p[trait.PartOuterSignature], signature)
}

func sewn(tbs, algorithm, signature []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(tbs)
		b.AddBytes(algorithm)
		b.AddASN1BitString(signature)
	})
	return b.Bytes()
}

// extensions reads the list of extensions, which may be absent.
func (p parts) extensions() ([]pkix.Extension, error) {
	if p[trait.PartExtensions] == nil {
		return nil, nil
	}
	var explicit asn1.RawValue
	if _, err := asn1.Unmarshal(p[trait.PartExtensions], &explicit); err != nil {
		return nil, fmt.Errorf("reading the extensions: %w", err)
	}
	var list []pkix.Extension
	if _, err := asn1.Unmarshal(explicit.Bytes, &list); err != nil {
		return nil, fmt.Errorf("reading the extensions: %w", err)
	}
	return list, nil
}

func (p parts) setExtensions(list []pkix.Extension) error {
	if len(list) == 0 {
		delete(p, trait.PartExtensions)
		return nil
	}
	der, err := asn1.Marshal(list)
	if err != nil {
		return fmt.Errorf("writing the extensions: %w", err)
	}
	var b cryptobyte.Builder
	b.AddASN1(cryptobyteasn1.Tag(3).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddBytes(der) })
	p[trait.PartExtensions], err = b.Bytes()
	return err
}

// encode writes a finished certificate in another encoding.
func encode(der []byte, e trait.Encoding) ([]byte, error) {
	in := cryptobyte.String(der)
	var body cryptobyte.String
	if !in.ReadASN1(&body, cryptobyteasn1.SEQUENCE) {
		return nil, errors.New("not the DER of a certificate")
	}
	switch e {
	case trait.TrailingBytes:
		return append(bytes.Clone(der), 0, 0, 0), nil
	case trait.IndefiniteLength:
		return append(append([]byte{0x30, 0x80}, body...), 0, 0), nil
	case trait.LongLength:
		n := len(body)
		return append([]byte{0x30, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, body...), nil
	case trait.DER:
		return der, nil
	}
	return nil, fmt.Errorf("there is no encoding %q", e)
}
