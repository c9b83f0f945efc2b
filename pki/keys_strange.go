package pki

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// hugeRSA makes an RSA key of 16384 bits within milliseconds. Every prime but the last is one more than a product of small
// primes, so that finding it is quick, and the private exponent is short, so that signing is quick too. Who knows that can
// factor the modulus; the work of a server that verifies is that of any key of this size.
func (l *Lab) hugeRSA() (crypto.Signer, error) {
	const bits, exponent, lastPrime = 16384, 65537, 500
	one, e, n, order := big.NewInt(1), big.NewInt(exponent), big.NewInt(1), big.NewInt(1)
	small := smallPrimes(64)
	for _, p := range small {
		order.Mul(order, p)
	}
	isPrime := screened(small)
	var primes []*big.Int
	taken := map[string]bool{}
	for try := 0; n.BitLen() < bits-lastPrime; try++ {
		choice, err := l.derive(fmt.Sprint("key/rsa16384/", try), len(small)/4)
		if err != nil {
			return nil, err
		}
		p, other := big.NewInt(1), choice[len(small)/8:]
		for i, factor := range small {
			if i == 0 || choice[i/8]&other[i/8]>>(i%8)&1 == 1 { // p-1 is even, and has a quarter of the others
				p.Mul(p, factor)
			}
		}
		p.Add(p, one)
		if !taken[string(p.Bytes())] && p.BitLen()+n.BitLen() < bits && isPrime(p) {
			taken[string(p.Bytes())] = true
			primes, n = append(primes, p), n.Mul(n, p)
		}
	}
	// The least prime that makes the modulus as long as it has to be.
	last := new(big.Int).Lsh(one, bits-1)
	last.Div(last, n).SetBit(last, 0, 1)
	for last.Add(last, big.NewInt(2)); !isPrime(last) || new(big.Int).Mod(last, e).Cmp(one) == 0; {
		last.Add(last, big.NewInt(2))
	}
	primes, n = append(primes, last), n.Mul(n, last)
	order.Mul(order, new(big.Int).Sub(last, one))
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: exponent}, D: new(big.Int).ModInverse(e, order), Primes: primes}
	key.Precompute()
	if err := key.Validate(); err != nil || n.BitLen() != bits {
		return nil, fmt.Errorf("making an RSA key of %d bits: %d bits, %w", bits, n.BitLen(), err)
	}
	return quickRSA{key}, nil
}

// screened is a test for primes that first does what costs little: it looks for a factor in a list, and tries Fermat's theorem.
// The rest is the test of Baillie and PSW: no number is known that it takes for a prime wrongly, and nobody chose these.
func screened(small []*big.Int) func(*big.Int) bool {
	product, one, two := big.NewInt(1), big.NewInt(1), big.NewInt(2)
	for _, p := range small {
		product.Mul(product, p)
	}
	return func(n *big.Int) bool {
		rest := new(big.Int).Mod(product, n)
		if rest.GCD(nil, nil, rest, n).Cmp(one) != 0 {
			return false
		}
		below := new(big.Int).Sub(n, one)
		return below.Exp(two, below, n).Cmp(one) == 0 && n.ProbablyPrime(0)
	}
}

func smallPrimes(count int) []*big.Int {
	var out []*big.Int
	for n := int64(2); len(out) < count; n++ {
		if p := big.NewInt(n); p.ProbablyPrime(0) { // no doubt below 2⁶⁴
			out = append(out, p)
		}
	}
	return out
}

// rewrittenRSA replaces the public RSA key by one that an edit of modulus and exponent gives. Nobody holds its private key.
func rewrittenRSA(edit func(n, e *big.Int)) Trait {
	return func(d *trait.Draft) {
		key, ok := d.OtherKey.(*rsa.PrivateKey) // made by the fault
		if !ok {
			d.Fail(errors.New("only an RSA key can be rewritten"))
			return
		}
		n, e := new(big.Int).Set(key.N), big.NewInt(int64(key.E))
		edit(n, e)
		der, err := asn1.Marshal(struct{ N, E *big.Int }{n, e})
		d.Fail(err)
		info, err := asn1.Marshal(struct {
			Algorithm pkix.AlgorithmIdentifier
			Key       asn1.BitString
		}{pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, Parameters: asn1.NullRawValue}, asn1.BitString{Bytes: der, BitLength: 8 * len(der)}})
		d.Fail(err)
		d.Cut(trait.PartKey, info)
	}
}

