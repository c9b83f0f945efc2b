package pki

import (
	"crypto"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A Trait is a property of a certificate; package trait has them.
type Trait = trait.Trait

// A DN is a distinguished name; package dn says more.
type DN = dn.Name

// ParseDN reads a name in the form of RFC 4514, such as CN=client,OU=production,O=company.
func ParseDN(rfc4514 string) (DN, error) { return dn.Parse(rfc4514) }

// ParseDNDER reads a name as a certificate encodes it.
func ParseDNDER(der []byte) (DN, error) { return dn.ParseDER(der) }

// Options of a lab. The zero value makes random P-256 keys, valid from today.
type Options struct {
	// Seed makes the lab reproducible: the same seed, clock and calls give the same bytes. Empty: random.
	Seed string
	// Clock is the lab's present. Dates count from its UTC day. Default: time.Now.
	Clock func() time.Time
	// Key is the kind of key that everybody gets who asks for no other. Default: trait.P256.
	Key trait.KeyKind
}

// A Lab grows authorities and identities from one secret and one clock. It is safe for concurrent use.
type Lab struct {
	secret []byte
	clock  func() time.Time
	now    time.Time // midnight, UTC
	key    trait.KeyKind
	faults func() []Fault

	mu       sync.Mutex
	keys     map[string]func() (crypto.Signer, error)
	requests map[string]func() ([]byte, error) // by public key
	err      error
}

// New starts a lab. A kind of key that does not exist is reported by Err and by every identity.
func New(o Options) *Lab {
	l := &Lab{key: o.Key, faults: sync.OnceValue(Faults), keys: map[string]func() (crypto.Signer, error){}, requests: map[string]func() ([]byte, error){}}
	if l.key == "" {
		l.key = trait.P256
	}
	l.clock = o.Clock
	if l.clock == nil {
		l.clock = time.Now
	}
	l.now = l.clock().UTC().Truncate(24 * time.Hour)
	if o.Seed == "" {
		l.secret = make([]byte, sha256.Size)
		_, _ = rand.Read(l.secret) // never fails: crypto/rand ends the program instead
		return l
	}
	secret, err := hkdf.Extract(sha256.New, []byte(o.Seed), []byte(scheme))
	l.secret = secret
	l.note(err)
	return l
}

// scheme is part of every derivation, so that a later way of deriving can be told apart.
const scheme = "mtlscheck/v1"

// Err returns the first error of anything that this lab was asked to make, or nil. What nobody has asked for is not yet made.
func (l *Lab) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *Lab) note(err error) {
	if err == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

// derive returns n bytes that belong to a label.
func (l *Lab) derive(label string, n int) ([]byte, error) {
	return hkdf.Expand(sha256.New, l.secret, scheme+"/"+label, n)
}

// Root makes an authority that nobody stands above. Its subject is CN=name unless a trait says otherwise; it is valid for
// ten years from the day before the lab's present.
func (l *Lab) Root(name string, t ...Trait) *Authority {
	return &Authority{l.identity(name, rootKind, nil, t)}
}

// SelfSigned makes a client certificate that is its own issuer, as RFC 8705 §2.2 wants. Its subject is CN=name unless a
// trait says otherwise; it is valid for a year.
func (l *Lab) SelfSigned(name string, t ...Trait) *Identity {
	return l.identity(name, selfSignedKind, nil, t)
}

func (l *Lab) identity(name string, k kind, issuer *Authority, t []Trait) *Identity {
	return newIdentity(&recipe{lab: l, name: name, kind: k, issuer: issuer, traits: t})
}

// A kind is what an identity is for; it decides the traits that it begins with.
type kind string

const (
	rootKind       kind = "root"
	subKind        kind = "sub"
	clientKind     kind = "client"
	serverKind     kind = "server"
	selfSignedKind kind = "self-signed"
)

// base returns the draft from which the traits of a kind start.
func (k kind) base(l *Lab, name string) (*trait.Draft, error) {
	const day = 24 * time.Hour
	d := &trait.Draft{Name: name, Now: l.now, NotBefore: l.now.Add(-day), NotAfter: l.now.Add(365 * day), Key: l.key, KeyLabel: name, PathLen: -1}
	common, err := dn.Of("CN", dn.UTF8, name)
	if err != nil {
		return nil, fmt.Errorf("name %q: %w", name, err)
	}
	if d.Subject, err = dn.New(dn.RDN{common}); err != nil {
		return nil, err
	}
	switch k {
	case rootKind, subKind:
		d.CA = true
		d.KeyUsage = certSign | crlSign
		d.NotAfter = l.now.Add(3650 * day)
		if k == subKind {
			d.PathLen, d.NotAfter = 0, l.now.Add(1825*day)
		}
	case serverKind:
		d.KeyUsage = digitalSignature
		trait.ExtKeyUsage("serverAuth")(d)
	case clientKind, selfSignedKind:
		d.KeyUsage = digitalSignature
		trait.ExtKeyUsage("clientAuth")(d)
	}
	if k == rootKind || k == selfSignedKind {
		d.SelfMade = true
	}
	return d, nil
}
