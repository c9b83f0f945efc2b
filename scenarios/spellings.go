package scenarios

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// A Spelling is one way to write the registered name or thumbprint of a certificate other than the product's own. For
// each there is a role spelling:<name> or, for alternative names, san:<name>, whose client is registered so.
type Spelling struct {
	Name  string // "no-blanks"
	Doc   string // what is different
	Of    string // the identity whose name or thumbprint is written
	Right bool   // IdentityServer takes it all the same
	Write func(id *pki.Identity, canonical string) string
	Type  string // secret type to register under, where it is not the kind's own
	// Whose is the name that is written, where it is not the certificate's own subject.
	Whose func(id *pki.Identity) pki.DN
	// Everywhere: registered at any server, not at IdentityServer alone.
	Everywhere bool
}

// Spellings are the alternative and wrong ways to write a name (from the .NET form) or a thumbprint.
func Spellings() []Spelling {
	return slices.Concat(nameSpellings(), subjectSpellings(), thumbprintSpellings(), alternativeSpellings())
}

func text(write func(string) string) func(*pki.Identity, string) string {
	return func(_ *pki.Identity, canonical string) string { return write(canonical) }
}

func replaced(old, with string) func(*pki.Identity, string) string {
	return text(func(s string) string { return strings.Replace(s, old, with, 1) })
}

// nameSpellings are written from "CN=client, OU=Conformance, O=mtlscheck, C=SE", or from the name of a fixture.
func nameSpellings() []Spelling {
	return []Spelling{
		{Name: "other-case", Doc: "one letter of a value in another case", Of: "client", Write: replaced("CN=client", "CN=Client")},
		{Name: "lower-case-labels", Doc: "the labels in lower case", Of: "client", Write: text(func(s string) string {
			return strings.NewReplacer("CN=", "cn=", "OU=", "ou=", ", O=", ", o=", "C=", "c=").Replace(s)
		})},
		{Name: "no-blanks", Doc: "no blank behind the commas, as RFC 4514 writes", Of: "client", Write: text(func(s string) string { return strings.ReplaceAll(s, ", ", ",") })},
		{Name: "forward-order", Doc: "the parts in the order in which they are encoded, as OpenSSL prints", Of: "client", Write: text(backwards)},
		{Name: "st-label", Doc: "ST= where .NET writes S=", Of: "dn-contoso", Write: replaced(", S=", ", ST=")},
		{Name: "backslash-comma", Doc: "a comma escaped as in RFC 4514 where .NET puts the value in quotes", Of: "dn-contoso", Write: replaced(`"Contoso, Ltd."`, `Contoso\, Ltd.`)},
		{Name: "bare-comma", Doc: "a comma without the quotes that .NET puts around the value", Of: "dn-contoso", Write: replaced(`"Contoso, Ltd."`, `Contoso, Ltd.`)},
		{Name: "trailing-blank", Doc: "a blank at the end", Of: "client", Write: text(func(s string) string { return s + " " })},
		{Name: "leading-blank", Doc: "a blank at the start", Of: "client", Write: text(func(s string) string { return " " + s })},
		{Name: "cn-only", Doc: "the common name alone, with its label", Of: "client", Write: text(func(s string) string { return s[:strings.Index(s, ",")] })},
		{Name: "cn-value-only", Doc: "the value of the common name alone", Of: "client", Write: text(func(s string) string { return strings.TrimPrefix(s[:strings.Index(s, ",")], "CN=") })},
		{Name: "without-one-part", Doc: "the name without its organizational unit", Of: "client", Write: replaced(", OU=Conformance", "")},
		{Name: "emailaddress-label", Doc: "EMAILADDRESS= where .NET writes E=", Of: "dn-email", Write: replaced("E=", "EMAILADDRESS=")},
		{Name: "reversed-ous", Doc: "two organizational units in the other order", Of: "dn-two-ous", Write: text(func(s string) string {
			return strings.NewReplacer("OU=a", "OU=b", "OU=b", "OU=a").Replace(s)
		})},
		{Name: "decomposed", Doc: "an accented letter as letter and accent (NFD) where the certificate has one character (NFC)", Of: "dn-accents", Write: text(func(s string) string {
			return strings.NewReplacer("ü", "u\u0308", "ö", "o\u0308", "é", "e\u0301").Replace(s)
		})},
		{Name: "windows-labels", Doc: "OID. labels as .NET prints them on Windows", Of: "dn-organization-identifier", Write: func(id *pki.Identity, s string) string {
			if w, err := id.DN().DotNetFor("windows", 10); err == nil {
				return w
			}
			return s
		}},
		{Name: "thumbprint-as-name", Doc: "a thumbprint registered as a name", Of: "client", Write: func(id *pki.Identity, _ string) string { return id.Thumbprints().SHA1Upper }},
		{Name: "name-type-in-lower-case", Doc: "the secret type x509name instead of X509Name", Of: "client", Type: "x509name", Write: text(func(s string) string { return s })},
	}
}

