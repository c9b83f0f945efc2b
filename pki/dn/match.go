package dn

import (
	"bytes"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Equal compares by distinguishedNameMatch of RFC 4517 §4.2.15 as RFC 5280 §7.1 asks: the order of the parts counts, the
// order of attributes within a part does not; text is compared without regard to case, to string type and to blanks that
// mean nothing (RFC 4518), other values byte by byte.
func (n Name) Equal(other Name) bool {
	if len(n.rdns) != len(other.rdns) {
		return false
	}
	for i := range n.rdns {
		if !n.rdns[i].equal(other.rdns[i]) {
			return false
		}
	}
	return true
}

func (r RDN) equal(other RDN) bool {
	if len(r) != len(other) {
		return false
	}
	taken := make([]bool, len(other))
	for _, a := range r {
		found := false
		for j, b := range other {
			if !taken[j] && a.Type == b.Type && a.Value.equal(b.Value) {
				taken[j], found = true, true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func (v Value) equal(other Value) bool {
	a, aText := v.Text()
	b, bText := other.Text()
	if !aText || !bText {
		return v.Tag == other.Tag && bytes.Equal(v.Bytes, other.Bytes)
	}
	if a == b {
		return true
	}
	pa, aOK := prepare(a)
	pb, bOK := prepare(b)
	return aOK && bOK && pa == pb
}

// prepare is the string preparation of RFC 4518 §2 for caseIgnoreMatch: map, normalise, prohibit, fold blanks. It is false
// for a text with a prohibited character, which is equal to nothing but itself.
func prepare(text string) (string, bool) {
	mapped := norm.NFKC.String(cases.Fold().String(strings.Map(mapRune, text)))
	for _, r := range mapped {
		if r == unicode.ReplacementChar || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Noncharacter_Code_Point, r) {
			return "", false
		}
	}
	return strings.Join(strings.FieldsFunc(mapped, func(r rune) bool { return r == ' ' }), " "), true
}

// mapRune is RFC 4518 §2.2: some characters become a blank, some nothing (-1).
func mapRune(r rune) rune {
	switch {
	case r >= 0x09 && r <= 0x0d, r == 0x85, unicode.Is(unicode.Z, r):
		return ' '
	case r == 0x200b, unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), r == 0xad, r == 0x34f, r == 0x1806,
		r >= 0x180b && r <= 0x180e, r >= 0xfe00 && r <= 0xfe0f, r == 0xfffc:
		return -1
	}
	return r
}
