package suite

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/mtlscheck/mtlscheck/harness"
)

// alone serialises runs: Ginkgo keeps one tree per process.
var alone sync.Mutex //nolint:gochecknoglobals // it guards the one tree that Ginkgo keeps in a global of its own

// deaf is the testing.T that Ginkgo gets: verdicts are ours.
type deaf struct{}

func (deaf) Fail() {}

// A Listing is one case, without running it.
type Listing struct {
	Requirement harness.Requirement
	Variant     string
	Level       harness.Level
	Chapter     harness.Chapter
	Title       string
}

// Name is the case's name, as in harness.Case.
func (l Listing) Name() string {
	return harness.Case{ID: l.Requirement.ID, Variant: l.Variant}.Name()
}

// List names the cases of the suite's profile, in the order of the chapters, without asking the target anything.
func (s *Suite) List(o Options) ([]Listing, error) {
	alone.Lock()
	defer alone.Unlock()
	reports, err := s.tree(&o)
	defer globals.Reset()
	if err != nil {
		return nil, err
	}
	var out []Listing
	for _, r := range reports {
		t := tagOf(r.Labels())
		chapter := s.chapter(r)
		if s.keeps(t.requirement) && o.picks(t, chapter.Slug) {
			out = append(out, Listing{s.catalogue[t.requirement], t.variant, t.level, chapter, title(r)})
		}
	}
	return out, nil
}

// tree builds Ginkgo's tree, and checks it and the selection. The caller holds the lock and resets Ginkgo afterwards.
func (s *Suite) tree(o *Options) (types.SpecReports, error) {
	if err := usable(); err != nil {
		return nil, err
	}
	if _, err := s.Catalogue(); err != nil {
		return nil, err
	}
	globals.Reset()
	if o.run == nil {
		o.run = context.Background()
	}
	s.mistakes = nil
	s.Declare(*o)
	if len(s.mistakes) > 0 {
		return nil, fmt.Errorf("the suite is declared wrongly:\n  %s", strings.Join(s.mistakes, "\n  "))
	}
	reports := ginkgo.PreviewSpecs("mtlscheck", configuration()).SpecReports
	return reports, s.unmatched(reports, *o)
}

// unmatched finds the terms of a selection that name nothing, and a selection that picks nothing, whatever fell to this part of it.
func (s *Suite) unmatched(reports types.SpecReports, o Options) error {
	o.Shard = Shard{}
	none := &NoMatch{}
	for _, term := range o.Terms {
		if !slices.ContainsFunc(reports, func(r types.SpecReport) bool {
			t := tagOf(r.Labels())
			return s.keeps(t.requirement) && matches(term, t, s.chapter(r).Slug)
		}) {
			none.Terms = append(none.Terms, term)
		}
	}
	picked := slices.ContainsFunc(reports, func(r types.SpecReport) bool {
		t := tagOf(r.Labels())
		return s.keeps(t.requirement) && o.picks(t, s.chapter(r).Slug)
	})
	if len(none.Terms) > 0 || !picked {
		return none
	}
	return nil
}

// usable reports whether Ginkgo can be had in this process.
func usable() error {
	refused := false
	flag.Visit(func(f *flag.Flag) {
		refused = refused || f.Name == "test.parallel" || f.Name == "test.count" && f.Value.String() != "1"
	})
	switch {
	case refused:
		return ErrGoFlags
	case !ginkgo.CurrentSpecReport().StartTime.IsZero():
		return ErrNested
	case len(ginkgo.PreviewSpecs("", configuration()).SpecReports) > 0:
		return ErrForeign
	}
	return nil
}

func configuration() types.SuiteConfig {
	c := types.NewDefaultSuiteConfig()
	c.RandomSeed = 1
	c.OutputInterceptorMode = "none"
	c.GracePeriod = 5 * time.Second
	c.Timeout = 24 * time.Hour // the run's own context ends it
	return c
}

