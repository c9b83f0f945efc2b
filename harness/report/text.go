package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
)

// Style says how text looks. The zero Style is for a file or a log: no colour, 100 columns.
type Style struct {
	Colour bool
	Width  int    // columns of the terminal. Default value is 100 if Width is zero; at least 60, at most 160
	Next   string // the command to run next; empty: it is chosen from the outcome
}

// Text writes an outcome for people: what was examined, a line per chapter, a block per failure with all that is needed
// to understand and repeat it, a line or two for everything else that an operator should know, and the verdict last.
func Text(w io.Writer, o *harness.Outcome, s Style) error {
	width := s.Width
	if width == 0 {
		width = 100
	}
	p := &page{w: w, width: min(max(width, 60), 160), colour: s.Colour}
	p.header(o)
	p.preflight(o)
	p.chapters(o)
	for _, c := range of(o, harness.Fail) {
		p.failure(c)
	}
	p.remarks(o)
	p.unknown(o)
	p.missing(o)
	p.closing(o, s.Next)
	return p.err
}

func of(o *harness.Outcome, verdicts ...harness.Verdict) []harness.Case {
	var out []harness.Case
	for _, c := range o.Cases {
		if slices.Contains(verdicts, c.Verdict) {
			out = append(out, c)
		}
	}
	return out
}

func (p *page) header(o *harness.Outcome) {
	parts := []string{"mtlscheck " + o.Tool.Version, "catalogue " + o.Catalogue, "profile " + o.Profile, "target " + o.Target.Name}
	if o.Target.Issuer != o.Target.Name {
		parts[3] += " " + o.Target.Issuer
	}
	if product := strings.TrimSpace(o.Target.Product + " " + o.Target.ProductVersion); product != "" && product != "auto" {
		parts = append(parts, product)
	}
	if limits := limits(o.Selection); limits != "" {
		parts = append(parts, "only "+limits)
	}
	p.line("%s", p.paint(bold, safe(strings.Join(parts, " · "))))
	p.line("")
}

// limits says what a run was limited to.
func limits(s harness.Selection) string {
	parts := slices.Clone(s.Terms)
	for _, l := range s.Levels {
		parts = append(parts, "level "+string(l))
	}
	if s.Shard != "" {
		parts = append(parts, "shard "+s.Shard)
	}
	return strings.Join(parts, ", ")
}

func (p *page) preflight(o *harness.Outcome) {
	var held []string
	for _, step := range o.Preflight {
		if !step.OK {
			continue
		}
		text := step.Name + " ok"
		if step.Detail != "" && step.Detail != o.Target.Issuer {
			text += " (" + step.Detail + ")"
		}
		held = append(held, text)
	}
	p.flow("preflight", strings.Join(held, " · "))
	for _, step := range o.Preflight {
		if step.OK {
			continue
		}
		p.line("")
		p.line("%s  preflight: %s", p.paint(red, "NOT JUDGED"), safe(step.Name))
		p.line("")
		p.labelled("observed", step.Detail)
		p.labelled("try", step.Advice)
	}
	p.line("")
}

// flow writes running text behind a label at the left edge.
func (p *page) flow(label, text string) {
	for i, part := range wrap(safe(text), p.width-11) {
		if i > 0 {
			label = ""
		}
		p.line("%-10s %s", label, part)
	}
}

// chapters writes a line for each chapter in which something was examined.
func (p *page) chapters(o *harness.Outcome) {
	order, width := []string{}, 0
	counts := map[string]*[8]int{}
	for _, c := range o.Cases {
		if counts[c.Chapter] == nil {
			counts[c.Chapter] = &[8]int{}
			order = append(order, c.Chapter)
			width = max(width, len(c.Chapter))
		}
		counts[c.Chapter][slices.Index(harness.Verdicts(), c.Verdict)]++
	}
	written := false
	for _, chapter := range order {
		n, ran := counts[chapter], 0
		for i, v := range harness.Verdicts() {
			if v != harness.NotRun {
				ran += n[i]
			}
		}
		if ran == 0 {
			continue
		}
		written = true
		p.line("%-*s  %s", width, safe(chapter), p.counts(func(v harness.Verdict) int { return n[slices.Index(harness.Verdicts(), v)] }))
	}
	if written {
		p.line("")
	}
}

