package fakeidp

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEscapesAsSystemTextJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, system, relaxed, newtonsoft string }{
		{`a/b-c_d.e~f:g`, `"a/b-c_d.e~f:g"`, `"a/b-c_d.e~f:g"`, `"a/b-c_d.e~f:g"`},
		{`can't`, `"can\u0027t"`, `"can't"`, `"can't"`},
		{"<&>+`", `"\u003C\u0026\u003E\u002B\u0060"`, "\"<&>+`\"", "\"<&>+`\""},
		{`"`, `"\u0022"`, `"\""`, `"\""`},
		{`\`, `"\\"`, `"\\"`, `"\\"`},
		{"\b\f\n\r\t\x01\x7f", `"\b\f\n\r\t\u0001\u007F"`, "\"\\b\\f\\n\\r\\t\\u0001\x7f\"", "\"\\b\\f\\n\\r\\t\\u0001\x7f\""},
		{"Ápi", `"\u00C1pi"`, `"Ápi"`, `"Ápi"`},
		{"😀", `"\uD83D\uDE00"`, `"\uD83D\uDE00"`, `"😀"`},
	} {
		for style, want := range map[jsonStyle]string{systemText: c.system, relaxed: c.relaxed, newtonsoft: c.newtonsoft} {
			if got := string(appendJSONString(nil, c.text, style)); got != want {
				t.Errorf("%q in style %d: %s, want %s", c.text, style, got, want)
			}
		}
	}
}

// FuzzJSONString: whatever is written is JSON that says the same, and the strict style is ASCII without anything that HTML could take up.
func FuzzJSONString(f *testing.F) {
	for _, s := range []string{"", "api1", "can't", "\x00\x1f", "\u2028", "Ápi 😀", "\xff\xfe", `\u0041"`, "</script>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := s
		if !utf8.ValidString(s) {
			want = string([]rune(s))
		}
		for _, style := range []jsonStyle{systemText, relaxed, newtonsoft} {
			b := appendJSONString(nil, s, style)
			var got string
			if err := json.Unmarshal(b, &got); err != nil || got != want {
				t.Fatalf("%q in style %d: %s says %q (%v)", s, style, b, got, err)
			}
			if style == systemText && (strings.ContainsAny(string(b[1:len(b)-1]), "\"'<>&+`") || strings.ContainsFunc(string(b), func(r rune) bool { return r > '~' })) {
				t.Fatalf("%q: %s", s, b)
			}
		}
	})
}
