package dn

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// Java writes the name as X500Principal.getName() of Java 17 to 25 does (its RFC 2253 form): types outside RFC 2253's table
// as OID with the DER of the value, and = and # escaped wherever they stand. It reads the bytes of every string type as
// UTF-8, which garbles BMPString and the letters of T61String beyond ASCII, so that such names cannot be told apart.
func (n Name) Java() string {
	var b strings.Builder
	for i := len(n.rdns) - 1; i >= 0; i-- {
		for j, a := range n.rdns[i] {
			if j > 0 {
				b.WriteByte('+')
			}
			b.WriteString(a.java())
		}
		if i > 0 {
			b.WriteByte(',')
		}
	}
	return b.String()
}

const general byte = 0x1b // GeneralString

func (a Attribute) java() string {
	name := typeOf(a.Type).java
	readable := strings.IndexByte(string([]byte{UTF8, Printable, T61, IA5, BMP, Universal, general}), a.Value.Tag) >= 0
	if name == "" {
		name, readable = a.Type, false
	}
	if !readable {
		return name + "=#" + hex.EncodeToString(a.Value.DER())
	}
	return name + "=" + escapeJava(strings.ToValidUTF8(string(a.Value.Bytes), "\uFFFD"))
}

func escapeJava(text string) string {
	leading := len(text) - len(strings.TrimLeft(text, " \r"))
	trailing := len(strings.TrimRight(text, " \r"))
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == 0:
			b.WriteString(`\00`)
		case strings.ContainsRune(`,=+<>#;"\`, r), i < leading || i >= trailing:
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}
