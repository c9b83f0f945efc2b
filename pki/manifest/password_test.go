package manifest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

const locked = `version: 1
p12_password: file:password
authorities:
  root: {}
identities:
  client: {issuer: root, export: [p12, p12-legacy, jwk]}
  odd:    {like: client, fault: other-cn, export: [p12]}
  plain:  {issuer: root}
`

func applyFile(t *testing.T, file, dir string) []string {
	t.Helper()
	m, err := manifest.Load(file, noon("2026-06-01"))
	if err != nil {
		t.Fatal(err)
	}
	return applied(t, m, dir, manifest.Options{})
}

func TestPasswordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, folder := filepath.Join(dir, "pki.yaml"), filepath.Join(dir, "pki")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("pki.yaml", locked)
	for _, step := range []struct {
		password string
		want     []string
	}{
		{"first one\r\n", []string{"make id/client", "make id/odd", "make id/plain", "make jwks.json", "make trust.pem", "make ca/root"}},
		{"first one", []string{}},
		{"second\n", []string{"mend id/client-legacy.p12", "mend id/client.p12", "remake id/odd"}},
		{"second\n", []string{}},
	} {
		write("password", step.password)
		got := applyFile(t, file, folder)
		for _, want := range step.want {
			if !strings.Contains(strings.Join(got, "\n"), want) {
				t.Errorf("%q: %v, want %s", step.password, got, want)
			}
		}
		if len(step.want) != len(got) {
			t.Errorf("%q (- expected, + done):\n%s", step.password, cmp.Diff(step.want, got))
		}
		for _, name := range []string{"client.p12", "client-legacy.p12", "odd.p12"} {
			if _, err := pki.LoadP12(filepath.Join(folder, "id", name), strings.TrimSpace(step.password)); err != nil {
				t.Errorf("%q: %v", step.password, err)
			}
		}
	}
	index, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err != nil || strings.Contains(string(index), "second") {
		t.Errorf("the password stands in the index: %v", err)
	}
	write("pki.yaml", strings.Replace(locked, "p12_password: file:password\n", "", 1))
	applyFile(t, file, folder)
	if _, err := pki.LoadP12(filepath.Join(folder, "id", "client.p12"), "changeit"); err != nil {
		t.Errorf("where none is named: %v", err)
	}
}

func TestPasswordsThatAreNotThere(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("MTLSCHECK_TEST_EMPTY", "")
	t.Setenv("MTLSCHECK_TEST_ODD", "h\u00fcsh")
	t.Setenv("MTLSCHECK_TEST_GOOD", "hush")
	if err := os.WriteFile(filepath.Join(dir, "empty"), []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for written, says := range map[string]string{
		"hunter2":                   "write env:NAME or file:PATH",
		"\"env:\"":                  "write env:NAME or file:PATH",
		"env:MTLSCHECK_TEST_EMPTY":  "the environment variable MTLSCHECK_TEST_EMPTY is not set",
		"env:MTLSCHECK_TEST_ODD":    "not printable ASCII",
		"file:nowhere":              "paths are relative to the manifest",
		"file:empty":                "is empty",
		"[env:MTLSCHECK_TEST_GOOD]": "p12_password",
		"env:MTLSCHECK_TEST_GOOD":   "",
	} {
		text := strings.Replace(locked, "file:password", written, 1)
		_, err := manifest.Parse(filepath.Join(dir, "pki.yaml"), []byte(text), noon("2026-06-01"))
		switch {
		case says == "" && err != nil:
			t.Errorf("%s: %v", written, err)
		case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %v, want …%s…", written, err, says)
		case says != "" && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "h\u00fcsh")):
			t.Errorf("%s: the mistake shows the password:\n%v", written, err)
		}
	}
}
