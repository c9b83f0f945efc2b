package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/report"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// processes runs the shards of a run in as many processes of this binary and merges their outcomes: what a CI matrix does with
// --shard, on one machine. unrun is the outcome of a part that was ended before it could write one.
func (j *judging) processes(ctx context.Context, p place, s *show, unrun func(suite.Shard) (*harness.Outcome, error)) (*harness.Outcome, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, &failure{code: harness.ExitOurFault, err: fmt.Errorf("this binary cannot be found: %w", err), try: "leave out --parallel"}
	}
	parts, errs := make([]*harness.Outcome, j.parallel), make([]error, j.parallel)
	var group sync.WaitGroup
	var one sync.Mutex
	checked := false
	for i := range parts {
		group.Go(func() {
			parts[i], errs[i] = j.process(ctx, p, program, i+1, func(steps []harness.Step, c *harness.Case) {
				one.Lock()
				defer one.Unlock()
				switch {
				case c != nil:
					s.judged(*c)
				case !checked:
					checked = true
					s.preflight(steps)
				}
			})
		})
	}
	group.Wait()
	for i, err := range errs {
		if errors.Is(err, errEnded) {
			parts[i], err = unrun(suite.Shard{Index: i + 1, Of: j.parallel})
		}
		if err != nil {
			return nil, err
		}
	}
	whole, err := harness.Merge(parts...)
	if err != nil {
		return nil, &failure{code: harness.ExitOurFault, err: err, try: "leave out --parallel"}
	}
	if whole.Interrupted && errors.Is(ctx.Err(), context.DeadlineExceeded) { // the parts were, because the time of the whole was over
		whole.Interrupted, whole.OutOfTime = false, true
		whole.Conclude()
	}
	return whole, nil
}

// process runs one shard. A process that examined nothing has said why on stderr; its complaint becomes ours.
func (j *judging) process(ctx context.Context, p place, program string, index int, seen func([]harness.Step, *harness.Case)) (*harness.Outcome, error) {
	cmd := exec.CommandContext(ctx, program, j.shardArgs(index)...)
	cmd.Dir = p.dir
	cmd.Env = withoutSettings(os.Environ())
	// It writes what it has. Ctrl-C on a terminal reaches the part as well: two signals are one.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	var story bytes.Buffer
	cmd.Stderr = &story
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil && ctx.Err() == nil {
		return nil, &failure{code: harness.ExitOurFault, err: fmt.Errorf("part %d does not start: %w", index, err), try: "leave out --parallel"}
	}
	if err != nil {
		return nil, errEnded
	}
	var first bytes.Buffer
	outcome, err := report.Read(io.TeeReader(out, &head{&first}), seen)
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait() // its exit code stands in the outcome
	if err == nil {
		return outcome, nil
	}
	if ctx.Err() != nil {
		return nil, errEnded
	}
	var c complaint
	if json.Unmarshal(first.Bytes(), &c) == nil && c.Schema == ErrorSchema {
		return nil, &failure{code: c.ExitCode, err: fmt.Errorf("%s", c.Reason), try: c.Try}
	}
	return nil, &failure{code: harness.ExitOurFault, err: fmt.Errorf("part %d ended without a result (%w): %s", index, err, strings.TrimSpace(story.String())), try: "leave out --parallel"}
}

// errEnded is the error of a part that the end of the run left without a result.
var errEnded = errors.New("the part was ended before it could write anything")

// head keeps the first 64 KiB of a stream.
type head struct{ to *bytes.Buffer }

func (h *head) Write(b []byte) (int, error) {
	h.to.Write(b[:min(len(b), max(64<<10-h.to.Len(), 0))])
	return len(b), nil
}

// shardArgs are the arguments of one part.
func (j *judging) shardArgs(index int) []string {
	out := append([]string{"run"}, j.args()...)
	out = append(out, j.limits()...)
	out = append(out, "--shard", fmt.Sprintf("%d/%d", index, j.parallel), "--output", "jsonl", "--quiet", "--")
	return append(out, j.terms...)
}

// withoutSettings leaves out the variables that stand for flags: the arguments say everything. What the configuration
// refers to (env:NAME) stays.
func withoutSettings(env []string) []string {
	var out []string
	for _, entry := range env {
		if !strings.HasPrefix(entry, "MTLSCHECK_") {
			out = append(out, entry)
		}
	}
	return out
}
