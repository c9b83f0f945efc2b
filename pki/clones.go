package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// Clones yields n identities like one that this authority issued, for load: each has a name (alice-1, alice-2, …), which is
// also its common name, a key and a serial number of its own. They cost little more than their keys and signatures: cfssl
// issued the first, and the others are cut from it. A twin of a clone is possible.
func (a *Authority) Clones(like *Identity, n int) iter.Seq[*Identity] {
	cut := sync.OnceValues(func() (*stencil, error) { return a.stencil(like) })
	return func(yield func(*Identity) bool) {
		for k := range n {
			name := fmt.Sprintf("%s-%d", like.Name(), k+1)
			r := *like.recipe
			clone := &recipe{lab: a.lab(), name: name, kind: r.kind, issuer: a, like: like, named: true, traits: []Trait{commonName(name)}}
			clone.quick = func() (*made, error) {
				s, err := cut()
				if err != nil {
					return nil, err
				}
				return s.clone(name)
			}
			if !yield(newIdentity(clone)) {
				return
			}
		}
	}
}

// commonName replaces the common name, or adds one.
func commonName(name string) Trait {
	return editName(func(rdns []dn.RDN) ([]dn.RDN, error) {
		cn, err := part("CN", name)
		if err != nil {
			return nil, err
		}
		for i, rdn := range rdns {
			for j, attribute := range rdn {
				if attribute.Type == oidOf("CN") {
					rdns[i][j] = cn[0]
					return rdns, nil
				}
			}
		}
		return append(rdns, cn), nil
	})
}

// A stencil is what the clones of one certificate have in common, worked out once.
type stencil struct {
	by     *Authority
	draft  *trait.Draft
	serial string // begins the label of a clone's serial number
	first  parts  // of the certificate that is cloned
	middle []byte // its signature algorithm, issuer and validity
	name   hollow
	curve  elliptic.Curve // of its key; nil: of another kind, or written in another way
	info   []byte         // its public key as the certificate has it, but for the point
	at     int            // where the identifier of its key stands in the extensions; -1: not in exactly one place
	sign   func(message []byte) ([]byte, error)
}

func (a *Authority) stencil(like *Identity) (*stencil, error) {
	first, err := like.made()
	if err != nil {
		return nil, err
	}
	by, err := a.made()
	if err != nil {
		return nil, err
	}
	if first.issuer == nil || first.issuer.Identity != a.Identity {
		return nil, fmt.Errorf("%s can only clone what it issued, and %s is not", a.Name(), like.Name())
	}
	if first.cert == nil {
		return nil, fmt.Errorf("%s does not parse, and its clones would not", like.Name())
	}
	s := &stencil{by: a, serial: "serial/clone/" + first.cert.SerialNumber.String() + "/", at: -1}
	if s.draft, err = like.draft(); err != nil {
		return nil, err
	}
	if s.first, err = dissect(first.der); err != nil {
		return nil, err
	}
	if s.name, err = hollowed(s.draft.Subject, like.Name()); err != nil {
		return nil, err
	}
	if s.sign, err = signerAs(s.first[trait.PartSignature], by.key); err != nil {
		return nil, err
	}
	former, err := keyIdentifier(s.first[trait.PartKey])
	if err != nil {
		return nil, err
	}
	head := []byte{0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, byte(len(former))}
	if extensions := s.first[trait.PartExtensions]; bytes.Count(extensions, slices.Concat(head, former)) == 1 {
		s.at = bytes.Index(extensions, slices.Concat(head, former)) + len(head)
	}
	s.middle = slices.Concat(s.first[trait.PartSignature], s.first[trait.PartIssuer], s.first[trait.PartValidity])
	if public, ok := first.key.Public().(*ecdsa.PublicKey); ok {
		point, err := public.Bytes()
		if before, ends := bytes.CutSuffix(s.first[trait.PartKey], point); err == nil && ends {
			s.curve, s.info = public.Curve, before
		}
	}
	return s, nil
}

// clone fills the stencil: it makes a key, and writes name, serial number, key and the key's identifier.
func (s *stencil) clone(name string) (*made, error) {
	l := s.by.lab()
	key, err := l.makeKey(s.draft.Key, "key/"+string(s.draft.Key)+"/"+name)
	if err != nil {
		return nil, err
	}
	serial, err := l.derive(s.serial+name, 20)
	if err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x3f | 0x40
	public, err := s.public(key)
	if err != nil {
		return nil, err
	}
	extensions, err := s.extensions(public)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(s.first[trait.PartVersion])
		b.AddASN1(cryptobyteasn1.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes(serial) })
		b.AddBytes(s.middle)
		s.name.fill(b, name)
		b.AddBytes(public)
		b.AddBytes(extensions)
	})
	tbs, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	signature, err := s.sign(tbs)
	if err != nil {
		return nil, err
	}
	m := &made{key: key, issuer: s.by}
	if m.der, err = sewn(tbs, s.first[trait.PartOuterSignature], signature); err != nil {
		return nil, err
	}
	m.settle(s.draft)
	if m.cert == nil {
		return nil, errors.New("the clone does not parse")
	}
	return m, nil
}

