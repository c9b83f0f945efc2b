package fourprime

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestSignaturesAreThoseOfAnyOtherKey(t *testing.T) {
	t.Parallel()
	key := Generate()
	public := key.Public().(*rsa.PublicKey)
	if public.N.BitLen() != bits || public.E != exponent {
		t.Fatalf("the modulus has %d bits and the exponent is %d", public.N.BitLen(), public.E)
	}
	for i, text := range []string{"", "a", "header.payload"} {
		s256, s384, s512 := sha256.Sum256([]byte(text)), sha512.Sum384([]byte(text)), sha512.Sum512([]byte(text))
		for hash, digest := range map[crypto.Hash][]byte{crypto.SHA256: s256[:], crypto.SHA384: s384[:], crypto.SHA512: s512[:]} {
			got, err := key.Sign(nil, digest, hash)
			if err != nil {
				t.Fatal(err)
			}
			want, err := rsa.SignPKCS1v15(nil, key.whole, hash, digest) // a signature of this kind is the only one
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("text %d, %v: the signature is not that of crypto/rsa", i, hash)
			}
			if err := rsa.VerifyPKCS1v15(public, hash, digest, got); err != nil {
				t.Errorf("text %d, %v: %v", i, hash, err)
			}
		}
	}
}

func TestSignsAsPSS(t *testing.T) {
	t.Parallel()
	key := Generate()
	sum := sha256.Sum256([]byte("text"))
	o := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	signature, err := key.Sign(rand.Reader, sum[:], o)
	if err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPSS(key.Public().(*rsa.PublicKey), crypto.SHA256, sum[:], signature, o); err != nil {
		t.Error(err)
	}
}

func TestRefusesWhatIsNoDigest(t *testing.T) {
	t.Parallel()
	key := Generate()
	for name, c := range map[string]struct {
		digest []byte
		hash   crypto.Hash
	}{"too short": {make([]byte, 31), crypto.SHA256}, "another's length": {make([]byte, 32), crypto.SHA512}, "SHA-1": {make([]byte, 20), crypto.SHA1}, "none": {make([]byte, 32), 0}} {
		if _, err := key.Sign(nil, c.digest, c.hash); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

func TestTheSameBytesMakeTheSameKey(t *testing.T) {
	t.Parallel()
	seeded := func(seed byte) *Key { return From(mathrand.NewChaCha8([32]byte{seed})) }
	if a, b := seeded(1), seeded(1); !a.public.Equal(&b.public) {
		t.Error("two keys of the same bytes differ")
	}
	if a, b := seeded(1), seeded(2); a.public.Equal(&b.public) {
		t.Error("two keys of different bytes are the same")
	}
}

// Every number below the modulus has one root: what is raised to the public exponent comes back.
func TestTheEdgesOfTheArithmetic(t *testing.T) {
	t.Parallel()
	key := Generate()
	e := big.NewInt(exponent)
	last := new(big.Int).Sub(key.public.N, big.NewInt(1))
	for _, m := range []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(2), last, key.parts[0].prime, new(big.Int).Mul(key.parts[1].prime, key.parts[3].prime)} {
		if got := new(big.Int).Exp(key.power(m), e, key.public.N); got.Cmp(m) != 0 {
			t.Errorf("%v becomes %v", m, got)
		}
	}
}

// Node and Java verify tokens of the fake in interop/verifiers.
func TestOpenSSLVerifies(t *testing.T) {
	t.Parallel()
	key := Generate()
	text := []byte("header.payload")
	sum := sha256.Sum256(text)
	signature, err := key.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{"text": text, "other": []byte("header.Payload"), "signature": signature,
		"key.pem": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, verifies := range map[string]bool{"text": true, "other": false} {
		cmd := exec.CommandContext(t.Context(), "openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", name)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); (err == nil) != verifies {
			t.Errorf("openssl dgst -verify of %s: %v\n%s", name, err, out)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	sum := sha256.Sum256([]byte("header.payload"))
	two, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		b.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"four primes": Generate(), "crypto/rsa": two} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := key.Sign(rand.Reader, sum[:], crypto.SHA256); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		Generate()
	}
}
