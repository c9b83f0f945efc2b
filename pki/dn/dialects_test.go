package dn_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// A dialect is one way in which a product writes names, and how its text is read back.
type dialect struct {
	name  string
	write func(dn.Name) (string, error)
	read  func(string) (dn.Name, error)
	types []byte                // the string types whose text it keeps
	other bool                  // whether it keeps values that are no text
	kept  func(dn.Name) dn.Name // what it keeps of a name, if not all
}

// dialects are all. What .NET forgets is told beside DotNetFor, what Java forgets beside Java.
func dialects() []dialect {
	plain := func(write func(dn.Name) string) func(dn.Name) (string, error) {
		return func(n dn.Name) (string, error) { return write(n), nil }
	}
	dotnet := func(platform dn.Platform, major int) func(dn.Name) (string, error) {
		return func(n dn.Name) (string, error) { return n.DotNetFor(platform, major) }
	}
	every := []byte{dn.UTF8, dn.Numeric, dn.Printable, dn.T61, dn.IA5, dn.Visible, dn.Universal, dn.BMP}
	ofDotNet := []byte{dn.UTF8, dn.Numeric, dn.Printable, dn.IA5, dn.BMP}
	return []dialect{
		{"RFC 4514", plain(dn.Name.String), dn.Parse, every, true, nil},
		{"OpenSSL with RFC 2253", plain(dn.Name.OpenSSLRFC2253), dn.Parse, every, true, nil},
		{"OpenSSL", plain(dn.Name.OpenSSL), readOpenSSL, every, true, nil},
		{"Java", plain(dn.Name.Java), dn.Parse, []byte{dn.UTF8, dn.Printable, dn.IA5}, false, nil},
		{".NET 10 on Linux", dotnet(dn.Linux, 10), readDotNet, ofDotNet, false, withoutTrailingNULs},
		{".NET 7 on Linux", dotnet(dn.Linux, 7), readDotNet, ofDotNet, false, withoutTrailingNULs},
		{".NET on Windows", dotnet(dn.Windows, 10), readDotNet, ofDotNet, false, withoutTrailingNULs},
	}
}

func FuzzDialects(f *testing.F) {
	for _, r := range recordings(f) {
		f.Add(r.subject(f).DER())
	}
	for _, text := range []string{"", "CN=\\#", "CN=\\##", "CN=\\ ", "CN=", "CN=\\\r00", "CN=00\\\r", "CN=a\\00\\00", "CN=a\\00b", `CN=\"a\"\,\\b+OU=\ c`, "OID.1.2.3=#0c03612c62,CN=a=b"} {
		f.Add(parse(f, text).DER())
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		name, err := dn.ParseDER(der)
		if err != nil {
			return
		}
		for _, d := range dialects() {
			d.check(t, name)
		}
	})
}

// check reads back what a dialect makes of a name. Two names that it writes alike are therefore one name, as far as it keeps any.
func (d dialect) check(t *testing.T, name dn.Name) {
	t.Helper()
	for _, rdn := range name.RDNs() {
		for _, a := range rdn {
			if !d.keeps(a.Value) {
				_, _ = d.write(name)
				return
			}
		}
	}
	text, err := d.write(name)
	if err != nil {
		t.Errorf("%x cannot be written as %s: %v", name.DER(), d.name, err)
		return
	}
	want := name
	if d.kept != nil {
		want = d.kept(name)
	}
	again, err := d.read(text)
	if err != nil {
		t.Errorf("%x is written as %s %q, which cannot be read: %v", name.DER(), d.name, text, err)
	} else if !slices.EqualFunc(letters(again), letters(want), slices.Equal) {
		t.Errorf("%x is written as %s %q, and read back as %s, want %s", name.DER(), d.name, text, again, want)
	}
}