// counts says how often each verdict came, without those that did not.
func (p *page) counts(of func(harness.Verdict) int) string {
	colours := map[harness.Verdict]string{harness.Fail: red, harness.Inconclusive: red, harness.Warn: yellow}
	var parts []string
	for _, v := range harness.Verdicts() {
		if n := of(v); n > 0 {
			parts = append(parts, p.paint(colours[v], fmt.Sprintf("%d %s", n, word(v))))
		}
	}
	return strings.Join(parts, ", ")
}

// word is a verdict as people say it.
func word(v harness.Verdict) string {
	words := map[harness.Verdict]string{harness.NotApplicable: "not applicable", harness.NotRun: "not run", harness.Inconclusive: "not judged"}
	return cmp.Or(words[v], string(v))
}

// remarks are the warnings and notes, and the waived failures: what an operator should know, and why it is no failure.
func (p *page) remarks(o *harness.Outcome) {
	heads := map[harness.Verdict]string{harness.Warn: "WARN", harness.Note: "NOTE", harness.Waived: "WAIVED"}
	for _, verdict := range []harness.Verdict{harness.Warn, harness.Note, harness.Waived} {
		cases := of(o, verdict)
		for _, c := range cases {
			head := heads[verdict]
			name := safe(c.Name())
			lead := fmt.Sprintf("%s  %s  ", head, name)
			indent := strings.Repeat(" ", len(head)+2)
			for i, part := range wrap(fmt.Sprintf("%s (%s, %s)", safe(c.Says), safe(c.Cite), c.Level), p.width-len(lead)) {
				if i == 0 {
					p.line("%s  %s  %s", p.paint(map[bool]string{true: yellow}[verdict == harness.Warn], head), name, part)
				} else {
					p.line("%s%s", strings.Repeat(" ", len(lead)), part)
				}
			}
			for _, text := range []string{sentence("observed ", c.Observed), c.Because} {
				for _, part := range wrap(safe(text), p.width-len(indent)) {
					p.line("%s%s", indent, part)
				}
			}
		}
		if len(cases) > 0 {
			p.line("")
		}
	}
}

func sentence(lead, text string) string {
	if text == "" {
		return ""
	}
	return lead + text
}

// unknown groups what could not be judged by its reason.
func (p *page) unknown(o *harness.Outcome) {
	for _, group := range byReason(of(o, harness.Inconclusive)) {
		head := "NOT JUDGED"
		if group.ours {
			head = "MTLSCHECK IS AT FAULT"
		}
		p.line("%s  %s", p.paint(red, head), names(group.cases, 8))
		p.labelled("because", group.reason)
		if again := group.cases[0].Again; again != nil && len(group.cases) == 1 {
			p.exact("again", safe(again.Mtlscheck))
		}
		p.line("")
	}
}

// missing says what did not apply or did not run, and what would change that.
func (p *page) missing(o *harness.Outcome) {
	listed := map[string]bool{}
	if len(o.Unfilled) > 0 {
		p.line("Nobody is registered for these roles; each would add cases (mtlscheck init --roles all prints how to register them):")
		for _, v := range o.Unfilled {
			for _, name := range v.Cases {
				listed[name] = true
			}
		}
		for _, f := range families(o.Unfilled) {
			p.line("  %9s  %s", plural(f.adds, "case"), safe(f.name))
		}
		p.line("")
	}
	var rest []harness.Case
	for _, c := range of(o, harness.NotApplicable, harness.NotRun) {
		if !listed[c.Name()] {
			rest = append(rest, c)
		}
	}
	groups := byReason(rest)
	for _, g := range groups {
		text := fmt.Sprintf("%d %s: %s", len(g.cases), word(g.cases[0].Verdict), safe(g.reason))
		if len(g.cases) <= 8 {
			text += " (" + names(g.cases, 8) + ")"
		}
		for i, part := range wrap(text, p.width-4) {
			p.line("%s%s", map[bool]string{true: "  "}[i > 0], part)
		}
	}
	if len(groups) > 0 {
		p.line("")
	}
	for _, m := range o.Target.Mismatches {
		said, seen := "is declared", "is not observed"
		if !m.Declared {
			said, seen = "is declared to be absent", "is observed"
		}
		p.line("MISMATCH  the feature %s %s, and %s", safe(string(m.Feature)), said, seen)
	}
	if len(o.Target.Mismatches) > 0 {
		p.line("")
	}
}

