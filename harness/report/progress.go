package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
)

// Progress tells on a terminal or in a log how a run goes on: one line that is written over on a terminal, one line per
// finished chapter in a log. It is not safe for concurrent use.
type Progress struct {
	w        io.Writer
	terminal bool
	width    int
	total    int            // cases that will run
	left     map[string]int // chapter → cases still to come
	counts   map[string]*harness.Summary
	all      harness.Summary
	done     int
}

// NewProgress tells about a run of which chapters holds the number of cases of each chapter. width is the width of the
// terminal; 0: not a terminal, but a log.
func NewProgress(w io.Writer, width int, chapters map[string]int) *Progress {
	p := &Progress{w: w, terminal: width > 0, width: width, left: map[string]int{}, counts: map[string]*harness.Summary{}}
	for name, n := range chapters {
		p.left[name], p.counts[name] = n, &harness.Summary{}
		p.total += n
	}
	return p
}

// Preflight tells how the preflight ended.
func (p *Progress) Preflight(steps []harness.Step) {
	text := "preflight ok"
	if i := slices.IndexFunc(steps, func(s harness.Step) bool { return !s.OK }); i >= 0 {
		text = "preflight failed: " + safe(steps[i].Name)
	}
	if p.terminal {
		p.over(text)
		return
	}
	p.say(text)
}

// Case counts a case that ended.
func (p *Progress) Case(c harness.Case) {
	p.done++
	p.all.Add(c.Verdict)
	if counts := p.counts[c.Chapter]; counts != nil {
		counts.Add(c.Verdict)
	}
	p.left[c.Chapter]--
	switch {
	case p.terminal:
		p.over(fmt.Sprintf("%d of %d  %s  %s  %s", p.done, p.total, safe(c.Chapter), safe(c.Name()), summary(&p.all, harness.Fail, harness.Warn, harness.Inconclusive)))
	case p.left[c.Chapter] == 0:
		p.say(fmt.Sprintf("%*d of %d  %s: %s", len(fmt.Sprint(p.total)), p.done, p.total, safe(c.Chapter), summary(p.counts[c.Chapter], harness.Verdicts()...)))
	}
}

// End removes the line from the terminal.
func (p *Progress) End() {
	if p.terminal {
		_, _ = io.WriteString(p.w, "\r\x1b[K")
	}
}

// over writes over the line of the terminal. Nothing depends on it, so an error is of no interest.
func (p *Progress) over(text string) {
	if runes := []rune(text); len(runes) >= p.width {
		text = string(runes[:p.width-1])
	}
	_, _ = io.WriteString(p.w, "\r\x1b[K"+text)
}

func (p *Progress) say(text string) { _, _ = io.WriteString(p.w, logLine(text)+"\n") }

func summary(s *harness.Summary, verdicts ...harness.Verdict) string {
	var parts []string
	for _, v := range verdicts {
		if n := s.Of(v); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word(v)))
		}
	}
	return strings.Join(parts, ", ")
}
