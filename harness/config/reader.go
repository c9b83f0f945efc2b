package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A reader walks the YAML tree and collects what is wrong in it.
type reader struct {
	mistakes *Mistakes
}

func (r *reader) wrong(n ast.Node, path, try, format string, args ...any) {
	m := Mistake{Path: path, What: fmt.Sprintf(format, args...), Try: try}
	if n != nil {
		if t := n.GetToken(); t != nil && t.Position != nil {
			m.Line, m.Column = t.Position.Line, t.Position.Column
		}
	}
	r.mistakes.All = append(r.mistakes.All, m)
}

// fields are the members of a mapping, by key. Keys that are not known are mistakes.
func (r *reader) fields(n ast.Node, path string, known ...string) map[string]ast.Node {
	out := map[string]ast.Node{}
	for _, v := range r.pairs(n, path) {
		key := v.Key.String()
		if plain, ok := v.Key.(*ast.StringNode); ok {
			key = plain.Value
		}
		switch {
		case len(known) > 0 && !slices.Contains(known, key):
			r.wrong(v.Key, join(path, key), suggestion(key, known), "unknown key")
		case out[key] != nil:
			r.wrong(v.Key, join(path, key), "keep one of them", "the key stands twice")
		default:
			out[key] = v.Value
		}
	}
	return out
}

func (r *reader) pairs(n ast.Node, path string) []*ast.MappingValueNode {
	switch v := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.MappingNode:
		return v.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{v}
	}
	r.wrong(n, path, "", "expected a mapping, found %s", kind(n))
	return nil
}

// items are the members of a list.
func (r *reader) items(n ast.Node, path string) []ast.Node {
	switch v := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.SequenceNode:
		return v.Values
	}
	r.wrong(n, path, "write [one, two], or one item a line behind a dash", "expected a list, found %s", kind(n))
	return nil
}

// text is a string; numbers are mistakes, since 7.10 and "7.10" are not the same.
func (r *reader) text(n ast.Node, path string) string {
	switch v := n.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value)
	}
	try := "write one value"
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode, *ast.BoolNode:
		try = `put it in quotes: "` + n.String() + `"`
	case *ast.NullNode:
		try = "write a value, or take the line out"
	case *ast.SequenceNode:
		try = "write one value, without brackets or dashes"
	}
	r.wrong(n, path, try, "expected text, found %s", kind(n))
	return ""
}

// required is text that must be there. parent is where it is missing.
func (r *reader) required(parent ast.Node, fields map[string]ast.Node, key, path, example string) string {
	n, there := fields[key]
	if !there {
		r.wrong(parent, path, "add "+key+": "+example, "%s is missing", key)
		return ""
	}
	text := r.text(n, join(path, key))
	if text == "" && kind(n) == "text" {
		r.wrong(n, join(path, key), "write "+key+": "+example, "%s is empty", key)
	}
	return text
}

// oneOf is text out of a list.
func (r *reader) oneOf(n ast.Node, path string, allowed []string) string {
	text := r.text(n, path)
	if n != nil && text != "" && len(allowed) > 0 && !slices.Contains(allowed, text) {
		r.wrong(n, path, suggestion(text, allowed), "there is no %q", text)
		return ""
	}
	return text
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// kind names what a node is, for people.
func kind(n ast.Node) string {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.NullNode:
		return "nothing"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor, which is not read here"
	}
	if t := n.GetToken(); t != nil && t.Type == token.TagType {
		return "a tag, which is not read here"
	}
	return "something else"
}

// suggestion proposes the nearest known word, or all of them.
func suggestion(word string, known []string) string {
	best, distance := "", len(word)/2+1
	for _, k := range known {
		if d := edits(strings.ToLower(word), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	shown := slices.Clone(known)
	slices.Sort(shown)
	more := ""
	if len(shown) > 20 {
		shown, more = shown[:20], " and more"
	}
	return "known are: " + strings.Join(shown, ", ") + more
}

// edits is the Levenshtein distance of two words, in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