// quickRSA signs prime by prime (RFC 8017 §5.1.2), in time that depends on the key: crypto/rsa would take seconds for 16384 bits.
type quickRSA struct{ *rsa.PrivateKey }

// Sign is RSASSA-PKCS1-v1_5 or RSASSA-PSS (RFC 8017 §8), with a salt as long as the hash.
func (q quickRSA) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if len(digest) != opts.HashFunc().Size() {
		return nil, errors.New("the digest is not as long as its hash")
	}
	encode := pkcs1Message
	if _, pss := opts.(*rsa.PSSOptions); pss {
		encode = pssMessage
	}
	message, err := encode(random, q.Size(), opts.HashFunc(), digest)
	if err != nil {
		return nil, err
	}
	return q.power(new(big.Int).SetBytes(message)).FillBytes(make([]byte, q.Size())), nil
}

// power raises a number to the private exponent, modulo each prime, and puts the remainders together.
func (q quickRSA) power(m *big.Int) *big.Int {
	result, modulus := new(big.Int), big.NewInt(1)
	for _, p := range q.Primes {
		exponent := new(big.Int).Sub(p, big.NewInt(1))
		remainder := new(big.Int).Mod(m, p)
		remainder.Exp(remainder, exponent.Mod(q.D, exponent), p)
		inverse := new(big.Int).Mod(modulus, p)
		remainder.Sub(remainder, result).Mul(remainder, inverse.ModInverse(inverse, p)).Mod(remainder, p)
		result.Add(result, remainder.Mul(remainder, modulus))
		modulus.Mul(modulus, p)
	}
	return result
}

// pssMessage is EMSA-PSS (RFC 8017 §9.1.1) for a modulus of whole bytes.
func pssMessage(random io.Reader, size int, hash crypto.Hash, digest []byte) ([]byte, error) {
	salt := make([]byte, hash.Size())
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, err
	}
	sum := func(parts ...[]byte) []byte {
		h := hash.New()
		for _, part := range parts {
			h.Write(part)
		}
		return h.Sum(nil)
	}
	seed := sum(make([]byte, 8), digest, salt)
	message := make([]byte, size)
	block := message[:size-len(seed)-1]
	copy(block[len(block)-len(salt):], salt)
	block[len(block)-len(salt)-1] = 1
	var mask []byte // MGF1
	for counter := uint32(0); len(mask) < len(block); counter++ {
		mask = append(mask, sum(seed, binary.BigEndian.AppendUint32(nil, counter))...)
	}
	subtle.XORBytes(block, block, mask)
	block[0] &= 0x7f
	copy(message[len(block):], seed)
	message[size-1] = 0xbc
	return message, nil
}

// pkcs1Message is EMSA-PKCS1-v1_5 (RFC 8017 §9.2).
func pkcs1Message(_ io.Reader, size int, hash crypto.Hash, digest []byte) ([]byte, error) {
	last, known := map[crypto.Hash]int{crypto.SHA256: 1, crypto.SHA384: 2, crypto.SHA512: 3}[hash]
	if !known {
		return nil, fmt.Errorf("cannot sign a digest of %s with this key", hash)
	}
	algorithm := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, last}, Parameters: asn1.NullRawValue}
	info, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}{algorithm, digest})
	if err != nil {
		return nil, err
	}
	message := bytes.Repeat([]byte{0xff}, size)
	message[0], message[1], message[size-len(info)-1] = 0, 1, 0
	copy(message[size-len(info):], info)
	return message, nil
}

// exportable is a private key in the form that files of keys are made from.
func exportable(key crypto.Signer) crypto.Signer {
	if q, ok := key.(quickRSA); ok {
		return q.PrivateKey
	}
	return key
}
