package pki_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
)

// Each opened the folder before any of the others added something, as processes do that were started at once.
func TestWhatManyAddAtOnceIsAllThere(t *testing.T) {
	t.Parallel()
	dir := store(t, pki.InitOptions{}).Dir()
	var names []string
	var adding sync.WaitGroup
	for n := range 12 {
		s, err := pki.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		name := "added-" + strconv.Itoa(n)
		names = append(names, name)
		adding.Go(func() {
			if err := s.Add(s.CA().Client(name)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	adding.Wait()
	again, err := pki.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !slices.Contains(again.Names(), name) {
			t.Errorf("%s is lost", name)
		}
	}
	if _, err := pki.Init(dir, pki.InitOptions{Clock: present, Overwrite: true}); err != nil {
		t.Errorf("making the folder anew: %v", err)
	}
}

// Whoever fills a folder first is the one whose CA it is; the others are told so, and spoil nothing.
func TestOneOfManyFillsAFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	var filling sync.WaitGroup
	errs := make([]error, 3)
	for n := range errs {
		filling.Go(func() { _, errs[n] = pki.Init(dir, pki.InitOptions{Clock: present}) })
	}
	filling.Wait()
	filled := 0
	for _, err := range errs {
		switch {
		case err == nil:
			filled++
		case !errors.Is(err, pki.ErrOccupied):
			t.Errorf("not told that the folder is taken: %v", err)
		}
	}
	if filled != 1 {
		t.Errorf("%d filled the folder, want 1", filled)
	}
	s, err := pki.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	client, err := s.Identity("client")
	if err != nil {
		t.Fatal(err)
	}
	if got := goVerdict(t, client, s.CA().Roots()); got != pki.GoAccepts {
		t.Errorf("the client: %s", got)
	}
}

// A folder of others stays as it is.
func TestNothingIsPutIntoAFolderOfOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "letter.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Init(dir, pki.InitOptions{}); err == nil || !strings.Contains(err.Error(), "letter.txt") {
		t.Errorf("not told what is in the way: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
