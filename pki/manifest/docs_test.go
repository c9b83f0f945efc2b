package manifest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

// TestDocs follows docs/pki.md: each manifest in it can be applied, with the files beside it, and the wrong one gives the words that
// stand below it.
func TestDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/pki.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	wrong, applied := "", 0
	for _, block := range regexp.MustCompile("(?ms)^```(\\w+) ?(\\S*)\n(.*?)^```").FindAllStringSubmatch(string(text), -1) {
		kind, file, contents := block[1], block[2], block[3]
		switch {
		case kind == "json":
			if err := os.WriteFile(filepath.Join(dir, file), []byte(contents), 0o600); err != nil {
				t.Fatal(err)
			}
		case kind == "yaml" && file != "":
			_, err := manifest.Parse(file, []byte(contents), noon("2026-03-01"))
			if err == nil {
				t.Fatalf("%s is right", file)
			}
			wrong = err.Error()
		case kind == "text":
			if strings.TrimSpace(contents) != wrong {
				t.Errorf("the guide shows:\n%s\nand the words are:\n%s", contents, wrong)
			}
			wrong = "said"
		case kind == "yaml":
			m, err := manifest.Parse(filepath.Join(dir, "pki.yaml"), []byte(contents), noon("2026-03-01"))
			if err != nil {
				t.Errorf("%v\n%s", err, contents)
				continue
			}
			if w := m.Warnings(); w != "" {
				t.Error(w)
			}
			p, err := m.Plan(folder(t), manifest.Options{})
			if err == nil {
				err = p.Apply()
			}
			if err != nil {
				t.Errorf("%v\n%s", err, contents)
			}
			applied++
		}
	}
	if applied < 3 || wrong != "said" {
		t.Errorf("%d manifests, mistakes %q", applied, wrong)
	}
}
