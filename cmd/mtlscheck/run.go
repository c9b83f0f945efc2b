package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/report"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// judging is what the run command was asked to do.
type judging struct {
	aim
	terms        []string
	levels       []harness.Level
	caseTimeout  time.Duration
	runTimeout   time.Duration
	output       string
	reports      []string
	shard        suite.Shard
	parallel     int
	certificates string
	colour       string
	quiet        bool
}

func newRunCommand(p place) *cobra.Command { return newRunCommandFor(p, &judging{}) }

// newRunCommandFor puts what the command line says into j.
func newRunCommandFor(p place, j *judging) *cobra.Command {
	var levelNames []string
	var shard string
	cmd := &cobra.Command{
		Use:   "run [ISSUER] [ID|AREA|CHAPTER]…",
		Short: "Judge a server",
		Long: `Judge a server: the built-in fake, or one that is named by its issuer.
An argument with :// is the issuer; any other is a requirement, a case, an area or a chapter to run alone.

Exit codes: 0 every Must that applies was kept, known deviations of the product aside; 1 a Must is broken;
2 nothing was examined: usage or configuration; 3 could not judge; 4 mtlscheck is at fault; 130 interrupted. stdout holds the result, stderr the story.`,
		Example: `  mtlscheck run                                        judge the built-in fake
  mtlscheck run https://id.example --trust ca.pem      judge a server, as far as that needs no registered client
  mtlscheck run -c mtlscheck.yaml --target staging     judge a server with everybody who is registered there
  mtlscheck run PKI-13 AUTH --fake rfc8705             one requirement and one area`,
		ValidArgsFunction: completeTerms,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if j.issuer, j.terms, err = selection(args); err != nil {
				return err
			}
			if j.levels, err = levels(levelNames); err != nil {
				return err
			}
			if j.shard, err = parseShard(shard); err != nil {
				return err
			}
			if err := j.times(cmd.Flags()); err != nil {
				return err
			}
			if err := j.check(); err != nil {
				return err
			}
			return j.run(cmd.Context(), p)
		},
	}
	f := cmd.Flags()
	f.StringVar(&j.profile, "profile", "", "requirements to judge by: identityserver, rfc8705, smoke")
	f.StringVarP(&j.config, "config", "c", "", "`FILE` that says which servers there are and who is registered (mtlscheck init writes one)")
	f.StringVar(&j.target, "target", "", "`NAME` of the target in the configuration (default: the only one)")
	f.StringVar(&j.fake, "fake", "", "`VERSION` of the built-in fake: 7.4, 6.3, is4-4.1, rfc8705, …")
	f.StringSliceVar(&j.broken, "broken", nil, "`FAULT` that the built-in fake has; may be repeated")
	f.StringVar(&j.trust, "trust", "", "`FILE` with the CA of the server's certificate in PEM (default: the system's)")
	f.StringVar(&j.product, "product", "", "what the server is (identityserver, keycloak, …): chooses advice and tolerances")
	f.StringSliceVar(&levelNames, "level", nil, "only cases of this `LEVEL`: must, should, may; may be repeated")
	f.DurationVar(&j.timeout, "timeout", 0, "for one question (default 10s)")
	f.DurationVar(&j.caseTimeout, "case-timeout", 0, "for one case, at least 100ms (default 1m)")
	f.DurationVar(&j.runTimeout, "run-timeout", 0, "for the whole run (default: none)")
	f.StringVarP(&j.output, "output", "o", "text", "`FORMAT` of stdout: text, json, jsonl")
	f.StringArrayVar(&j.reports, "report", nil, "`FORMAT=PATH` of a report to write: text, json, jsonl, junit; may be repeated")
	f.StringVar(&shard, "shard", "", "`I/N`: run the Ith of N parts; mtlscheck report merges their results")
	f.IntVar(&j.parallel, "parallel", 1, "run in `N` processes at once")
	f.StringVar(&j.certificates, "certificates", "", "`FOLDER` for certificates and keys of failed cases, so that their curl lines work")
	f.StringVar(&j.colour, "color", "auto", "auto, always or never")
	f.BoolVarP(&j.quiet, "quiet", "q", false, "no progress on stderr")
	completeFlags(cmd)
	return cmd
}

