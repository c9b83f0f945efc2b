package suite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A Suite is a list of chapters and the target they examine. It is a value: two of them may live in one process.
type Suite struct {
	Target   *harness.Target
	Profile  harness.Profile
	Chapters []harness.Chapter // in reading order; somebody else's chapter is one more element
	Asker    *Asker
	Tool     harness.Tool
	Version  string // of the catalogue

	// Sanity asks something that any living target answers. It is asked first, last, and when a question got no answer.
	Sanity func(context.Context) error
	// Preflight says whether the target can be judged at all, before anything runs. One step that is not OK ends the run.
	Preflight func(context.Context) []harness.Step
	// Start, if set, is called at the start of each spec: it gives the world a fresh mind.
	Start func()

	catalogue harness.Catalogue
	mistakes  []string
}

// Options narrow a run.
type Options struct {
	Terms       []string        // requirement IDs, cases, areas, chapter slugs; none: all
	Levels      []harness.Level // only cases of these levels; none: all
	Shard       Shard
	CaseTimeout time.Duration // for one case. Default value is 60s if CaseTimeout is zero
	Progress    func(Event)   // called as the run goes on; nil: silence

	run  context.Context // of the whole run; nil when a host suite owns it
	dead func() string   // why the target is taken for dead; nil when a host suite owns the run
}

// A Shard is one of several parts of a suite, chosen by a hash of the case's name: the same everywhere. The zero Shard
// is the whole.
type Shard struct{ Index, Of int } // 1-based: {2, 5} is the second of five

func (s Shard) takes(name string) bool {
	if s.Of <= 1 {
		return true
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return int(h.Sum32()%uint32(s.Of)) == s.Index-1
}

func (s Shard) String() string {
	if s.Of <= 1 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Of)
}

// An Event tells how a run goes on: the preflight, or a case that ended. Done counts cases, Total what will run.
type Event struct {
	Preflight   []harness.Step // set once, first
	Case        *harness.Case
	Shown       []*harness.Certificate // what was shown during the case, with keys
	Done, Total int
}

// Errors of Run that come before anything was examined.
var (
	ErrNested  = errors.New("the suite was run from inside a Ginkgo spec; call Declare there instead")
	ErrForeign = errors.New("this process already declares a Ginkgo suite; call Declare inside it instead")
	ErrGoFlags = errors.New("go test -count other than 1 and -parallel do not go together with Ginkgo; run the suite without them")
)

// NoMatch says which terms of a selection name nothing.
type NoMatch struct{ Terms []string }

func (e *NoMatch) Error() string {
	if len(e.Terms) == 0 {
		return "the selection matches no case"
	}
	return fmt.Sprintf("no requirement, case, area or chapter is called %s", strings.Join(e.Terms, ", "))
}

// Catalogue is every requirement of the suite's chapters.
func (s *Suite) Catalogue() (harness.Catalogue, error) {
	if s.catalogue == nil {
		c, err := harness.NewCatalogue(s.Chapters)
		if err != nil {
			return nil, err
		}
		s.catalogue = c
	}
	return s.catalogue, nil
}

// keeps reports whether the profile promises a requirement.
func (s *Suite) keeps(id string) bool {
	r, known := s.catalogue[id]
	return known && (s.Profile.Keeps == nil || s.Profile.Keeps(r))
}

// picks reports whether a case is selected.
func (o Options) picks(t tag, chapter string) bool {
	if len(o.Levels) > 0 && !slices.Contains(o.Levels, t.level) {
		return false
	}
	if !o.Shard.takes(t.name()) {
		return false
	}
	return len(o.Terms) == 0 || slices.ContainsFunc(o.Terms, func(term string) bool { return matches(term, t, chapter) })
}

// matches reports whether a term names the case: by requirement, case, area, or the slug of its chapter. Case of letters
// is ignored.
func matches(term string, t tag, chapter string) bool {
	area := harness.Requirement{ID: t.requirement}.Area()
	for _, name := range []string{t.requirement, t.name(), area, chapter} {
		if strings.EqualFold(term, name) {
			return true
		}
	}
	return false
}

