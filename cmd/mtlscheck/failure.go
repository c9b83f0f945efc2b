package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A failure is why a command could not do its work: what failed and why, an exit code, and one thing to try.
type failure struct {
	code int
	err  error
	try  string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usage is the failure of a command line or a configuration that cannot be followed; nothing was done.
func usage(try, format string, args ...any) error {
	return &failure{code: harness.ExitUsage, err: fmt.Errorf(format, args...), try: try}
}

// interrupted is the failure of a command that somebody ended: err says what is there, and try how to go on.
func interrupted(try string, err error) error {
	text := strings.TrimSuffix(err.Error(), ": "+context.Canceled.Error())
	return &failure{code: harness.ExitInterrupted, err: errors.New("interrupted: " + text), try: try}
}

// exitCode ends a command that has already said what there is to say.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit %d", int(c)) }

// ErrorSchema names the form of the document that stands on stdout where a command that was asked for JSON could not do its
// work.
const ErrorSchema = "mtlscheck.error/v1"

// complaint is that document. Its exit_code and reason mean what they mean in a result.
type complaint struct {
	Schema   string `json:"schema"`
	ExitCode int    `json:"exit_code"`
	Reason   string `json:"reason"`
	Try      string `json:"try,omitempty"`
}

// complain says on stderr what failed, why and what to try; on stdout too, as JSON, if JSON was asked for. It returns the
// exit code.
func complain(p place, args []string, err error) int {
	f := &failure{code: harness.ExitUsage, err: err, try: "mtlscheck help"}
	errors.As(err, &f)
	if errors.Is(err, context.Canceled) {
		f = &failure{code: harness.ExitInterrupted, err: err}
	}
	text := strings.TrimRight(strings.ReplaceAll(err.Error(), context.Canceled.Error(), "interrupted"), "\n")
	_, _ = fmt.Fprintf(p.stderr, "mtlscheck: %s\n", text)
	if f.try != "" {
		_, _ = fmt.Fprintf(p.stderr, "try: %s\n", f.try)
	}
	if wantsJSON(p, args) {
		document, _ := json.Marshal(complaint{ErrorSchema, f.code, text, f.try})
		_, _ = fmt.Fprintf(p.stdout, "%s\n", document)
	}
	return f.code
}

// wantsJSON reports whether a command line asks for JSON, even one that cannot be parsed otherwise.
func wantsJSON(p place, args []string) bool {
	format := p.getenv("MTLSCHECK_OUTPUT")
	for i, arg := range args {
		switch {
		case arg == "--":
			return isJSON(format)
		case (arg == "-o" || arg == "--output") && i+1 < len(args):
			format = args[i+1]
		case strings.HasPrefix(arg, "--output="):
			format = strings.TrimPrefix(arg, "--output=")
		case strings.HasPrefix(arg, "-o"):
			format = strings.TrimPrefix(strings.TrimPrefix(arg, "-o"), "=")
		}
	}
	return isJSON(format)
}

func isJSON(format string) bool { return slices.Contains([]string{"json", "jsonl"}, format) }