// shortestCase is the least time for a case. With less even a server on the same machine could not answer its questions, and whether
// a case ended in time would be a matter of chance.
const shortestCase = 100 * time.Millisecond

// times refuses a time that was given and is none.
func (j *judging) times(given *pflag.FlagSet) error {
	for _, t := range []struct {
		flag  string
		value time.Duration
	}{{"timeout", j.timeout}, {"case-timeout", j.caseTimeout}, {"run-timeout", j.runTimeout}} {
		if given.Changed(t.flag) && t.value <= 0 {
			return usage("durations look like 10s or 2m; leave it out for the default", "--%s %s leaves no time for an answer", t.flag, t.value)
		}
	}
	return nil
}

// check refuses what cannot be done, before anything is started.
func (j *judging) check() error {
	if err := oneOf("--output", j.output, "text", "json", "jsonl"); err != nil {
		return err
	}
	if err := oneOf("--color", j.colour, "auto", "always", "never"); err != nil {
		return err
	}
	switch {
	case j.parallel < 1 || j.parallel > 64:
		return usage("--parallel 4", "--parallel %d is not a number from 1 to 64", j.parallel)
	case j.parallel > 1 && j.shard.Of > 0:
		return usage("use --shard where the parts run on several machines, --parallel where they run on one", "--parallel and --shard exclude each other")
	case j.caseTimeout > 0 && j.caseTimeout < shortestCase:
		return usage("--case-timeout 10s; --timeout limits a single question", "--case-timeout %s is shorter than a case takes; the least is %s", j.caseTimeout, shortestCase)
	}
	return nil
}

// parseShard reads I/N; no text is the whole.
func parseShard(text string) (suite.Shard, error) {
	if text == "" {
		return suite.Shard{}, nil
	}
	first, second, _ := strings.Cut(text, "/")
	index, err := strconv.Atoi(first)
	of, err2 := strconv.Atoi(second)
	if errors.Join(err, err2) != nil || index < 1 || index > of {
		return suite.Shard{}, usage("--shard 2/5 is the second of five parts", "--shard %q is not I/N with I from 1 to N", text)
	}
	return suite.Shard{Index: index, Of: of}, nil
}

// run judges: find the server, check the selection, open the reports, examine, write.
func (j *judging) run(ctx context.Context, p place) error {
	reports, err := openReports(ctx, p, j.reports)
	if err != nil {
		return err
	}
	outcome, err := j.examine(ctx, p, reports)
	switch {
	case outcome == nil:
		discard(reports)
		return err
	case err != nil:
		return err
	case outcome.ExitCode != harness.ExitKept:
		return exitCode(outcome.ExitCode)
	}
	return nil
}

// examine runs the cases, writes the reports and shows the result on stdout. An outcome that could not be shown comes with an error.
func (j *judging) examine(ctx context.Context, p place, reports []*pending) (*harness.Outcome, error) {
	s, err := j.resolve(ctx, p)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.close() }()
	world, err := scenarios.NewWorld(s.setup)
	if err != nil {
		return nil, usage("correct the configuration", "%w", err)
	}
	keys, err := newWallet(ctx, p, j.certificates, s, world.Asker.Client)
	if err != nil {
		return nil, err
	}
	judge := scenarios.Suite(world, s.profile)
	options := suite.Options{Terms: j.terms, Levels: j.levels, Shard: j.shard, CaseTimeout: j.caseTimeout}
	cases, err := judge.List(options)
	if err != nil {
		return nil, matching(judge, err)
	}
	if j.runTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, j.runTimeout)
		defer cancel()
	}
	show := newShow(p, j, cases)
	show.start(judge, options)
	var outcome *harness.Outcome
	if j.parallel > 1 {
		_ = s.close() // each process has a fake of its own
		outcome, err = j.processes(ctx, p, show, func(part suite.Shard) (*harness.Outcome, error) {
			unrun := options
			unrun.Shard = part
			return judge.Run(ctx, unrun) // ctx is done: nothing runs
		})
	} else {
		options.Progress = func(e suite.Event) {
			if e.Case == nil {
				show.preflight(e.Preflight)
				return
			}
			j.complete(e.Case)
			keys.keep(ctx, e.Case, e.Shown)
			show.judged(*e.Case)
		}
		outcome, err = judge.Run(ctx, options)
	}
	show.stop()
	if err != nil {
		return nil, err
	}
	for i := range outcome.Cases {
		j.complete(&outcome.Cases[i])
	}
	if keys.err != nil {
		_, _ = fmt.Fprintf(p.stderr, "mtlscheck: a certificate could not be kept: %v\n", keys.err)
	}
	writeReports(p, reports, outcome)
	if err := show.result(outcome); err != nil {
		return outcome, err
	}
	j.hint(p, outcome)
	return outcome, nil
}

