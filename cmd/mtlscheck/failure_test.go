package main

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
)

// What was ended by its user says so, on stderr and in JSON, and not in the words of Go.
func TestAnInterruptIsNamed(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	p := place{stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }}
	code := complain(p, []string{"run", "-o", "json"}, fmt.Errorf("nobody reads the pipe a: %w", context.Canceled))
	if code != harness.ExitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if got, want := stderr.String(), "mtlscheck: nobody reads the pipe a: interrupted\n"; got != want {
		t.Errorf("stderr %q, expected %q", got, want)
	}
	if got, want := stdout.String(), `{"schema":"mtlscheck.error/v1","exit_code":130,"reason":"nobody reads the pipe a: interrupted"}`+"\n"; got != want {
		t.Errorf("stdout %q, expected %q", got, want)
	}
}
