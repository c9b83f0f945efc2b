package fakeidp

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/mtlscheck/mtlscheck/pki"
)

// named makes a fault that compares names in another way: registered text against what .NET prints of the certificate's subject.
func named(name, doc string, matches func(registered, subject string) bool) Fault {
	return Fault{name, doc, func(p *persona) {
		p.rules.nameMatches = func(registered string, c *x509.Certificate) bool { return matches(registered, dotnetSubject(c)) }
	}}
}

// also makes a fault that takes the right name, and others besides.
func also(name, doc string, matches func(registered, subject string) bool) Fault {
	return named(name, doc, func(registered, subject string) bool {
		return registered == subject || matches(registered, subject)
	})
}

// misprinting makes a fault that writes a subject otherwise than .NET does before it is compared.
func misprinting(name, doc string, write func(subject string) string) Fault {
	return named(name, doc, func(registered, subject string) bool { return registered == write(subject) })
}

// nameFaults are mistakes in the comparison of subject names, by IdentityServer's rule.
func nameFaults() []Fault {
	equalAfter := func(f func(string) string) func(a, b string) bool {
		return func(a, b string) bool { return f(a) == f(b) }
	}
	commonName := func(s string) string {
		for part := range strings.SplitSeq(s, ", ") {
			if strings.HasPrefix(strings.ToUpper(part), "CN=") {
				return part[3:]
			}
		}
		return s
	}
	return []Fault{
		also("ids-names-ignore-case", "Names that differ in the case of letters are taken for the same.", strings.EqualFold),
		also("ids-names-ignore-blanks", "Blanks in a name are not compared.", equalAfter(func(s string) string { return strings.ReplaceAll(s, " ", "") })),
		also("ids-names-in-any-order", "The parts of a name may stand in any order.", equalAfter(func(s string) string {
			parts := strings.Split(s, ", ")
			slices.Sort(parts)
			return strings.Join(parts, ", ")
		})),
		also("ids-names-take-st", "ST= is taken for S=.", equalAfter(func(s string) string { return strings.ReplaceAll(s, ", ST=", ", S=") })),
		also("ids-names-take-escapes", "A comma behind a backslash is taken for one in quotes.", func(registered, subject string) bool {
			return quotedCommas(registered) == subject
		}),
		also("ids-names-ignore-quotes", "Quotes in a name are not compared.", equalAfter(func(s string) string { return strings.ReplaceAll(s, `"`, "") })),
		also("ids-names-contained", "A registered text that is contained in the subject is enough.", func(registered, subject string) bool {
			return registered != "" && strings.Contains(subject, registered)
		}),
		also("ids-names-in-part", "A subject that has every part of the registered name is enough.", func(registered, subject string) bool {
			parts := strings.Split(subject, ", ")
			for part := range strings.SplitSeq(registered, ", ") {
				if !slices.Contains(parts, part) {
					return false
				}
			}
			return true
		}),
		also("ids-names-by-common-name", "The common name alone is compared.", equalAfter(commonName)),
		also("ids-names-take-emailaddress", "EMAILADDRESS= is taken for E=.", equalAfter(func(s string) string { return strings.ReplaceAll(s, "EMAILADDRESS=", "E=") })),
		also("ids-names-normalized", "Names are compared in a normal form of Unicode.", equalAfter(norm.NFC.String)),
		{"ids-names-of-windows", "Names are taken as .NET prints them on Windows, too.", func(p *persona) {
			right := p.rules.nameMatches
			p.rules.nameMatches = func(registered string, c *x509.Certificate) bool {
				name, err := pki.ParseDNDER(c.RawSubject)
				if err != nil {
					return false
				}
				text, err := name.DotNetFor("windows", 10)
				return right(registered, c) || err == nil && text == registered
			}
		}},
		{"ids-names-take-thumbprints", "A thumbprint that is registered as a name is taken as one.", func(p *persona) {
			right := p.rules.nameMatches
			p.rules.nameMatches = func(registered string, c *x509.Certificate) bool {
				return right(registered, c) || sha1Matches(registered, c)
			}
		}},
		{"ids-secret-types-in-any-case", "The type of a secret is not compared letter by letter.", func(p *persona) {
			right := p.rules.certificateProves
			p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
				if strings.EqualFold(string(s.Type), string(X509Name)) {
					s.Type = X509Name
				}
				return right(d, s, c)
			}
		}},
		{"ids-first-name-alone", "Of several registered names the first alone counts.", func(p *persona) {
			right := p.rules.certificateProves
			p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
				return right(d, s, c) && (s.Type != X509Name || firstNameOf(d, s))
			}
		}},
		misprinting("ids-names-without-plus", "Several values of a part are printed without blanks around the plus.", func(s string) string { return strings.ReplaceAll(s, " + ", "+") }),
		misprinting("ids-names-without-email", "The e-mail attribute is printed by its OID.", func(s string) string { return strings.Replace(s, "E=", "OID.1.2.840.113549.1.9.1=", 1) }),
		misprinting("ids-names-without-quotes", "Values are never quoted.", func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, `""`, `'`), `"`, "") }),
		misprinting("ids-names-escape-backslash", "A backslash in a value is doubled.", func(s string) string { return strings.ReplaceAll(s, `\`, `\\`) }),
		misprinting("ids-names-in-ascii", "Letters beyond ASCII are printed as question marks.", func(s string) string {
			return strings.Map(func(r rune) rune {
				if r > 127 {
					return '?'
				}
				return r
			}, s)
		}),
		misprinting("ids-names-fold-blanks", "Two blanks are printed as one.", func(s string) string { return strings.ReplaceAll(s, "  ", " ") }),
		misprinting("ids-names-by-oid", "Attributes that .NET has no label of its own for are printed by their OID.", func(s string) string {
			return strings.NewReplacer("organizationIdentifier=", "OID.2.5.4.97=", "userId=", "OID.0.9.2342.19200300.100.1.1=").Replace(s)
		}),
		misprinting("ids-names-drop-unknown", "Attributes of an unknown type are left out.", func(s string) string {
			return strings.Join(slices.DeleteFunc(strings.Split(s, ", "), func(p string) bool { return strings.HasPrefix(p, "OID.") }), ", ")
		}),
		misprinting("ids-names-cut-values", "Values are cut after 64 characters.", func(s string) string {
			parts := strings.Split(s, ", ")
			for i, p := range parts {
				label, value, _ := strings.Cut(p, "=")
				if len(value) > 64 {
					parts[i] = label + "=" + value[:64]
				}
			}
			return strings.Join(parts, ", ")
		}),
		misprinting("ids-names-cut-parts", "Names are cut after eighteen parts.", func(s string) string {
			parts := strings.Split(s, ", ")
			return strings.Join(parts[:min(len(parts), 18)], ", ")
		}),
		misprinting("ids-names-sort-ous", "Organizational units are printed in alphabetical order.", func(s string) string {
			parts := strings.Split(s, ", ")
			slices.SortStableFunc(parts, func(a, b string) int {
				if strings.HasPrefix(a, "OU=") && strings.HasPrefix(b, "OU=") {
					return strings.Compare(b, a)
				}
				return 0
			})
			return strings.Join(parts, ", ")
		}),
		misprinting("ids-names-without-street", "The street is left out.", func(s string) string {
			return strings.Join(slices.DeleteFunc(strings.Split(s, ", "), func(p string) bool { return strings.HasPrefix(p, "STREET=") }), ", ")
		}),
		{"ids-names-by-string-type", "Names in other string types than UTF8String are not read.", func(p *persona) {
			right := p.rules.nameMatches
			p.rules.nameMatches = func(registered string, c *x509.Certificate) bool {
				return right(registered, c) && !hasStringType(c, asn1.TagPrintableString)
			}
		}},
		{"ids-empty-name-matches", "A certificate without a subject has every name.", func(p *persona) {
			right := p.rules.nameMatches
			p.rules.nameMatches = func(registered string, c *x509.Certificate) bool {
				return right(registered, c) || dotnetSubject(c) == ""
			}
		}},
		{"ids-names-from-san", "A name in the subject alternative name counts.", func(p *persona) {
			right := p.rules.nameMatches
			p.rules.nameMatches = func(registered string, c *x509.Certificate) bool {
				return right(registered, c) || slices.Contains(directoryNames(c), registered)
			}
		}},
		{"ids-names-of-anybody", "A certificate with any client's registered name is taken for this client's.", func(p *persona) {
			p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
				for _, client := range d.clients {
					for _, other := range client.Secrets {
						if s.Type == X509Name && certificateProves(d, other, c) {
							return true
						}
					}
				}
				return certificateProves(d, s, c)
			}
		}},
		{"ids-one-token-per-name", "Clients that share a name get tokens of the first of them.", func(p *persona) {
			p.rules.concludes = func(d *decision, o outcome) outcome {
				if token, ok := o.(issued); ok && token.access != nil {
					copied := *token.access
					copied.clientID = firstOfName(d, copied.clientID)
					token.access = &copied
					return token
				}
				return o
			}
		}},
	}
}

// quotedCommas writes a name with commas behind backslashes as .NET does: in quotes.
func quotedCommas(name string) string {
	parts := strings.Split(strings.ReplaceAll(name, `\,`, "\x00"), ", ")
	for i, part := range parts {
		if label, value, _ := strings.Cut(part, "="); strings.Contains(value, "\x00") {
			parts[i] = label + `="` + strings.ReplaceAll(value, "\x00", ",") + `"`
		}
	}
	return strings.Join(parts, ", ")
}

// firstOfName is the first client, by identifier, that shares a registered name with a client.
func firstOfName(d *decision, id string) string {
	first := id
	for _, own := range d.clients[id].Secrets {
		for other, client := range d.clients {
			if own.Type == X509Name && other < first && slices.Contains(client.Secrets, own) {
				first = other
			}
		}
	}
	return first
}

// firstNameOf reports whether a secret is the first name of its client.
func firstNameOf(d *decision, s Secret) bool {
	client := d.rules.knownClient(d, d.asking)
	if client == nil {
		return true
	}
	i := slices.IndexFunc(client.Secrets, func(x Secret) bool { return x.Type == X509Name })
	return i >= 0 && client.Secrets[i] == s
}

// hasStringType reports whether the common name is encoded in a string type.
func hasStringType(c *x509.Certificate, tag int) bool {
	var rdns []asn1.RawValue
	if _, err := asn1.Unmarshal(c.RawSubject, &rdns); err != nil {
		return false
	}
	for _, set := range rdns {
		var attribute struct {
			Type  asn1.ObjectIdentifier
			Value asn1.RawValue
		}
		if _, err := asn1.Unmarshal(set.Bytes, &attribute); err == nil && attribute.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 3}) && attribute.Value.Tag == tag {
			return true
		}
	}
	return false
}

// directoryNames are the directory names in the subject alternative name, as .NET prints names.
func directoryNames(c *x509.Certificate) []string {
	var out []string
	for _, e := range c.Extensions {
		if !e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) {
			continue
		}
		var names []asn1.RawValue
		if _, err := asn1.Unmarshal(e.Value, &names); err != nil {
			continue
		}
		for _, n := range names {
			if n.Class != asn1.ClassContextSpecific || n.Tag != 4 {
				continue
			}
			if dn, err := pki.ParseDNDER(n.Bytes); err == nil {
				if text, err := dn.DotNet(); err == nil {
					out = append(out, text)
				}
			}
		}
	}
	return out
}