// A family is a vacant role, or all vacant roles that share what stands before a colon.
type family struct {
	name  string
	adds  int
	roles int
}

// families are the vacant roles, those that would add most first.
func families(vacant []harness.Vacancy) []family {
	var out []family
	for _, v := range vacant {
		name, _, shared := strings.Cut(string(v.Role), ":")
		i := slices.IndexFunc(out, func(f family) bool { return shared && f.name == name+":" })
		if i < 0 {
			if shared {
				name += ":"
			}
			out, i = append(out, family{name: name}), len(out)
		}
		out[i].adds += v.Adds
		out[i].roles++
	}
	for i := range out {
		if strings.HasSuffix(out[i].name, ":") {
			out[i].name += fmt.Sprintf("… (%s)", plural(out[i].roles, "role"))
		}
	}
	slices.SortStableFunc(out, func(a, b family) int { return cmp.Compare(b.adds, a.adds) })
	return out
}

type group struct {
	reason string
	ours   bool
	cases  []harness.Case
}

// byReason groups cases by verdict and reason, the largest group first.
func byReason(cases []harness.Case) []group {
	var out []group
	for _, c := range cases {
		i := slices.IndexFunc(out, func(g group) bool {
			return g.reason == c.Because && g.cases[0].Verdict == c.Verdict && g.ours == c.OurFault
		})
		if i < 0 {
			out, i = append(out, group{reason: c.Because, ours: c.OurFault}), len(out)
		}
		out[i].cases = append(out[i].cases, c)
	}
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(len(b.cases), len(a.cases)) })
	return out
}

// names lists cases, at most so many.
func names(cases []harness.Case, most int) string {
	var out []string
	for _, c := range cases[:min(len(cases), most)] {
		out = append(out, safe(c.Name()))
	}
	text := strings.Join(out, ", ")
	if more := len(cases) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// closing is the verdict, with counts that add up, and what to do next.
func (p *page) closing(o *harness.Outcome, next string) {
	failed := of(o, harness.Fail)
	if len(failed) > 1 { // the blocks may have scrolled away
		for _, c := range failed {
			p.line("%s  %-28s %s", p.paint(red, "FAIL"), safe(c.Name()), safe(c.Cite))
		}
		p.line("")
	}
	colours := map[harness.Conclusion]string{harness.Conformant: green, harness.Partial: yellow}
	words := strings.ToUpper(strings.ReplaceAll(string(o.Verdict), "-", " "))
	verdict := p.paint(cmp.Or(colours[o.Verdict], red), words)
	took := o.Ended.Sub(o.Started).Round(100 * time.Millisecond)
	counts := ""
	if o.Summary.Total() > 0 {
		counts = ": " + p.counts(o.Summary.Of)
	}
	p.line("%s  %s%s · %.1f s", verdict, plural(o.Summary.Total(), "case"), counts, took.Seconds())
	p.line("%s (exit %d)", safe(o.Reason), o.ExitCode)
	if next == "" {
		next = following(o)
	}
	p.line("next: %s", safe(next))
}

// following is the command that helps most after an outcome.
func following(o *harness.Outcome) string {
	for _, v := range []harness.Verdict{harness.Fail, harness.Inconclusive, harness.Warn} {
		if cases := of(o, v); len(cases) > 0 {
			return "mtlscheck explain " + cases[0].ID
		}
	}
	return "mtlscheck list --profile " + o.Profile
}
