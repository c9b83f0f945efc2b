package pki_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func described(t *testing.T, text string) string {
	t.Helper()
	m, err := manifest.Parse("pki.yaml", []byte(text), present)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pki")
	p, err := m.Plan(dir, manifest.Options{})
	if err == nil {
		err = p.Apply()
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpensAFolderThatAManifestDescribes(t *testing.T) {
	t.Parallel()
	const text = `version: 1
authorities:
  root:    {pathlen: 1}
  issuing: {issuer: root}
identities:
  client:  {issuer: issuing}
  alone:   {self_signed: true}
  odd:     {like: client, fault: version-4}
  rogue:   {like: client, fault: unknown-ca}
faults: {of: client, set: [expired]}
`
	s, err := pki.Open(described(t, text))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"alone", "client", "rogue"}; !slices.Equal(s.Names(), want) {
		t.Errorf("names %v, want %v", s.Names(), want)
	}
	client := identity(t, s, "client")
	if s.CA() == nil || s.CA().Name() != "root" || len(client.Chain()) != 2 || opensslVerdict(t, client.Chain(), s.CA().Roots()) != 0 {
		t.Errorf("CA %v, %d certificates sent", s.CA(), len(client.Chain()))
	}
	if err := client.With(trait.Expired).Err(); err != nil {
		t.Error(err)
	}
	if got := opensslVerdict(t, identity(t, s, "rogue").Chain(), s.CA().Roots()); got != 20 {
		t.Errorf("the rogue: openssl verify says %d", got)
	}
	if err := s.Add(s.CA().Client("more")); err == nil || !strings.Contains(err.Error(), "holds what pki.yaml describes") {
		t.Errorf("Add: %v", err)
	}
	several, err := pki.Open(described(t, strings.Replace(text, "  issuing:", "  second:  {}\n  issuing:", 1)))
	if err != nil || several.CA() != nil {
		t.Errorf("of two roots, %v was chosen, %v", several.CA(), err)
	}
	named, err := pki.Open(described(t, strings.ReplaceAll(strings.Replace(text, "  issuing:", "  second:  {}\n  issuing:", 1), "root", "ca")))
	if err != nil || named.CA() == nil || named.CA().Name() != "ca" {
		t.Errorf("the root ca was not chosen, %v", err)
	}
}

func TestSaysWhichFileFinishesAnInterruptedRun(t *testing.T) {
	t.Parallel()
	dir := described(t, "version: 1\nauthorities: {root: {}}\n")
	for contents, says := range map[string]string{"": "apply pki.yaml again", "{": "apply the file again"} {
		next := filepath.Join(dir, ".commit.json")
		index, err := os.ReadFile(filepath.Join(dir, "index.json"))
		if err != nil {
			t.Fatal(err)
		}
		if contents != "" {
			index = []byte(contents)
		}
		if err := os.WriteFile(next, index, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := pki.Open(dir); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want …%s…", err, says)
		}
	}
}

func TestAddsOneIdentity(t *testing.T) {
	t.Parallel()
	s := store(t, pki.InitOptions{})
	for name, says := range map[string]string{"../x": "has a character", "con": "means a device", "client": "holds a certificate client already", "client-key": "ends like the file of a key", "x.": "ends with a dot", "": "is empty"} {
		if err := s.Add(s.CA().Client(name, trait.Subject("CN=x"))); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want …%s…", name, err, says)
		}
	}
	if err := os.WriteFile(filepath.Join(s.Dir(), "id", "mine.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(s.CA().Client("mine")); err == nil || !strings.Contains(err.Error(), "mine.pem is there already") {
		t.Errorf("a file that is there: %v", err)
	}
	if err := s.Add(s.CA().Client("alice", trait.Subject("CN=alice"))); err != nil {
		t.Fatal(err)
	}
	again, err := pki.Open(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if got := identity(t, again, "alice").DN().String(); got != "CN=alice" || !slices.Contains(s.Names(), "alice") {
		t.Errorf("alice is %s; names %v", got, s.Names())
	}
}
