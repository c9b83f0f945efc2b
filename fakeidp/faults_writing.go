package fakeidp

import (
	"bytes"
	"crypto/x509"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"github.com/mtlscheck/mtlscheck/pki"
)

// writingFaults are ways to know names too narrowly: by how they are registered, encoded or spelled.
func writingFaults() []Fault {
	unreadable := func(name, doc string, bad func(registered string) bool) Fault {
		return narrow(name, doc, func(registered string, _ *x509.Certificate) bool { return !bad(registered) })
	}
	escape := regexp.MustCompile(`\\[ "#+,;<=>\\]`)
	pair := regexp.MustCompile(`\\[0-9A-Fa-f]{2}`)
	return []Fault{
		unreadable("refuses-names", "The server knows nobody by name.", func(string) bool { return true }),
		unreadable("reads-no-escapes", "The server cannot read characters behind a backslash.", escape.MatchString),
		unreadable("reads-no-hex-pairs", "The server cannot read hexadecimal pairs behind a backslash.", pair.MatchString),
		unreadable("reads-no-oids", "The server cannot read attributes that are registered by OID.", func(s string) bool { return strings.Contains(s, "=#") }),
		unreadable("reads-no-long-labels", "The server knows the attributes of RFC 4514's table alone by name.", func(s string) bool {
			return strings.Contains(s, "organizationIdentifier=")
		}),
		unreadable("reads-no-sets", "The server cannot read a part of two attributes.", func(s string) bool { return strings.Contains(escape.ReplaceAllString(s, ""), "+") }),
		narrow("compares-sets-in-order", "The server compares the attributes of a part in the order in which they are written.", func(registered string, c *x509.Certificate) bool {
			got, err := pki.ParseDNDER(c.RawSubject)
			return err == nil && (!strings.Contains(escape.ReplaceAllString(registered, ""), "+") || strings.EqualFold(registered, got.String()))
		}),
		narrow("compares-bytes", "The server compares the encoded names byte by byte.", func(registered string, c *x509.Certificate) bool {
			want, err := pki.ParseDN(registered)
			return err == nil && bytes.Equal(want.DER(), c.RawSubject)
		}),
		narrow("compares-case", "The server takes capital and small letters for different.", sameTexts(func(s string) string { return norm.NFKC.String(blankless(s)) })),
		narrow("compares-blanks", "The server takes every blank for a difference.", sameTexts(func(s string) string { return strings.ToLower(norm.NFKC.String(s)) })),
		narrow("compares-normal-forms", "The server takes an accented letter in one character and in two for different.", sameTexts(func(s string) string { return strings.ToLower(blankless(s)) })),
		{"pins-first-certificate", "The server remembers the first certificate that it saw with a name, and takes no other.", pinsFirst},
	}
}

// narrow is a fault that keeps out some of those who have the right subject.
func narrow(name, doc string, also func(registered string, c *x509.Certificate) bool) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.nameMatches
		p.rules.nameMatches = func(registered string, c *x509.Certificate) bool { return right(registered, c) && also(registered, c) }
	}}
}

func blankless(s string) string { return strings.ReplaceAll(s, " ", "") }

// sameTexts compares all values as they are after some folding.
func sameTexts(fold func(string) string) func(string, *x509.Certificate) bool {
	texts := func(n pki.DN) []string {
		var out []string
		for _, a := range slices.Concat(n.RDNs()...) {
			text, _ := a.Value.Text()
			out = append(out, fold(text))
		}
		slices.Sort(out)
		return out
	}
	return func(registered string, c *x509.Certificate) bool {
		want, err := pki.ParseDN(registered)
		got, err2 := pki.ParseDNDER(c.RawSubject)
		return err == nil && err2 == nil && slices.Equal(texts(want), texts(got))
	}
}

// pinsFirst keeps, per server, the first certificate that was seen with each registered name.
func pinsFirst(p *persona) {
	var mu sync.Mutex
	pinned := map[string]string{}
	right := p.rules.nameMatches
	p.rules.nameMatches = func(registered string, c *x509.Certificate) bool {
		if !right(registered, c) {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		if pinned[registered] == "" {
			pinned[registered] = thumbprintSHA256(c)
		}
		return pinned[registered] == thumbprintSHA256(c)
	}
}
