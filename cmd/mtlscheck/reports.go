package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/report"
)

// A pending report is where an outcome will be written. It is opened before the run, so that a path that cannot be written is
// known before anything is asked.
type pending struct {
	format report.Format
	to     *destination
}

// openReports reads --report FORMAT=PATH and opens the files. If one is wrong none is left.
func openReports(ctx context.Context, p place, values []string) ([]*pending, error) {
	var out []*pending
	var mistakes []error
	for _, value := range values {
		one, err := openReport(ctx, p, value)
		if err == nil && slices.ContainsFunc(out, func(other *pending) bool { return other.to.path == one.to.path }) {
			one.to.discard()
			err = fmt.Errorf("--report %q: another report goes to the same file", value)
		}
		if err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		out = append(out, one)
	}
	if len(mistakes) > 0 {
		discard(out)
		return nil, usage("--report FORMAT=PATH, like --report junit=junit.xml; formats: "+strings.Join(report.FormatNames(), ", "), "%w", errors.Join(mistakes...))
	}
	return out, nil
}

func openReport(ctx context.Context, p place, value string) (*pending, error) {
	name, path, found := strings.Cut(value, "=")
	format, known := report.FormatNamed(name)
	switch {
	case !found || path == "":
		return nil, fmt.Errorf("--report %q names no file", value)
	case !known:
		return nil, fmt.Errorf("--report %q: there is no format %q", value, name)
	case path == "-":
		return nil, fmt.Errorf("--report %q: a report goes into a file; -o says what stdout holds", value)
	}
	to, err := p.open(ctx, p.path(path), 0o644)
	if err != nil {
		return nil, fmt.Errorf("--report %q: %w", value, err)
	}
	return &pending{format, to}, nil
}

// write makes the report appear.
func (r *pending) write(o *harness.Outcome) error {
	if err := r.to.finish(r.format.Write(r.to, o)); err != nil {
		return fmt.Errorf("the %s report %s could not be written: %w", r.format.Name, r.to.path, err)
	}
	return nil
}

// writeReports makes all reports appear. One that cannot be written changes what the outcome comes to, because somebody waits for that
// file: the result, which is shown afterwards, says so.
func writeReports(p place, reports []*pending, o *harness.Outcome) {
	for _, r := range reports {
		err := r.write(o)
		if err == nil {
			continue
		}
		_, _ = fmt.Fprintf(p.stderr, "mtlscheck: %v\ntry: another PATH in --report %s=PATH\n", err, r.format.Name)
		if o.ExitCode == harness.ExitKept {
			o.ExitCode = harness.ExitNotJudged
			o.Reason += "; a report could not be written"
		}
	}
}

// discard removes reports that will not be written.
func discard(reports []*pending) {
	for _, r := range reports {
		r.to.discard()
	}
}
