package pki_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
)

// TestOpensCertificatesOnly: who registers clients reads their certificates and none of their keys; the server's is there.
func TestOpensCertificatesOnly(t *testing.T) {
	t.Parallel()
	whole := store(t, pki.InitOptions{})
	for _, name := range []string{"client", "alone", "stranger"} {
		if err := os.WriteFile(filepath.Join(whole.Dir(), "id", name+"-key.pem"), []byte("no key"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := pki.OpenCertificates(whole.Dir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range whole.Names() {
		got, want := identity(t, s, name), identity(t, whole, name)
		if got.Thumbprints() != want.Thumbprints() || got.DN().String() != want.DN().String() {
			t.Errorf("%s is %v, want %v", name, got.Thumbprints(), want.Thumbprints())
		}
		if has := got.Key() != nil; has != (name == "server") {
			t.Errorf("%s has its key: %v", name, has)
		}
	}
	if s.CA().Key() == nil {
		t.Error("the authority has no key")
	}
	for _, name := range []string{"client", "alone", "stranger"} {
		if err := identity(t, s, name).With().Err(); err == nil {
			t.Errorf("%s without a key has a twin", name)
		}
		if got, want := len(identity(t, s, name).Roots()), len(identity(t, whole, name).Roots()); name != "stranger" && got != want {
			t.Errorf("%s has %d roots, want %d", name, got, want)
		}
	}
	if err := os.WriteFile(filepath.Join(whole.Dir(), "id", "client.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pki.OpenCertificates(whole.Dir()); err == nil || !strings.Contains(err.Error(), "client.pem: no certificate in PEM form") {
		t.Errorf("a certificate that is none: %v", err)
	}
}

// TestInitClearsUp: where one file cannot be put into its place, none that was on its way stays beside it.
func TestInitClearsUp(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	if err := os.MkdirAll(filepath.Join(dir, "id", "alone.pem"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Init(dir, pki.InitOptions{}); err == nil || !strings.Contains(err.Error(), "alone.pem") {
		t.Errorf("Init: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "id", ".unfinished-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "index.json")); err == nil {
		t.Error("there is an index of what is not there")
	}
}