// keeps tells whether a dialect tells this value from every other.
func (d dialect) keeps(v dn.Value) bool {
	if _, text := v.Text(); text {
		return slices.Contains(d.types, v.Tag)
	}
	return d.other && !slices.Contains([]byte{dn.UTF8, dn.Numeric, dn.Printable, dn.T61, dn.IA5, dn.Visible, dn.Universal, dn.BMP}, v.Tag)
}

// letters is what a name says, letter by letter, which Equal does not compare: for each part its attributes, sorted.
func letters(n dn.Name) [][]string {
	var out [][]string
	for _, rdn := range n.RDNs() {
		var part []string
		for _, a := range rdn {
			text, ok := a.Value.Text()
			if !ok {
				text = fmt.Sprintf("#%x", a.Value.DER())
			}
			part = append(part, fmt.Sprintf("%s %v %s", a.Type, ok, text))
		}
		slices.Sort(part)
		out = append(out, part)
	}
	return out
}

func withoutTrailingNULs(n dn.Name) dn.Name {
	rdns := n.RDNs()
	for _, rdn := range rdns {
		for i, a := range rdn {
			text, _ := a.Value.Text()
			rdn[i].Value = dn.Value{Tag: dn.UTF8, Bytes: []byte(strings.TrimRight(text, "\x00"))}
		}
	}
	trimmed, err := dn.New(rdns...)
	if err != nil {
		panic(err)
	}
	return trimmed
}

// readDotNet reads CN="a, b" + OU=c, O=d. Quotes are doubled, and nothing else is escaped.
func readDotNet(text string) (dn.Name, error) {
	rdns, err := (&listing{rest: text, equals: "=", value: func(l *listing) (dn.Value, error) {
		quoted, isQuoted := strings.CutPrefix(l.rest, `"`)
		if !isQuoted {
			end := strings.IndexAny(l.rest+",", ",+")
			v := l.rest[:end]
			if strings.HasPrefix(l.rest[end:], "+") {
				v = strings.TrimSuffix(v, " ") // an unquoted value ends with no blank
			}
			l.rest = l.rest[len(v):]
			return dn.Text(dn.UTF8, v)
		}
		var b strings.Builder
		for {
			part, after, closed := strings.Cut(quoted, `"`)
			b.WriteString(part)
			if !closed {
				return dn.Value{}, fmt.Errorf("%q is not closed", l.rest)
			}
			if quoted, closed = strings.CutPrefix(after, `"`); !closed {
				l.rest = after
				return dn.Text(dn.UTF8, b.String())
			}
			b.WriteByte('"')
		}
	}}).read()
	if err != nil {
		return dn.Name{}, err
	}
	slices.Reverse(rdns)
	return dn.New(rdns...)
}

