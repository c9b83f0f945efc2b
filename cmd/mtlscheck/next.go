package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
)

// hint says on stderr what the curl lines need, and what gives slow cases more time.
func (j *judging) hint(p place, o *harness.Outcome) {
	if j.quiet || j.output != "text" {
		return
	}
	limit := cmp.Or(j.caseTimeout, time.Minute)
	slow := func(c harness.Case) bool {
		return c.Verdict == harness.Inconclusive && c.DurationMS >= float64(limit.Milliseconds())
	}
	if slices.ContainsFunc(o.Cases, slow) {
		_, _ = fmt.Fprintf(p.stderr, "A case took longer than %s; --case-timeout gives cases more time.\n", limit)
	}
	if o.Summary.Fail == 0 {
		return
	}
	switch {
	case j.issuer == "" && j.config == "":
		_, _ = fmt.Fprintf(p.stderr, "The built-in fake ended with the run, and nobody answers its curl lines any more. One that stays, with certificates of its own:\n"+
			"  %s\n  mtlscheck run -c fake/mtlscheck.yaml %s\n", j.serving(), shellWord(firstFailed(o)))
	case j.certificates == "":
		_, _ = fmt.Fprintln(p.stderr, "The curl lines name files that --certificates FOLDER writes.")
	}
}

// serving is the command that serves the fake that was judged.
func (j *judging) serving() string {
	words := []string{"mtlscheck", "serve", "--dir", "fake"}
	if j.fake != "" {
		words = append(words, "--fake", j.fake)
	}
	if len(j.broken) > 0 {
		words = append(words, "--broken", strings.Join(j.broken, ","))
	}
	for i := range words {
		words[i] = shellWord(words[i])
	}
	return strings.Join(words, " ")
}

// firstFailed is the name of the first case that failed.
func firstFailed(o *harness.Outcome) string {
	i := slices.IndexFunc(o.Cases, func(c harness.Case) bool { return c.Verdict == harness.Fail })
	return o.Cases[i].Name() // there is one: the summary counts it
}

// complete adds the command that repeats a case.
func (j *judging) complete(c *harness.Case) {
	if c.Again != nil {
		c.Again.Mtlscheck = j.again(c.Name())
	}
}

// next is the command to run after an outcome where the outcome alone does not tell.
func (j *judging) next(o *harness.Outcome) string {
	switch {
	case o.Interrupted:
		return j.command()
	case o.OutOfTime:
		return j.command() + "   (with more time)"
	case slices.ContainsFunc(o.Preflight, func(s harness.Step) bool { return !s.OK }):
		return "correct that, then again: " + j.command()
	case o.Summary.Fail+o.Summary.Inconclusive > 0:
		return ""
	case j.issuer != "" && j.config == "":
		return "mtlscheck init " + shellWord(j.issuer) + "   (registers clients; until then only what needs none is judged)"
	case j.issuer == "" && j.config == "" && len(j.terms) == 0 && len(j.broken) == 0:
		return "mtlscheck run https://YOUR.SERVER   (or see a failure: mtlscheck run --broken accepts-any-chain)"
	}
	return ""
}

// command is the command line of this run, as its user may write it again.
func (j *judging) command() string {
	args := append(append([]string{"mtlscheck", "run"}, j.args()...), j.limits()...)
	add := func(given bool, words ...string) {
		if given {
			args = append(args, words...)
		}
	}
	add(j.runTimeout > 0, "--run-timeout", j.runTimeout.String())
	add(j.shard.Of > 0, "--shard", j.shard.String())
	add(j.parallel > 1, "--parallel", fmt.Sprint(j.parallel))
	add(j.output != "text", "--output", j.output)
	for _, r := range j.reports {
		add(true, "--report", r)
	}
	add(j.colour != "auto", "--color", j.colour)
	add(j.quiet, "--quiet")
	args = append(args, j.terms...)
	for i := range args {
		args[i] = shellWord(args[i])
	}
	return strings.Join(args, " ")
}

// limits are the arguments that say which cases are run and how, beyond those that say on what.
func (j *judging) limits() []string {
	var out []string
	for _, l := range j.levels {
		out = append(out, "--level", string(l))
	}
	if j.caseTimeout > 0 {
		out = append(out, "--case-timeout", j.caseTimeout.String())
	}
	if j.certificates != "" {
		out = append(out, "--certificates", j.certificates)
	}
	return out
}