// Run runs the selected cases and judges them. An error means that nothing was examined: a selection that names nothing
// (*NoMatch), or a process in which Ginkgo cannot be run. If ctx ends, what did not run says so.
func (s *Suite) Run(ctx context.Context, o Options) (*harness.Outcome, error) {
	alone.Lock()
	defer alone.Unlock()
	r := &run{suite: s, ctx: ctx}
	o.run, o.dead = ctx, r.death
	reports, err := s.tree(&o)
	defer globals.Reset()
	if err != nil {
		return nil, err
	}
	r.options = o
	for _, spec := range reports {
		t := tagOf(spec.Labels())
		if s.keeps(t.requirement) && o.picks(t, s.chapter(spec).Slug) {
			r.total++
		}
	}
	out := &harness.Outcome{Tool: s.Tool, Catalogue: s.Version, Profile: s.Profile.Name, Started: time.Now(),
		Selection: harness.Selection{All: len(o.Terms) == 0 && len(o.Levels) == 0, Terms: o.Terms, Levels: o.Levels, Shard: o.Shard.String()}}
	defer func() { out.Target = s.targetRecord() }()

	failed := func(step harness.Step) bool { return !step.OK }
	out.Preflight = s.Preflight(ctx)
	if ctx.Err() != nil && slices.ContainsFunc(out.Preflight, failed) { // a question that was cut off is no finding
		out.Preflight = slices.DeleteFunc(out.Preflight, failed)
		for _, spec := range reports {
			r.unexamined(spec, r.whyNotRun())
		}
		r.cut = r.total
		return s.finish(ctx, out, r), nil
	}
	r.tell(Event{Preflight: out.Preflight, Total: r.total})
	if slices.ContainsFunc(out.Preflight, failed) {
		for _, spec := range reports {
			r.unexamined(spec, "preflight failed")
		}
		return s.finish(ctx, out, r), nil
	}

	// With a context Ginkgo waits for it, for its grace period.
	ginkgo.ReportAfterEach(func(_ ginkgo.SpecContext, spec types.SpecReport) { r.collect(spec) })
	gomega.RegisterFailHandler(ginkgo.Fail)
	stdout := formatter.ColorableStdOut
	formatter.ColorableStdOut = io.Discard
	defer func() { formatter.ColorableStdOut = stdout }()
	_, reporter := ginkgo.GinkgoConfiguration()
	ginkgo.RunSpecs(deaf{}, "mtlscheck", configuration(), reporter, ginkgo.AroundNode(func(node context.Context) context.Context {
		node, cancel := context.WithCancelCause(node)
		context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
		return node
	}))
	r.end(reports)
	return s.finish(ctx, out, r), nil
}

func (s *Suite) finish(ctx context.Context, out *harness.Outcome, r *run) *harness.Outcome {
	out.Ended = time.Now()
	out.Cases, out.Unfilled = r.cases, r.vacancies()
	out.Target = s.targetRecord()
	out.Interrupted = ctx.Err() == context.Canceled || r.stopped
	out.OutOfTime = ctx.Err() == context.DeadlineExceeded && r.cut > 0
	out.Conclude()
	return out
}

func (s *Suite) targetRecord() harness.TargetRecord {
	t := harness.TargetRecord{Name: s.Target.Name, Issuer: s.Target.Issuer, Product: s.Target.Product,
		ProductVersion: s.Target.ProductVersion, Mismatches: s.Target.Mismatches(), Features: []harness.Feature{}}
	if s.Target.Metadata != nil {
		t.Features = append(t.Features, s.Target.Metadata.Features()...)
	}
	return t
}

// chapter is the chapter that a spec stands in.
func (s *Suite) chapter(r types.SpecReport) harness.Chapter {
	if len(r.ContainerHierarchyTexts) > 0 {
		for _, c := range s.Chapters {
			if slices.Contains(r.ContainerHierarchyTexts, c.Title) {
				return c
			}
		}
	}
	return harness.Chapter{}
}

// title is the spec as a sentence, without the case's name in front of its text.
func title(r types.SpecReport) string {
	text := r.LeafNodeText
	if _, rest, ok := strings.Cut(text, "] "); ok {
		text = rest
	}
	return strings.Join(append(slices.Clone(r.ContainerHierarchyTexts), text), " ")
}
