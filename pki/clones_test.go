package pki

import (
	"bytes"
	"crypto/x509"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A clone is, byte for byte, what is made without the stencil, but for its serial number and so its signature.
func TestClonesAreWhatIsMadeOneByOne(t *testing.T) {
	t.Parallel()
	twoNames, err := dn.New(
		dn.RDN{{Type: "2.5.4.10", Value: dn.Value{Tag: dn.UTF8, Bytes: []byte("company")}}},
		dn.RDN{{Type: "2.5.4.11", Value: dn.Value{Tag: dn.UTF8, Bytes: []byte("unit")}}, {Type: "2.5.4.3", Value: dn.Value{Tag: dn.BMP, Bytes: []byte{0, 'x'}}}, {Type: "2.5.4.5", Value: dn.Value{Tag: dn.Printable, Bytes: []byte("1")}}},
		dn.RDN{{Type: "2.5.4.3", Value: dn.Value{Tag: dn.Printable, Bytes: []byte("second")}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	outside, err := clonesLab(t).makeKey(trait.P384, "outside")
	if err != nil {
		t.Fatal(err)
	}
	likes := map[string][]Trait{
		"plain":               nil,
		"many":                {trait.Subject("CN=load,OU=production,O=company"), trait.DNS("load.example")},
		"no common name":      {trait.Subject("OU=production,O=company")},
		"no name":             {trait.SubjectName(dn.Name{})},
		"two common names":    {trait.SubjectName(twoNames)},
		"p384":                {trait.Key(trait.P384)},
		"ed25519":             {trait.Key(trait.Ed25519)},
		"rsa1024":             {trait.Key(trait.RSA1024)},
		"id-RSASSA-PSS":       {trait.Key(trait.RSA1024), trait.PSSKey},
		"a key from outside":  {trait.WithKey(outside)},
		"no identifiers":      {trait.Without(trait.SubjectKeyID(), trait.AuthorityKeyID())},
		"its own identifier":  {trait.Extension(trait.SubjectKeyID(), false, []byte{0x04, 2, 1, 2})},
		"version 1":           {trait.V1},
		"alone":               {trait.NoChain},
		"followed":            {trait.Followed([]byte("more"))},
		"SHA-512":             {trait.Signature(x509.ECDSAWithSHA512)},
		"an unusual validity": {trait.Expired},
	}
	for name, traits := range likes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ca := clonesLab(t).Root("root").Sub("issuing")
			like := ca.Client("load", traits...)
			count := 0
			for clone := range ca.Clones(like, 2) {
				count++
				r := *clone.recipe
				r.quick = nil
				slow := newIdentity(&r)
				if err := clone.Err(); err != nil {
					t.Fatal(err)
				}
				if err := slow.Err(); err != nil {
					t.Fatal(err)
				}
				got, want := cutUp(t, clone.DER()), cutUp(t, slow.DER())
				for part := range want {
					if part != trait.PartSerial && !bytes.Equal(got[part], want[part]) {
						t.Errorf("%s, %s:\n%x, want\n%x", clone.Name(), part, got[part], want[part])
					}
				}
				if len(got) != len(want) || bytes.Equal(got[trait.PartSerial], want[trait.PartSerial]) {
					t.Errorf("%s has %d parts, want %d, and the serial number %x", clone.Name(), len(got), len(want), got[trait.PartSerial])
				}
				if c := clone.Certificate(); ca.Certificate().CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil {
					t.Errorf("the signature of %s is wrong", clone.Name())
				}
				if !sameKey(clone, slow) || !equalLists(clone.Chain()[1:], slow.Chain()[1:]) || !equalLists(clone.Roots(), slow.Roots()) {
					t.Errorf("%s has another key, chain or root", clone.Name())
				}
			}
			if count != 2 {
				t.Errorf("%d clones, want 2", count)
			}
		})
	}
}

func TestClonesThatCannotBe(t *testing.T) {
	t.Parallel()
	ca := clonesLab(t).Root("root")
	for name, like := range map[string]*Identity{
		"issued by another": clonesLab(t).Root("other").Client("load"),
		"does not parse":    ca.Client("load", trait.Serial(0xfb)),
		"no text":           ca.Client("\xff", trait.Subject("CN=a")),
	} {
		for clone := range ca.Clones(like, 1) {
			if clone.Err() == nil {
				t.Errorf("%s: cloned", name)
			}
		}
	}
}

func clonesLab(t *testing.T) *Lab {
	t.Helper()
	return New(Options{Seed: "clones", Clock: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }})
}

func cutUp(t *testing.T, der []byte) parts {
	t.Helper()
	p, err := dissect(der)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sameKey(a, b *Identity) bool {
	return a.Key() != nil && a.Thumbprints().SPKI == b.Thumbprints().SPKI && equalLists([][]byte{pkcs8(a)}, [][]byte{pkcs8(b)})
}

func pkcs8(i *Identity) []byte {
	der, _ := x509.MarshalPKCS8PrivateKey(i.Key()) // nil is equal to no key
	return der
}

func equalLists(a, b [][]byte) bool {
	return bytes.Equal(bytes.Join(a, []byte{0}), bytes.Join(b, []byte{0})) && len(a) == len(b)
}
