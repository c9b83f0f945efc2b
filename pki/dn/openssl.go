package dn

import (
	"fmt"
	"strings"
)

// OpenSSL writes the name as "openssl x509 -subject" of OpenSSL 1.1 to 3.x does: O = company, OU = production, CN = client.
func (n Name) OpenSSL() string {
	return n.openssl(opensslStyle{comma: ", ", plus: " + ", equals: " = ", quote: true})
}

// OpenSSLRFC2253 writes the name as OpenSSL's -nameopt RFC2253 and nginx's $ssl_client_s_dn do: most specific part first,
// bytes beyond ASCII as hex pairs, and the attributes of one part in reverse.
func (n Name) OpenSSLRFC2253() string {
	return n.openssl(opensslStyle{comma: ",", plus: "+", equals: "=", reverse: true, dumpUnknown: true})
}

type opensslStyle struct {
	comma, plus, equals string
	reverse             bool // last attribute first
	quote               bool // a value with special characters is put in quotes
	dumpUnknown         bool // a value of an unknown type is written as #DER
}

func (n Name) openssl(s opensslStyle) string {
	type entry struct {
		rdn int
		a   Attribute
	}
	var entries []entry
	for i, rdn := range n.rdns {
		for _, a := range rdn {
			entries = append(entries, entry{i, a})
		}
	}
	if s.reverse {
		for i, j := 0, len(entries)-1; i < j; i, j = i+1, j-1 {
			entries[i], entries[j] = entries[j], entries[i]
		}
	}
	var b strings.Builder
	for i, e := range entries {
		if i > 0 {
			if entries[i-1].rdn == e.rdn {
				b.WriteString(s.plus)
			} else {
				b.WriteString(s.comma)
			}
		}
		name := typeOf(e.a.Type).openssl
		known := name != ""
		if !known {
			name = e.a.Type
		}
		b.WriteString(name + s.equals)
		text, ok := e.a.Value.opensslText()
		if !ok || !known && s.dumpUnknown {
			fmt.Fprintf(&b, "#%X", e.a.Value.DER())
			continue
		}
		b.WriteString(opensslEscape(text, s.quote))
	}
	return b.String()
}

// opensslText reads a value as OpenSSL does: one-byte types as Latin-1 without looking whether the type has the character.
func (v Value) opensslText() (string, bool) {
	switch v.Tag {
	case Printable, Numeric, IA5, Visible, T61:
		var b strings.Builder
		for _, c := range v.Bytes {
			b.WriteRune(rune(c))
		}
		return b.String(), true
	}
	return v.Text()
}

// opensslEscape is ASN1_STRING_print_ex with the flags ESC_2253, ESC_CTRL, ESC_MSB and UTF8_CONVERT, and ESC_QUOTE if asked.
func opensslEscape(text string, quote bool) string {
	var b strings.Builder
	quotes := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		edge := i == len(text)-1 && c == ' ' || i == 0 && len(text) > 1 && (c == ' ' || c == '#') || i == 0 && len(text) == 1 && c == ' '
		switch {
		case c < 0x20 || c >= 0x7f:
			fmt.Fprintf(&b, "\\%02X", c)
		case c == '"' || c == '\\':
			b.WriteString("\\" + string(rune(c)))
		case edge || strings.IndexByte("+,;<>", c) >= 0:
			if quote {
				quotes = true
			} else {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	if quotes {
		return `"` + b.String() + `"`
	}
	return b.String()
}
