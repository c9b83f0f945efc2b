package harness

import (
	"fmt"
	"strings"
	"unicode"
)

// Printable makes text from a server fit for any sink that shows plain text: control characters, line and paragraph
// separators, bidirectional controls and invalid UTF-8 become visible escapes like \u202e. HTML and CI logs need their
// own escaping on top.
func Printable(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\\ufffd") {
		switch {
		case r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Zl, r) && !unicode.Is(unicode.Zp, r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			fmt.Fprintf(&b, "\\U%08x", r)
		}
	}
	return b.String()
}
