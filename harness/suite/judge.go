package suite

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A run collects the cases while Ginkgo works. At an interrupt Ginkgo leaves behind the node that is at work, even one that
// reports, and begins the next: so cases are collected under a lock, each once, and none after the end.
type run struct {
	suite   *Suite
	options Options
	ctx     context.Context

	mu      sync.Mutex // guards what follows
	ended   bool
	stopped bool // by a signal that Ginkgo saw
	cases   []harness.Case
	alive   []bool // beside cases: the target served somebody during it
	vacant  map[harness.Role][]string
	done    int
	cut     int // cases among them that the end of the run kept from running
	total   int
	dead    string // why the target is taken for dead; empty: it lives
}

func (r *run) tell(e Event) {
	if r.options.Progress != nil {
		r.options.Progress(e)
	}
}

// collect judges a spec that ended.
func (r *run) collect(spec types.SpecReport) {
	t := tagOf(spec.Labels())
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.suite.keeps(t.requirement) || r.ended { // outside the profile, or too late
		return
	}
	if spec.State.Is(types.SpecStatePending) {
		r.unexamined(spec, "filtered out")
		return
	}
	p := r.suite.Asker.Ledger.pageOf(t.name())
	r.stopped = r.stopped || stoppedBy(spec)
	c := r.judge(spec, p)
	if p.vacant != "" {
		if r.vacant == nil {
			r.vacant = map[harness.Role][]string{}
		}
		r.vacant[p.vacant] = append(r.vacant[p.vacant], c.Name())
	}
	// A broken assertion accuses the server only if it lives: a proxy's 502 for everybody is nobody's verdict.
	if p.silent || c.Verdict == harness.Fail || c.Verdict == harness.Warn || c.Verdict == harness.Note {
		r.lastSanity()
	}
	if r.dead != "" {
		r.doubt(&c)
	}
	r.cases, r.alive = append(r.cases, c), append(r.alive, p.served())
	r.done++
	if c.Verdict == harness.NotRun {
		r.cut++
	}
	r.tell(Event{Case: &c, Shown: p.shown(), Done: r.done, Total: r.total})
}

// stoppedBy reports whether a spec was cut off, or left out, because Ginkgo saw a signal: it takes them from the process,
// whoever else listens.
func stoppedBy(spec types.SpecReport) bool {
	return spec.State.Is(types.SpecStateInterrupted|types.SpecStateAborted) || spec.State.Is(types.SpecStateSkipped) && spec.Failure.IsZero()
}

// end asks for the last time whether the target lives, and records the cases that Ginkgo did not report, so that none is lost.
func (r *run) end(specs types.SpecReports) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastSanity()
	r.ended = true
	seen := map[string]bool{}
	for _, c := range r.cases {
		seen[c.Name()] = true
	}
	for _, spec := range specs {
		switch {
		case seen[tagOf(spec.Labels()).name()]:
		case spec.State.Is(types.SpecStatePending):
			r.unexamined(spec, "filtered out")
		default:
			r.unexamined(spec, r.whyNotRun())
			r.cut++
		}
	}
}

// unexamined records a case that did not run.
func (r *run) unexamined(spec types.SpecReport, why string) {
	t := tagOf(spec.Labels())
	if !r.suite.keeps(t.requirement) || !r.options.Shard.takes(t.name()) { // what another shard runs is not this one's to count
		return
	}
	c := r.frame(spec)
	c.Verdict, c.Because = harness.NotRun, why
	r.cases, r.alive = append(r.cases, c), append(r.alive, false)
}

// frame is a case without a verdict.
func (r *run) frame(spec types.SpecReport) harness.Case {
	t := tagOf(spec.Labels())
	req := r.suite.catalogue[t.requirement]
	return harness.Case{ID: t.requirement, Variant: t.variant, Chapter: r.suite.chapter(spec).Slug, Title: title(spec), Level: t.level,
		Cite: req.Cite, Says: req.Says, Evidence: []harness.Evidence{}, Certificates: []harness.CertificateSummary{},
		DurationMS: float64(spec.RunTime.Microseconds()) / 1000}
}

