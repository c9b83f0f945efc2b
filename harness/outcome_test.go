package harness_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/harness"
)

// found is an outcome with a case of each of the verdicts.
func found(verdicts ...harness.Verdict) *harness.Outcome {
	o := &harness.Outcome{Profile: "rfc8705", Catalogue: "2026.11", Target: harness.TargetRecord{Name: "staging"}, Selection: harness.Selection{All: true}}
	for i, v := range verdicts {
		o.Cases = append(o.Cases, harness.Case{ID: "AUTH-0" + string(rune('1'+i)), Verdict: v})
	}
	return o
}

// TestConclusions: 4 before 1 before 3, a run in which nothing was examined is never 0, and what was limited or cut short
// is never conformant.
func TestConclusions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		verdicts []harness.Verdict
		change   func(*harness.Outcome)
		verdict  harness.Conclusion
		code     int
	}{
		{"all kept", []harness.Verdict{harness.Pass, harness.Warn, harness.Note, harness.NotApplicable, harness.Waived}, nil, harness.Conformant, 0},
		{"one broken", []harness.Verdict{harness.Pass, harness.Fail}, nil, harness.NotConformant, 1},
		{"broken and unknown", []harness.Verdict{harness.Fail, harness.Inconclusive}, nil, harness.NotConformant, 1},
		{"unknown", []harness.Verdict{harness.Pass, harness.Inconclusive}, nil, harness.NotJudged, 3},
		{"our fault", []harness.Verdict{harness.Fail, harness.Inconclusive}, func(o *harness.Outcome) { o.Cases[1].OurFault = true }, harness.NotJudged, 4},
		{"preflight failed", []harness.Verdict{harness.NotRun}, func(o *harness.Outcome) {
			o.Preflight = []harness.Step{{Name: "issuer", OK: true}, {Name: "discovery"}}
		}, harness.NotJudged, 3},
		{"nothing applies", []harness.Verdict{harness.NotApplicable}, nil, harness.NotJudged, 3},
		{"no cases", nil, nil, harness.NotJudged, 3},
		{"filtered", []harness.Verdict{harness.Pass, harness.NotRun}, func(o *harness.Outcome) { o.Selection = harness.Selection{Terms: []string{"AUTH-01"}} }, harness.Partial, 0},
		{"a shard", []harness.Verdict{harness.Pass}, func(o *harness.Outcome) { o.Selection.Shard = "1/2" }, harness.Partial, 0},
		{"a vacant role", []harness.Verdict{harness.Pass, harness.NotApplicable}, func(o *harness.Outcome) { o.Unfilled = []harness.Vacancy{{Role: "name", Adds: 1}} }, harness.Partial, 0},
		{"out of time", []harness.Verdict{harness.Pass, harness.NotRun}, func(o *harness.Outcome) { o.OutOfTime = true }, harness.NotJudged, 3},
		{"out of time, and broken", []harness.Verdict{harness.Fail, harness.NotRun}, func(o *harness.Outcome) { o.OutOfTime = true }, harness.NotConformant, 1},
		{"interrupted", []harness.Verdict{harness.Pass, harness.NotRun}, func(o *harness.Outcome) { o.Interrupted = true }, harness.Partial, 130},
		{"interrupted, and broken", []harness.Verdict{harness.Fail, harness.NotRun}, func(o *harness.Outcome) { o.Interrupted = true }, harness.NotConformant, 130},
	}
	for _, test := range tests {
		o := found(test.verdicts...)
		if test.change != nil {
			test.change(o)
		}
		o.Conclude()
		if o.Verdict != test.verdict || o.ExitCode != test.code {
			t.Errorf("%s: %s, exit %d (%s); expected %s, exit %d", test.name, o.Verdict, o.ExitCode, o.Reason, test.verdict, test.code)
		}
		if o.Summary.Total() != len(o.Cases) || o.Reason == "" {
			t.Errorf("%s: the counts are of %d cases, there are %d; reason %q", test.name, o.Summary.Total(), len(o.Cases), o.Reason)
		}
	}
}

func TestShardsMergeIntoTheWhole(t *testing.T) {
	t.Parallel()
	whole := found(harness.Pass, harness.Fail, harness.NotApplicable, harness.Warn)
	whole.Unfilled = []harness.Vacancy{{Role: "name", Adds: 2, Cases: []string{"AUTH-01", "AUTH-03"}}}
	one, two := *whole, *whole
	one.Cases, two.Cases = whole.Cases[:2:2], whole.Cases[2:]
	one.Selection.Shard, two.Selection.Shard = "1/2", "2/2"
	one.Unfilled = []harness.Vacancy{{Role: "name", Adds: 1, Cases: []string{"AUTH-01"}}}
	two.Unfilled = []harness.Vacancy{{Role: "name", Adds: 1, Cases: []string{"AUTH-03"}}}
	merged, err := harness.Merge(&two, &one)
	if err != nil {
		t.Fatal(err)
	}
	whole.Conclude()
	if diff := cmp.Diff(whole, merged); diff != "" {
		t.Errorf("(- whole, + merged):\n%s", diff)
	}
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	other := found(harness.Pass)
	other.Profile = "identityserver"
	for name, test := range map[string]struct {
		parts []*harness.Outcome
		says  string
	}{
		"nothing":            {nil, "there is nothing to merge"},
		"another run":        {[]*harness.Outcome{found(harness.Pass), other}, "these are not parts of one run"},
		"one case two times": {[]*harness.Outcome{found(harness.Pass), found(harness.Fail)}, "AUTH-01 was run in two parts"},
	} {
		if _, err := harness.Merge(test.parts...); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, expected %q", name, err, test.says)
		}
	}
}
