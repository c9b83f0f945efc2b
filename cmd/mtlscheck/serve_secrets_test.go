package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/mtlscheck/mtlscheck/scenarios"
)

// TestSecretsOfOthers: a secret of somebody else is found before anything is written, and one that is kept is for its owner alone.
func TestSecretsOfOthers(t *testing.T) {
	t.Parallel()
	members := []scenarios.Member{{ClientID: "bare"}, {ClientID: "shared", Secret: "s"}}
	for _, test := range []struct {
		name, file, text string
		refused          bool
	}{
		{"none", "", "", false},
		{"the same", "shared.txt", "s\n", false},
		{"another", "shared.txt", "mine\n", true},
		{"of a client without one", "bare.txt", "mine\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, test.file)
			if test.file != "" {
				if err := os.WriteFile(file, []byte(test.text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			err := freeOfSecrets(dir, members)
			if (err != nil) != test.refused {
				t.Errorf("refused: %v, want %v", err, test.refused)
			}
			if err != nil {
				return
			}
			if err := keepSecret(t.Context(), at(dir, io.Discard, io.Discard), dir, members[1]); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(filepath.Join(dir, "shared.txt"))
			if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v", info, err)
			}
		})
	}
}
