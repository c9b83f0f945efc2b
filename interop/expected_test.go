package interop

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/harness"
)

const sample = `
honest:
  - {cases: [PKI-17], verdict: warn, because: no key usage}
  - {cases: [PATH-01.a, PATH-01.b], verdict: not-applicable, because: nobody has this role}
careless:
  - {cases: [PKI-01], verdict: fail, because: the chain is not looked at}
  - {cases: [PKI-17], verdict: fail, because: the chain is not looked at}
`

func TestUnexpectedVerdictsAreReportedInEitherDirection(t *testing.T) {
	t.Parallel()
	verdict := func(id, variant string, v harness.Verdict) harness.Case {
		return harness.Case{ID: id, Variant: variant, Says: "It is so.", Verdict: v, Observed: "200"}
	}
	tests := []struct {
		name     string
		sections []string
		cases    []harness.Case
		reports  []string // what each report begins with
	}{
		{"as expected", []string{"honest"}, []harness.Case{verdict("AUTH-01", "", harness.Pass), verdict("PKI-17", "", harness.Warn),
			verdict("PATH-01", "a", harness.NotApplicable), verdict("PATH-01", "b", harness.NotApplicable)}, nil},
		{"a new accusation, a fault no longer found, a case that is gone", []string{"honest"},
			[]harness.Case{verdict("AUTH-01", "", harness.Fail), verdict("PKI-17", "", harness.Pass), verdict("PATH-01", "a", harness.NotApplicable)},
			[]string{"AUTH-01  It is so.\n  expected  pass", "PATH-01.b\n  expected  not-applicable (nobody has this role)\n  got       no such case",
				"PKI-17  It is so.\n  expected  warn (no key usage)\n  got       pass\n  observed  200"}},
		{"a later section replaces", []string{"honest", "careless"}, []harness.Case{verdict("PKI-01", "", harness.Fail), verdict("PKI-17", "", harness.Fail),
			verdict("PATH-01", "a", harness.NotApplicable), verdict("PATH-01", "b", harness.NotApplicable)}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e, err := parseExpected([]byte(sample), test.sections)
			if err != nil {
				t.Fatal(err)
			}
			reports := e.Compare(&harness.Outcome{Cases: test.cases})
			if len(reports) != len(test.reports) {
				t.Fatalf("%d reports, expected %d:\n%s", len(reports), len(test.reports), strings.Join(reports, "\n"))
			}
			for i, begins := range test.reports {
				if !strings.HasPrefix(reports[i], begins) {
					t.Errorf("report %d is\n%s\nexpected to begin with\n%s", i, reports[i], begins)
				}
			}
		})
	}
}

func TestNamedListsTheCasesOfAVerdict(t *testing.T) {
	t.Parallel()
	e, err := parseExpected([]byte(sample), []string{"honest", "careless"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"PKI-01", "PKI-17"}, e.Named(harness.Fail)); diff != "" {
		t.Errorf("cases expected to fail (- expected, + got):\n%s", diff)
	}
}

func TestExpectationsWithoutSenseAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, content, says string }{
		{"no reason", "honest: [{cases: [A-01], verdict: fail}]", "reason"},
		{"no verdict", "honest: [{cases: [A-01], verdict: failed, because: x}]", `"failed" is no verdict`},
		{"twice", "honest: [{cases: [A-01, A-01], verdict: fail, because: x}]", "A-01 stands twice"},
		{"unknown key", "honest: [{case: A-01, verdict: fail, because: x}]", "unknown field"},
		{"no such section", "careful: []", `no section "honest"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseExpected([]byte(test.content), []string{"honest"})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, expected one with %q", err, test.says)
			}
		})
	}
}
