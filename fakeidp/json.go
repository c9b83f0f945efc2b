package fakeidp

import (
	"strconv"
	"unicode/utf8"
)

// member is one name and value of a JSON object.
type member struct {
	name  string
	value any
}

// object is a JSON object whose members keep their order.
type object []member

// with is the object with one more member.
func (o object) with(name string, value any) object { return append(o, member{name, value}) }

// get is the value of the first member of that name.
func (o object) get(name string) (any, bool) {
	for _, m := range o {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

// number is a JSON number as it was written.
type number string

// written is JSON that another encoder wrote.
type written string

// jsonStyle says what a string escaper leaves alone.
type jsonStyle int

const (
	// systemText is the default encoder of System.Text.Json: ASCII only, and not all of it.
	systemText jsonStyle = iota
	// relaxed is the encoder that the JWT library of IdentityServer 7 and later uses.
	relaxed
	// newtonsoft is what Newtonsoft.Json writes by default: only what JSON itself demands.
	newtonsoft
)

// appendJSON writes a value without blanks. It takes nil, bool, string, int, int64, number,
// written, []string, []any, object and []object.
func appendJSON(b []byte, v any, style jsonStyle) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case number:
		return append(b, v...)
	case written:
		return append(b, v...)
	case string:
		return appendJSONString(b, v, style)
	case []string:
		b = append(b, '[')
		for i, s := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, s, style)
		}
		return append(b, ']')
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e, style)
		}
		return append(b, ']')
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendJSONString(b, m.name, style), ':')
			b = appendJSON(b, m.value, style)
		}
		return append(b, '}')
	case []object:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e, style)
		}
		return append(b, ']')
	}
	panic("fakeidp: a value that JSON cannot say")
}

const upperHex = "0123456789ABCDEF"

// appendJSONString writes one string. System.Text.Json escapes everything outside of ASCII, and
// inside of it ", &, ', +, <, >, \, ` and the control characters; hexadecimal digits are upper case.
func appendJSONString(b []byte, s string, style jsonStyle) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '\\':
				b = append(b, '\\', '\\')
			case c == '\n':
				b = append(b, '\\', 'n')
			case c == '\r':
				b = append(b, '\\', 'r')
			case c == '\t':
				b = append(b, '\\', 't')
			case c == '\b':
				b = append(b, '\\', 'b')
			case c == '\f':
				b = append(b, '\\', 'f')
			case c == '"' && style != systemText:
				b = append(b, '\\', '"')
			case c < 0x20:
				b = appendUnit(b, uint16(c))
			case style == systemText && (c == '"' || c == '&' || c == '\'' || c == '+' || c == '<' || c == '>' || c == '`' || c == 0x7f):
				b = appendUnit(b, uint16(c))
			default:
				b = append(b, c)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case style == relaxed && r <= 0xffff, style == newtonsoft && r != 0x85 && r != 0x2028 && r != 0x2029:
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			r -= 0x10000
			b = appendUnit(appendUnit(b, uint16(0xd800+r>>10)), uint16(0xdc00+r&0x3ff))
		default:
			b = appendUnit(b, uint16(r))
		}
	}
	return append(b, '"')
}

// appendUnit writes one UTF-16 unit as an escape.
func appendUnit(b []byte, u uint16) []byte {
	return append(b, '\\', 'u', upperHex[u>>12], upperHex[u>>8&15], upperHex[u>>4&15], upperHex[u&15])
}
