package strict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A Reader walks the tree of a file and collects what is wrong in it. A path says where in the tree a node stands, for
// messages. A nil node is one that is not there, and no mistake.
type Reader struct {
	Mistakes *Mistakes
}

// Err is every mistake so far as a *Mistakes, or nil.
func (r *Reader) Err() error {
	if r.Mistakes.Count() == 0 {
		return nil
	}
	return r.Mistakes
}

// Names lets what another reader finds count here, too: that of a file which this one names.
func (r *Reader) Names(other *Reader) {
	r.Mistakes.Others = append(r.Mistakes.Others, other.Mistakes)
}

// Apart is a reader of the same file that collects on its own what has another word: warnings, or mistakes that are found later.
func (r *Reader) Apart(word string) *Reader {
	return &Reader{&Mistakes{File: r.Mistakes.File, Word: word, lines: r.Mistakes.lines}}
}

// Wrong notes a mistake at a node; try says what would be right, and may be empty.
func (r *Reader) Wrong(n ast.Node, path, try, format string, args ...any) {
	m := Mistake{Path: path, What: fmt.Sprintf(format, args...), Try: try}
	if n != nil {
		if t := n.GetToken(); t != nil && t.Position != nil {
			m.Line, m.Column = t.Position.Line, t.Position.Column
		}
	}
	r.Mistakes.All = append(r.Mistakes.All, m)
}

// Fields are the members of a mapping, by key. Keys that are not known are mistakes; without known keys each is allowed.
func (r *Reader) Fields(n ast.Node, path string, known ...string) map[string]ast.Node {
	out := map[string]ast.Node{}
	for _, v := range r.Pairs(n, path) {
		key := Key(v)
		if len(known) > 0 && !slices.Contains(known, key) {
			r.Wrong(v.Key, Join(path, key), r.Suggestion(key, known), "unknown key")
			continue
		}
		out[key] = v.Value
	}
	return out
}

// Key is the key of a member of a mapping as text.
func Key(v *ast.MappingValueNode) string {
	if plain, ok := v.Key.(*ast.StringNode); ok {
		return plain.Value
	}
	return v.Key.String()
}

// Pairs are the members of a mapping in their order.
func (r *Reader) Pairs(n ast.Node, path string) []*ast.MappingValueNode {
	switch v := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.MappingNode:
		return v.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{v}
	}
	r.Wrong(n, path, "", "expected a mapping, found %s", Kind(n))
	return nil
}

// Items are the members of a list.
func (r *Reader) Items(n ast.Node, path string) []ast.Node {
	switch v := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.SequenceNode:
		return v.Values
	}
	r.Wrong(n, path, "write [one, two], or one item a line behind a dash", "expected a list, found %s", Kind(n))
	return nil
}

// longest is how many bytes one text may have.
const longest = 16 << 10

// Text is a string. Numbers are mistakes, since 7.10 and "7.10" are not the same; so is a text of more than 16 KiB.
func (r *Reader) Text(n ast.Node, path string) string {
	var text string
	switch v := n.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		text = v.Value
	case *ast.LiteralNode:
		text = strings.TrimSpace(v.Value.Value)
	default:
		if plain, ok := r.plain(n); ok {
			text = plain
			break
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
		r.Wrong(n, path, try, "expected text, found %s", Kind(n))
		return ""
	}
	if len(text) > longest {
		r.Wrong(n, path, "", "this text has %d bytes; at most %d are read", len(text), longest)
		return ""
	}
	return text
}

