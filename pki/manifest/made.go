package manifest

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// identity is an entry as something that can issue, be exported and have twins: made in this plan, or read from the folder.
func (b *builder) identity(e *entry) *pki.Identity {
	if i, known := b.ids[e.name]; known {
		return i
	}
	i, err := b.restored(e)
	if err != nil {
		b.fail(fmt.Errorf("%s: %w", base(e), err))
	}
	b.ids[e.name] = i
	return i
}

// restored reads an entry from the folder. With a seed and a fixed clock the lab makes the very same again, and what is made by
// it later is the same as in an empty folder.
func (b *builder) restored(e *entry) (*pki.Identity, error) {
	cert, err := b.certificate(base(e))
	if err != nil {
		return b.lab.SelfSigned(e.name), err
	}
	if b.m.seed != "" && !b.m.clock.IsZero() {
		if i := b.made(e, pki.Entry{}, false); bytes.Equal(i.DER(), cert.Raw) {
			return i, nil
		}
	}
	key, err := b.key(base(e))
	if err != nil {
		return b.lab.SelfSigned(e.name), err
	}
	i, err := b.lab.Restore(e.name, cert, key, b.authority(b.issuerOf(e)))
	if err != nil {
		return b.lab.SelfSigned(e.name), err
	}
	return i, nil
}

func (b *builder) certificate(at string) (*x509.Certificate, error) {
	data, err := b.disk.read(at + ".pem")
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s.pem holds no certificate", at)
	}
	return x509.ParseCertificate(block.Bytes)
}

func (b *builder) key(at string) (crypto.Signer, error) {
	data, err := b.disk.read(at + "-key.pem")
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s-key.pem holds no key", at)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s-key.pem: a key of type %T cannot sign", at, key)
	}
	return signer, nil
}

// authority is an entry that issues; nil for no name.
func (b *builder) authority(name string) *pki.Authority {
	if name == "" {
		return nil
	}
	return &pki.Authority{Identity: b.identity(b.m.entryNamed(name))}
}

func (b *builder) issuerOf(e *entry) string {
	for e.issuer == "" && e.like != "" {
		e = b.m.entryNamed(e.like)
	}
	return e.issuer
}

// made makes an entry. A random key that is there already stays, as long as its kind does.
func (b *builder) made(e *entry, old pki.Entry, there bool) *pki.Identity {
	traits := slices.Clone(e.traits)
	if e.key != "" {
		traits = append(traits, trait.Key(e.key))
	}
	if e.span != nil {
		traits = append(traits, trait.Valid(e.span.from.from(b.present), e.span.until.from(b.present)))
	}
	if key := b.sameKey(e, old, there); key != nil {
		traits = append(traits, trait.WithKey(key))
	}
	issuer := b.authority(e.issuer)
	switch {
	case e.like != "":
		return b.twin(e, b.identity(b.m.entryNamed(e.like)), issuer, traits)
	case e.authority && issuer == nil:
		return b.lab.Root(e.name, traits...).Identity
	case e.authority:
		return issuer.Sub(e.name, traits...).Identity
	case e.selfSigned:
		return b.lab.SelfSigned(e.name, traits...)
	case e.use == "server":
		return issuer.Server(e.name, traits...)
	}
	return issuer.Client(e.name, traits...)
}

// twin makes an entry that is like another: same key, name and dates, but for what it says itself. Its own name makes its serial
// number another than that of any other twin.
func (b *builder) twin(e *entry, like *pki.Identity, issuer *pki.Authority, traits []pki.Trait) *pki.Identity {
	traits = append(traits, trait.Salt(e.name))
	if issuer != nil {
		traits = append(traits, trait.SignedBy(issuer))
	}
	twin := like.With(traits...)
	if e.fault == "" {
		return twin
	}
	if issuer == nil {
		issuer = b.authority(b.issuerOf(e))
	}
	if issuer == nil {
		issuer = &pki.Authority{Identity: like} // of a self-signed one; only faults without other authorities get here
	}
	return issuer.Fault(twin, e.fault)
}

// sameKey is the key that an entry has already, if it may keep it. Keys of a seed are made again; a key that came from a seed is
// no secret, and does not outlive it. A twin has the key of what it is like, and leaves it there.
func (b *builder) sameKey(e *entry, old pki.Entry, there bool) crypto.Signer {
	kind := e.key
	if kind == "" {
		kind = b.m.key
	}
	file := base(e) + "-key.pem"
	if !there || b.m.seed != "" || b.disk.index.Seeded || old.Like != "" || e.like != "" || old.Key != string(kind) || b.disk.condition(file, old.Files[file]) != right {
		return nil
	}
	key, err := b.key(base(e))
	if err != nil {
		return nil
	}
	return key
}

func (b *builder) der(e *entry) []byte {
	if i, known := b.ids[e.name]; known {
		return i.DER()
	}
	cert, err := b.certificate(base(e))
	if err != nil {
		b.fail(err)
		return nil
	}
	return cert.Raw
}
