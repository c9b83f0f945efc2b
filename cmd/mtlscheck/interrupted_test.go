package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A command that makes certificates and is interrupted says what is there and how to go on, in the exit code too.
func TestInterruptedCommandsSayHowToGoOn(t *testing.T) {
	t.Parallel()
	made := []string{"pki", "init"}
	for name, test := range map[string]struct {
		before, command []string
		says            string // with the place's folder left out
		absent          string
	}{
		"pki init": {nil, made, "interrupted: nothing is written into pki\ntry: the same command again\n", "pki"},
		"pki issue": {made, []string{"pki", "issue", "alice"},
			"interrupted: alice is not written into pki\ntry: the same command again\n", "pki/id/alice.pem"},
		"pki apply": {nil, []string{"pki", "apply", "--prune", "--dir", "certs"},
			"interrupted: nothing was changed in certs\ntry: mtlscheck pki apply --dir certs --prune\n", "certs"},
		"pki check": {nil, []string{"pki", "check"}, "interrupted: nothing was changed in pki\ntry: mtlscheck pki check\n", "pki"},
		"init": {nil, []string{"init", "https://id.example"},
			"interrupted: nothing is written into pki\ntry: the same command again\n", "pki"},
		"init with certificates": {made, []string{"init", "https://id.example"},
			"interrupted: the certificates are in pki, and mtlscheck.yaml is not written\n" +
				"try: the same command again; certificates and secrets that are there stay\n", "secrets"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, stdout, stderr := here(t)
			const described = "version: 1\nauthorities:\n  ca: {subject: CN=ca}\nidentities:\n  client: {issuer: ca}\n"
			if err := os.WriteFile(filepath.Join(p.dir, "pki.yaml"), []byte(described), 0o600); err != nil {
				t.Fatal(err)
			}
			if test.before != nil {
				if code := run(t.Context(), p, test.before); code != harness.ExitKept {
					t.Fatalf("%v: exit code %d: %s", test.before, code, stderr)
				}
			}
			stdout.Reset()
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			code := run(ctx, p, test.command)
			said := strings.ReplaceAll(stderr.String(), p.dir+string(filepath.Separator), "")
			if code != harness.ExitInterrupted || stdout.Len() > 0 || said != "mtlscheck: "+test.says {
				t.Errorf("exit code %d, expected %d; said %q and %q, expected %q", code, harness.ExitInterrupted, stdout, said, test.says)
			}
			if _, err := os.Lstat(filepath.Join(p.dir, test.absent)); err == nil {
				t.Errorf("%s is there", test.absent)
			}
		})
	}
}
