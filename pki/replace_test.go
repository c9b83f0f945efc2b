package pki_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
)

// A CA that replaces another leaves nothing behind that the old one issued, and everything that others put there.
func TestANewAuthorityLeavesNothingOfTheOld(t *testing.T) {
	t.Parallel()
	for name, others := range map[string][]string{
		"ours alone": nil,
		"others', too": {
			"crl/own.crl", "crl/own.json", "faults/notes.txt", "id/letter.pem",
		},
		"no twins at all": {"faults/expired.pem", "faults/index.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := store(t, pki.InitOptions{Seed: "first"})
			dir := s.Dir()
			want := append(slices.Clone(others), filesIn(t, dir)...)
			if err := s.Add(s.CA().Client("alice")); err != nil {
				t.Fatal(err)
			}
			if name != "no twins at all" {
				if _, _, err := s.WriteTwins(filepath.Join(dir, "faults"), pki.TwinOptions{Faults: []string{"expired", "unknown-ca"}, Clock: present}); err != nil {
					t.Fatal(err)
				}
			}
			for _, file := range append([]string{"crl/ca.json", "crl/ca.crl", "crl/ca.crl.pem", "crl/ca-stale.crl", "crl/ca-forged.crl.pem"}, others...) {
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := pki.Init(dir, pki.InitOptions{Seed: "second", Clock: present, Overwrite: true}); err != nil {
				t.Fatal(err)
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, filesIn(t, dir)); diff != "" {
				t.Errorf("files (- expected, + got):\n%s", diff)
			}
			for _, folder := range []string{"faults", "crl"} {
				if _, err := os.Stat(filepath.Join(dir, folder)); err == nil && others == nil {
					t.Errorf("%s is left, and empty", folder)
				}
			}
		})
	}
}

// filesIn are the files below a folder, sorted.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}
