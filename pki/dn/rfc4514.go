package dn

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Parse reads a name in the string form of RFC 4514, most specific part first: "CN=client,OU=production,O=company". Besides
// the RFC's attribute names it knows those of OpenSSL and .NET, in any case. Blanks around the separators are ignored.
// Values become UTF8String, except where the attribute asks for another type (C and serialNumber: PrintableString, DC and
// e-mail: IA5String). The attributes of one part are sorted as DER wants. It also reads what the RFC does not know
// and others write: a value that is nothing but # (OpenSSL), and a backslash before a carriage return (Java). Errors say where and
// what to write instead.
func Parse(text string) (Name, error) {
	p := parser{in: text}
	p.blanks()
	if p.done() {
		return Name{}, nil
	}
	var rdns []RDN // in the order of the text
	for {
		rdn, err := p.part()
		if err != nil {
			return Name{}, fmt.Errorf("name %q, character %d: %w", text, utf8.RuneCountInString(text[:min(p.at, len(text))])+1, err)
		}
		rdns = append(rdns, rdn)
		if p.done() {
			break
		}
		p.at++ // the comma
	}
	ordered := make([]RDN, 0, len(rdns))
	for i := len(rdns) - 1; i >= 0; i-- {
		ordered = append(ordered, rdns[i])
	}
	return New(ordered...)
}

type parser struct {
	in string
	at int
}

func (p *parser) done() bool { return p.at >= len(p.in) }

func (p *parser) blanks() {
	for !p.done() && p.in[p.at] == ' ' {
		p.at++
	}
}

// part reads attributes up to the comma that ends the part, or the end.
func (p *parser) part() (RDN, error) {
	var rdn RDN
	for {
		a, err := p.attribute()
		if err != nil {
			return nil, err
		}
		rdn = append(rdn, a)
		if p.done() || p.in[p.at] == ',' {
			return rdn.sorted()
		}
		p.at++ // the plus
	}
}

func (p *parser) attribute() (Attribute, error) {
	p.blanks()
	end := strings.IndexAny(p.in[p.at:], "=,+")
	if end < 0 || p.in[p.at+end] != '=' {
		return Attribute{}, fmt.Errorf("an attribute such as CN=client is expected here")
	}
	oid, err := lookUp(strings.TrimRight(p.in[p.at:p.at+end], " "))
	if err != nil {
		return Attribute{}, err
	}
	p.at += end + 1
	p.blanks()
	if !p.done() && p.in[p.at] == '#' && !p.loneHash() {
		v, err := p.hexValue()
		return Attribute{Type: oid, Value: v}, err
	}
	text, err := p.value()
	if err != nil {
		return Attribute{}, err
	}
	v, err := Text(typeOf(oid).tag, text)
	if err != nil {
		v, err = Text(UTF8, text)
	}
	return Attribute{Type: oid, Value: v}, err
}

// loneHash tells whether the # here is the whole value: OpenSSL does not escape the # of such a text, and no DER is empty.
func (p *parser) loneHash() bool {
	rest := strings.TrimLeft(p.in[p.at+1:], " ")
	return rest == "" || rest[0] == ',' || rest[0] == '+'
}

func (p *parser) hexValue() (Value, error) {
	rest := p.in[p.at+1:]
	end := strings.IndexAny(rest, ",+")
	if end < 0 {
		end = len(rest)
	}
	der, err := hex.DecodeString(strings.TrimRight(rest[:end], " "))
	if err != nil {
		return Value{}, fmt.Errorf("after # the DER of the value is expected in hexadecimal digits; a text that begins with # is written \\#")
	}
	v, err := readValue(der)
	if err != nil {
		return Value{}, err
	}
	p.at += 1 + end
	return v, nil
}

// value reads an unquoted string up to an unescaped comma or plus.
func (p *parser) value() (string, error) {
	var out []byte
	keep := 0 // length up to which nothing may be trimmed: escaped blanks are part of the value
	for !p.done() {
		c := p.in[p.at]
		switch {
		case c == ',' || c == '+':
			return finish(out, keep)
		case c == '\\':
			b, n, err := unescape(p.in[p.at:])
			if err != nil {
				return "", err
			}
			out = append(out, b)
			keep = len(out)
			p.at += n
			continue
		case strings.IndexByte("\";<>\x00", c) >= 0:
			return "", fmt.Errorf("%q inside a value is written \\%s", c, escapeByte(c))
		}
		out = append(out, c)
		if c != ' ' {
			keep = len(out)
		}
		p.at++
	}
	return finish(out, keep)
}

func finish(out []byte, keep int) (string, error) {
	out = out[:keep]
	if !utf8.Valid(out) {
		return "", fmt.Errorf("the value before this place is not valid UTF-8")
	}
	return string(out), nil
}

func escapeByte(c byte) string {
	if c == 0 {
		return "00"
	}
	return string(rune(c))
}

// unescape reads \, and its kind, or \2C, and returns the byte and how much was read.
func unescape(s string) (byte, int, error) {
	if len(s) >= 2 && strings.IndexByte(" \"#+,;<=>\\\r", s[1]) >= 0 {
		return s[1], 2, nil
	}
	if len(s) >= 3 {
		if b, err := hex.DecodeString(s[1:3]); err == nil {
			return b[0], 3, nil
		}
	}
	return 0, 0, fmt.Errorf(`after \ one of  "#+,;<=>\ or two hexadecimal digits is expected; a backslash itself is written \\`)
}

// String writes the name as RFC 4514 says: CN=client,OU=production,O=company. Types without a short name in the RFC's table
// are written as OID with the DER of the value (2.5.4.97=#0c0750534447422d31), as is a value that is no text.
func (n Name) String() string {
	var b strings.Builder
	for i := len(n.rdns) - 1; i >= 0; i-- {
		for j, a := range n.rdns[i] {
			if j > 0 {
				b.WriteByte('+')
			}
			b.WriteString(a.rfc4514())
		}
		if i > 0 {
			b.WriteByte(',')
		}
	}
	return b.String()
}

func (a Attribute) rfc4514() string {
	name := typeOf(a.Type).rfc4514
	text, ok := a.Value.Text()
	if name == "" || !ok {
		if name == "" {
			name = a.Type
		}
		return name + "=#" + hex.EncodeToString(a.Value.DER())
	}
	return name + "=" + escape4514(text)
}

// escape4514 follows RFC 4514 §2.4. Control characters are written as hex pairs, which the RFC allows, so that a name
// always fits on one line.
func escape4514(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&b, "\\%02X", c)
		case strings.IndexByte(`"+,;<>\`, c) >= 0, i == 0 && (c == ' ' || c == '#'), i == len(text)-1 && c == ' ':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
