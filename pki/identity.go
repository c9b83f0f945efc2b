package pki

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// An Authority is an identity that issues.
type Authority struct{ *Identity }

// Sub makes an authority below this one, that may issue to clients and servers and to no further authority (path length
// 0) unless a trait says otherwise. It is valid for five years.
func (a *Authority) Sub(name string, t ...Trait) *Authority {
	return &Authority{a.child(name, subKind, t)}
}

// Client makes a client certificate: digitalSignature, clientAuth, valid for a year, CN=name unless a trait says otherwise.
func (a *Authority) Client(name string, t ...Trait) *Identity { return a.child(name, clientKind, t) }

// Server makes a server certificate: digitalSignature, serverAuth, valid for a year. Its names are traits: trait.DNS, trait.IP.
func (a *Authority) Server(name string, t ...Trait) *Identity { return a.child(name, serverKind, t) }

func (a *Authority) child(name string, k kind, t []Trait) *Identity {
	return newIdentity(&recipe{lab: a.recipe.lab, name: name, kind: k, issuer: a, traits: t})
}

// An Identity is a certificate with its key and with what stands above it. Nothing is made before it is asked for. An
// Identity is safe for concurrent use, and each of its methods may be called whether or not it could be made.
type Identity struct {
	recipe *recipe
	draft  func() (*trait.Draft, error)
	made   func() (*made, error)

	register func() *Revocation
}

// A recipe is how an identity is to be made.
type recipe struct {
	lab    *Lab
	name   string
	kind   kind
	issuer *Authority // nil: self-signed, or read from a file without its issuer
	traits []Trait
	like   *Identity             // the identity that this one is a twin of
	named  bool                  // a twin with a name and a key of its own
	given  *made                 // read from a file, not made
	quick  func() (*made, error) // makes a clone without asking cfssl again
	view   *Identity             // the same certificate, followed by others
	sends  [][]byte
	base   *trait.Draft
	err    error
}

// made is what making gave.
type made struct {
	der      []byte
	cert     *x509.Certificate // nil where it does not parse
	key      crypto.Signer     // nil where only the certificate is known
	issuer   *Authority        // nil: itself
	chain    [][]byte
	roots    [][]byte
	above    [][]byte // what a certificate issued by this one sends after itself
	selfMade bool
}

func newIdentity(r *recipe) *Identity {
	i := &Identity{recipe: r}
	i.register = sync.OnceValue(func() *Revocation { return newRevocation(&Authority{i}) })
	i.draft = sync.OnceValues(r.drafted)
	i.made = sync.OnceValues(func() (*made, error) {
		m, err := r.make(i.draft)
		if err != nil {
			err = fmt.Errorf("%s: %w", r.name, err)
			r.lab.note(err)
		}
		return m, err
	})
	return i
}

// failed is an identity that only has an error.
func failed(l *Lab, name string, err error) *Identity {
	return newIdentity(&recipe{lab: l, name: name, err: err})
}

// drafted runs the traits. Each call gives a fresh draft.
func (r *recipe) drafted() (*trait.Draft, error) {
	d, err := r.begin()
	if err != nil {
		return nil, err
	}
	d.Moment = r.lab.clock().UTC().Truncate(time.Second)
	for _, t := range r.traits {
		t(d)
	}
	return d, d.Err()
}

func (r *recipe) begin() (*trait.Draft, error) {
	switch {
	case r.err != nil:
		return nil, r.err
	case r.view != nil:
		return r.view.recipe.drafted()
	case r.base != nil:
		return clone(r.base), nil
	case r.like != nil:
		d, err := r.like.recipe.drafted()
		if err != nil {
			return nil, err
		}
		d.BaseLabel, d.BaseKey = d.KeyLabel, d.OtherKey
		d.Salt += "/twin"
		if r.named {
			d.Name, d.KeyLabel, d.OtherKey = r.name, r.name, nil
		}
		return d, nil
	}
	return r.kind.base(r.lab, r.name)
}

