package pki

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// spoofed signs for an authority without its key, as in CVE-2020-0601: on the authority's curve, but with the authority's
// public key as the generator. The private key that belongs to that public key is then 1. A verifier is deceived that takes
// the generator from the certificate that it is sent, and compares only the public key with that of the authority it trusts.
type spoofed struct {
	lab    *Lab
	public *ecdsa.PublicKey
	point  *ecdh.PublicKey // the same, for multiplying
}

func (l *Lab) spoofing(public crypto.PublicKey) (*spoofed, error) {
	key, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("this fault needs an authority with a key on P-256, P-384 or P-521")
	}
	point, err := key.ECDH()
	if err != nil {
		return nil, fmt.Errorf("this fault needs an authority with a key on P-256, P-384 or P-521: %w", err)
	}
	return &spoofed{l, key, point}, nil
}

func (s *spoofed) Public() crypto.PublicKey { return s.public }

// Sign is ECDSA (SEC 1 §4.1.3) with the public key as generator and 1 as private key. The number k is derived from the
// digest: the key is no secret.
func (s *spoofed) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	n := s.public.Params().N
	k, err := s.lab.derive("curveball/"+hex.EncodeToString(digest), (n.BitLen()+7)/8)
	if err != nil {
		return nil, err
	}
	k[0], k[len(k)-1] = 0, k[len(k)-1]|1 // below n, and not 0
	private, err := s.point.Curve().NewPrivateKey(k)
	if err != nil {
		return nil, err
	}
	x, err := private.ECDH(s.point) // the first coordinate of k times the generator
	if err != nil {
		return nil, err
	}
	e := new(big.Int).SetBytes(digest)
	if surplus := 8*len(digest) - n.BitLen(); surplus > 0 {
		e.Rsh(e, uint(surplus))
	}
	r := new(big.Int).SetBytes(x)
	r.Mod(r, n)
	inverse := new(big.Int).ModInverse(new(big.Int).SetBytes(k), n)
	sum := new(big.Int).Add(e, r)
	return asn1.Marshal(struct{ R, S *big.Int }{r, sum.Mul(sum, inverse).Mod(sum, n)})
}

// publicKeyInfo is the SubjectPublicKeyInfo with explicit parameters (RFC 3279 §2.3.5), which RFC 5480 §2.1.1 forbids.
func (s *spoofed) publicKeyInfo() ([]byte, error) {
	point, err := s.public.Bytes()
	if err != nil {
		return nil, err
	}
	curve := s.public.Params()
	field := func(n *big.Int) []byte { return n.FillBytes(make([]byte, (curve.BitSize+7)/8)) }
	var b cryptobyte.Builder
	sequence(&b, func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}) // ecPublicKey
			sequence(b, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				sequence(b, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}) // prime field
					b.AddASN1BigInt(curve.P)
				})
				sequence(b, func(b *cryptobyte.Builder) {
					b.AddASN1OctetString(field(new(big.Int).Sub(curve.P, big.NewInt(3)))) // a of every NIST curve
					b.AddASN1OctetString(field(curve.B))
				})
				b.AddASN1OctetString(point) // the generator
				b.AddASN1BigInt(curve.N)
				b.AddASN1Int64(1)
			})
		})
		b.AddASN1BitString(point)
	})
	return b.Bytes()
}

// curveball replaces the root above a by its spoofed twin, and the authorities between by copies with other keys.
func curveball(a *Authority, like *Identity) *Identity {
	issuer, key, err := spoofedAuthority(a)
	if err != nil {
		return failed(a.lab(), "curveball", err)
	}
	return like.With(trait.SignedBy(issuer), signedWith(key), trait.Followed(issuer.Roots()...))
}

// spoofedAuthority copies an authority; where it is a root the key is the one that signs in its name, else nil.
func spoofedAuthority(a *Authority) (*Authority, crypto.Signer, error) {
	m, err := a.made()
	if err != nil {
		return nil, nil, err
	}
	if m.issuer != nil {
		above, key, err := spoofedAuthority(m.issuer)
		if err != nil {
			return nil, nil, err
		}
		return copyOf(a, "curveball/", trait.SignedBy(above), signedWith(key)), nil, nil
	}
	if m.key == nil {
		return nil, nil, fmt.Errorf("the key of %s is not at hand", a.Name())
	}
	key, err := a.lab().spoofing(m.key.Public())
	if err != nil {
		return nil, nil, err
	}
	info, err := key.publicKeyInfo()
	if err != nil {
		return nil, nil, err
	}
	return copyOf(a, "curveball/", trait.SelfSigned, signedWith(key), trait.Cut(trait.PartKey, info)), key, nil
}

// signedWith lets a key from outside sign, or the issuer's own if it is nil.
func signedWith(key crypto.Signer) Trait { return func(d *trait.Draft) { d.SignKey = key } }
