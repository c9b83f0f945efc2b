package pki_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
)

// Who is interrupted while certificates are made makes no more of them, and writes nothing.
func TestAnInterruptedInitWritesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	clock := func() time.Time { // each certificate asks it
		if asked++; asked == 3 {
			cancel()
		}
		return present()
	}
	dir := filepath.Join(t.TempDir(), "pki")
	if _, err := pki.InitContext(ctx, dir, pki.InitOptions{Clock: clock}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v, expected %v", err, context.Canceled)
	}
	if _, err := os.Lstat(dir); err == nil {
		t.Error("the folder is there")
	}
	if asked > 10 {
		t.Errorf("the clock was asked %d times: it made more", asked)
	}
}

// A certificate that is made when somebody interrupts is not added.
func TestAnInterruptedAddAddsNothing(t *testing.T) {
	t.Parallel()
	s := store(t, pki.InitOptions{})
	before := filesIn(t, s.Dir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.AddContext(ctx, s.CA().Client("alice")); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v, expected %v", err, context.Canceled)
	}
	if after := filesIn(t, s.Dir()); len(after) != len(before) {
		t.Errorf("%d files, expected %d", len(after), len(before))
	}
}
