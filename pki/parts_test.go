package pki_test

import (
	"bytes"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// partsOf takes a certificate apart by other code than the package does.
func partsOf(t *testing.T, der []byte) map[trait.Part][]byte {
	t.Helper()
	in := cryptobyte.String(der)
	var cert, tbs, outer cryptobyte.String
	if !in.ReadASN1(&cert, cryptobyteasn1.SEQUENCE) || !cert.ReadASN1(&tbs, cryptobyteasn1.SEQUENCE) || !cert.ReadASN1Element(&outer, cryptobyteasn1.SEQUENCE) {
		t.Fatalf("not a certificate: %x", der)
	}
	out := map[trait.Part][]byte{trait.PartOuterSignature: outer}
	order := []trait.Part{trait.PartSerial, trait.PartSignature, trait.PartIssuer, trait.PartValidity, trait.PartSubject, trait.PartKey}
	for n := 0; !tbs.Empty(); {
		var element cryptobyte.String
		var tag cryptobyteasn1.Tag
		if !tbs.ReadAnyASN1Element(&element, &tag) {
			t.Fatalf("a part of the certificate is cut off: %x", der)
		}
		switch {
		case tag == cryptobyteasn1.Tag(0).ContextSpecific().Constructed():
			out[trait.PartVersion] = element
		case tag == cryptobyteasn1.Tag(3).ContextSpecific().Constructed():
			out[trait.PartExtensions] = element
		default:
			out[order[n]] = element
			n++
		}
	}
	return out
}

func serialOf(t *testing.T, der []byte) []byte {
	t.Helper()
	return partsOf(t, der)[trait.PartSerial][2:]
}

// differing are the parts of the TBSCertificate in which two certificates differ, sorted.
func differing(t *testing.T, a, b []byte) []trait.Part {
	t.Helper()
	pa, pb := partsOf(t, a), partsOf(t, b)
	var out []trait.Part
	for _, part := range []trait.Part{trait.PartVersion, trait.PartSerial, trait.PartSignature, trait.PartIssuer, trait.PartValidity, trait.PartSubject, trait.PartKey, trait.PartExtensions} {
		if !bytes.Equal(pa[part], pb[part]) {
			out = append(out, part)
		}
	}
	slices.Sort(out)
	return out
}
