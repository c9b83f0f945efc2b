package suite

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/mtlscheck/mtlscheck/harness"
)

// small is a suite of one chapter with a requirement for each of the bodies, on a target that always lives.
func small(bodies ...func(context.Context, *Suite)) *Suite {
	s := &Suite{Target: &harness.Target{Metadata: &harness.Metadata{}}, Asker: &Asker{},
		Sanity:    func(context.Context) error { return nil },
		Preflight: func(context.Context) []harness.Step { return []harness.Step{{Name: "issuer", OK: true}} },
	}
	c := harness.Chapter{Slug: "small", Title: "a small chapter"}
	for i := range bodies {
		c.Requirements = append(c.Requirements, harness.Requirement{ID: "SMALL-0" + string(rune('1'+i)), Level: harness.Must, Says: "It is kept.", Cite: "RFC 8705 §1", Why: "It matters.", Advice: harness.Advice{Any: "Change it."}})
	}
	c.Specs = func() {
		for i, body := range bodies {
			ginkgo.It("keeps it", Keeps(c.Requirements[i]), func(ctx ginkgo.SpecContext) { body(ctx, s) })
		}
	}
	s.Chapters = []harness.Chapter{c}
	return s
}

// kept is a scenario that saw an answer, and nothing wrong in it.
func kept(_ context.Context, s *Suite) { s.Asker.Ledger.add(entry{answered: true, served: true}) }

func verdicts(o []harness.Case) map[string]harness.Verdict {
	out := map[string]harness.Verdict{}
	for _, c := range o {
		out[c.Name()] = c.Verdict
	}
	return out
}

// Ginkgo takes signals from the process, also where nobody cancels the context of the run.
func TestASignalInterruptsTheRun(t *testing.T) {
	s := small(kept, func(ctx context.Context, _ *Suite) {
		process, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = process.Signal(os.Interrupt)
		}
		if err != nil {
			t.Error(err)
			return
		}
		<-ctx.Done()
	}, kept)
	var told []string
	outcome, err := s.Run(t.Context(), Options{Progress: func(e Event) {
		if e.Case != nil {
			told = append(told, e.Case.Name())
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]harness.Verdict{"SMALL-01": harness.Pass, "SMALL-02": harness.NotRun, "SMALL-03": harness.NotRun}
	if diff := cmp.Diff(want, verdicts(outcome.Cases)); diff != "" {
		t.Errorf("cases (- expected, + got):\n%s", diff)
	}
	if !outcome.Interrupted || outcome.ExitCode != harness.ExitInterrupted {
		t.Errorf("interrupted %t, exit code %d (%s), expected %d", outcome.Interrupted, outcome.ExitCode, outcome.Reason, harness.ExitInterrupted)
	}
	if diff := cmp.Diff([]string{"SMALL-01", "SMALL-02", "SMALL-03"}, told); diff != "" {
		t.Errorf("progress (- expected, + got):\n%s", diff)
	}
}

// specs are reports of the specs of a small suite, as Ginkgo makes them.
func specs(t *testing.T, s *Suite, state types.SpecState) types.SpecReports {
	t.Helper()
	if _, err := s.Catalogue(); err != nil {
		t.Fatal(err)
	}
	var out types.SpecReports
	for _, r := range s.Chapters[0].Requirements {
		out = append(out, types.SpecReport{LeafNodeLabels: Keeps(r), LeafNodeText: "keeps it", ContainerHierarchyTexts: []string{s.Chapters[0].Title}, State: state})
	}
	return out
}

// At an interrupt Ginkgo leaves the report of a spec behind and begins the next. Whoever is told of the progress is told of one
// case at a time (the race detector sees it otherwise), and every case is counted once.
func TestCasesAreCollectedOneAtATime(t *testing.T) {
	t.Parallel()
	s := small(kept, kept, kept, kept, kept, kept, kept, kept)
	told := map[string]int{} // on purpose without a lock
	r := &run{suite: s, ctx: t.Context(), options: Options{Progress: func(e Event) { told[e.Case.Name()]++ }}}
	all := specs(t, s, types.SpecStateSkipped)
	var group sync.WaitGroup
	start := make(chan struct{})
	for _, spec := range all {
		group.Go(func() {
			<-start
			r.collect(spec)
		})
	}
	close(start)
	group.Wait()
	r.end(all)
	if len(told) != len(all) || len(r.cases) != len(all) || r.done != len(all) || !r.stopped {
		t.Errorf("%d cases are told, %d are collected, %d are done, stopped %t; there are %d", len(told), len(r.cases), r.done, r.stopped, len(all))
	}
}

// A report that Ginkgo left behind may come after the end; then the case did not run, and nothing changes any more.
func TestNoCaseIsLostAndNoneIsCollectedAfterTheEnd(t *testing.T) {
	t.Parallel()
	s := small(kept, kept)
	tells := 0
	r := &run{suite: s, ctx: t.Context(), options: Options{Progress: func(Event) { tells++ }}}
	all := specs(t, s, types.SpecStatePassed)
	s.Asker.Ledger.begin("SMALL-01")
	kept(t.Context(), s)
	r.collect(all[0])
	r.end(all)
	r.collect(all[1])
	want := map[string]harness.Verdict{"SMALL-01": harness.Pass, "SMALL-02": harness.NotRun}
	if diff := cmp.Diff(want, verdicts(r.cases)); diff != "" || tells != 1 {
		t.Errorf("%d cases are told; cases (- expected, + got):\n%s", tells, diff)
	}
}

// What was asked for one case is no evidence of another, in whatever order they are reported.
func TestACaseThatNeverBeganHasNoEvidence(t *testing.T) {
	t.Parallel()
	s := small(kept, kept)
	r := &run{suite: s, ctx: t.Context()}
	passed, skipped := specs(t, s, types.SpecStatePassed)[0], specs(t, s, types.SpecStateSkipped)[1]
	s.Asker.Ledger.begin("SMALL-01")
	s.Asker.Ledger.add(entry{answered: true, evidence: &harness.Evidence{Person: "client"}})
	r.collect(skipped)
	r.collect(passed)
	for i, want := range []struct {
		name     string
		verdict  harness.Verdict
		evidence int
	}{{"SMALL-02", harness.NotRun, 0}, {"SMALL-01", harness.Pass, 1}} {
		if c := r.cases[i]; c.Name() != want.name || c.Verdict != want.verdict || len(c.Evidence) != want.evidence {
			t.Errorf("%s: %s (%s) with %d exchanges; expected %+v", c.Name(), c.Verdict, c.Because, len(c.Evidence), want)
		}
	}
}
