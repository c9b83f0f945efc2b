package pki_test

import (
	"slices"
	"strconv"
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
