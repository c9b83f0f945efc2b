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
		{"a shard without cases", []harness.Verdict{harness.NotRun}, func(o *harness.Outcome) { o.Selection.Shard = "1/2" }, harness.Partial, 0},
		{"a shard of nothing", nil, func(o *harness.Outcome) { o.Selection.Shard = "1/2" }, harness.Partial, 0},
		{"a shard in which nothing applies", []harness.Verdict{harness.NotRun, harness.NotApplicable}, func(o *harness.Outcome) { o.Selection.Shard = "1/2" }, harness.NotJudged, 3},
		{"a shard that was out of time", []harness.Verdict{harness.NotRun}, func(o *harness.Outcome) { o.Selection.Shard, o.OutOfTime = "1/2", true }, harness.NotJudged, 3},
		{"a shard that was interrupted", []harness.Verdict{harness.NotRun}, func(o *harness.Outcome) { o.Selection.Shard, o.Interrupted = "1/2", true }, harness.NotJudged, 130},
		{"a shard whose preflight failed", []harness.Verdict{harness.NotRun}, func(o *harness.Outcome) {
			o.Selection.Shard, o.Preflight = "1/2", []harness.Step{{Name: "discovery"}}
		}, harness.NotJudged, 3},
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

// TestTheConclusionAdmitsDeviations: a Must that is broken as the product is known to break it does not make a run red, and
// is not called kept either.
func TestTheConclusionAdmitsDeviations(t *testing.T) {
	t.Parallel()
	broken := func(level harness.Level, v harness.Verdict) harness.Case {
		return harness.Case{ID: "PATH", Level: level, Verdict: v, Deviation: true}
	}
	one, two, three := broken(harness.Must, harness.Warn), broken(harness.Must, harness.Note), broken(harness.Must, harness.Note)
	for _, test := range []struct {
		cases    []harness.Case
		filtered bool
		says     string
	}{
		{nil, false, "every Must that applies was kept"},
		{nil, true, "what was examined was kept"},
		{[]harness.Case{one}, false, "every Must that applies was kept, but for a known deviation of the product (1 warn)"},
		{[]harness.Case{one, two, three}, false, "every Must that applies was kept, but for 3 known deviations of the product (1 warn, 2 note)"},
		{[]harness.Case{two, three}, true, "what was examined was kept, but for 2 known deviations of the product (2 note)"},
		{[]harness.Case{broken(harness.Should, harness.Note), {Level: harness.Must, Verdict: harness.Warn}}, false, "every Must that applies was kept"},
	} {
		o := found(harness.Pass)
		o.Cases = append(o.Cases, test.cases...)
		o.Selection.All = !test.filtered
		o.Conclude()
		if o.Reason != test.says || o.ExitCode != harness.ExitKept {
			t.Errorf("exit %d, %q; expected %q", o.ExitCode, o.Reason, test.says)
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
	part := func(shard string, change func(*harness.Outcome)) *harness.Outcome {
		o := found()
		o.Target.Issuer, o.Selection.Shard = "https://id.example", shard
		if change != nil {
			change(o)
		}
		return o
	}
	auth01 := func(o *harness.Outcome) { o.Cases = found(harness.Pass).Cases }
	for name, test := range map[string]struct {
		parts []*harness.Outcome
		says  string
	}{
		"nothing":            {nil, "there is nothing to merge"},
		"one case two times": {[]*harness.Outcome{part("1/2", auth01), part("2/2", auth01)}, "AUTH-01 was run in two parts"},
		"one part of three":  {[]*harness.Outcome{part("2/3", nil)}, "a run of 3 parts needs each of them once; missing: 1/3, 3/3"},
		"a part two times":   {[]*harness.Outcome{part("1/3", nil), part("2/3", nil), part("1/3", nil), part("1/3", nil)}, "a run of 3 parts needs each of them once; missing: 3/3; given twice: 1/3"},
		"one of very many":   {[]*harness.Outcome{part("1/999999999", nil)}, "missing: 2/999999999, 3/999999999, 4/999999999, 5/999999999, 6/999999999, 7/999999999, 8/999999999, 9/999999999 and 999999990 more"},
		"two whole runs":     {[]*harness.Outcome{part("", nil), part("", nil)}, "a run without --shard is whole, and no part of another"},
		"whole and a part":   {[]*harness.Outcome{part("", nil), part("1/3", nil)}, "the number of parts is 1 and 3"},
		"no part at all":     {[]*harness.Outcome{part("3/2", nil), part("1/2", nil)}, "3/2 is not the name of a part"},
		"another splitting":  {[]*harness.Outcome{part("1/2", nil), part("2/3", nil)}, "these are not parts of one run: the number of parts is 2 and 3"},
		"another profile":    {[]*harness.Outcome{part("1/2", nil), part("2/2", func(o *harness.Outcome) { o.Profile = "identityserver" })}, "the profile is rfc8705 and identityserver"},
		"another catalogue":  {[]*harness.Outcome{part("1/2", nil), part("2/2", func(o *harness.Outcome) { o.Catalogue = "2027.01" })}, "the catalogue is 2026.11 and 2027.01"},
		"another target":     {[]*harness.Outcome{part("1/2", nil), part("2/2", func(o *harness.Outcome) { o.Target.Name = "live" })}, "the target is staging and live"},
		"another issuer":     {[]*harness.Outcome{part("1/2", nil), part("2/2", func(o *harness.Outcome) { o.Target.Issuer = "https://b.example" })}, "the issuer is https://id.example and https://b.example"},
		"another product":    {[]*harness.Outcome{part("1/2", nil), part("2/2", func(o *harness.Outcome) { o.Target.Product = "keycloak" })}, "the product is not said and keycloak"},
		"two differences":    {[]*harness.Outcome{part("1/2", nil), part("2/2", func(o *harness.Outcome) { o.Target.ProductVersion, o.Tool.Version = "6.3", "0.2" })}, "the tool is not said and 0.2, the product version is not said and 6.3"},
		"another selection": {[]*harness.Outcome{part("1/2", nil), part("2/2", func(o *harness.Outcome) {
			o.Selection = harness.Selection{Shard: "2/2", Terms: []string{"AUTH"}, Levels: []harness.Level{harness.Must}}
		})}, "the selection is everything and AUTH, level must"},
	} {
		if _, err := harness.Merge(test.parts...); err == nil || !strings.HasSuffix(err.Error(), test.says) {
			t.Errorf("%s: %v, expected %q", name, err, test.says)
		}
	}
}
