package pki

import (
	"slices"
	"strings"
	"sync"

	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// A NameFixture is an unusual, legal subject that servers tend to compare wrongly.
type NameFixture struct {
	Name    string // "two-ous"
	Doc     string // what is unusual about it
	Subject DN
}

// NameFixtures returns the unusual subjects.
func NameFixtures() []NameFixture { return slices.Clone(nameFixtures()) }

// nameFixtures are NameFixtures, made once.
var nameFixtures = sync.OnceValue(func() []NameFixture {
	var out []NameFixture
	for _, f := range fixtureRows() {
		rdns := make([]dn.RDN, 0, len(f.parts))
		for _, part := range f.parts {
			var rdn dn.RDN
			for _, c := range part {
				a, err := dn.Of(c.kind, c.tag, c.text)
				if err != nil {
					continue // a row of the table that cannot be encoded: TestNameFixturesAreComplete would find it
				}
				rdn = append(rdn, a)
			}
			rdns = append(rdns, rdn)
		}
		name, err := dn.New(rdns...)
		if err != nil {
			continue
		}
		out = append(out, NameFixture{f.name, f.doc, name})
	}
	return out
})

// cell is one attribute of a fixture's subject.
type cell struct {
	kind string
	tag  byte
	text string
}

type fixtureRow struct {
	name, doc string
	parts     [][]cell // in encoding order
}

func u(kind, text string) []cell { return []cell{{kind, dn.UTF8, text}} }

func fixtureRows() []fixtureRow {
	o := u("O", "mtlscheck")
	return []fixtureRow{
		{"two-ous", "two organizational units, in an order that sorting would change", [][]cell{o, u("OU", "b"), u("OU", "a"), u("CN", "two-ous")}},
		{"ou-set", "two organizational units in one part", [][]cell{o, {{"OU", dn.UTF8, "a"}, {"OU", dn.UTF8, "b"}}, u("CN", "ou-set")}},
		{"multi-valued", "a part of two attributes", [][]cell{o, {{"serialNumber", dn.Printable, "12345"}, {"CN", dn.UTF8, "multi-valued"}}}},
		{"quotes", "quotes inside a value", [][]cell{o, u("CN", `he said "hi"`)}},
		{"comma", "a comma inside a value", [][]cell{u("O", "mtlscheck, Inc."), u("CN", "comma")}},
		{"contoso", "a comma in a value beside a state, as in many companies' certificates", [][]cell{{{"C", dn.Printable, "US"}}, u("ST", "WA"), u("L", "Seattle"),
			u("O", "Contoso, Ltd."), u("OU", "Payments"), u("CN", "contoso")}},
		{"all-labels", "one attribute of every type that .NET has a label for", [][]cell{{{"C", dn.Printable, "SE"}}, u("ST", "s"), u("L", "l"), u("STREET", "street"), u("postalCode", "1"),
			o, u("OU", "ou"), u("title", "t"), u("GN", "g"), u("initials", "i"), u("SN", "sn"), {{"dnQualifier", dn.Printable, "q"}}, {{"serialNumber", dn.Printable, "7"}},
			u("description", "d"), {{"DC", dn.IA5, "dc"}}, {{"emailAddress", dn.IA5, "e@example.com"}}, u("CN", "all-labels")}},
		{"plus", "a plus inside a value", [][]cell{o, u("CN", "a+b")}},
		{"equals", "an equals sign inside a value", [][]cell{o, u("CN", "a=b")}},
		{"semicolon", "a semicolon inside a value", [][]cell{o, u("CN", "a;b")}},
		{"angles", "less-than and greater-than inside a value", [][]cell{o, u("CN", "<a>")}},
		{"hash-and-blank", "a value that begins with a blank, and one that begins with #", [][]cell{u("CN", " lead"), u("O", "#hash")}},
		{"trailing-blank", "a value that ends with a blank", [][]cell{o, u("CN", "trail ")}},
		{"two-blanks", "two blanks in a row inside a value", [][]cell{o, u("CN", "two  blanks")}},
		{"backslash", "a backslash inside a value", [][]cell{o, u("OU", `ROO\allen@roo`), u("CN", "backslash")}},
		{"slash", "a slash inside a value", [][]cell{o, u("CN", "a/b")}},
		{"escapes", "every character that RFC 4514 escapes", [][]cell{o, u("CN", ` #a,b+c"d\e<f>g;h=i `)}},
		{"pattern", "a value that is a regular expression", [][]cell{o, u("CN", "mtlscheck.*client")}},
		{"like-a-name", "a value that looks like a whole name", [][]cell{u("CN", "client, OU=production, O=company")}},
		{"email", "an e-mail address in the subject", [][]cell{o, u("CN", "email"), {{"emailAddress", dn.IA5, "svc@example.com"}}}},
		{"dc", "domain components", [][]cell{{{"DC", dn.IA5, "com"}}, {{"DC", dn.IA5, "example"}}, u("CN", "dc")}},
		{"state", "a state or province, which .NET calls S", [][]cell{{{"C", dn.Printable, "US"}}, u("ST", "WA"), u("L", "Seattle"), o, u("CN", "state")}},
		{"serial-number", "a serial number in the subject", [][]cell{o, {{"serialNumber", dn.Printable, "42"}}, u("CN", "serial-number")}},
		{"accents", "letters beyond ASCII, and the parts of a person's name", [][]cell{o, u("CN", "Müller"), u("GN", "Jörg"), u("SN", "Müller"), u("title", "Dr"), u("initials", "JM")}},
		{"decomposed", "a letter with its accent as a character of its own (NFD)", [][]cell{o, u("CN", "cafe\u0301")}},
		{"organization-identifier", "attributes of PSD2 and extended-validation certificates", [][]cell{
			u("businessCategory", "Private Organization"), {{"jurisdictionC", dn.Printable, "SE"}}, o, u("2.5.4.97", "PSDSE-FINA-1"), u("UID", "abc"), u("CN", "organization-identifier"),
		}},
		{"unknown-oid", "an attribute type that no product knows", [][]cell{o, u("1.2.3.4", "x"), u("CN", "unknown-oid")}},
		{"empty-cn", "an empty common name", [][]cell{o, u("OU", "empty-cn"), u("CN", "")}},
		{"bmp", "a value as BMPString", [][]cell{o, {{"CN", dn.BMP, "bmp ☃"}}}},
		{"t61", "a value as T61String with a byte beyond ASCII", [][]cell{o, {{"CN", dn.T61, "café"}}}},
		{"printable", "every value as PrintableString", [][]cell{{{"O", dn.Printable, "mtlscheck"}}, {{"OU", dn.Printable, "Conformance"}}, {{"CN", dn.Printable, "printable"}}}},
		{"utf8", "every value as UTF8String, the country too", [][]cell{u("C", "SE"), o, u("OU", "Conformance"), u("CN", "utf8")}},
		{"many-rdns", "twenty parts", many()},
		{"long-value", "a value of 200 characters", [][]cell{o, u("CN", strings.Repeat("long-value", 20))}},
	}
}

func many() [][]cell {
	parts := [][]cell{u("O", "mtlscheck")}
	for i := range 18 {
		parts = append(parts, u("OU", "unit-"+string(rune('a'+i))))
	}
	return append(parts, u("CN", "many-rdns"))
}
