package doors_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// verdicts are the cases of an outcome, by name.
func verdicts(o *harness.Outcome) map[string]harness.Verdict {
	out := map[string]harness.Verdict{}
	for _, c := range o.Cases {
		out[c.Name()] = c.Verdict
	}
	return out
}

// TestDoors: every door leads to the same outcome, for a healthy server and for one with a hole.
func TestDoors(t *testing.T) {
	profile, ok := scenarios.ProfileNamed("rfc8705")
	if !ok {
		t.Fatal("no profile rfc8705")
	}
	cast := builtin.NewCast("doors")
	for _, broken := range [][]string{nil, {"accepts-any-chain"}} {
		instance, err := builtin.Start(builtin.Options{Version: "rfc8705", Broken: broken, Cast: cast})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = instance.Close() })
		opened := func() *suite.Suite {
			world, err := scenarios.NewWorld(instance.Setup())
			if err != nil {
				t.Fatal(err)
			}
			return scenarios.Suite(world, profile)
		}
		run := func(o suite.Options) *harness.Outcome {
			outcome, err := opened().Run(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			return outcome
		}
		whole := run(suite.Options{})
		if len(whole.Cases) < 100 {
			t.Fatalf("%d cases", len(whole.Cases))
		}

		if diff := cmp.Diff(verdicts(whole), verdicts(run(suite.Options{}))); diff != "" {
			t.Errorf("the second run in a process says otherwise (-first +second):\n%s", diff)
		}

		var parts []*harness.Outcome
		for i := range 3 {
			parts = append(parts, run(suite.Options{Shard: suite.Shard{Index: i + 1, Of: 3}}))
		}
		merged, err := harness.Merge(parts...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(verdicts(whole), verdicts(merged)); diff != "" || merged.ExitCode != whole.ExitCode {
			t.Errorf("the shards say otherwise (-whole +merged), exit code %d and %d:\n%s", whole.ExitCode, merged.ExitCode, diff)
		}

		if broken == nil { // it tells its t about every broken Must
			if diff := cmp.Diff(verdicts(whole), verdicts(suite.Test(t, opened(), suite.Options{}))); diff != "" {
				t.Errorf("go test says otherwise (-program +go test):\n%s", diff)
			}
		}

		if diff := cmp.Diff(musts(whole), hosted(t, opened())); diff != "" {
			t.Errorf("a host's Ginkgo suite says otherwise (-program +host):\n%s", diff)
		}
	}
}

// musts are the verdicts over the Musts, in the words that Ginkgo has.
func musts(o *harness.Outcome) map[string]string {
	words := map[harness.Verdict]string{harness.Pass: "passed", harness.Warn: "passed", harness.Fail: "failed", harness.Inconclusive: "failed", harness.NotApplicable: "skipped"}
	out := map[string]string{}
	for _, c := range o.Cases {
		if c.Level == harness.Must {
			out[c.Name()] = words[c.Verdict]
		}
	}
	return out
}

type deaf struct{}

func (deaf) Fail() {}

// hosted declares the suite in a Ginkgo suite of the test's own and runs that.
func hosted(t *testing.T, s *suite.Suite) map[string]string {
	t.Helper()
	out := map[string]string{}
	gomega.RegisterFailHandler(ginkgo.Fail)
	ginkgo.Describe("my server", func() { s.Declare(suite.Options{}) })
	ginkgo.ReportAfterEach(func(r types.SpecReport) {
		name, _, _ := strings.Cut(strings.TrimPrefix(r.LeafNodeText, "["), "]")
		if !r.State.Is(types.SpecStatePending) {
			out[name] = r.State.String()
		}
	})
	configuration, reporter := ginkgo.GinkgoConfiguration()
	reporter.Succinct = true
	ginkgo.RunSpecs(deaf{}, "a host", configuration, reporter)
	globals.Reset() // a fresh tree, so that the next host can declare in the same process
	return maps.Clone(out)
}
