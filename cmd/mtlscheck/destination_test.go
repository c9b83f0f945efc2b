package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
)

// aPipe makes a named pipe in the folder of a place.
func aPipe(t *testing.T, p place) string {
	t.Helper()
	path := filepath.Join(p.dir, "pipe")
	if out, err := exec.CommandContext(t.Context(), "mkfifo", path).CombinedOutput(); err != nil {
		t.Fatalf("mkfifo: %v\n%s", err, out)
	}
	return path
}

// Somebody waits for a report: where it cannot be written, the run does not pass.
func TestAReportThatNobodyReadsIsNoPass(t *testing.T) {
	t.Parallel()
	p, _, stderr := here(t)
	path := aPipe(t, p)
	opened := make(chan *os.File, 1)
	go func() {
		reader, _ := os.Open(path) // waits for the writer
		opened <- reader
	}()
	p.stderr = &tripwire{word: "preflight ok", trip: func() { _ = (<-opened).Close() }, to: stderr}
	code := run(t.Context(), p, []string{"run", "AUTH-01", "--report", "json=pipe"})
	if code != harness.ExitNotJudged {
		t.Errorf("exit code %d, expected %d", code, harness.ExitNotJudged)
	}
	for _, want := range []string{"the json report " + path + " could not be written: ", "broken pipe\ntry: another PATH in --report json=PATH\n"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr holds no %q:\n%s", want, stderr)
		}
	}
}

// A pipe without a reader is waited for as long as somebody has the patience.
func TestWaitingForAReaderCanBeInterrupted(t *testing.T) {
	t.Parallel()
	p, _, stderr := here(t)
	path := aPipe(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code := run(ctx, p, []string{"run", "AUTH-01", "--report", "json=pipe"})
	if code != harness.ExitInterrupted || !strings.Contains(stderr.String(), "nobody reads the pipe "+path) {
		t.Errorf("exit code %d, expected %d; stderr %q", code, harness.ExitInterrupted, stderr)
	}
	reader, err := os.Open(path) // lets the one who waits go
	if err != nil {
		t.Fatal(err)
	}
	_ = reader.Close()
}
