package strict

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// deepest is how many lists and mappings may stand within each other. What people write has five; the parser needs memory by
// the square of it.
const deepest = 100

// Parse reads the one document of a file; JSON is YAML. The node is nil for an empty file, and where nothing more can be read of a
// file with a mistake. Of keys that stand twice, which is a mistake, it has the first.
func Parse(file string, text []byte) (ast.Node, *Reader) {
	r := &Reader{&Mistakes{File: file, lines: strings.Split(string(text), "\n")}}
	if !r.characters() {
		return nil, r
	}
	root := r.document(string(text))
	if len(r.Mistakes.All) > 0 {
		return nil, r
	}
	r.dropRepeated(root, "")
	return root, r
}

// characters refuses what YAML does not allow: bytes that are not UTF-8, and control characters. It reports the first.
func (r *Reader) characters() bool {
	for i, line := range r.Mistakes.lines {
		column := 0
		for at, c := range strings.TrimSuffix(line, "\r") {
			column++
			_, size := utf8.DecodeRuneInString(line[at:])
			switch {
			case c == utf8.RuneError && size <= 1:
				r.Mistakes.All = append(r.Mistakes.All, Mistake{Line: i + 1, Column: column, What: fmt.Sprintf("byte 0x%02x is not UTF-8", line[at]), Try: "save the file as UTF-8"})
				return false
			case c < ' ' && c != '\t', c == 0x7f:
				r.Mistakes.All = append(r.Mistakes.All, Mistake{Line: i + 1, Column: column, What: fmt.Sprintf("a control character (U+%04X) stands here", c), Try: "take it out"})
				return false
			}
		}
	}
	return true
}

func (r *Reader) document(text string) (root ast.Node) {
	defer func() { // the parser is not ours, and no text may end the program
		if p := recover(); p != nil {
			r.Mistakes.All = append(r.Mistakes.All, Mistake{What: fmt.Sprintf("%s: %v", r.unlike(text), p)})
		}
	}()
	tokens := lexer.Tokenize(text)
	if t := tooDeep(tokens); t != nil {
		r.Mistakes.All = append(r.Mistakes.All, Mistake{Line: t.Position.Line, Column: t.Position.Column, What: fmt.Sprintf("lists and mappings stand more than %d deep within each other", deepest)})
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		x := Mistake{What: r.unlike(text) + ": " + err.Error()}
		var at yaml.Error
		if errors.As(err, &at) {
			x.What = r.unlike(text) + ": " + at.GetMessage()
			if t := at.GetToken(); t != nil && t.Position != nil {
				x.Line, x.Column = t.Position.Line, t.Position.Column
			}
		}
		r.Mistakes.All = append(r.Mistakes.All, x)
		return nil
	}
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		if root != nil {
			r.Wrong(d.Body, "", "keep one of them", "the file holds a second document")
			return root
		}
		root = d.Body
	}
	return root
}

// unlike says what a file is not that cannot be parsed: JSON if it is called so or begins as JSON does.
func (r *Reader) unlike(text string) string {
	begin, isObject := strings.CutPrefix(strings.TrimSpace(text), "{")
	if strings.HasSuffix(strings.ToLower(r.Mistakes.File), ".json") || isObject && strings.HasPrefix(strings.TrimSpace(begin), `"`) {
		return "this is no JSON"
	}
	return "this is no YAML"
}

// tooDeep is the token with which nesting goes too far, or nil.
func tooDeep(tokens token.Tokens) *token.Token {
	open, dashes, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position == nil {
			continue
		}
		if t.Position.Line != line {
			dashes, line = 0, t.Position.Line
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			open++
		case token.SequenceEndType, token.MappingEndType:
			open = max(open-1, 0)
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			dashes++
		}
		if open+dashes > deepest {
			return t
		}
	}
	return nil
}
