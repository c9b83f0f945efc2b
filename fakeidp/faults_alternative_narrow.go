package fakeidp

import (
	"crypto/x509"
	"net"
	"strings"
)

// narrowAlternativeFaults are ways to know alternative names too narrowly: some of those who have the registered name are kept out.
func narrowAlternativeFaults() []Fault {
	return []Fault{
		narrowly("refuses-alternative-names", "The server knows nobody by an alternative name.", func(Secret, *x509.Certificate) bool { return false }),
		narrowly("alternative-names-first-alone", "Of several alternative names of a kind the server looks at the first.", func(s Secret, c *x509.Certificate) bool {
			kind := alternativeNames()[s.Type]
			names := generalNames(c, kind.tag) // none, where another fault lets in who has none
			return len(names) > 0 && kind.same(s.Value, names[0])
		}),
		narrowly("dns-names-by-case", "DNS names are compared with regard to case.", exactly(SubjectDNS)),
		narrowly("dns-names-in-unicode", "The server decodes the xn-- form of the DNS names in certificates, and then compares with what is registered.", func(s Secret, _ *x509.Certificate) bool {
			return s.Type != SubjectDNS || !strings.HasPrefix(s.Value, "xn--")
		}),
		narrowly("uris-by-the-letter", "URIs are compared letter by letter, scheme and host too.", exactly(SubjectURI)),
		narrowly("addresses-as-texts", "The registered IP address is compared as text with the one of the certificate.", func(s Secret, c *x509.Certificate) bool {
			return s.Type != SubjectIP || found(SubjectIP, func(registered, found string) bool { return registered == net.IP(found).String() })(s, c)
		}),
		narrowly("mailboxes-by-the-letter", "Mail addresses are compared with regard to case, the host too.", exactly(SubjectEmail)),
	}
}

// narrowly makes a fault that keeps out some of those who have the registered alternative name.
func narrowly(name, doc string, also func(s Secret, c *x509.Certificate) bool) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.alternativeNameMatches
		p.rules.alternativeNameMatches = func(s Secret, c *x509.Certificate) bool { return right(s, c) && also(s, c) }
	}}
}

// exactly asks for names of one kind that are the registered one letter by letter.
func exactly(t SecretType) func(s Secret, c *x509.Certificate) bool {
	same := found(t, func(registered, found string) bool { return registered == found })
	return func(s Secret, c *x509.Certificate) bool { return s.Type != t || same(s, c) }
}
