package fakeidp

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The limits of ASP.NET's FormOptions.
const (
	formValues   = 1024
	formKeyChars = 2048
	formValueLen = 4 << 20
)

// errUnreadableForm says that ASP.NET would throw InvalidDataException while reading the form.
var errUnreadableForm = errors.New("the form cannot be read")

// errBrokenForm says that ASP.NET would throw something that nobody catches.
var errBrokenForm = errors.New("the form's encoding cannot be used")

// form holds the parameters of a request. Keys are compared ignoring case, as .NET's FormCollection
// does, and keep the order of their first appearance.
type form struct {
	keys   []string
	values map[string][]string
	// exact: the strict server tells keys apart by case (RFC 6749 §1.9).
	exact bool
}

// key is how a key is kept.
func (f *form) key(name string) string {
	if f.exact {
		return name
	}
	return strings.ToLower(name)
}

// all are the values of one key, in the order in which they were sent.
func (f *form) all(key string) []string {
	if f == nil {
		return nil
	}
	return f.values[f.key(key)]
}

// first is the first value of a key, or "".
func (f *form) first(key string) string {
	if v := f.all(key); len(v) > 0 {
		return v[0]
	}
	return ""
}

// add appends one value.
func (f *form) add(key, value string) {
	k := f.key(key)
	if _, ok := f.values[k]; !ok {
		f.keys = append(f.keys, k)
	}
	f.values[k] = append(f.values[k], value)
}

// parseForm reads application/x-www-form-urlencoded as ASP.NET's FormPipeReader does: a bad percent
// sign is literal, invalid UTF-8 becomes U+FFFD, and a NUL anywhere makes the form unreadable.
// The charset is the one of the media type, or "".
func parseForm(body []byte, charset string, exact bool) (*form, error) {
	f := &form{values: map[string][]string{}, exact: exact}
	text := string(body)
	decode := utf8Text
	switch strings.ToLower(charset) {
	case "iso-8859-1", "latin1", "us-ascii":
		decode = latin1Text
	case "utf-16", "utf-16le", "unicode":
		// The bytes are taken as UTF-16, so an ASCII form is one long key of ideographs.
		if len(body) == 0 {
			return f, nil
		}
		f.add(utf16Text(body), "")
		return f, nil
	case "utf-7":
		return nil, errBrokenForm
	}
	count := 0
	for text != "" {
		var pair string
		pair, text, _ = strings.Cut(text, "&")
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		key, value = decode(unescapeForm(key)), decode(unescapeForm(value))
		if strings.IndexByte(key, 0) >= 0 || strings.IndexByte(value, 0) >= 0 {
			return nil, errUnreadableForm
		}
		if count++; count > formValues || len(key) > formKeyChars || len(value) > formValueLen {
			return nil, errUnreadableForm
		}
		f.add(key, value)
	}
	return f, nil
}

// unescapeForm undoes + and %XX; what is not an escape stays as it is.
func unescapeForm(s string) string { return unescapePercent(strings.ReplaceAll(s, "+", " ")) }

// unescapePercent undoes %XX; what is not an escape stays as it is.
func unescapePercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// unhex is the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// utf8Text replaces what is not UTF-8 by U+FFFD.
func utf8Text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// latin1Text reads each byte as a character.
func latin1Text(s string) string {
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}

// utf16Text reads little-endian UTF-16.
func utf16Text(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return string(utf16.Decode(u))
}

// blank tells whether a string is empty or white space only, as string.IsNullOrWhiteSpace.
func blank(s string) bool { return strings.TrimSpace(s) == "" }
