package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
	"sync"

	"filippo.io/keygen"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

const (
	digitalSignature = x509.KeyUsageDigitalSignature
	certSign         = x509.KeyUsageCertSign
	crlSign          = x509.KeyUsageCRLSign
)

// keyNamed returns the key that belongs to a kind and a label, made once.
func (l *Lab) keyNamed(k trait.KeyKind, label string) (crypto.Signer, error) {
	name := "key/" + string(k) + "/" + label
	return l.keyOnce(name, func() (crypto.Signer, error) { return l.makeKey(k, name) })
}

// keyOnce returns what build built when it was first called under this name.
func (l *Lab) keyOnce(name string, build func() (crypto.Signer, error)) (crypto.Signer, error) {
	l.mu.Lock()
	get, known := l.keys[name]
	if !known {
		get = sync.OnceValues(build)
		l.keys[name] = get
	}
	l.mu.Unlock()
	return get()
}

func (l *Lab) makeKey(k trait.KeyKind, name string) (crypto.Signer, error) {
	curves := map[trait.KeyKind]elliptic.Curve{trait.P224: elliptic.P224(), trait.P256: elliptic.P256(), trait.P384: elliptic.P384(), trait.P521: elliptic.P521()}
	sizes := map[trait.KeyKind]int{trait.RSA1024: 1024, trait.RSA2048: 2048, trait.RSA3072: 3072, trait.RSA4096: 4096}
	secret, err := l.derive(name, 64)
	if err != nil {
		return nil, err
	}
	if curve, ok := curves[k]; ok {
		return keygen.ECDSA(curve, secret)
	}
	if bits, ok := sizes[k]; ok && bits < 2048 {
		return l.weakRSA(bits, name)
	} else if ok {
		return keygen.RSA(bits, secret)
	}
	if k == trait.Ed25519 {
		return ed25519.NewKeyFromSeed(secret[:ed25519.SeedSize]), nil
	}
	return nil, fmt.Errorf("there is no key of kind %q: choose one of %v", k, trait.KeyKinds())
}

// steady signs without randomness, so that the same key and message give the same signature: RFC 6979 for ECDSA; PKCS #1
// v1.5 and Ed25519 need none. It shows no more of the key than signing.
type steady struct{ crypto.Signer }

// Sign ignores the source of randomness that it is given, except for RSA-PSS, which cannot do without.
func (s steady) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, ok := opts.(*rsa.PSSOptions); ok {
		return s.Signer.Sign(random, digest, opts)
	}
	return s.Signer.Sign(nil, digest, opts)
}

// usualAlgorithm is the signature algorithm that an issuer with this key uses if nobody asks for another.
func usualAlgorithm(key crypto.Signer) x509.SignatureAlgorithm {
	switch pub := key.Public().(type) {
	case *ecdsa.PublicKey:
		switch pub.Curve {
		case elliptic.P384():
			return x509.ECDSAWithSHA384
		case elliptic.P521():
			return x509.ECDSAWithSHA512
		}
		return x509.ECDSAWithSHA256
	case ed25519.PublicKey:
		return x509.PureEd25519
	}
	return x509.SHA256WithRSA
}