// Declare adds the chapters to the Ginkgo suite under construction. Inside somebody's own suite only Musts are
// declared, and of those none for which the profile knows a deviation: what is left may turn a suite red.
func (s *Suite) Declare(o Options) {
	if _, err := s.Catalogue(); err != nil {
		panic(err)
	}
	host := o.run == nil
	if host {
		o.Levels = []harness.Level{harness.Must}
	}
	seen := map[string]string{}
	for _, c := range s.Chapters {
		ginkgo.Describe(c.Title, func() {
			defer ginkgo.AddTreeConstructionNodeArgsTransformer(s.houseRules(o, c, host, seen))()
			ginkgo.BeforeEach(func(ctx ginkgo.SpecContext) { s.before(ctx, o) })
			ginkgo.AfterEach(func() {
				if host {
					ginkgo.AddReportEntry("evidence", transcript(s.Asker.Ledger.page()), ginkgo.ReportEntryVisibilityFailureOrVerbose)
				}
			})
			c.Specs()
		})
	}
}

func (s *Suite) before(ctx context.Context, o Options) {
	l := &s.Asker.Ledger
	l.begin(current().name())
	if o.run != nil && o.run.Err() != nil { // the run itself: its end reaches the spec's context a moment later
		l.finish(harness.NotRun, whyEnded(o.run))
		ginkgo.Skip("not run")
	}
	if o.dead != nil && o.dead() != "" { // nobody waits for a dead server again and again
		s.Asker.Inconclusive(o.dead())
	}
	if s.Target.Metadata == nil && o.run == nil {
		for _, step := range s.Preflight(ctx) {
			if !step.OK {
				s.Asker.Inconclusive("preflight: " + step.Name + ": " + step.Detail)
			}
		}
	}
	if s.Start != nil {
		s.Start()
	}
	r := s.catalogue[current().requirement]
	for _, f := range r.Needs {
		if !s.Target.Offers(f) {
			s.Asker.NotApplicable("the target offers no " + string(f))
		}
	}
	if !harness.Between(s.Target.ProductVersion, r.Since, r.Until) {
		s.Asker.NotApplicable(fmt.Sprintf("it concerns other versions than %s", s.Target.ProductVersion))
	}
}

// houseRules holds each spec to its word: it names a requirement of its chapter, its case's name is its own, nobody left
// it focused. It also leaves out what was not selected. Mistakes are collected, since Ginkgo would end the process.
func (s *Suite) houseRules(o Options, c harness.Chapter, host bool, seen map[string]string) ginkgo.NodeArgsTransformer {
	own := map[string]bool{}
	for _, r := range c.Requirements {
		own[r.ID] = true
	}
	return func(kind types.NodeType, off ginkgo.Offset, text string, args []any) (string, []any, []error) {
		if kind != types.NodeTypeIt {
			return text, args, nil
		}
		at, t := locationIn(off, args), tagOf(labelsIn(args))
		wrong := func(format string, a ...any) {
			s.mistakes = append(s.mistakes, fmt.Sprintf("%s:%d: %q %s", at.FileName, at.LineNumber, text, fmt.Sprintf(format, a...)))
		}
		if !own[t.requirement] {
			wrong("keeps no requirement of its chapter (%q)", t.requirement)
		}
		if where, twice := seen[t.name()]; twice {
			wrong("is %s, and so is %s", t.name(), where)
		}
		seen[t.name()] = fmt.Sprintf("%s:%d", at.FileName, at.LineNumber)
		if slices.ContainsFunc(args, func(a any) bool { return a == any(ginkgo.Focus) }) {
			wrong("is focused")
		}
		_, deviates := s.Profile.Deviation(t.requirement, t.variant, s.Target)
		if !s.keeps(t.requirement) || !o.picks(t, c.Slug) || host && deviates {
			return "[" + t.name() + "] " + text, append(args, ginkgo.Pending), nil
		}
		return "[" + t.name() + "] " + text, append(args, ginkgo.SpecTimeout(o.caseTimeout())), nil
	}
}

// caseTimeout is CaseTimeout or its default.
func (o Options) caseTimeout() time.Duration { return cmp.Or(o.CaseTimeout, time.Minute) }

// transcript is a page in lines, for a host suite's report.
func transcript(p page) string {
	var lines []string
	for _, e := range p.evidence() {
		lines = append(lines, e.Summary())
	}
	return strings.Join(lines, "\n")
}
