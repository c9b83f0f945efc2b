package main

import (
	"context"
	"errors"
	"testing"
)

// Ctrl-C where a secret is asked for ends the waiting, and the terminal shows again what is typed.
func TestAskingEndsWithTheRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	never := make(chan struct{})
	defer close(never)
	restored := false
	_, err := unlessDone(ctx, func() ([]byte, error) { cancel(); <-never; return nil, nil }, func() { restored = true })
	if !errors.Is(err, context.Canceled) || !restored {
		t.Errorf("error %v, restored %t", err, restored)
	}
	_, err = unlessDone(ctx, func() ([]byte, error) { t.Error("somebody was asked after the end"); return nil, nil }, func() {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	text, err := unlessDone(t.Context(), func() ([]byte, error) { return []byte("s3cret"), nil }, func() { t.Error("restored") })
	if text != "s3cret" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
