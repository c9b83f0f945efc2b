// Package strict reads files that people write, in YAML or JSON, without letting a mistake pass: unknown and repeated keys,
// wrong kinds of values. It goes on after a mistake, so that all of them are reported at once, each with its line, its column,
// a caret, and what would be right.
//
//	root, r := strict.Parse("pki.yaml", text)
//	f := r.Fields(root, "", "version", "seed")
//	seed := r.Text(f["seed"], "seed")
//	return r.Err()
package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Mistake is one thing that is wrong in a file.
type Mistake struct {
	Line, Column int    // 1-based, the column in characters; 0: the file as a whole
	Path         string // "clients[0].certificate"
	What         string // what is wrong
	Try          string // what would be right
}

// Mistakes are everything that is wrong in one file, and in the files that it names.
type Mistakes struct {
	File   string
	All    []Mistake
	Others []*Mistakes
	Word   string // what they are called; empty: mistakes
	// Private: the file has secrets in it, so that of the lines that are shown only the keys can be read, and what Reveal opened.
	Private bool
	lines   []string
	open    map[int][]span // by line
}

// Count is how many mistakes there are in all.
func (m *Mistakes) Count() int {
	n := len(m.All)
	for _, other := range m.Others {
		n += other.Count()
	}
	return n
}

// shown is how many mistakes are printed; what is wrong in hundreds of places has one cause.
const shown = 50

// Error prints each mistake as file:line:column, path and sentence, with the line and a caret below it, in the order of the file.
func (m *Mistakes) Error() string {
	var b strings.Builder
	m.print(&b)
	if n := m.Count(); n > 1 {
		fmt.Fprintf(&b, "%d %s\n", n, cmp.Or(m.Word, "mistakes"))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (m *Mistakes) print(b *strings.Builder) {
	all := slices.Clone(m.All)
	slices.SortStableFunc(all, func(a, b Mistake) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	for _, x := range all[:min(len(all), shown)] {
		where := m.File
		if x.Line > 0 {
			where = fmt.Sprintf("%s:%d:%d", m.File, x.Line, x.Column)
		}
		b.WriteString(where + "  ")
		if x.Path != "" {
			b.WriteString(short(x.Path) + ": ")
		}
		b.WriteString(short(x.What) + "\n")
		if x.Line > 0 && x.Line <= len(m.lines) {
			text := withoutSecrets(m.lines[x.Line-1])
			if m.Private {
				text = m.hidden(text, x.Line)
			}
			line, column := excerpt(text, x.Column)
			fmt.Fprintf(b, "  %4d | %s\n       | %s^\n", x.Line, line, strings.Repeat(" ", max(column-1, 0)))
		}
		if x.Try != "" {
			b.WriteString("       " + short(x.Try) + "\n")
		}
	}
	if more := len(all) - shown; more > 0 {
		fmt.Fprintf(b, "%s: and %d more\n", m.File, more)
	}
	files := 0
	for _, other := range m.Others {
		if other.Count() == 0 {
			continue
		}
		if files++; files > shown {
			fmt.Fprintf(b, "%s: and more in further files\n", m.File)
			break
		}
		other.print(b)
	}
}

// excerpt is a line, or the part of a long one around the column, and the column within it.
func excerpt(line string, column int) (string, int) {
	const before, most = 60, 160
	runes := []rune(visible(strings.TrimRight(line, "\r")))
	if len(runes) <= most {
		return string(runes), column
	}
	from := max(min(column-1, len(runes))-before, 0)
	to := min(from+most, len(runes))
	text := string(runes[from:to])
	if from > 0 {
		text, column = "…"+text, column-from+1
	}
	if to < len(runes) {
		text += "…"
	}
	return text, column
}

// visible keeps a file from giving orders to a terminal: control characters, and those that turn the direction of writing, are
// shown as dots, so that columns stay.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f:
			return '·'
		}
		return r
	}, text)
}

// short cuts what nobody would read to its end.
func short(text string) string {
	const most = 600
	if len(text) > most {
		cut := most
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = fmt.Sprintf("%s… (%d bytes in all)", text[:cut], len(text))
	}
	return visible(text)
}