// clone copies a draft so that traits can edit it: the slices and maps that they edit in place are copied.
func clone(d *trait.Draft) *trait.Draft {
	c := *d
	c.Extensions = append(c.Extensions[:0:0], d.Extensions...)
	c.Dropped = append(c.Dropped[:0:0], d.Dropped...)
	c.Cuts = nil
	for part, der := range d.Cuts {
		c.Cut(part, der)
	}
	return &c
}

func (r *recipe) make(draft func() (*trait.Draft, error)) (*made, error) {
	if r.given != nil {
		return r.given, nil
	}
	if r.quick != nil {
		return r.quick()
	}
	d, err := draft()
	if err != nil {
		return nil, err
	}
	if r.view != nil {
		m, err := r.view.made()
		if err != nil {
			return nil, err
		}
		other := *m
		other.chain = append([][]byte{m.der}, r.sends...)
		return &other, nil
	}
	key := d.OtherKey
	if key == nil {
		if key, err = r.lab.keyNamed(d.Key, d.KeyLabel); err != nil {
			return nil, err
		}
	}
	m := &made{key: key, selfMade: d.SelfMade}
	by := signedBy{key: key, name: d.Subject}
	if !d.SelfMade {
		if m.issuer, err = r.signer(d); err != nil {
			return nil, err
		}
		if by, err = m.issuer.signs(); err != nil {
			return nil, err
		}
	}
	if m.der, err = r.lab.issue(d, key, by); err != nil {
		return nil, err
	}
	m.settle(d)
	return m, nil
}

// signer returns who signs the draft.
func (r *recipe) signer(d *trait.Draft) (*Authority, error) {
	if d.Issuer != nil {
		if a, ok := d.Issuer.(*Authority); ok {
			return a, nil
		}
		return nil, fmt.Errorf("trait.SignedBy wants an authority of package pki, not a %T", d.Issuer)
	}
	if r.issuer == nil {
		return nil, errors.New("the key of its issuer is not at hand: take Authority.Issued with the authority that issued it")
	}
	return r.issuer, nil
}

// settle works out what the certificate sends and what stands above it.
func (m *made) settle(d *trait.Draft) {
	m.cert, _ = x509.ParseCertificate(m.der) // a certificate that does not parse may be what was asked for
	m.chain = [][]byte{m.der}
	if m.issuer != nil {
		up, err := m.issuer.made()
		if err == nil {
			m.chain = append(m.chain, up.above...)
			m.roots = up.roots
		}
		m.above = append([][]byte{m.der}, m.chain[1:]...)
	} else {
		m.roots = [][]byte{m.der}
	}
	if d.NoChain {
		m.chain = m.chain[:1]
	}
	m.chain = append(m.chain[:len(m.chain):len(m.chain)], d.Appended...)
}

// signs returns what issuing in this identity's name needs.
func (i *Identity) signs() (signedBy, error) {
	m, err := i.made()
	if err != nil {
		return signedBy{}, err
	}
	if m.key == nil {
		return signedBy{}, fmt.Errorf("the key of %s is not at hand", i.recipe.name)
	}
	p, err := dissect(m.der)
	if err != nil {
		return signedBy{}, err
	}
	by := signedBy{key: m.key}
	if by.name, err = dn.ParseDER(p[trait.PartSubject]); err != nil {
		return signedBy{}, err
	}
	by.keyID = keyID(m)
	return by, nil
}

// Name returns the name that the identity was made under, which is no part of the certificate.
func (i *Identity) Name() string { return i.recipe.name }

// Err returns why the identity could not be made, or nil. Asking makes it.
func (i *Identity) Err() error {
	_, err := i.made()
	return err
}

// DER returns the certificate, or nil if it could not be made.
func (i *Identity) DER() []byte {
	m, err := i.made()
	if err != nil {
		return nil
	}
	return bytes.Clone(m.der)
}

// Certificate returns the parsed certificate, or nil where Go cannot parse it. Do not change it.
func (i *Identity) Certificate() *x509.Certificate {
	m, err := i.made()
	if err != nil {
		return nil
	}
	return m.cert
}

