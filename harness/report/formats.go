package report

import (
	"io"
	"slices"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A Format is a way to write an outcome.
type Format struct {
	Name  string // as in --report NAME=PATH
	Doc   string // half a sentence
	Write func(io.Writer, *harness.Outcome) error
}

// Formats are all formats.
func Formats() []Format {
	return []Format{
		{"text", "for people, as on the screen", func(w io.Writer, o *harness.Outcome) error { return Text(w, o, Style{}) }},
		{"json", "one document", JSON},
		{"jsonl", "one record per line, streamed", JSONLines},
		{"junit", "JUnit XML for CI systems", JUnit},
	}
}

// FormatNamed finds a format.
func FormatNamed(name string) (Format, bool) {
	all := Formats()
	i := slices.IndexFunc(all, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return all[i], true
}

// FormatNames are the names of all formats.
func FormatNames() []string {
	var out []string
	for _, f := range Formats() {
		out = append(out, f.Name)
	}
	return out
}
