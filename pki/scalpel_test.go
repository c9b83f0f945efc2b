package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// Cutting nothing gives the same bytes, for every certificate that Go reads: what is left out unseen would be a second fault.
func FuzzScalpel(f *testing.F) {
	l := newFaulty("scalpel")
	for _, fault := range []string{"expired", "v1", "rsa1024", "sha1"} {
		f.Add(l.ca.Fault(l.client, fault).DER())
	}
	f.Add(l.client.DER())
	f.Add(withUniqueID(f, l.client.DER()))
	f.Fuzz(func(t *testing.T, der []byte) {
		p, err := dissect(der)
		cert, unreadable := x509.ParseCertificate(der)
		if err != nil || unreadable != nil {
			return
		}
		again, err := p.sew(cert.Signature)
		if err != nil || !bytes.Equal(again, der) {
			t.Fatalf("%x is sewn together as %x, %v", der, again, err)
		}
	})
}

func TestUniqueIdentifiersAreNotLostUnseen(t *testing.T) {
	t.Parallel()
	der := withUniqueID(t, newFaulty("unique").client.DER())
	if _, err := x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if _, err := dissect(der); err == nil {
		t.Error("a certificate with a unique identifier is taken apart as if it had none")
	}
}

// withUniqueID puts an issuerUniqueID before the extensions.
func withUniqueID(tb testing.TB, der []byte) []byte {
	tb.Helper()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := dissect(der)
	if err != nil {
		tb.Fatal(err)
	}
	id, err := asn1.MarshalWithParams(asn1.BitString{Bytes: []byte{1}, BitLength: 8}, "tag:1")
	if err != nil {
		tb.Fatal(err)
	}
	p[trait.PartExtensions] = append(id, p[trait.PartExtensions]...)
	out, err := p.sew(cert.Signature)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}
