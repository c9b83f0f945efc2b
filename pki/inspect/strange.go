package inspect

import (
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// strangeRules look at public keys as they stand there, and at sizes.
func strangeRules() []rule {
	rsaKey := func(find func(n, e *big.Int) string) func(*seen, time.Time) string {
		return func(s *seen, _ time.Time) string {
			if n, e, is := s.rsa(); is {
				return find(n, e)
			}
			return ""
		}
	}
	return []rule{
		{"curveball", Unusable, func(s *seen, _ time.Time) string {
			for _, c := range append([]*seen{s, s.imitated}, s.signers...) {
				if c != nil && c.explicitCurve() {
					return fmt.Sprintf("the key of certificate %d brings a curve of its own, by which anybody can sign as somebody else (CVE-2020-0601)", c.position)
				}
			}
			return ""
		}},
		{"rsa-even-modulus", Unusable, rsaKey(func(n, _ *big.Int) string {
			if n.Sign() <= 0 || n.Bit(0) == 1 {
				return ""
			}
			return "the modulus of its RSA key is even: nobody can have the private key"
		})},
		{"rsa-huge-exponent", Unusable, rsaKey(func(_, e *big.Int) string {
			if e.BitLen() <= 32 {
				return ""
			}
			return fmt.Sprintf("the exponent of its RSA key has %d bits, which Go and others cannot read", e.BitLen())
		})},
		{"rsa16384", Doubtful, rsaKey(func(n, _ *big.Int) string {
			if n.BitLen() <= 8192 {
				return ""
			}
			return fmt.Sprintf("its RSA key has %d bits; Go and others take 8192 at most", n.BitLen())
		})},
		{"key-rsa-pss", Doubtful, func(s *seen, _ time.Time) string {
			if oid, _, _ := s.publicKey(); !oid.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}) {
				return ""
			}
			return "the algorithm of its key is id-RSASSA-PSS, which many libraries cannot use"
		}},
		{"big-60k big-105k", Doubtful, func(s *seen, _ time.Time) string {
			if len(s.der) < 50_000 {
				return ""
			}
			return fmt.Sprintf("it has %d KB; not every TLS library takes so much", len(s.der)/1024)
		}},
	}
}

// publicKey takes a SubjectPublicKeyInfo apart: algorithm, its parameters, and the bits of the key.
func (s *seen) publicKey() (oid asn1.ObjectIdentifier, parameters cryptobyte.String, key []byte) {
	in := cryptobyte.String(s.spki)
	var info, algorithm cryptobyte.String
	if !in.ReadASN1(&info, cryptobyteasn1.SEQUENCE) || !info.ReadASN1(&algorithm, cryptobyteasn1.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&oid) || !info.ReadASN1BitStringAsBytes(&key) {
		return nil, nil, nil
	}
	return oid, algorithm, key
}

// rsa is the public key of an RSA key, right or wrong.
func (s *seen) rsa() (n, e *big.Int, is bool) {
	oid, _, key := s.publicKey()
	n, e = new(big.Int), new(big.Int)
	in := cryptobyte.String(key)
	var pair cryptobyte.String
	is = oid.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}) && in.ReadASN1(&pair, cryptobyteasn1.SEQUENCE) && pair.ReadASN1Integer(n) && pair.ReadASN1Integer(e)
	return n, e, is
}

// explicitCurve tells whether an elliptic-curve key has parameters instead of the name of a curve.
func (s *seen) explicitCurve() bool {
	oid, parameters, _ := s.publicKey()
	return oid.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}) && parameters.PeekASN1Tag(cryptobyteasn1.SEQUENCE)
}
