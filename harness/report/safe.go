package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mtlscheck/mtlscheck/harness"
)

// safe is text from anywhere, fit for one line of plain text.
func safe(s string) string { return harness.Printable(s) }

// logLine is a line that no CI system takes for an order. GitHub ignores blanks before "::", so an indented line is not
// safe by itself.
func logLine(line string) string {
	if trimmed := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(trimmed, "::") {
		line = line[:len(line)-len(trimmed)] + `\u003a` + trimmed[1:]
	}
	return withoutOrders(line)
}

// withoutOrders escapes the bracket of what CI systems take for an order wherever it stands in a line: ##[group] (GitHub,
// Azure), ##vso[task…] (Azure), ##teamcity[…].
func withoutOrders(line string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(line, "##")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("##")
		word := strings.TrimLeftFunc(after, unicode.IsLetter)
		b.WriteString(after[:len(after)-len(word)])
		if rest, order := strings.CutPrefix(word, "["); order {
			b.WriteString(`\u005b`)
			word = rest
		}
		line = word
	}
}

// SafeJSON rewrites the characters of a JSON text that a terminal would obey as JSON's own escapes. The text keeps its
// meaning: such characters stand in strings only.
func SafeJSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == 0x7f, r == utf8.RuneError, r >= utf8.RuneSelf && harness.Printable(string(r)) != string(r):
			out = appendEscape(out, r)
		default:
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return out
}

func appendEscape(out []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	units := []rune{r}
	if r > 0xffff {
		r -= 0x10000
		units = []rune{0xd800 + r>>10, 0xdc00 + r&0x3ff}
	}
	for _, u := range units {
		out = append(out, '\\', 'u', hex[u>>12&15], hex[u>>8&15], hex[u>>4&15], hex[u&15])
	}
	return out
}
