package fakeidp

import (
	"crypto/x509"
	"net"
	"strings"
)

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
		alternatively("dns-names-end-at-nul", "A DNS name in a certificate ends at a NUL.", found(SubjectDNS, func(registered, found string) bool {
			before, _, cut := strings.Cut(found, "\x00")
			return cut && sameASCII(registered, before)
		})),
		alternatively("uris-ignore-case", "URIs are compared without regard to the case of letters.", found(SubjectURI, strings.EqualFold)),
		alternatively("uris-match-prefixes", "A URI below the registered one proves it.", found(SubjectURI, func(registered, found string) bool {
			return strings.HasPrefix(found, strings.TrimSuffix(registered, "/")+"/")
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
	}
}
