package dn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Text encodes text in a string type. It fails if the type cannot hold a character of the text, or is none of UTF8,
// Printable, Numeric, IA5, Visible, T61 (as Latin-1, which is how everybody reads it), BMP and Universal.
func Text(tag byte, text string) (Value, error) {
	if !utf8.ValidString(text) {
		return Value{}, fmt.Errorf("%q is not valid UTF-8", text)
	}
	v := Value{Tag: tag, Bytes: []byte{}}
	switch tag {
	case UTF8:
		v.Bytes = []byte(text)
	case BMP:
		for _, unit := range utf16.Encode([]rune(text)) {
			v.Bytes = binary.BigEndian.AppendUint16(v.Bytes, unit)
		}
	case Universal:
		for _, r := range text {
			v.Bytes = binary.BigEndian.AppendUint32(v.Bytes, uint32(r))
		}
	case Printable, Numeric, IA5, Visible, T61:
		for _, r := range text {
			if !holds(tag, r) {
				return Value{}, fmt.Errorf("%s cannot hold the character %q", typeName(tag), r)
			}
			v.Bytes = append(v.Bytes, byte(r))
		}
	default:
		return Value{}, fmt.Errorf("0x%02x is not the tag of a string type", tag)
	}
	return v, nil
}

// Text returns the value as Unicode text. It is false where the value is not of a string type, or has bytes that its type
// cannot have. T61String is read as Latin-1, as OpenSSL, GnuTLS and Java do.
func (v Value) Text() (string, bool) {
	switch v.Tag {
	case UTF8:
		return string(v.Bytes), utf8.Valid(v.Bytes)
	case BMP:
		return utf16Text(v.Bytes)
	case Universal:
		return utf32Text(v.Bytes)
	case Printable, Numeric, IA5, Visible, T61:
		var b strings.Builder
		for _, c := range v.Bytes {
			if !holds(v.Tag, rune(c)) {
				return "", false
			}
			b.WriteRune(rune(c))
		}
		return b.String(), true
	}
	return "", false
}

// holds tells whether a string type of one byte per character has the character (X.680 §41).
func holds(tag byte, r rune) bool {
	switch tag {
	case Printable:
		return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r < 0x80 && strings.ContainsRune(" '()+,-./:=?", r)
	case Numeric:
		return r >= '0' && r <= '9' || r == ' '
	case IA5:
		return r < 0x80
	case Visible:
		return r >= 0x20 && r < 0x7f
	case T61:
		return r < 0x100
	}
	return false
}

func utf16Text(b []byte) (string, bool) {
	if len(b)%2 != 0 {
		return "", false
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i < len(b); i += 2 {
		units = append(units, binary.BigEndian.Uint16(b[i:]))
	}
	var out []rune
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			if i+1 == len(units) {
				return "", false
			}
			r = utf16.DecodeRune(r, rune(units[i+1]))
			if r == utf8.RuneError {
				return "", false
			}
			i++
		}
		out = append(out, r)
	}
	return string(out), true
}

func utf32Text(b []byte) (string, bool) {
	if len(b)%4 != 0 {
		return "", false
	}
	var out []rune
	for i := 0; i < len(b); i += 4 {
		c := binary.BigEndian.Uint32(b[i:])
		if c > utf8.MaxRune || !utf8.ValidRune(rune(c)) {
			return "", false
		}
		out = append(out, rune(c))
	}
	return string(out), true
}

func typeName(tag byte) string {
	names := map[byte]string{
		UTF8: "UTF8String", Numeric: "NumericString", Printable: "PrintableString", T61: "T61String", IA5: "IA5String",
		Visible: "VisibleString", Universal: "UniversalString", BMP: "BMPString",
	}
	if name, known := names[tag]; known {
		return name
	}
	return fmt.Sprintf("type 0x%02x", tag)
}

// readValue takes one DER element apart.
func readValue(der []byte) (Value, error) {
	in := cryptobyte.String(der)
	var content cryptobyte.String
	var tag cryptobyteasn1.Tag
	if !in.ReadAnyASN1(&content, &tag) || !in.Empty() {
		return Value{}, errors.New("the hexadecimal digits are not the DER of one value")
	}
	return Value{Tag: byte(tag), Bytes: bytes.Clone(content)}, nil
}
