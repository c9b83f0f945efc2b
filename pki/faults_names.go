package pki

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// nameFaults are subjects that resemble the registered one. All are rightly issued by the trusted authority, so a server
// that refuses them does so by comparing names.
func nameFaults() []Fault {
	var out []Fault
	for _, row := range nameRows() {
		openssl := 0
		verdict := GoAccepts
		out = append(out, Fault{
			Name: row.name, Code: row.code, Doc: row.doc, Like: row.like, Traits: []Trait{row.trait}, Differs: []trait.Part{trait.PartSubject},
			Expect: Expect{row.server, verdict, openssl}, Refs: row.refs,
		})
	}
	return append(out, Fault{
		Name: "empty-subject", Code: "C-EMPTY", Doc: "The subject is empty; a critical subject alternative name has client1.example.",
		Traits:  []Trait{trait.SubjectName(DN{}), trait.DNS("client1.example")},
		Differs: []trait.Part{trait.PartSubject, trait.PartExtensions}, Expect: Expect{Refuse, GoAccepts, 0}, Refs: []string{"RFC 5280 §4.1.2.6"},
	})
}

type nameRow struct {
	name, code, doc string
	like            string // the NameFixture that the base must be; empty: any subject with CN, OU, O and C
	trait           Trait
	server          Verdict
	refs            []string
}

func nameRows() []nameRow {
	match, literal := []string{"RFC 5280 §7.1", "RFC 4517 §4.2.15"}, []string{"RFC 8705 §2.1"}
	other := always(func(string) string { return "other" })
	return []nameRow{
		{"other-cn", "C-DN-CN", "Another common name.", "", editValue("CN", other), Refuse, literal},
		{"other-ou", "C-DN-OU", "Another organizational unit.", "", editValue("OU", other), Refuse, literal},
		{"other-o", "C-DN-O", "Another organization.", "", editValue("O", other), Refuse, literal},
		{"other-c", "C-DN-C", "Another country.", "", editValue("C", always(func(s string) string {
			if s == "NO" {
				return "SE"
			}
			return "NO"
		})), Refuse, literal},
		{"extra-part", "C-DN-EXTRA", "One part more.", "", extraPart("OU", "Extra"), Refuse, match},
		{"missing-part", "C-DN-LESS", "One part less: not the common name.", "", editName(withoutOne), Refuse, match},
		{"reordered", "C-REORD", "The same parts in reverse order.", "", editName(reversed), Refuse, match},
		{"same-cn", "C-SAMECN", "The same common name, everything else different.", "", editName(onlyCN), Refuse, literal},
		{"repeated-ou", "C-DUPOU", "The first of two organizational units twice, the second not at all.", "two-ous", editName(firstTwice), Refuse, match},
		{"set-reversed", "C-MULTI2", "The attributes of one part in the order that DER does not allow.", "multi-valued", editName(setReversed), Either, match},
		{"set-split", "C-SPLIT", "The attributes of one part as parts of their own.", "multi-valued", editName(split), Refuse, append([]string{"RFC 4514 §2.2"}, match...)},
		{"other-case", "C-CASE", "Capital and small letters of the common name exchanged.", "", editValue("CN", always(swapCase)), Either, match},
		{"blanks", "C-SPACE", "Blanks that mean nothing, doubled inside the common name or put around it.", "", editValue("CN", always(blanks)), Either, []string{"RFC 4518 §2.6.1"}},
		{"printable-strings", "C-PRN", "Every value as PrintableString.", "", recoded(dn.Printable), Accept, match},
		{"utf8-strings", "C-UTF8", "Every value as UTF8String.", "", recoded(dn.UTF8), Accept, match},
		{"bmp-strings", "C-BMP", "Every value as BMPString.", "", recoded(dn.BMP), Either, append([]string{"CVE-2025-66220"}, match...)},
		{"cn-with-parts", "C-CNINJ", "The common name is the text of several parts of the registered name.", "", editName(injected), Refuse, []string{"RFC 4514 §2.4", "CVE-2026-22747"}},
		{"email-in-subject", "C-EMAILRDN", "An e-mail address more, in the subject.", "", emailPart, Refuse, match},
		{"cn-longer", "C-CNPRE", "The common name begins with the registered one.", "", editValue("CN", always(func(s string) string { return s + "0" })), Refuse, literal},
		{"cn-prefixed", "C-CNSUF", "The common name ends with the registered one.", "", editValue("CN", always(func(s string) string { return "x" + s })), Refuse, literal},
		{"cn-around", "C-CNINF", "The common name contains the registered one.", "", editValue("CN", always(func(s string) string { return "x" + s + ".evil" })), Refuse, literal},
		{"cn-matches-pattern", "C-RE", "The registered common name, read as a regular expression, matches this one.", "pattern", editValue("CN", replacing(".*", "-evil-")), Refuse, literal},
		{"nul-in-cn", "C-NULCN", "The common name is the registered one, a NUL, and more.", "", editValue("CN", always(func(s string) string { return s + "\x00.evil" })), Refuse, []string{"RFC 8705 §7.5", "CVE-2009-2408"}},
		{"newline-in-cn", "C-LFCN", "The common name has a line break and a forged second line.", "", editValue("CN", always(func(s string) string { return s + "\nsubject=CN=admin" })), Refuse, []string{"RFC 8705 §7.5"}},
		{"look-alike", "C-HOMO", "A Latin letter of the common name is a Cyrillic one that looks the same.", "", editValue("CN", lookAlike), Refuse, []string{"RFC 8705 §7.5"}},
		{"composed", "C-NFC", "Letter and accent as one character.", "decomposed", editValue("CN", always(norm.NFC.String)), Either, []string{"RFC 4518 §2.3"}},
		{"decomposed", "C-NFD", "Letter and accent as two characters.", "accents", editValue("CN", always(norm.NFD.String)), Either, []string{"RFC 4518 §2.3"}},
		{"two-cns-first", "C-TWOCN", "Two common names, the registered one encoded first.", "", editName(twoCNs(true)), Refuse, append([]string{"CVE-2026-22747"}, match...)},
		{"two-cns-last", "C-TWOCN2", "Two common names, the registered one encoded last.", "", editName(twoCNs(false)), Refuse, append([]string{"CVE-2026-22747"}, match...)},
	}
}

