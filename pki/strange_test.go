package pki_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A verifier that believes the parameters in the spoofed root accepts the signature: else the fault would prove nothing.
// OpenSSL does, when it is given that key alone.
func TestTheSpoofedRootVerifiesTheLeafByItsOwnParameters(t *testing.T) {
	t.Parallel()
	for _, kind := range []trait.KeyKind{trait.P256, trait.P384, trait.P521} {
		ca := pki.New(pki.Options{Seed: "curveball", Clock: present, Key: kind}).Root("ca")
		twin := ca.Fault(ca.Client("client"), "curveball")
		if err := twin.Err(); err != nil {
			t.Fatal(err)
		}
		chain := twin.Chain()
		genuine, spoofed := partsOf(t, ca.DER()), partsOf(t, chain[len(chain)-1])
		for _, part := range []trait.Part{trait.PartSubject, trait.PartIssuer, trait.PartSerial} {
			if string(genuine[part]) != string(spoofed[part]) {
				t.Errorf("%s: the spoofed root has another %s", kind, part)
			}
		}
		dir := t.TempDir()
		tbs, signature := signedPart(t, twin.DER())
		for name, data := range map[string][]byte{"key": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spoofed[trait.PartKey]}), "tbs": tbs, "sig": signature,
			"real": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: genuine[trait.PartKey]})} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		hash := map[trait.KeyKind]string{trait.P256: "-sha256", trait.P384: "-sha384", trait.P521: "-sha512"}[kind]
		for key, want := range map[string]string{"key": "Verified OK", "real": "Verification failure"} {
			cmd := exec.CommandContext(t.Context(), "openssl", "dgst", hash, "-verify", key, "-signature", "sig", "tbs")
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); !strings.Contains(string(out), want) {
				t.Errorf("%s, %s: openssl dgst says %s, %v; want %s", kind, key, out, err, want)
			}
		}
	}
	rsaCA := lab("curveball rsa").Root("ca", trait.Key(trait.RSA1024))
	if err := rsaCA.Fault(rsaCA.Client("c"), "curveball").Err(); err == nil || !strings.Contains(err.Error(), "needs an authority with a key on P-256") {
		t.Errorf("an authority with an RSA key: %v", err)
	}
}

// signedPart takes a certificate apart: what is signed, and the signature.
func signedPart(t *testing.T, der []byte) (tbs, signature []byte) {
	t.Helper()
	in := cryptobyte.String(der)
	var cert, signed, algorithm cryptobyte.String
	if !in.ReadASN1(&cert, cryptobyteasn1.SEQUENCE) || !cert.ReadASN1Element(&signed, cryptobyteasn1.SEQUENCE) || !cert.ReadASN1(&algorithm, cryptobyteasn1.SEQUENCE) ||
		!cert.ReadASN1BitStringAsBytes(&signature) {
		t.Fatal("not a certificate")
	}
	return signed, signature
}

// The key of 16384 bits signs as crypto/rsa verifies, by both schemes, and its file can be read.
func TestAHugeKeySigns(t *testing.T) {
	t.Parallel()
	ca := lab("huge").Root("ca")
	twin := ca.Fault(ca.Client("client"), "rsa16384")
	public, ok := twin.Certificate().PublicKey.(*rsa.PublicKey)
	if !ok || public.N.BitLen() != 16384 || public.E != 65537 {
		t.Fatalf("the public key is %T, %v", twin.Certificate().PublicKey, twin.Err())
	}
	short, long := sha256.Sum256([]byte("m")), sha512.Sum512([]byte("m"))
	signature, err := twin.Key().Sign(rand.Reader, long[:], crypto.SHA512)
	if err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA512, long[:], signature); err != nil {
		t.Errorf("PKCS #1: %v", err)
	}
	if signature, err = twin.Key().Sign(rand.Reader, short[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}); err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPSS(public, crypto.SHA256, short[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}); err != nil {
		t.Errorf("PSS: %v", err)
	}
	text, err := twin.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if read, err := x509.ParsePKCS8PrivateKey(block.Bytes); err != nil || !public.Equal(read.(*rsa.PrivateKey).Public()) {
		t.Errorf("reading the file of the key: %v", err)
	}
}

// Dates that are measured from now follow the clock of the lab to the second, and all others its day.
func TestShortLivedCertificatesAreMeasuredFromTheMoment(t *testing.T) {
	t.Parallel()
	now := present().Add(3 * time.Second)
	ca := pki.New(pki.Options{Seed: "moment", Clock: func() time.Time { return now }}).Root("ca")
	client := ca.Client("client")
	for fault, want := range map[string][2]time.Time{
		"short-lived":    {client.Certificate().NotBefore, now.Add(time.Minute)},
		"fresh":          {now.Add(-time.Second), client.Certificate().NotAfter},
		"about-to-begin": {now.Add(2 * time.Second), client.Certificate().NotAfter},
	} {
		c := ca.Fault(client, fault).Certificate()
		if !c.NotBefore.Equal(want[0]) || !c.NotAfter.Equal(want[1]) {
			t.Errorf("%s: from %s until %s, want %s", fault, c.NotBefore, c.NotAfter, want)
		}
	}
	now = now.Add(time.Hour)
	if c := ca.Fault(client, "short-lived").Certificate(); !c.NotAfter.Equal(now.Add(time.Minute)) {
		t.Errorf("an hour later: until %s", c.NotAfter)
	}
}