// readOpenSSL reads O = "a, b" + OU = c, CN = d. A backslash escapes, also within quotes; # begins the DER of a value.
func readOpenSSL(text string) (dn.Name, error) {
	rdns, err := (&listing{rest: text, equals: " = ", value: func(l *listing) (dn.Value, error) {
		var out []byte
		quoted := strings.HasPrefix(l.rest, `"`)
		if quoted {
			l.rest = l.rest[1:]
		}
		begin := l.rest
		ends := []string{", ", " + "}
		if quoted {
			ends = []string{`"`}
		}
		for l.rest != "" && !slices.ContainsFunc(ends, func(end string) bool { return strings.HasPrefix(l.rest, end) }) {
			c, size := []byte{l.rest[0]}, 1
			if l.rest[0] == '\\' && len(l.rest) > 1 {
				c, size = []byte{l.rest[1]}, 2
				if len(l.rest) > 2 && !strings.ContainsAny(l.rest[1:2], `"\`) {
					var err error
					if c, err = hex.DecodeString(l.rest[1:3]); err != nil {
						return dn.Value{}, err
					}
					size = 3
				}
			}
			out, l.rest = append(out, c...), l.rest[size:]
		}
		if quoted {
			l.rest = strings.TrimPrefix(l.rest, `"`)
		} else if len(out) > 1 && begin[0] == '#' {
			der, err := hex.DecodeString(string(out[1:]))
			if err != nil || len(der) < 2 {
				return dn.Value{}, fmt.Errorf("%q is not the DER of a value: %w", out, err)
			}
			wrapped, err := dn.ParseDER(wrap(der))
			if err != nil {
				return dn.Value{}, err
			}
			return wrapped.RDNs()[0][0].Value, nil
		}
		return dn.Text(dn.UTF8, string(out))
	}}).read()
	if err != nil {
		return dn.Name{}, err
	}
	return dn.New(rdns...)
}

// wrap makes a name of one attribute out of the DER of its value.
func wrap(der []byte) []byte {
	element := func(tag byte, content []byte) []byte {
		return (dn.Value{Tag: tag, Bytes: content}).DER()
	}
	return element(0x30, element(0x31, element(0x30, bytes.Join([][]byte{{0x06, 3, 0x55, 4, 3}, der}, nil))))
}

// A listing is a name as parts between ", " of attributes between " + ".
type listing struct {
	rest   string
	equals string
	value  func(*listing) (dn.Value, error) // takes a value off the rest
}

func (l *listing) read() ([]dn.RDN, error) {
	if l.rest == "" {
		return nil, nil
	}
	rdns := []dn.RDN{nil}
	for {
		kind, rest, found := strings.Cut(l.rest, l.equals)
		if !found {
			return nil, fmt.Errorf("an attribute is expected at %q", l.rest)
		}
		a, err := dn.Of(kind, dn.UTF8, "")
		if err != nil {
			return nil, err
		}
		l.rest = rest
		if a.Value, err = l.value(l); err != nil {
			return nil, err
		}
		last := len(rdns) - 1
		rdns[last] = append(rdns[last], a)
		if l.rest == "" {
			return rdns, nil
		}
		if rest, more := strings.CutPrefix(l.rest, " + "); more {
			l.rest = rest
		} else if rest, more := strings.CutPrefix(l.rest, ", "); more {
			l.rest, rdns = rest, append(rdns, nil)
		} else {
			return nil, fmt.Errorf(`", " or " + " is expected at %q`, l.rest)
		}
	}
}

// What a dialect forgets, by two names that it writes alike and RFC 4514 does not.
func TestDialectsThatWriteTwoNamesAlike(t *testing.T) {
	t.Parallel()
	cn := func(tag byte, text string) dn.Name {
		return build(t, dn.RDN{{Type: "2.5.4.3", Value: dn.Value{Tag: tag, Bytes: []byte(text)}}})
	}
	octets := build(t, dn.RDN{{Type: "1.2.3.4", Value: dn.Value{Tag: 0x04, Bytes: []byte{1, 2}}}})
	tests := []struct {
		dialect string
		a, b    dn.Name
		text    string
	}{
		{".NET 10 on Linux", cn(dn.UTF8, "a"), cn(dn.UTF8, "a\x00"), "CN=a"},
		{".NET 10 on Linux", cn(dn.T61, "\xc3\xa9"), cn(dn.UTF8, "é"), "CN=é"},
		{".NET 10 on Linux", cn(dn.T61, "\xe9"), cn(dn.UTF8, "é"), "CN=é"},
		{".NET 7 on Linux", octets, dn.Name{}, ""},
		{"Java", cn(dn.T61, "\xe9"), cn(dn.UTF8, "\uFFFD"), "CN=\uFFFD"},
		{"Java", cn(dn.BMP, "\x00c"), cn(dn.UTF8, "\x00c"), `CN=\00c`},
	}
	for _, test := range tests {
		i := slices.IndexFunc(dialects(), func(d dialect) bool { return d.name == test.dialect })
		for _, n := range []dn.Name{test.a, test.b} {
			if got, err := dialects()[i].write(n); err != nil || got != test.text {
				t.Errorf("%s writes %s as %q, %v, want %q", test.dialect, n, got, err, test.text)
			}
		}
	}
}