func extraPart(kind, text string) Trait {
	return editName(func(rdns []dn.RDN) ([]dn.RDN, error) {
		extra, err := part(kind, text)
		return slices.Insert(rdns, max(len(rdns)-1, 0), extra), err
	})
}

func emailPart(d *trait.Draft) {
	editName(func(rdns []dn.RDN) ([]dn.RDN, error) {
		a, err := dn.Of("emailAddress", dn.IA5, "ops@client1.example")
		return append(rdns, dn.RDN{a}), err
	})(d)
}

func isCN(rdn dn.RDN) bool {
	return slices.ContainsFunc(rdn, func(a dn.Attribute) bool { return a.Type == oidOf("CN") })
}

func withoutOne(rdns []dn.RDN) ([]dn.RDN, error) {
	for i, rdn := range rdns {
		if !isCN(rdn) && len(rdns) > 1 {
			return slices.Delete(rdns, i, i+1), nil
		}
	}
	return nil, errors.New("this fault needs a subject with a part besides CN")
}

func reversed(rdns []dn.RDN) ([]dn.RDN, error) {
	if len(rdns) < 2 {
		return nil, errors.New("this fault needs a subject of several parts")
	}
	slices.Reverse(rdns)
	return rdns, nil
}

func onlyCN(rdns []dn.RDN) ([]dn.RDN, error) {
	for _, rdn := range rdns {
		if isCN(rdn) {
			a, err := part("O", "Somebody Else")
			return []dn.RDN{a, rdn}, err
		}
	}
	return nil, errors.New("this fault needs a subject with CN")
}

func firstTwice(rdns []dn.RDN) ([]dn.RDN, error) {
	first := -1
	for i, rdn := range rdns {
		if len(rdn) != 1 || rdn[0].Type != oidOf("OU") {
			continue
		}
		if first >= 0 {
			rdns[i] = rdns[first]
			return rdns, nil
		}
		first = i
	}
	return nil, errors.New("this fault needs a subject with two organizational units")
}

func setReversed(rdns []dn.RDN) ([]dn.RDN, error) {
	for _, rdn := range rdns {
		if len(rdn) > 1 {
			slices.Reverse(rdn)
			return rdns, nil
		}
	}
	return nil, errors.New("this fault needs a part of several attributes")
}

func split(rdns []dn.RDN) ([]dn.RDN, error) {
	for i, rdn := range rdns {
		if len(rdn) < 2 {
			continue
		}
		var own []dn.RDN
		for _, a := range rdn {
			own = append(own, dn.RDN{a})
		}
		return slices.Replace(rdns, i, i+1, own...), nil
	}
	return nil, errors.New("this fault needs a part of several attributes")
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func blanks(s string) string {
	if strings.Contains(s, " ") {
		return strings.ReplaceAll(s, " ", "  ")
	}
	return " " + s + " "
}

// injected keeps the first encoded part and writes the others into the value of one common name.
func injected(rdns []dn.RDN) ([]dn.RDN, error) {
	if len(rdns) < 3 || !isCN(rdns[len(rdns)-1]) {
		return nil, errors.New("this fault needs a subject of three parts that ends with CN")
	}
	rest, err := dn.New(rdns[1:]...)
	if err != nil {
		return nil, err
	}
	cn, err := part("CN", strings.TrimPrefix(rest.String(), "CN="))
	return []dn.RDN{rdns[0], cn}, err
}

func lookAlike(s string) (string, error) {
	cyrillic := map[rune]rune{'c': 'с', 'e': 'е', 'o': 'о', 'a': 'а', 'p': 'р', 'x': 'х'}
	done := false
	out := strings.Map(func(r rune) rune {
		if other, has := cyrillic[r]; has && !done {
			done = true
			return other
		}
		return r
	}, s)
	if !done {
		return "", errors.New("this fault needs one of the letters a c e o p x")
	}
	return out, nil
}

func twoCNs(registeredFirst bool) func([]dn.RDN) ([]dn.RDN, error) {
	return func(rdns []dn.RDN) ([]dn.RDN, error) {
		other, err := part("CN", "other")
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(rdns, isCN)
		if i < 0 {
			return nil, errors.New("this fault needs a subject with CN")
		}
		if registeredFirst {
			i++
		}
		return slices.Insert(rdns, i, other), nil
	}
}
