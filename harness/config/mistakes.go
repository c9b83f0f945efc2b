package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Mistake is one thing that is wrong in a file.
type Mistake struct {
	Line, Column int    // 1-based; 0: the file as a whole
	Path         string // "clients[0].certificate"
	What         string // what is wrong
	Try          string // what would be right
}

// Mistakes are everything that is wrong in one file, in the order of the file.
type Mistakes struct {
	File  string
	All   []Mistake
	lines []string
}

// Error prints each mistake as file:line:column, path and sentence, with the line and a caret below it.
func (m *Mistakes) Error() string {
	var b strings.Builder
	for _, x := range m.All {
		where := m.File
		if x.Line > 0 {
			where = fmt.Sprintf("%s:%d:%d", m.File, x.Line, x.Column)
		}
		b.WriteString(where + "  ")
		if x.Path != "" {
			b.WriteString(x.Path + ": ")
		}
		b.WriteString(x.What + "\n")
		if x.Line > 0 && x.Line <= len(m.lines) {
			line := strings.ReplaceAll(strings.TrimRight(m.lines[x.Line-1], "\r"), "\t", " ")
			fmt.Fprintf(&b, "  %4d | %s\n       | %s^\n", x.Line, line, strings.Repeat(" ", max(x.Column-1, 0)))
		}
		if x.Try != "" {
			b.WriteString("       " + x.Try + "\n")
		}
	}
	if len(m.All) > 1 {
		fmt.Fprintf(&b, "%d mistakes\n", len(m.All))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (m *Mistakes) sort() {
	slices.SortStableFunc(m.All, func(a, b Mistake) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
}
