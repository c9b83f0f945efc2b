package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// TestSignals: the first ends the work, the second changes nothing, the third ends the process.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		sent     []os.Signal
		insisted bool
	}{
		{"one", []os.Signal{os.Interrupt}, false},
		{"timeout sends it twice", []os.Signal{os.Interrupt, os.Interrupt}, false},
		{"a terminal and a supervisor", []os.Signal{os.Interrupt, syscall.SIGTERM}, false},
		{"somebody insists", []os.Signal{os.Interrupt, syscall.SIGTERM, os.Interrupt}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			signals := make(chan os.Signal, len(test.sent))
			for _, s := range test.sent {
				signals <- s
			}
			close(signals)
			ended, insisted := 0, 0
			heed(signals, func() { ended++ }, func() { insisted++ })
			if ended != 1 || insisted != map[bool]int{true: 1}[test.insisted] {
				t.Errorf("ended %d times, insisted %d times", ended, insisted)
			}
		})
	}
}

// TestEndsBeforeItBegan: a server that is ended while it starts says nothing that could be taken for ready, and leaves nothing.
func TestEndsBeforeItBegan(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, at(dir, &stdout, &stderr), []string{"serve", "--dir", "fake", "--ready-file", "ready.json"}); code != 0 || stdout.Len() > 0 || stderr.String() != "stopped\n" {
		t.Errorf("exit code %d, said %q and %q", code, &stdout, &stderr)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestLeftovers: a process that is ended at once leaves no folder with keys, although it is writing into it.
func TestLeftovers(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	left := &leftovers{}
	var kept string
	for range 2 {
		path, err := left.folder("keys-")
		if err != nil {
			t.Fatal(err)
		}
		kept = path
	}
	var writer sync.WaitGroup
	began := make(chan struct{})
	writer.Go(func() {
		for i := range 1000 {
			if os.WriteFile(filepath.Join(kept, strconv.Itoa(i)), []byte("key"), 0o600) != nil {
				break // it is gone
			}
			if i == 10 {
				close(began)
			}
		}
	})
	<-began
	left.removeAll()
	writer.Wait()
	found, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(found) > 0 {
		t.Errorf("left: %v, %v", found, err)
	}
}
