package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/mtlscheck/mtlscheck/harness"
)

// waiters are commands that wait while another process changes their folder, and what they need beforehand.
func waiters() map[string]struct {
	before, command []string
	folder          string
	code            int
} {
	type waiter = struct {
		before, command []string
		folder          string
		code            int
	}
	return map[string]waiter{
		"pki init":  {command: []string{"pki", "init"}, folder: "pki", code: harness.ExitInterrupted},
		"pki issue": {before: []string{"pki", "init"}, command: []string{"pki", "issue", "alice"}, folder: "pki", code: harness.ExitInterrupted},
		"pki apply": {command: []string{"pki", "apply"}, folder: "pki", code: harness.ExitInterrupted},
		"init":      {command: []string{"init", "https://id.example"}, folder: "pki", code: harness.ExitInterrupted},
		"serve":     {command: []string{"serve", "--dir", "fake"}, folder: "fake/pki", code: harness.ExitKept},
	}
}

// Who waits for another process says for whom, and ends when it is told to.
func TestWaitingForAFolderIsToldAndEnds(t *testing.T) {
	t.Parallel()
	for name, w := range waiters() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, stdout, stderr := here(t)
			if err := os.WriteFile(filepath.Join(p.dir, "pki.yaml"), []byte("version: 1\nauthorities:\n  ca: {subject: CN=ca}\nidentities:\n  client: {issuer: ca}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if w.before != nil {
				if code := run(t.Context(), p, w.before); code != harness.ExitKept {
					t.Fatalf("%v: exit code %d: %s", w.before, code, stderr)
				}
			}
			file := filepath.Join(p.dir, w.folder, ".lock")
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			unlock, err := lockedfile.MutexAt(file).Lock()
			if err != nil {
				t.Fatal(err)
			}
			defer unlock()
			stdout.Reset()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p.stderr = &tripwire{word: "waiting until", trip: cancel, to: stderr}
			code := run(ctx, p, w.command)
			if code != w.code || stdout.Len() > 0 || !strings.Contains(stderr.String(), "it has locked "+file+"\n") {
				t.Errorf("exit code %d, expected %d; said %q and %q", code, w.code, stdout, stderr)
			}
		})
	}
}