// judge turns the end of a spec and its page of the ledger into a verdict. Nothing here reads a message to find out
// what happened.
func (r *run) judge(spec types.SpecReport, p page) harness.Case {
	c := r.frame(spec)
	c.Evidence, c.Certificates = p.evidence(), p.certificates()
	switch {
	case spec.State.Is(types.SpecStatePassed) && !p.answered():
		c.Verdict, c.OurFault, c.Because = harness.Inconclusive, true, "the scenario ended without any recorded answer"
	case spec.State.Is(types.SpecStatePassed) && len(p.soft) > 0:
		c.Verdict, c.Because = harness.Warn, strings.Join(p.soft, "; ")
	case spec.State.Is(types.SpecStatePassed):
		c.Verdict = harness.Pass
	case p.end == harness.Inconclusive && (r.ctx.Err() != nil || spec.State.Is(types.SpecStateInterrupted|types.SpecStateAborted)): // a question that was cut off is no finding
		c.Verdict, c.Because = harness.NotRun, r.whyNotRun()
	case p.end == harness.Inconclusive && spec.State.Is(types.SpecStateTimedout):
		c.Verdict, c.Because = harness.Inconclusive, "the case took longer than "+r.options.caseTimeout().String()+"; its last question was not answered by then"
	case p.end != "":
		c.Verdict, c.Because = p.end, p.because
	case spec.State.Is(types.SpecStatePanicked):
		c.Verdict, c.OurFault, c.Because = harness.Inconclusive, true, "the scenario panicked: "+spec.Failure.ForwardedPanic
	case r.ctx.Err() != nil, spec.State.Is(types.SpecStateSkipped | types.SpecStateInterrupted | types.SpecStateAborted):
		c.Verdict, c.Because = harness.NotRun, r.whyNotRun()
	case spec.State.Is(types.SpecStateTimedout):
		c.Verdict, c.Because = harness.Inconclusive, "the case took longer than "+r.options.caseTimeout().String()
	case p.broken == nil || !p.answered():
		c.Verdict, c.OurFault, c.Because = harness.Inconclusive, true, "the scenario failed without saying what it expected: "+spec.Failure.Message
	default:
		c.Verdict, c.Expected, c.Observed = c.Level.Broken(), p.broken.Expected, p.broken.Observed
		r.excuse(&c, p.broken.Form)
	}
	if len(p.remarks) > 0 {
		c.Because = strings.Join(append(slices.DeleteFunc([]string{c.Because}, func(s string) bool { return s == "" }), p.remarks...), "; ")
	}
	r.advise(&c)
	return c
}

func (r *run) whyNotRun() string {
	if why := whyEnded(r.ctx); why != "" {
		return why
	}
	return "interrupted"
}

// excuse looks a broken case up in the profile's deviations: only the form that the product is known for is excused.
func (r *run) excuse(c *harness.Case, form harness.Form) {
	d, known := r.suite.Profile.Deviation(c.ID, c.Variant, r.suite.Target)
	if !known || d.Form != form {
		return
	}
	c.Deviation, c.Verdict, c.Because, c.Advice = true, d.Verdict, "known deviation: "+d.Why, d.Advice
}

// advise adds what helps where something is to be done: why it matters, what to change, how to see it again.
func (r *run) advise(c *harness.Case) {
	switch c.Verdict {
	case harness.Fail, harness.Warn, harness.Note, harness.Inconclusive:
	default:
		return
	}
	req := r.suite.catalogue[c.ID]
	c.Why = req.Why
	if c.Advice == "" {
		c.Advice = req.Advice.In(r.suite.Target.Product)
	}
	c.Again = &harness.Again{}
	for _, e := range slices.Backward(c.Evidence) {
		if !e.Control && e.Curl != "" {
			c.Again.Curl = e.Curl
			break
		}
	}
}

// death is why the target is taken for dead; empty: it lives.
func (r *run) death() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dead
}

// lastSanity asks whether the target still lives: after silence, before an accusation, and at the end of the run.
func (r *run) lastSanity() {
	if r.dead != "" || r.ctx.Err() != nil {
		return
	}
	err := r.suite.Sanity(r.ctx)
	if err != nil && r.ctx.Err() == nil { // one broken connection is no death
		err = r.suite.Sanity(r.ctx)
	}
	if err != nil {
		r.dead = "the target stopped answering: " + err.Error()
		r.buryTheDead()
	}
}

// buryTheDead makes every verdict since somebody was last served inconclusive: nobody knows when the target died.
func (r *run) buryTheDead() {
	for i := range slices.Backward(r.cases) {
		if r.alive[i] {
			return
		}
		r.doubt(&r.cases[i])
	}
}

// doubt takes back what was said about a target that died.
func (r *run) doubt(c *harness.Case) {
	switch c.Verdict {
	case harness.Pass, harness.Fail, harness.Warn, harness.Note:
		c.Verdict, c.Deviation, c.Because = harness.Inconclusive, false, r.dead
	}
}

// vacancies are the roles that nobody was registered for.
func (r *run) vacancies() []harness.Vacancy {
	var out []harness.Vacancy
	for role, names := range r.vacant {
		slices.Sort(names)
		out = append(out, harness.Vacancy{Role: role, Adds: len(names), Cases: names})
	}
	slices.SortFunc(out, func(a, b harness.Vacancy) int { return cmp.Compare(a.Role, b.Role) })
	return out
}
