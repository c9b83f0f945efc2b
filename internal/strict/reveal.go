package strict

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// span is a part of a line: from the column from, 1-based and in characters, up to before the column to.
type span struct{ from, to int }

// Reveal lets the values of keys be read in the excerpts of a private file: single words and numbers, and lists of them. The
// values of all other keys stay hidden, with everything within them: a misspelt key may hold a secret. Keys are compared without
// regard to case.
func (r *Reader) Reveal(root ast.Node, keys ...string) {
	if r.Mistakes.open == nil {
		r.Mistakes.open = map[int][]span{}
	}
	r.reveal(root, keys, false)
}

// reveal walks what is open as a whole; value says that a key's own value was reached.
func (r *Reader) reveal(n ast.Node, keys []string, value bool) {
	switch v := n.(type) {
	case *ast.MappingNode:
		for _, pair := range v.Values {
			r.reveal(pair, keys, value)
		}
	case *ast.MappingValueNode:
		key := Key(v)
		if slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) }) {
			r.reveal(v.Value, keys, true)
		}
	case *ast.SequenceNode:
		for _, item := range v.Values {
			r.reveal(item, keys, value)
		}
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		if value {
			r.openValue(n)
		}
	}
}

// openValue opens a value that stands on its line as it was read. One that does not (of several lines, with escapes) stays hidden.
func (r *Reader) openValue(n ast.Node) {
	t := n.GetToken()
	if t == nil || t.Position == nil || t.Position.Line < 1 || t.Position.Line > len(r.Mistakes.lines) || t.Value == "" {
		return
	}
	line := []rune(r.Mistakes.lines[t.Position.Line-1])
	from := t.Position.Column - 1
	for _, written := range []string{t.Value, `"` + t.Value + `"`, "'" + t.Value + "'"} {
		to := from + len([]rune(written))
		if from >= 0 && to <= len(line) && string(line[from:to]) == written {
			r.Mistakes.open[t.Position.Line] = append(r.Mistakes.open[t.Position.Line], span{from + 1, to + 1})
			return
		}
	}
}

// hidden is a line of a private file, n counted from 1, as it may be shown.
func (m *Mistakes) hidden(line string, n int) string {
	out, runes := []rune(keysAlone(line)), []rune(line)
	for _, s := range m.open[n] {
		if s.to-1 <= len(out) && len(out) == len(runes) {
			copy(out[s.from-1:s.to-1], runes[s.from-1:s.to-1])
		}
	}
	return string(out)
}