// public writes the public key as the first certificate has its own.
func (s *stencil) public(key crypto.Signer) ([]byte, error) {
	if s.draft.PSSKey {
		return pssKey(key)
	}
	if public, ok := key.Public().(*ecdsa.PublicKey); ok && public.Curve == s.curve {
		point, err := public.Bytes()
		return slices.Concat(s.info, point), err
	}
	return x509.MarshalPKIXPublicKey(key.Public())
}

// extensions are those of the first certificate with the identifier of another key, unless a trait gave the identifier. Only
// these bytes change, where they are found.
func (s *stencil) extensions(public []byte) ([]byte, error) {
	if hasExtension(s.draft.Extensions, trait.SubjectKeyID()) {
		return s.first[trait.PartExtensions], nil
	}
	if s.at < 0 {
		p := parts{trait.PartKey: public, trait.PartExtensions: s.first[trait.PartExtensions]}
		err := p.identify()
		return p[trait.PartExtensions], err
	}
	value, err := keyIdentifier(public)
	if err != nil {
		return nil, err
	}
	out := bytes.Clone(s.first[trait.PartExtensions])
	copy(out[s.at:], value)
	return out, nil
}

// identify writes the identifier of the key anew, if there is one: the SHA-1 of its bits (RFC 5280 §4.2.1.2).
func (p parts) identify() error {
	list, err := p.extensions()
	if err != nil {
		return err
	}
	value, err := keyIdentifier(p[trait.PartKey])
	if err != nil {
		return err
	}
	if hasExtension(list, trait.SubjectKeyID()) {
		list = replaceExtension(list, pkix.Extension{Id: trait.SubjectKeyID(), Value: value})
	}
	return p.setExtensions(list)
}

// A hollow is the encoding of a name around its common name.
type hollow struct{ before, beside, after, behind []byte }

// hollowed takes the common name out of a name, as commonName replaces or adds it. It fails where the new one cannot be one.
func hollowed(n dn.Name, name string) (hollow, error) {
	if _, err := part("CN", name); err != nil {
		return hollow{}, err
	}
	rdns := n.RDNs()
	at, in := len(rdns), 0
	for i := len(rdns) - 1; i >= 0; i-- {
		if j := slices.IndexFunc(rdns[i], func(a dn.Attribute) bool { return a.Type == oidOf("CN") }); j >= 0 {
			at, in = i, j
		}
	}
	var h hollow
	var errs [4]error
	h.before, errs[0] = contents(1, rdns[:at]...)
	if at < len(rdns) {
		h.beside, errs[1] = contents(2, rdns[at][:in])
		h.behind, errs[2] = contents(2, rdns[at][in+1:])
		h.after, errs[3] = contents(1, rdns[at+1:]...)
	}
	return h, errors.Join(errs[:]...)
}

// contents is the encoding of some parts, without so many of the outer tags.
func contents(outer int, rdns ...dn.RDN) ([]byte, error) {
	name, err := dn.New(rdns...)
	if err != nil {
		return nil, err
	}
	in := cryptobyte.String(name.DER())
	for range outer {
		if !in.ReadAnyASN1(&in, nil) {
			return nil, errors.New("a part of the name cannot be read")
		}
	}
	return in, nil
}

func (h hollow) fill(b *cryptobyte.Builder, name string) {
	b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(h.before)
		b.AddASN1(cryptobyteasn1.SET, func(b *cryptobyte.Builder) {
			b.AddBytes(h.beside)
			b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddBytes([]byte{0x06, 3, 0x55, 4, 3})
				b.AddASN1(cryptobyteasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
			})
			b.AddBytes(h.behind)
		})
		b.AddBytes(h.after)
	})
}

// keyIdentifier is the value of the extension subjectKeyIdentifier for a SubjectPublicKeyInfo.
func keyIdentifier(info []byte) ([]byte, error) {
	in := cryptobyte.String(info)
	var key asn1.BitString
	if !in.ReadASN1(&in, cryptobyteasn1.SEQUENCE) || !in.SkipASN1(cryptobyteasn1.SEQUENCE) || !in.ReadASN1BitString(&key) {
		return nil, errors.New("the public key cannot be read")
	}
	sum := sha1.Sum(key.RightAlign())
	return append([]byte{0x04, sha1.Size}, sum[:]...), nil
}
