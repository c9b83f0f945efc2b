package pki

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// formFaults are about how a certificate is written down, and about chains that are hard to follow.
func formFaults() []Fault {
	exts := []trait.Part{trait.PartExtensions}
	chain := []trait.Part{trait.PartIssuer, trait.PartExtensions}
	return []Fault{
		{
			Name: "duplicate-extension", Code: "C-DUPEXT", Doc: "Two subject alternative names: the first with client1.example, the second with evil.example.", Differs: exts,
			Traits: []Trait{trait.DNS("client1.example"), secondNames}, Expect: Expect{Refuse, GoDoesNotParse, 20}, Refs: []string{"RFC 5280 §4.2"},
		},
		{
			Name: "two-algorithms", Code: "C-SIGALG", Doc: "The signature algorithm inside and that outside the signed part differ.",
			Traits: []Trait{otherOuterAlgorithm}, Expect: Expect{Refuse, GoDoesNotParse, 7}, Refs: []string{"RFC 5280 §4.1.1.2"},
		},
		{
			Name: "indefinite-length", Code: "C-BER", Doc: "BER: the outer SEQUENCE has indefinite length.", NotDER: true,
			Traits: []Trait{trait.Encoded(trait.IndefiniteLength)}, Expect: Expect{Refuse, GoDoesNotParse, 0}, Refs: []string{"RFC 5280 §4.1", "X.690 §10.1"},
		},
		{
			Name: "long-length", Code: "C-BERLEN", Doc: "BER: the length of the outer SEQUENCE has leading zeros.", NotDER: true,
			Traits: []Trait{trait.Encoded(trait.LongLength)}, Expect: Expect{Refuse, GoDoesNotParse, 0}, Refs: []string{"RFC 5280 §4.1", "X.690 §10.1"},
		},
		{
			Name: "trailing-bytes", Code: "C-TRAIL", Doc: "Three bytes follow the certificate.", NotDER: true,
			Traits: []Trait{trait.Encoded(trait.TrailingBytes)}, Expect: Expect{Refuse, GoDoesNotParse, 0}, Refs: []string{"RFC 5280 §4.1"},
		},
		{
			Name: "version-4", Code: "C-V4", Doc: "An X.509 version that does not exist.", Differs: []trait.Part{trait.PartVersion},
			Traits: []Trait{trait.Cut(trait.PartVersion, []byte{0xa0, 3, 2, 1, 3})}, Expect: Expect{Refuse, GoDoesNotParse, 0}, Refs: []string{"RFC 5280 §4.1.2.1"},
		},
		{
			Name: "serial-zero", Code: "C-SER0", Doc: "The serial number is 0.",
			Traits: []Trait{trait.Serial(0)}, Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.1.2.2"},
		},
		{
			Name: "serial-negative", Code: "C-SERNEG", Doc: "The serial number is negative.",
			Traits: []Trait{trait.Serial(0xfb)}, Expect: Expect{Either, GoDoesNotParse, 0}, Refs: []string{"RFC 5280 §4.1.2.2"},
		},
		{
			Name: "serial-long", Code: "C-SERLONG", Doc: "The serial number has 40 bytes; 20 are allowed.",
			Traits: []Trait{longSerial}, Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.1.2.2"},
		},
		{
			Name: "no-key-ids", Code: "C-NOKID", Doc: "There are no key identifiers, which are not needed.", Differs: exts,
			Traits: []Trait{trait.Without(trait.SubjectKeyID(), trait.AuthorityKeyID())}, Expect: Expect{Accept, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.2.1.1"},
		},
		{
			Name: "generalized-time", Code: "C-GENTIME", Doc: "Dates before 2050 as GeneralizedTime.", Differs: []trait.Part{trait.PartValidity},
			Traits: []Trait{generalizedTime}, Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.1.2.5"},
		},
		{
			Name: "deep", Code: "C-DEEP", Doc: "Twenty intermediate authorities.", Differs: chain, Expect: Expect{Either, GoAccepts, 0}, Refs: []string{"RFC 5280 §6"}, make: deep,
		},
		{
			Name: "loop", Code: "C-LOOP", Doc: "Thirty intermediate authorities that certify each other, and none leads to a root.", Differs: chain,
			Expect: Expect{Refuse, GoGivesUp, 20}, Refs: []string{"CVE-2018-16875", "GO-2026-4947"}, make: loop,
		},
		{
			Name: "policy", Code: "C-POLICY", Doc: "The intermediate authority demands a certificate policy, and the certificate has none.", Differs: chain,
			Expect: Expect{Refuse, GoNoPolicy, 0}, Refs: []string{"RFC 5280 §4.2.1.11", "RFC 5280 §6.1.5(g)"},
			// policyConstraints with requireExplicitPolicy 0, critical.
			make: below(trait.Extension(trait.OID(2, 5, 29, 36), true, []byte{0x30, 3, 0x80, 1, 0})),
		},
	}
}

func secondNames(d *trait.Draft) {
	value, err := trait.AltNames([]trait.GeneralName{{Tag: dnsName, Bytes: []byte("evil.example")}})
	d.Fail(err)
	trait.Doubled(trait.SubjectAltName(), false, value)(d)
}

// otherOuterAlgorithm names ecdsa-with-SHA224, with which nobody here signs.
func otherOuterAlgorithm(d *trait.Draft) {
	der, err := asn1.Marshal(pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 1}})
	d.Fail(err)
	d.Cut(trait.PartOuterSignature, der)
}

func longSerial(d *trait.Draft) {
	b := make([]byte, 40)
	for i := range b {
		b[i] = byte(0x40 + i)
	}
	d.Serial = b
}

func generalizedTime(d *trait.Draft) {
	var b cryptobyte.Builder
	b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, t := range []time.Time{d.NotBefore, d.NotAfter} {
			b.AddASN1GeneralizedTime(t)
		}
	})
	der, err := b.Bytes()
	d.Fail(err)
	d.Cut(trait.PartValidity, der)
}

// deep stacks authorities without a path length. The topmost is a twin of a without its limit where a is an intermediate.
func deep(a *Authority, like *Identity) *Identity {
	issuer := a.variant(trait.PathLen(-1))
	for n := range 19 {
		issuer = issuer.Sub(fmt.Sprint("deep-", n), trait.PathLen(-1), trait.Subject(fmt.Sprintf("CN=mtlscheck Deep CA %d,O=mtlscheck", n+1)))
	}
	return like.With(trait.SignedBy(issuer))
}

// loop makes six authorities, and for each the five certificates that the others give it.
func loop(a *Authority, like *Identity) *Identity {
	var ring []*Authority
	for n := range 6 {
		ring = append(ring, a.lab().Root(fmt.Sprintf("loop-%d/%s", n, a.Name()), trait.Subject(fmt.Sprintf("CN=Loop %d,O=mtlscheck", n))))
	}
	var crossed [][]byte
	for _, of := range ring {
		for _, by := range ring {
			if of != by {
				crossed = append(crossed, of.With(trait.SignedBy(by)).DER())
			}
		}
	}
	return like.With(trait.SignedBy(ring[0]), trait.Followed(crossed...))
}
