// Package fourprime makes RSA keys for tests that sign three times as fast as those of crypto/rsa.
//
//	key := fourprime.Generate()
//	signature, err := key.Sign(nil, sum, crypto.SHA256)
//
// The modulus has four primes instead of two (RFC 8017 §3.2), so that each exponentiation is with a quarter of the bits.
// Public key and signatures are those of every other RSA key: no verifier can tell. The price is that the arithmetic of
// math/big takes as long as the numbers happen to want, which tells an attacker about the key: such keys are for servers
// whose tokens are worth nothing.
package fourprime

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
)

const (
	primes = 4
	// bits of the modulus, and of each prime.
	bits      = 2048
	primeBits = bits / primes
	exponent  = 65537
	// rounds of Miller and Rabin's test, before that of Baillie, Pomerance, Selfridge and Wagstaff, which no known composite
	// number passes.
	rounds = 1
)

// A Key is a private key. It implements crypto.Signer and is safe for concurrent use.
type Key struct {
	public rsa.PublicKey
	// parts are the primes; each contributes to a signature by the Chinese remainder theorem, in Garner's form.
	parts [primes]part
	// whole is the same key for what is not worth being fast.
	whole *rsa.PrivateKey
}

// part is one prime.
type part struct {
	prime    *big.Int
	exponent *big.Int // d mod (prime-1)
	before   *big.Int // the product of the primes before this one
	inverse  *big.Int // of that product, modulo this prime
}

// Generate makes a random key of 2048 bits.
func Generate() *Key { return From(rand.Reader) }

// From makes a key of the bytes of a source: the same bytes, the same key. It panics if the source ends.
func From(random io.Reader) *Key {
	for {
		if k, ok := assemble(random); ok {
			return k
		}
	}
}

// assemble makes a key of four new primes, unless they do not fit together.
func assemble(random io.Reader) (*Key, bool) {
	one, e := big.NewInt(1), big.NewInt(exponent)
	n, phi := big.NewInt(1), big.NewInt(1)
	k := &Key{whole: &rsa.PrivateKey{}}
	for i := range k.parts {
		p := newPrime(random)
		less := new(big.Int).Sub(p, one)
		k.parts[i] = part{prime: p, before: new(big.Int).Set(n), inverse: new(big.Int).ModInverse(n, p)}
		if k.parts[i].inverse == nil || new(big.Int).GCD(nil, nil, e, less).Cmp(one) != 0 { // the same prime twice, or no exponent
			return nil, false
		}
		n.Mul(n, p)
		phi.Mul(phi, less)
		k.whole.Primes = append(k.whole.Primes, p)
	}
	d := new(big.Int).ModInverse(e, phi)
	for i := range k.parts {
		p := &k.parts[i]
		p.exponent = new(big.Int).Mod(d, new(big.Int).Sub(p.prime, one))
	}
	k.public = rsa.PublicKey{N: n, E: exponent}
	k.whole.PublicKey, k.whole.D = k.public, d
	k.whole.Precompute()
	return k, k.whole.Validate() == nil
}

// newPrime is a prime whose three highest bits are set, so that four of them make a modulus of full length.
func newPrime(random io.Reader) *big.Int {
	b := make([]byte, primeBits/8)
	for p := new(big.Int); ; {
		if _, err := io.ReadFull(random, b); err != nil {
			panic("fourprime: the source of random bytes ends: " + err.Error())
		}
		b[0] |= 0b1110_0000
		b[len(b)-1] |= 1
		if p.SetBytes(b).ProbablyPrime(rounds) {
			return p
		}
	}
}

// Public is the public key, an *rsa.PublicKey.
func (k *Key) Public() crypto.PublicKey { return &k.public }

// Sign signs a digest as PKCS #1 v1.5 (RFC 8017 §8.2.1), for SHA-256, SHA-384 and SHA-512; with *rsa.PSSOptions it does what
// crypto/rsa does. It fails on another hash and on a digest that does not have the length of its hash.
func (k *Key) Sign(random io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	if _, pss := o.(*rsa.PSSOptions); pss {
		return k.whole.Sign(random, digest, o)
	}
	message, err := padded(digest, o.HashFunc())
	if err != nil {
		return nil, err
	}
	return k.power(message).FillBytes(make([]byte, bits/8)), nil
}

var errHash = errors.New("fourprime: signs digests of SHA-256, SHA-384 and SHA-512")

// padded is EMSA-PKCS1-v1_5 (RFC 8017 §9.2).
func padded(digest []byte, h crypto.Hash) (*big.Int, error) {
	// The DigestInfo of each hash up to the digest: its object identifier ends in 2.1, 2.2 or 2.3.
	number, ok := map[crypto.Hash]byte{crypto.SHA256: 1, crypto.SHA384: 2, crypto.SHA512: 3}[h]
	if !ok || len(digest) != h.Size() {
		return nil, errHash
	}
	size := byte(h.Size())
	info := []byte{0x30, 17 + size, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, number, 0x05, 0x00, 0x04, size}
	message := make([]byte, bits/8)
	for i := range message {
		message[i] = 0xff
	}
	message[0], message[1] = 0, 1
	end := len(message) - len(digest)
	copy(message[end:], digest)
	copy(message[end-len(info):], info)
	message[end-len(info)-1] = 0
	return new(big.Int).SetBytes(message), nil
}

// power is m to the private exponent: modulo each prime (RFC 8017 §5.1.2), and what these have in common.
func (k *Key) power(m *big.Int) *big.Int {
	sum, rest := new(big.Int), new(big.Int)
	for i := range k.parts {
		p := &k.parts[i]
		rest.Mod(m, p.prime)
		rest.Exp(rest, p.exponent, p.prime)
		// sum is right modulo the primes before; add the multiple of their product that makes it right modulo this one.
		rest.Sub(rest, sum)
		rest.Mul(rest, p.inverse)
		rest.Mod(rest, p.prime)
		sum.Add(sum, rest.Mul(rest, p.before))
	}
	return sum
}
