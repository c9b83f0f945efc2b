package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki/export"
	"github.com/mtlscheck/mtlscheck/pki/registration"
)

// TestPageOnExports follows docs/pki-exports.md: each of its commands runs, in order and in one folder, and succeeds. A line
// ends in # exit N where it is to end so; its output may go into a file.
func TestPageOnExports(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/pki-exports.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^    mtlscheck (.*?)(?: > (\S+))?(?:\s+# .*)?$`).FindAllStringSubmatch(string(text), -1)
	if len(commands) < 5 {
		t.Fatalf("the page shows %d commands", len(commands))
	}
	for _, product := range registration.Products() {
		if !strings.Contains(string(text), "`"+product.Name+"`") {
			t.Errorf("the page does not name the product %s", product.Name)
		}
	}
	for _, form := range export.Forms() {
		if !strings.Contains(string(text), "`"+form.Name+"`") {
			t.Errorf("the page does not name the form %s", form.Name)
		}
	}
	dir := t.TempDir()
	for _, c := range commands {
		want := 0
		if strings.Contains(c[0], "# exit 1") {
			want = 1
		}
		var stdout, stderr bytes.Buffer
		p := place{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, dir: dir, getenv: func(string) string { return "" },
			terminal: func(any) (int, bool) { return 0, false }}
		if got := run(t.Context(), p, strings.Fields(c[1])); got != want {
			t.Errorf("mtlscheck %s: exit %d, expected %d\n%s%s", c[1], got, want, &stdout, &stderr)
		}
		if c[2] != "" {
			if err := os.WriteFile(filepath.Join(dir, c[2]), stdout.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
