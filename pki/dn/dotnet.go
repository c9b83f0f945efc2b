package dn

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Platform is where a .NET program runs: its names differ for attribute types that .NET has no label for.
type Platform string

// The platforms whose names are known. macOS is not recorded.
const (
	Linux   Platform = "linux"
	Windows Platform = "windows"
)

// DotNet writes the name as X509Certificate2.Subject of .NET 10 on Linux does, which is what IdentityServer compares:
// CN=client, OU=production, O=company. It fails for names that this .NET cannot load.
func (n Name) DotNet() (string, error) { return n.DotNetFor(Linux, 10) }

// DotNetFor writes the name as .NET of a major version on a platform does. Differences: types without a label of their own
// are written OID.1.2.3 on Windows and by OpenSSL's long name on Linux; a value that is no text shows as an empty name
// before .NET 8 on Linux. It fails where .NET refuses the certificate, as .NET 10 on Linux does for octets and integers in
// a name, and where nobody has recorded what .NET does: other values that are no text, and bytes that a string type cannot
// have.
//
// Some names cannot be told apart in this form: those that differ in string types only, in NULs at the end of a value, in a
// T61String that is valid UTF-8 or Latin-1, and, before .NET 8 on Linux, in values that are no text. All others can.
func (n Name) DotNetFor(platform Platform, major int) (string, error) {
	if platform != Linux && platform != Windows {
		return "", fmt.Errorf("how .NET writes names on %q is not known: linux or windows", platform)
	}
	var b strings.Builder
	for i := len(n.rdns) - 1; i >= 0; i-- {
		for j, a := range n.rdns[i] {
			if j > 0 {
				b.WriteString(" + ")
			}
			text, err := a.Value.dotnet()
			if errors.Is(err, errNoText) && platform == Linux && major < 8 {
				return "", nil
			}
			if err != nil {
				return "", fmt.Errorf("%s: %w", label(a.Type), err)
			}
			b.WriteString(dotnetLabel(a.Type, platform) + "=" + text)
		}
		if i > 0 {
			b.WriteString(", ")
		}
	}
	return b.String(), nil
}

var errNoText = errors.New("the value is not of a string type that .NET reads")

func dotnetLabel(oid string, platform Platform) string {
	t := typeOf(oid)
	switch {
	case t.dotnet != "":
		return t.dotnet
	case platform == Linux && t.long != "":
		return t.long
	}
	return "OID." + oid
}

// dotnet reads and quotes a value. .NET trims trailing NULs, and wraps a value in quotes for reasons of its own: neither a
// backslash nor a carriage return inside is one of them.
func (v Value) dotnet() (string, error) {
	text, ok := v.Text()
	switch v.Tag {
	case UTF8, Numeric, Printable, IA5, BMP:
		if !ok {
			return "", fmt.Errorf("the value has bytes that a %s cannot have: what .NET makes of it is not known", typeName(v.Tag))
		}
	case T61:
		if utf8.Valid(v.Bytes) {
			text = string(v.Bytes)
		}
	default:
		return "", fmt.Errorf("%w, but of %s: .NET on Linux does not load a certificate with octets or an integer here, and what it makes of others is not known", errNoText, typeName(v.Tag))
	}
	text = strings.TrimRight(text, "\x00")
	const blanks = " \t\n\v\f\r"
	if text == "" || strings.ContainsAny(text[:1], blanks) || strings.ContainsAny(text[len(text)-1:], blanks) || strings.ContainsAny(text, ",+=\"\n<>#;") {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`, nil
	}
	return text, nil
}
