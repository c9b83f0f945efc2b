package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A page writes lines and remembers the first error. Every line is made fit for a CI log.
type page struct {
	w      io.Writer
	width  int // columns for running text
	colour bool
	err    error
}

// line writes one line. Its arguments must be safe already.
func (p *page) line(format string, args ...any) {
	if p.err != nil {
		return
	}
	text := strings.TrimRight(fmt.Sprintf(format, args...), " ")
	_, p.err = io.WriteString(p.w, logLine(text)+"\n")
}

// labelled writes running text behind a label, wrapped: two columns, the first ten wide.
func (p *page) labelled(label, text string) {
	if text == "" {
		return
	}
	for i, part := range wrap(safe(text), p.width-13) {
		if i > 0 {
			label = ""
		}
		p.line("  %-10s %s", label, part)
	}
}

// exact writes lines behind a label as they are, without wrapping. The label stands before the first.
func (p *page) exact(label string, lines ...string) {
	for i, text := range lines {
		if i > 0 {
			label = ""
		}
		p.line("  %-10s %s", label, text)
	}
}

// wrap breaks text at blanks into lines of at most width characters; a longer word has a line of its own.
func wrap(text string, width int) []string {
	width = max(width, 20)
	var lines []string
	var line strings.Builder
	used := 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n > width {
			lines = append(lines, line.String())
			line.Reset()
			used = 0
		}
		if used > 0 {
			line.WriteByte(' ')
			used++
		}
		line.WriteString(word)
		used += n
	}
	if used > 0 {
		lines = append(lines, line.String())
	}
	return lines
}

// The colours repeat what words say.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
	faint  = "2"
)

func (p *page) paint(code, text string) string {
	if !p.colour || text == "" || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
