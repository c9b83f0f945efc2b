package fakeidp

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net"
	"net/url"
	"slices"
	"strings"
)

var oidEmailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

// alternatively makes a fault that takes further certificates for one with the registered alternative name.
func alternatively(name, doc string, also func(s Secret, c *x509.Certificate) bool) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.alternativeNameMatches
		p.rules.alternativeNameMatches = func(s Secret, c *x509.Certificate) bool { return right(s, c) || also(s, c) }
	}}
}

// found makes a comparison with each alternative name of one kind.
func found(t SecretType, same func(registered, found string) bool) func(s Secret, c *x509.Certificate) bool {
	return func(s Secret, c *x509.Certificate) bool {
		if s.Type != t {
			return false
		}
		for _, name := range generalNames(c, alternativeNames()[t].tag) {
			if same(s.Value, string(name)) {
				return true
			}
		}
		return false
	}
}

// alternativeNameFaults are mistakes in the comparison of subject alternative names (RFC 8705 §2.1.2). They can be seen where clients are
// registered by NameDNS, NameURI, NameIP or NameEmail.
func alternativeNameFaults() []Fault {
	return []Fault{
		alternatively("alternative-names-of-anybody", "Any certificate of a trusted authority proves a registered alternative name.", func(Secret, *x509.Certificate) bool { return true }),
		alternatively("alternative-names-take-common-names", "The common name counts as a DNS name.", func(s Secret, c *x509.Certificate) bool {
			return s.Type == SubjectDNS && sameASCII(s.Value, c.Subject.CommonName)
		}),
		alternatively("alternative-names-of-another-kind", "A registered name is looked for in alternative names of every kind.", func(s Secret, c *x509.Certificate) bool {
			for _, kind := range alternativeNames() {
				for _, name := range generalNames(c, kind.tag) {
					if s.Value == string(name) {
						return true
					}
				}
			}
			return false
		}),
		alternatively("dns-names-take-wildcards", "A wildcard in a certificate stands for the registered DNS name.", found(SubjectDNS, func(registered, found string) bool {
			_, parent, _ := strings.Cut(registered, ".")
			return sameASCII("*."+parent, found)
		})),
		alternatively("dns-names-match-suffixes", "A name below the registered DNS name proves it.", found(SubjectDNS, func(registered, found string) bool {
			return strings.HasSuffix(found, "."+registered)
		})),
		alternatively("dns-names-match-parents", "The name above the registered DNS name proves it.", found(SubjectDNS, func(registered, found string) bool {
			_, parent, _ := strings.Cut(registered, ".")
			return parent != "" && sameASCII(parent, found)
		})),
		alternatively("dns-names-are-patterns", "A wildcard in the registered DNS name stands for any label.", found(SubjectDNS, func(registered, found string) bool {
			parent, wild := strings.CutPrefix(registered, "*.")
			_, rest, _ := strings.Cut(found, ".")
			return wild && sameASCII(parent, rest)
		})),
		alternatively("dns-names-ignore-a-last-dot", "A dot at the end of a DNS name does not count.", found(SubjectDNS, func(registered, found string) bool {
			return sameASCII(registered, strings.TrimSuffix(found, "."))
		})),
		alternatively("dns-names-end-at-nul", "A DNS name in a certificate ends at a NUL.", found(SubjectDNS, func(registered, found string) bool {
			before, _, cut := strings.Cut(found, "\x00")
			return cut && sameASCII(registered, before)
		})),
		alternatively("uris-ignore-case", "URIs are compared without regard to the case of letters.", found(SubjectURI, strings.EqualFold)),
		alternatively("uris-match-prefixes", "A URI below the registered one proves it.", found(SubjectURI, func(registered, found string) bool {
			return strings.HasPrefix(found, strings.TrimSuffix(registered, "/")+"/")
		})),
		alternatively("uris-by-path", "URIs are compared by scheme and path, whatever their host.", found(SubjectURI, func(registered, found string) bool {
			a, err := url.Parse(registered)
			b, err2 := url.Parse(found)
			return err == nil && err2 == nil && strings.EqualFold(a.Scheme, b.Scheme) && a.Path == b.Path
		})),
		alternatively("uris-resolve-dots", "Dots in the path of a URI are resolved before it is compared.", found(SubjectURI, func(registered, found string) bool {
			u, err := url.Parse(found)
			return err == nil && sameURI(registered, u.JoinPath().String())
		})),
		alternatively("addresses-take-mapped-ones", "An IPv4-mapped IPv6 address proves the IPv4 address.", func(s Secret, c *x509.Certificate) bool {
			four := net.ParseIP(s.Value).To4()
			return s.Type == SubjectIP && four != nil && found(SubjectIP, func(_, in string) bool {
				return len(in) == net.IPv6len && four.Equal(net.IP(in))
			})(s, c)
		}),
		alternatively("mailboxes-ignore-case", "Mail addresses are compared without regard to the case of letters before the @.", found(SubjectEmail, sameASCII)),
		alternatively("mailboxes-by-host", "Every mail address of the registered host proves the registered one.", found(SubjectEmail, func(registered, found string) bool {
			_, host, _ := strings.Cut(registered, "@")
			return host != "" && strings.HasSuffix(found, "@"+host)
		})),
		alternatively("mailboxes-from-subjects", "A mail address in the subject proves the registered one.", func(s Secret, c *x509.Certificate) bool {
			return s.Type == SubjectEmail && slices.ContainsFunc(c.Subject.Names, func(a pkix.AttributeTypeAndValue) bool {
				return a.Type.Equal(oidEmailAddress) && a.Value == s.Value
			})
		}),
		alternatively("mailboxes-from-other-names", "A mail address in the name of a user, an otherName, proves the registered one.", func(s Secret, c *x509.Certificate) bool {
			const otherName = 0
			return s.Type == SubjectEmail && slices.ContainsFunc(generalNames(c, otherName), func(found []byte) bool { return bytes.HasSuffix(found, []byte(s.Value)) })
		}),
		alternatively("alternative-names-may-be-absent", "A certificate without any alternative name proves a registered one.", func(_ Secret, c *x509.Certificate) bool {
			return !has(c, oidAlternativeName)
		}),
	}
}
