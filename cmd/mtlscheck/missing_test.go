package main

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// The lines that init proposes make what pki init makes, for every role but those that no manifest can describe.
func TestTheLinesThatInitProposesMakeWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	made, err := pki.Init(filepath.Join(dir, "made"), pki.InitOptions{Seed: "missing"})
	if err != nil {
		t.Fatal(err)
	}
	text := "version: 1\nauthorities:\n  root: {}\nidentities:\n"
	var names, others []string
	for _, name := range made.Names() {
		if entry, ok := entryFor(name, "root"); ok {
			text += fmt.Sprintf("  %s: %s\n", name, entry)
			names = append(names, name)
		} else {
			others = append(others, name)
		}
	}
	file := filepath.Join(dir, "pki.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	described := apply(t, file, filepath.Join(dir, "described"))
	for _, name := range names {
		want, _ := made.Identity(name)
		got, err := described.Identity(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.DN().DER(), want.DN().DER()) {
			t.Errorf("%s is %s, want %s", name, got.DN(), want.DN())
		}
		a, b := want.Certificate(), got.Certificate()
		if diff := cmp.Diff(alternatives(a), alternatives(b)); diff != "" {
			t.Errorf("%s: alternative names (- expected, + made):\n%s", name, diff)
		}
		if a.PublicKeyAlgorithm != b.PublicKeyAlgorithm || !slices.Equal(a.ExtKeyUsage, b.ExtKeyUsage) || a.KeyUsage != b.KeyUsage || a.NotAfter.Before(made.CA().Certificate().NotBefore) != b.NotAfter.Before(described.CA().Certificate().NotBefore) {
			t.Errorf("%s: key %s, usages %v, %d, until %s; want %s, %v, %d, %s", name, b.PublicKeyAlgorithm, b.ExtKeyUsage, b.KeyUsage, b.NotAfter, a.PublicKeyAlgorithm, a.ExtKeyUsage, a.KeyUsage, a.NotAfter)
		}
	}
	want := []string{"alone-ca", "alone-foreign-signature", "alone-v1", "dn-bmp", "dn-printable", "dn-t61", "dn-utf8", "server", "stranger"}
	if diff := cmp.Diff(want, others); diff != "" {
		t.Errorf("what no line makes (- expected, + found):\n%s", diff)
	}
	if left := missing(described, scenarios.Roles()); !slices.Equal(left, []string{"dn-bmp", "dn-t61", "dn-printable", "dn-utf8", "alone-v1", "alone-ca", "alone-foreign-signature", "stranger"}) {
		t.Errorf("missing still: %s", strings.Join(left, ", "))
	}
}

// alternatives are the subject alternative names of a certificate, as they are encoded.
func alternatives(c *x509.Certificate) []byte {
	for _, e := range c.Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) {
			return e.Value
		}
	}
	return nil
}

func apply(t *testing.T, file, dir string) *pki.Store {
	t.Helper()
	m, err := manifest.Load(file, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := m.Plan(dir, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Apply(); err != nil {
		t.Fatal(err)
	}
	store, err := pki.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