// subjectSpellings are ways to write a name that RFC 4514 allows, and names that are somebody else's.
func subjectSpellings() []Spelling {
	return []Spelling{
		{Name: "encoded-order", Doc: "the parts of the name in the order in which they are encoded, which RFC 4514 turns around", Of: "client", Everywhere: true,
			Write: func(id *pki.Identity, _ string) string {
				rdns := id.DN().RDNs()
				slices.Reverse(rdns)
				return asRFC4514(rdns)
			}},
		{Name: "hex-pairs", Doc: "special characters as a backslash and two hexadecimal digits", Of: "dn-escapes", Everywhere: true,
			Write: func(id *pki.Identity, _ string) string { return hexPairs(id.DN().String()) }},
		{Name: "set-in-other-order", Doc: "the attributes of one part in the other order", Of: "dn-ou-set", Everywhere: true,
			Write: func(id *pki.Identity, _ string) string {
				rdns := id.DN().RDNs()
				for _, rdn := range rdns {
					slices.Reverse(rdn)
				}
				return inOrder(rdns)
			}},
		{Name: "long-labels", Doc: "attributes by their names where RFC 4514 knows no name but the OID", Of: "dn-organization-identifier", Everywhere: true,
			Write: func(id *pki.Identity, _ string) string { return id.DN().OpenSSLRFC2253() }},
		{Name: "issuers-name", Doc: "the subject of the CA that issued the certificate", Of: "client", Everywhere: true, Whose: issuersName,
			Write: text(func(s string) string { return s })},
	}
}

// asRFC4514 writes parts, given in encoded order, as RFC 4514 does.
func asRFC4514(rdns []dn.RDN) string {
	name, err := dn.New(rdns...)
	if err != nil {
		return ""
	}
	return name.String()
}

// inOrder writes parts as RFC 4514 does, with the attributes of each part in the order in which they are given.
func inOrder(rdns []dn.RDN) string {
	var parts []string
	for _, rdn := range slices.Backward(rdns) {
		var attributes []string
		for _, a := range rdn {
			attributes = append(attributes, asRFC4514([]dn.RDN{{a}}))
		}
		parts = append(parts, strings.Join(attributes, "+"))
	}
	return strings.Join(parts, ",")
}

