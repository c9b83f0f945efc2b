package pki

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// Clones yields n identities like one that this authority issued, for load: each has a name (alice-1, alice-2, …), which is
// also its common name, a key and a serial number of its own. They cost little more than their keys and signatures: cfssl
// issued the first, and the others are cut from it. A twin of a clone is possible.
func (a *Authority) Clones(like *Identity, n int) iter.Seq[*Identity] {
	return func(yield func(*Identity) bool) {
		for k := range n {
			name := fmt.Sprintf("%s-%d", like.Name(), k+1)
			r := *like.recipe
			clone := &recipe{lab: a.lab(), name: name, kind: r.kind, issuer: a, like: like, named: true, traits: []Trait{commonName(name)}}
			clone.quick = func() (*made, error) { return a.clone(like, name) }
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

func (a *Authority) clone(like *Identity, name string) (*made, error) {
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
	draft, err := like.draft()
	if err != nil {
		return nil, err
	}
	d := clone(draft)
	if commonName(name)(d); d.Err() != nil {
		return nil, d.Err()
	}
	l := a.lab()
	key, err := l.makeKey(d.Key, "key/"+string(d.Key)+"/"+name)
	if err != nil {
		return nil, err
	}
	p, err := dissect(first.der)
	if err != nil {
		return nil, err
	}
	serial, err := l.derive("serial/clone/"+first.cert.SerialNumber.String()+"/"+name, 20)
	if err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x3f | 0x40
	p[trait.PartSerial], p[trait.PartSubject] = append([]byte{0x02, 20}, serial...), d.Subject.DER()
	former := p[trait.PartKey]
	if p[trait.PartKey], err = x509.MarshalPKIXPublicKey(key.Public()); err != nil {
		return nil, err
	}
	if err := p.identify(former); err != nil {
		return nil, err
	}
	tbs, err := p.tbs()
	if err != nil {
		return nil, err
	}
	signature, err := signAs(p[trait.PartSignature], by.key, tbs)
	if err != nil {
		return nil, err
	}
	m := &made{key: key, issuer: a}
	if m.der, err = p.sew(signature); err != nil {
		return nil, err
	}
	m.settle(d)
	if m.cert == nil {
		return nil, errors.New("the clone does not parse")
	}
	return m, nil
}

// identify writes the identifier of the key anew, if there is one: the SHA-1 of its bits (RFC 5280 §4.2.1.2). Where the former
// key had its own, only these bytes change; a list of extensions is not read for that.
func (p parts) identify(former []byte) error {
	was, err := keyIdentifier(former)
	if err != nil {
		return err
	}
	value, err := keyIdentifier(p[trait.PartKey])
	if err != nil {
		return err
	}
	if head := []byte{0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, 0x16}; bytes.Count(p[trait.PartExtensions], append(head, was...)) == 1 {
		p[trait.PartExtensions] = bytes.Replace(p[trait.PartExtensions], append(head, was...), append(head, value...), 1)
		return nil
	}
	list, err := p.extensions()
	if err != nil {
		return err
	}
	if hasExtension(list, trait.SubjectKeyID()) {
		list = replaceExtension(list, pkix.Extension{Id: trait.SubjectKeyID(), Value: value})
	}
	return p.setExtensions(list)
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