// plain is text with a colon in it, such as dns:localhost, which the parser takes for a mapping when it stands in brackets within
// braces. To YAML it is text: a colon makes a mapping only where a blank follows (YAML 1.2.2 §7.3.3).
func (r *Reader) plain(n ast.Node) (string, bool) {
	v, ok := n.(*ast.MappingValueNode)
	if m, several := n.(*ast.MappingNode); several && len(m.Values) == 1 && m.GetToken().Type != token.MappingStartType {
		v, ok = m.Values[0], true
	}
	if !ok {
		return "", false
	}
	t := v.Key.GetToken()
	if _, ok := v.Key.(*ast.StringNode); !ok || t.Position == nil || t.Position.Line > len(r.Mistakes.lines) || t.Type != token.StringType {
		return "", false
	}
	line := []rune(r.Mistakes.lines[t.Position.Line-1])
	from := min(t.Position.Column-1, len(line))
	text := string(line[from:])
	if end := strings.IndexAny(text, ",]}\r"); end >= 0 {
		text = text[:end]
	}
	text, _, _ = strings.Cut(text, " #")
	text = strings.TrimRight(text, " \t")
	rest, ok := strings.CutPrefix(text, Key(v)+":")
	return text, ok && rest != "" && !strings.ContainsAny(rest[:1], " \t\"'")
}

// Texts are the strings of a list, with the node of each.
func (r *Reader) Texts(n ast.Node, path string) (texts []string, nodes []ast.Node) {
	for i, item := range r.Items(n, path) {
		texts, nodes = append(texts, r.Text(item, At(path, i))), append(nodes, item)
	}
	return texts, nodes
}

// Integer is a whole number between least and most; fallback where the node is not there or wrong.
func (r *Reader) Integer(n ast.Node, path string, least, most, fallback int) int {
	if n == nil {
		return fallback
	}
	number, ok := n.(*ast.IntegerNode)
	if ok {
		switch v := number.Value.(type) {
		case uint64:
			if v <= uint64(most) && int(v) >= least {
				return int(v)
			}
		case int64:
			if v >= int64(least) && v <= int64(most) {
				return int(v)
			}
		}
		r.Wrong(n, path, "", "%s is not between %d and %d", short(n.String()), least, most)
		return fallback
	}
	r.Wrong(n, path, "", "expected a whole number, found %s", Kind(n))
	return fallback
}

// Bool is true or false; false where the node is not there.
func (r *Reader) Bool(n ast.Node, path string) bool {
	switch v := n.(type) {
	case nil:
		return false
	case *ast.BoolNode:
		return v.Value
	}
	r.Wrong(n, path, "write true or false, without quotes", "expected true or false, found %s", Kind(n))
	return false
}

// Required is text that must be there; parent is where it is missing.
func (r *Reader) Required(parent ast.Node, fields map[string]ast.Node, key, path, example string) string {
	n, there := fields[key]
	if !there {
		r.Wrong(parent, path, "add "+key+": "+example, "%s is missing", key)
		return ""
	}
	text := r.Text(n, Join(path, key))
	if text == "" && Kind(n) == "text" {
		r.Wrong(n, Join(path, key), "write "+key+": "+example, "%s is empty", key)
	}
	return text
}

// OneOf is text out of a list; an empty list allows any.
func (r *Reader) OneOf(n ast.Node, path string, allowed []string) string {
	text := r.Text(n, path)
	if n != nil && Kind(n) == "text" && len(allowed) > 0 && !slices.Contains(allowed, text) {
		r.Wrong(n, path, r.Suggestion(text, allowed), "there is no %q", text)
		return ""
	}
	return text
}

// Join is the path of a member of a mapping.
func Join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// At is the path of a member of a list.
func At(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// Kind names what a node is, for people.
func Kind(n ast.Node) string {
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

// Suggestion proposes the nearest known word, or all of them. After as many mistakes as are printed it proposes nothing.
func (r *Reader) Suggestion(word string, known []string) string {
	if len(r.Mistakes.All) >= shown {
		return ""
	}
	const longestWord = 64
	best, distance := "", len(word)/2+1
	for _, k := range known {
		if len(word) > longestWord || len(k) > longestWord {
			continue
		}
		if d := edits(strings.ToLower(word), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	if len(known) == 0 {
		return ""
	}
	list := slices.Clone(known)
	slices.Sort(list)
	more := ""
	if len(list) > 20 {
		list, more = list[:20], " and more"
	}
	return "known are: " + strings.Join(list, ", ") + more
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
