package suite

import (
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
)

// Test runs the suite once and tells t about each case, as a subtest named like the case: an error for a broken Must
// and for what could not be judged, a skip for what does not apply, a log line for warnings and notes. An interrupt is an
// error. It returns the outcome for further assertions. Ginkgo allows neither -parallel nor a -count other than 1; Test then
// fails with that sentence.
func Test(t *testing.T, s *Suite, o Options) *harness.Outcome {
	t.Helper()
	outcome, err := s.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range outcome.Preflight {
		if !step.OK {
			t.Errorf("preflight: %s: %s\n%s", step.Name, step.Detail, step.Advice)
		}
	}
	if outcome.Interrupted {
		t.Error(outcome.Reason)
	}
	for _, c := range outcome.Cases {
		t.Run(c.Name(), func(t *testing.T) {
			for _, e := range c.Evidence {
				t.Log(e.Summary())
			}
			switch c.Verdict {
			case harness.Pass, harness.Waived:
			case harness.Fail:
				t.Errorf("%s (%s, %s)\nexpected %s\nobserved %s\n%s", c.Title, c.Cite, c.Level, c.Expected, c.Observed, c.Advice)
			case harness.Warn, harness.Note:
				t.Logf("%s: %s (%s, %s): %s%s", c.Verdict, c.Title, c.Cite, c.Level, c.Observed, c.Because)
			case harness.NotApplicable, harness.NotRun:
				t.Skipf("%s: %s", c.Verdict, c.Because) //nolint:forbidigo // what does not apply to a server is skipped, as go test understands it
			case harness.Inconclusive:
				t.Errorf("%s: nothing is known: %s", c.Title, c.Because)
			}
		})
	}
	return outcome
}
