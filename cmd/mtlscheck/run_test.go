package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/report"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/pki"
)

// here is a place without a terminal and without an environment.
func here(t *testing.T) (p place, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return place{
		stdin: strings.NewReader(""), stdout: stdout, stderr: stderr, dir: t.TempDir(),
		getenv:   func(string) string { return "" },
		terminal: func(any) (int, bool) { return 0, false },
	}, stdout, stderr
}

// A tripwire calls trip when text is written that holds the word, and gives the text on where to is set.
type tripwire struct {
	word string
	trip func()
	to   io.Writer
}

func (w *tripwire) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(w.word)) {
		w.trip()
	}
	if w.to != nil {
		return w.to.Write(b)
	}
	return len(b), nil
}

// An interrupted run writes its reports; they say what did not run, and nothing that was cut off passed or failed.
func TestAnInterruptedRunWritesItsReports(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"preflight ok", " of "} {
		p, stdout, _ := here(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p.stderr = &tripwire{word: after, trip: cancel}
		code := run(ctx, p, []string{"run", "-o", "json", "--report", "junit=junit.xml", "--report", "jsonl=out.jsonl"})
		if code != harness.ExitInterrupted {
			t.Errorf("after %q: exit code %d, expected %d", after, code, harness.ExitInterrupted)
		}
		outcome, err := report.Read(stdout, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !outcome.Interrupted || outcome.ExitCode != code || outcome.Summary.NotRun == 0 || outcome.Summary.Fail+outcome.Summary.Inconclusive > 0 {
			t.Errorf("after %q: interrupted %t, exit code %d, %+v", after, outcome.Interrupted, outcome.ExitCode, outcome.Summary)
		}
		text, err := os.ReadFile(filepath.Join(p.dir, "junit.xml"))
		if err != nil || !bytes.Contains(text, []byte("</testsuites>")) {
			t.Errorf("after %q: the JUnit report is not whole: %v", after, err)
		}
		if entries, err := os.ReadDir(p.dir); err != nil || len(entries) != 2 {
			t.Errorf("after %q: %v %v, expected the two reports", after, entries, err)
		}
	}
}

// A run whose time is over has not judged everything, and so does not pass.
func TestARunOutOfTimeDoesNotPass(t *testing.T) {
	t.Parallel()
	p, stdout, _ := here(t)
	code := run(t.Context(), p, []string{"run", "-q", "-o", "json", "--run-timeout", "1ns"})
	if code != harness.ExitNotJudged {
		t.Errorf("exit code %d, expected %d", code, harness.ExitNotJudged)
	}
	outcome, err := report.Read(stdout, nil)
	if err != nil {
		t.Fatal(err)
	}
	if outcome.Verdict != harness.NotJudged || outcome.Summary.Judged() > 0 {
		t.Errorf("%s, %+v", outcome.Verdict, outcome.Summary)
	}
}

// A mistake of ours is exit 4 and says so, in JSON too where JSON was asked for.
func TestOurMistakesAreOurs(t *testing.T) {
	t.Parallel()
	p, stdout, stderr := here(t)
	first := true
	p.getenv = func(string) string {
		if first {
			first = false
			panic("out of tune")
		}
		return ""
	}
	code := run(t.Context(), p, []string{"version", "-o", "json"})
	if code != harness.ExitOurFault {
		t.Errorf("exit code %d, expected %d", code, harness.ExitOurFault)
	}
	var c complaint
	if err := json.Unmarshal(stdout.Bytes(), &c); err != nil || c.ExitCode != code {
		t.Errorf("stdout %q: %v", stdout, err)
	}
	for _, want := range []string{"mtlscheck: mtlscheck itself failed: out of tune\n", "try: run it again", "run_test.go"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr holds no %q:\n%s", want, stderr)
		}
	}
}

// brokenPipe is a stdout that nobody reads.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestAResultThatNobodyReadsIsNoPass(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json", "jsonl"} {
		p, _, stderr := here(t)
		p.stdout = brokenPipe{}
		code := run(t.Context(), p, []string{"run", "-q", "AUTH-01", "-o", format})
		if code != harness.ExitNotJudged || !strings.Contains(stderr.String(), "the result could not be written: broken pipe") {
			t.Errorf("%s: exit code %d, stderr %q", format, code, stderr)
		}
	}
}