// hexPairs writes each escaped character of a name of RFC 4514 as a pair of hexadecimal digits.
func hexPairs(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '\\' && i+1 < len(name) && strings.IndexByte(` "#+,;<=>\`, name[i+1]) >= 0 {
			i++
			fmt.Fprintf(&b, "\\%02X", name[i])
			continue
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// issuersName is the subject of the CA at the top of an identity's chain.
func issuersName(id *pki.Identity) pki.DN {
	for _, der := range id.Roots() {
		if c, err := x509.ParseCertificate(der); err == nil {
			if name, err := pki.ParseDNDER(c.RawSubject); err == nil {
				return name
			}
		}
	}
	return pki.DN{}
}

// backwards turns the parts of a .NET name without quotes around.
func backwards(s string) string {
	parts := strings.Split(s, ", ")
	slices.Reverse(parts)
	return strings.Join(parts, ", ")
}

// thumbprintSpellings are written from the SHA-1 of the certificate in upper-case hexadecimal.
func thumbprintSpellings() []Spelling {
	grouped := func(with string) func(*pki.Identity, string) string {
		return text(func(s string) string {
			var pairs []string
			for i := 0; i+2 <= len(s); i += 2 {
				pairs = append(pairs, s[i:i+2])
			}
			return strings.Join(pairs, with)
		})
	}
	return []Spelling{
		{Name: "lower-hex", Doc: "lower-case hexadecimal", Of: "pinned", Right: true, Write: text(strings.ToLower)},
		{Name: "mixed-hex", Doc: "hexadecimal in mixed case", Of: "pinned", Right: true, Write: text(func(s string) string { return strings.ToLower(s[:20]) + s[20:] })},
		{Name: "colons", Doc: "with colons, as OpenSSL prints", Of: "pinned", Write: grouped(":")},
		{Name: "blanks", Doc: "with blanks, as Windows shows", Of: "pinned", Write: grouped(" ")},
		{Name: "leading-U+200E", Doc: "behind an invisible left-to-right mark, as copied from the Windows certificate dialog", Of: "pinned", Write: text(func(s string) string { return "\u200e" + s })},
		{Name: "sha256", Doc: "SHA-256 in hexadecimal", Of: "pinned", Write: func(id *pki.Identity, _ string) string { return id.Thumbprints().SHA256Hex }},
		{Name: "x5t-s256", Doc: "x5t#S256 in base64url", Of: "pinned", Write: func(id *pki.Identity, _ string) string { return id.Thumbprints().X5tS256 }},
		{Name: "name-as-thumbprint", Doc: "a name registered as a thumbprint", Of: "pinned", Write: func(id *pki.Identity, _ string) string {
			name, _ := id.DN().DotNet() // the pinned certificate has a plain name
			return name
		}},
		{Name: "of-the-ca", Doc: "the thumbprint of the CA that issued the certificate", Of: "pinned", Write: func(id *pki.Identity, s string) string {
			if roots := id.Roots(); len(roots) > 0 {
				return harness.Summarize(roots[0]).SHA1
			}
			return s
		}},
	}
}

// spelled are the roles whose registration is written in one of the Spellings.
func spelled() []RoleSpec {
	var out []RoleSpec
	for _, kind := range []CredentialKind{ByName, ByCertificate} {
		all := slices.Concat(nameSpellings(), subjectSpellings())
		if kind == ByCertificate {
			all = thumbprintSpellings()
		}
		for _, s := range all {
			products := identityServer()
			if s.Everywhere {
				products = nil
			}
			out = append(out, RoleSpec{Role: harness.Role("spelling:" + s.Name), Doc: "a client registered with " + s.Doc, Certificate: s.Of,
				Registration: Registration{ClientID: "mtls.spelling." + strings.ToLower(strings.ReplaceAll(s.Name, "+", "")), Products: products,
					Credentials: []Credential{{Kind: kind, Of: s.Of, Spelling: s.Name}}}})
		}
	}
	return out
}

// unusualNames are the roles whose certificates have unusual subjects: dn:<fixture>, one per name fixture of package pki.
func unusualNames() []RoleSpec {
	var out []RoleSpec
	for _, f := range pki.NameFixtures() {
		out = append(out, RoleSpec{Role: harness.Role("dn:" + f.Name), Doc: "a client whose certificate has an unusual name: " + f.Doc, Certificate: "dn-" + f.Name,
			Registration: Registration{ClientID: "mtls.dn." + f.Name, Credentials: byName("dn-" + f.Name), Bound: true}})
	}
	return out
}

// Written is a credential's name or certificate as text, as it is registered at a product: the subject as .NET prints it
// and the SHA-1 thumbprint in upper-case hexadecimal for IdentityServer; the subject of RFC 4514 and the thumbprint
// x5t#S256 for any other server; the first alternative name of its kind. A spelling changes it.
func Written(c Credential, id *pki.Identity, product string) (string, error) {
	s, known := SpellingNamed(c.Spelling)
	name := id.DN()
	if known && s.Whose != nil {
		name = s.Whose(id)
	}
	var out string
	var err error
	switch {
	case c.Kind == ByName && product == "identityserver":
		out, err = name.DotNet()
	case c.Kind == ByName:
		out = name.String()
	case c.Kind.alternative():
		out, err = alternativeName(c.Kind, id)
	case c.Kind == ByKeySet:
		return NoKeys, nil
	case product == "identityserver":
		out = id.Thumbprints().SHA1Upper
	default:
		out = id.Thumbprints().X5tS256
	}
	if err != nil || c.Spelling == "" {
		return out, err
	}
	if !known {
		return "", fmt.Errorf("there is no spelling %q", c.Spelling)
	}
	return s.Write(id, out), nil
}

// SpellingNamed finds a spelling.
func SpellingNamed(name string) (Spelling, bool) {
	all := allSpellings()
	i := slices.IndexFunc(all, func(s Spelling) bool { return s.Name == name })
	if i < 0 {
		return Spelling{}, false
	}
	return all[i], true
}

// allSpellings are Spellings, made once.
var allSpellings = sync.OnceValue(Spellings)
