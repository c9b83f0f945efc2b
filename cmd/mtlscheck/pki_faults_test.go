package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// runIn runs a command line in a folder, and returns what it wrote and its exit code.
func runIn(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	p := place{stdin: strings.NewReader(""), stdout: &out, stderr: &err, dir: dir, getenv: func(string) string { return "" },
		terminal: func(any) (int, bool) { return 0, false }}
	code = run(t.Context(), p, args)
	return out.String(), err.String(), code
}

// TestPageOnFaults: the table of docs/pki-faults.md is what the command prints, and the commands of the page work.
func TestPageOnFaults(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/pki-faults.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	table, _, _ := runIn(t, dir, "pki", "faults", "--markdown")
	_, after, found := strings.Cut(string(text), "<!-- mtlscheck pki faults --markdown -->\n")
	was, _, ended := strings.Cut(after, "<!-- end -->")
	if diff := cmp.Diff(table, was); diff != "" || !found || !ended {
		t.Errorf("the table of docs/pki-faults.md is old; the command in the comment above it prints it anew (- now, + page):\n%s", diff)
	}
	commands := regexp.MustCompile(`(?m)^    mtlscheck ([^#\n]*)`).FindAllStringSubmatch(string(text), -1)
	if len(commands) < 3 {
		t.Errorf("the page shows %d commands", len(commands))
	}
	for _, c := range commands {
		if strings.HasPrefix(c[1], "pki ocsp serve") {
			continue // until it is ended; pki_revocation.txtar tries it
		}
		if out, err, code := runIn(t, dir, strings.Fields(c[1])...); code != 0 {
			t.Errorf("mtlscheck %s: exit %d\n%s%s", c[1], code, out, err)
		}
	}
}