// show is where a run is seen: the story on stderr, the result on stdout.
type show struct {
	p        place
	j        *judging
	progress *report.Progress // nil: quiet
	lines    *report.Lines    // nil: stdout is not a stream
	total    int
}

func newShow(p place, j *judging, cases []suite.Listing) *show {
	s := &show{p: p, j: j, total: len(cases)}
	chapters := map[string]int{}
	for _, c := range cases {
		chapters[c.Chapter.Slug]++
	}
	if !j.quiet {
		columns, terminal := p.terminal(p.stderr)
		switch {
		case !terminal || p.getenv("TERM") == "dumb":
			columns = 0
		case columns == 0:
			columns = 80
		}
		s.progress = report.NewProgress(p.stderr, columns, chapters)
	}
	if j.output == "jsonl" {
		s.lines = report.NewLines(p.stdout)
	}
	return s
}

func (s *show) start(judge *suite.Suite, o suite.Options) {
	if s.lines == nil {
		return
	}
	t := judge.Target
	s.lines.Start(&harness.Outcome{Tool: judge.Tool, Catalogue: judge.Version, Profile: judge.Profile.Name, Started: time.Now(),
		Target:    harness.TargetRecord{Name: t.Name, Issuer: t.Issuer, Product: t.Product, ProductVersion: t.ProductVersion},
		Selection: harness.Selection{All: len(o.Terms) == 0 && len(o.Levels) == 0, Terms: o.Terms, Levels: o.Levels, Shard: o.Shard.String()}}, s.total)
}

func (s *show) preflight(steps []harness.Step) {
	if s.progress != nil {
		s.progress.Preflight(steps)
	}
	if s.lines != nil {
		s.lines.Preflight(steps)
	}
}

func (s *show) judged(c harness.Case) {
	if s.progress != nil {
		s.progress.Case(c)
	}
	if s.lines != nil {
		s.lines.Case(c)
	}
}

func (s *show) stop() {
	if s.progress != nil {
		s.progress.End()
	}
}

// result writes the outcome on stdout.
func (s *show) result(o *harness.Outcome) error {
	var err error
	switch s.j.output {
	case "jsonl":
		err = s.lines.Finish(o)
	case "json":
		err = report.JSON(s.p.stdout, o)
	default:
		style := report.Style{Next: s.j.next(o)}
		style.Colour, style.Width = s.p.style(s.p.stdout, s.j.colour)
		err = report.Text(s.p.stdout, o, style)
	}
	if err != nil {
		return unread(o, fmt.Errorf("the result could not be written: %w", err), "write it into a file: --report "+s.j.output+"=result")
	}
	return nil
}

// style says whether a stream is to be coloured, and how wide it is: 0 if it is no terminal, so that what is read later is
// the same everywhere.
func (p place) style(stream io.Writer, when string) (colour bool, columns int) {
	columns, terminal := p.terminal(stream)
	auto := terminal && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
	return when == "always" || when == "auto" && auto, columns
}
