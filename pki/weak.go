package pki

import (
	"crypto/rsa"
	"fmt"
	"math/big"
)

// weakRSA makes an RSA key that is too small for filippo.io/keygen, for certificates that a server should refuse. The
// primes are the next ones above derived numbers, which is good enough for a key that is no secret.
func (l *Lab) weakRSA(bits int, name string) (*rsa.PrivateKey, error) {
	const exponent = 65537
	one, e := big.NewInt(1), big.NewInt(exponent)
	var primes []*big.Int
	isPrime := screened(smallPrimes(64))
	for try := 0; len(primes) < 2; try++ {
		b, err := l.derive(fmt.Sprintf("%s/%d", name, try), bits/16)
		if err != nil {
			return nil, err
		}
		b[0] |= 0xc0 // so that the product has all its bits
		b[len(b)-1] |= 1
		p := new(big.Int).SetBytes(b)
		for !isPrime(p) {
			p.Add(p, big.NewInt(2))
		}
		below := new(big.Int).Sub(p, one)
		if p.BitLen() == bits/2 && new(big.Int).GCD(nil, nil, below, e).Cmp(one) == 0 {
			primes = append(primes, p)
		}
	}
	p, q := primes[0], primes[1]
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: exponent},
		D:         new(big.Int).ModInverse(e, phi),
		Primes:    primes,
	}
	key.Precompute()
	if err := key.Validate(); err != nil {
		return nil, fmt.Errorf("making an RSA key of %d bits: %w", bits, err)
	}
	return key, nil
}
