package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mtlscheck/mtlscheck/harness"
)

// Read reads an outcome back, from a document or from JSON Lines. Records of JSON Lines are given to seen as they come,
// if seen is not nil: the preflight, then the cases. It fails on what is no result of this schema, and on JSON Lines without
// run.finished: a run that was cut off has no outcome.
func Read(r io.Reader, seen func(preflight []harness.Step, c *harness.Case)) (*harness.Outcome, error) {
	d := json.NewDecoder(r)
	var cases []harness.Case
	for n := 1; ; n++ {
		var raw json.RawMessage
		if err := d.Decode(&raw); errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("the result ends before %s", RunFinished)
		} else if err != nil {
			return nil, unread(n, err)
		}
		var head struct{ Schema, Type string }
		if err := json.Unmarshal(raw, &head); err != nil || head.Schema != harness.Schema {
			return nil, fmt.Errorf("record %d is no %s", n, harness.Schema)
		}
		switch head.Type {
		case "", RunFinished:
			var o harness.Outcome
			if err := json.Unmarshal(raw, &o); err != nil {
				return nil, fmt.Errorf("record %d: %w", n, err)
			}
			o.Cases = append(o.Cases, cases...)
			return &o, known(o.Cases)
		case CaseJudged:
			var c harness.Case
			if err := json.Unmarshal(raw, &c); err != nil {
				return nil, fmt.Errorf("record %d: %w", n, err)
			}
			cases = slices.DeleteFunc(cases, func(old harness.Case) bool { return old.Name() == c.Name() })
			cases = append(cases, c)
			tell(seen, nil, &c)
		case Preflight:
			var p Checked
			if err := json.Unmarshal(raw, &p); err != nil {
				return nil, fmt.Errorf("record %d: %w", n, err)
			}
			tell(seen, p.Steps, nil)
		}
	}
}

// unread says why a record cannot be read.
func unread(n int, err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the result ends within record %d; it was cut off", n)
	case errors.As(err, &syntax):
		return fmt.Errorf("record %d is no JSON: %w", n, err)
	}
	return fmt.Errorf("record %d: %w", n, err)
}

func tell(seen func([]harness.Step, *harness.Case), steps []harness.Step, c *harness.Case) {
	if seen != nil {
		seen(steps, c)
	}
}

// known refuses verdicts that this version does not have: they could not be counted.
func known(cases []harness.Case) error {
	for _, c := range cases {
		if !slices.Contains(harness.Verdicts(), c.Verdict) {
			return fmt.Errorf("the case %q has the verdict %q", c.Name(), c.Verdict)
		}
	}
	return nil
}

// compact is a JSON text without blanks.
func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}
