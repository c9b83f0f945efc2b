package pki_test

import (
	"bytes"
	"crypto/x509"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// present is the clock of the tests.
func present() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

func lab(seed string) *pki.Lab { return pki.New(pki.Options{Seed: seed, Clock: present}) }

func TestAnAuthorityIssuesWhatGoVerifies(t *testing.T) {
	t.Parallel()
	l := lab("chain")
	root := l.Root("Example Root")
	sub := root.Sub("issuing")
	alice := sub.Client("alice", trait.Subject("CN=client,OU=production,O=company"), trait.Email("alice@example.test"))
	if err := alice.Err(); err != nil {
		t.Fatal(err)
	}
	roots, above := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root.Certificate())
	above.AddCert(sub.Certificate())
	if _, err := alice.Certificate().Verify(x509.VerifyOptions{Roots: roots, Intermediates: above, CurrentTime: present(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Errorf("Verify: %v", err)
	}
	if got, want := len(alice.Chain()), 2; got != want {
		t.Errorf("alice sends %d certificates, want %d", got, want)
	}
	if !bytes.Equal(alice.Chain()[1], sub.DER()) || !bytes.Equal(alice.Roots()[0], root.DER()) {
		t.Error("alice's chain is not that of her issuer")
	}
	if got := alice.DN().String(); got != "CN=client,OU=production,O=company" {
		t.Errorf("subject %s", got)
	}
	if got, err := alice.DN().DotNet(); err != nil || got != "CN=client, OU=production, O=company" {
		t.Errorf(".NET subject %s, %v", got, err)
	}
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	build := func(seed string) []byte {
		root := lab(seed).Root("r")
		twin := root.Client("c", trait.Key(trait.RSA1024)).With(trait.Expired)
		if err := twin.Err(); err != nil {
			t.Fatal(err)
		}
		return twin.DER()
	}
	if !bytes.Equal(build("one"), build("one")) {
		t.Error("two labs with one seed differ")
	}
	if bytes.Equal(build("one"), build("two")) {
		t.Error("two seeds give the same certificate")
	}
}
