package lock

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// Who waits says so once, and can be told to stop; afterwards the lock is free for others.
func TestWaitingIsToldAndEnds(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), File)
	first, err := take(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	tired := make(chan time.Time, 1)
	tired <- time.Time{}
	ctx, cancel := context.WithCancel(t.Context())
	var told []string
	ctx = WhenWaiting(ctx, func(file string) {
		told = append(told, file)
		cancel()
	})
	if _, err := take(ctx, file, tired); !errors.Is(err, context.Canceled) {
		t.Errorf("waited until %v, expected %v", err, context.Canceled)
	}
	if len(told) != 1 || told[0] != file {
		t.Errorf("told of %q, expected %q once", told, file)
	}
	first()
	again, err := take(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

// Who need not wait says nothing, and who was told to stop before takes nothing.
func TestAFreeFolderIsLockedAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	unlock, err := Folder(WhenWaiting(ctx, func(file string) { t.Errorf("waits for %s", file) }), dir)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	cancel()
	if _, err := Folder(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("locked, with %v", err)
	}
}