// Key returns the private key, or nil if there is none.
func (i *Identity) Key() crypto.Signer {
	m, err := i.made()
	if err != nil {
		return nil
	}
	return m.key
}

// Chain returns what the identity sends, as DER: its certificate, then the intermediates; never the root.
func (i *Identity) Chain() [][]byte {
	m, err := i.made()
	if err != nil {
		return nil
	}
	return copyAll(m.chain)
}

// Roots returns the trust anchors above the identity, as DER. Those of a self-signed certificate are itself; a certificate
// that was read from a file without what stands above it has none.
func (i *Identity) Roots() [][]byte {
	m, err := i.made()
	if err != nil {
		return nil
	}
	return copyAll(m.roots)
}

func copyAll(list [][]byte) [][]byte {
	out := make([][]byte, 0, len(list))
	for _, b := range list {
		out = append(out, bytes.Clone(b))
	}
	return out
}

// With makes a twin that differs in exactly these traits: same key, same subject, same dates, own serial number. The same
// traits give the same twin; trait.Salt makes several.
func (i *Identity) With(t ...Trait) *Identity {
	r := *i.recipe
	return newIdentity(&recipe{lab: r.lab, name: r.name, kind: r.kind, issuer: r.issuer, like: i, traits: t, err: i.untwinnable()})
}

// Named is With under another name. The twin has a key of its own unless trait.SameKey is given; the subject stays.
func (i *Identity) Named(name string, t ...Trait) *Identity {
	r := *i.recipe
	return newIdentity(&recipe{lab: r.lab, name: name, kind: r.kind, issuer: r.issuer, like: i, named: true, traits: t, err: i.untwinnable()})
}

// Sends is the same certificate and key, sent before exactly these others instead of before the chain. Without arguments
// the certificate is sent alone.
func (i *Identity) Sends(after ...[]byte) *Identity {
	r := *i.recipe
	return newIdentity(&recipe{lab: r.lab, name: r.name, kind: r.kind, issuer: r.issuer, view: i, sends: copyAll(after), err: r.err})
}

func (i *Identity) untwinnable() error {
	if i.recipe.err != nil {
		return i.recipe.err
	}
	if i.recipe.given != nil && i.recipe.base == nil {
		return errors.New("a certificate that was read from a file has no twins by itself: take Authority.Issued with the authority that issued it")
	}
	return nil
}

// With is Identity.With for an authority: the twin issues too.
func (a *Authority) With(t ...Trait) *Authority { return &Authority{a.Identity.With(t...)} }

// Named is Identity.Named for an authority: the twin issues too.
func (a *Authority) Named(name string, t ...Trait) *Authority {
	return &Authority{a.Identity.Named(name, t...)}
}

// TLS returns chain and key in the form of crypto/tls, also where the certificate does not parse. Give it out by
// GetClientCertificate: tls.Config.Certificates keeps back what the server did not ask for.
func (i *Identity) TLS() *tls.Certificate {
	m, err := i.made()
	if err != nil {
		return &tls.Certificate{}
	}
	return &tls.Certificate{Certificate: copyAll(m.chain), PrivateKey: m.key, Leaf: m.cert}
}

// ClientTLS returns a configuration that shows this certificate whatever the server hints at. Its roots are not set.
func (i *Identity) ClientTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if err := i.Err(); err != nil {
			return nil, err
		}
		return i.TLS(), nil
	}}
}

// DN returns the subject, or the empty name if there is none that can be read.
func (i *Identity) DN() DN {
	m, err := i.made()
	if err != nil {
		return DN{}
	}
	p, err := dissect(m.der)
	if err != nil {
		d, err := i.draft() // an encoding that is not DER
		if err != nil {
			return DN{}
		}
		return d.Subject
	}
	name, err := dn.ParseDER(p[trait.PartSubject])
	if err != nil {
		return DN{}
	}
	return name
}

// Thumbprints returns the certificate's digests, or none if it could not be made.
func (i *Identity) Thumbprints() Thumbprints {
	m, err := i.made()
	if err != nil {
		return Thumbprints{}
	}
	return ThumbprintsOf(m.der)
}