func TestColourIsForTerminals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		terminal bool
		env      map[string]string
		args     []string
		colour   bool
	}{
		{"a file", false, nil, nil, false},
		{"a terminal", true, nil, nil, true},
		{"a terminal with NO_COLOR", true, map[string]string{"NO_COLOR": "1"}, nil, false},
		{"a dumb terminal", true, map[string]string{"TERM": "dumb"}, nil, false},
		{"a file, always", false, nil, []string{"--color", "always"}, true},
		{"a terminal, never", true, nil, []string{"--color", "never"}, false},
		{"a terminal, by a variable", true, map[string]string{"MTLSCHECK_COLOR": "never"}, nil, false},
	} {
		p, stdout, _ := here(t)
		p.terminal = func(any) (int, bool) { return 80, test.terminal }
		p.getenv = func(name string) string { return test.env[name] }
		if code := run(t.Context(), p, append([]string{"run", "-q", "AUTH-01"}, test.args...)); code != 0 {
			t.Errorf("%s: exit code %d", test.name, code)
		}
		if got := strings.Contains(stdout.String(), "\x1b["); got != test.colour {
			t.Errorf("%s: colour %t, expected %t", test.name, got, test.colour)
		}
	}
}

// strangersServer starts a server where nobody is registered whom the place knows, and leaves its CA in ca.pem.
func strangersServer(t *testing.T, p place) *builtin.Instance {
	t.Helper()
	instance, err := builtin.Start(builtin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = instance.Close() })
	ca := pki.PEM(instance.Setup().CA.Certificate().Raw)
	if err := os.WriteFile(filepath.Join(p.dir, "ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	return instance
}

// A server where nobody is registered is judged as far as that goes, and the result says what would add to it.
func TestAStrangersServerIsJudgedInPart(t *testing.T) {
	t.Parallel()
	p, stdout, stderr := here(t)
	instance := strangersServer(t, p)
	code := run(t.Context(), p, []string{"run", "-q", instance.Server.URL, "--trust", "ca.pem", "--product", "identityserver"})
	if code != harness.ExitKept || stderr.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	for _, want := range []string{"\nPARTIAL  ", "each would add cases (mtlscheck init --roles all prints how to register them):\n", " cases  name\n", " cases  spelling:… (", "\nnext: mtlscheck init " + instance.Server.URL} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("stdout holds no %q:\n%s", want, stdout)
		}
	}
}

// Who gives the issuer with a slash too many is told how the document writes it, and the server is accused of nothing.
func TestASlashTooManyIsNotTheServers(t *testing.T) {
	t.Parallel()
	p, stdout, stderr := here(t)
	issuer := strangersServer(t, p).Server.Issuer()
	if code := run(t.Context(), p, []string{"run", "-q", issuer + "/", "--trust", "ca.pem"}); code != harness.ExitNotJudged {
		t.Errorf("exit code %d, expected %d: %s", code, harness.ExitNotJudged, stderr)
	}
	for _, want := range []string{"NOT JUDGED  preflight: issuer as given\n", "the document says " + issuer + ", you gave " + issuer + "/\n", "give the issuer as the document says it: " + issuer + "\n"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("stdout holds no %q:\n%s", want, stdout)
		}
	}
}

// The parts of a run, merged, are the whole: the same cases with the same verdicts, whether they ran in one piece, in three,
// or a second time.
func TestShardsAreTheWhole(t *testing.T) {
	t.Parallel()
	judge := func(args ...string) *harness.Outcome {
		p, stdout, stderr := here(t)
		if code := run(t.Context(), p, append([]string{"run", "-q", "-o", "jsonl", "--broken", "accepts-any-chain", "AUTH", "IDS-NAME", "IDS-THUMB"}, args...)); code > harness.ExitNotJudged {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		outcome, err := report.Read(stdout, nil)
		if err != nil {
			t.Fatal(err)
		}
		return outcome
	}
	verdicts := func(o *harness.Outcome) map[string]harness.Verdict {
		out := map[string]harness.Verdict{}
		for _, c := range o.Cases {
			out[c.Name()] = c.Verdict
		}
		return out
	}
	whole := judge()
	merged, err := harness.Merge(judge("--shard", "1/3"), judge("--shard", "2/3"), judge("--shard", "3/3"))
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]*harness.Outcome{"in three parts": merged, "a second time": judge()} {
		if diff := cmp.Diff(verdicts(whole), verdicts(other)); diff != "" {
			t.Errorf("(- whole, + %s):\n%s", name, diff)
		}
		if whole.Summary != other.Summary || whole.Verdict != other.Verdict || whole.ExitCode != other.ExitCode {
			t.Errorf("%s: %+v %s %d; the whole: %+v %s %d", name, other.Summary, other.Verdict, other.ExitCode, whole.Summary, whole.Verdict, whole.ExitCode)
		}
	}
	if whole.ExitCode != harness.ExitBroken {
		t.Errorf("exit code %d: nothing was broken", whole.ExitCode)
	}
}
