package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestLeavesWhatOthersPutThere: a server that does not start takes back what it made, and nothing that somebody put beside it meanwhile.
func TestLeavesWhatOthersPutThere(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, notes string // of somebody else
		stay        bool   // the folder
	}{
		{"in the folder", "deep/fake/notes.txt", true},
		{"above it", "deep/notes.txt", false},
		{"nothing", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			dir, err := (&serving{dir: filepath.Join("deep", "fake")}).hold(at(root, io.Discard, io.Discard))
			if err != nil {
				t.Fatal(err)
			}
			for _, made := range []string{"pki/ca", "secrets"} {
				if err := os.MkdirAll(filepath.Join(dir.path, made), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			notes := filepath.Join(root, test.notes)
			if test.notes != "" {
				if err := os.WriteFile(notes, []byte("mine\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := dir.leave(false); err != nil {
				t.Error(err)
			}
			if absent(notes) {
				t.Errorf("%s is gone", test.notes)
			}
			if stays := !absent(dir.path); stays != test.stay {
				t.Errorf("the folder stays: %v, want %v", stays, test.stay)
			}
			if deep := filepath.Join(root, "deep"); absent(deep) != (test.notes == "") {
				t.Errorf("%s is gone: %v", deep, absent(deep))
			}
			for _, name := range []string{"pki", "secrets", lockName} {
				if !absent(filepath.Join(dir.path, name)) {
					t.Errorf("%s is there still", name)
				}
			}
		})
	}
}
