package fakeidp

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"net"
	"slices"
	"strings"
)

// The subject alternative names by which the strict server knows a client, by the name of the metadata member that registers
// one (RFC 8705 §2.1.2). IdentityServer knows none of them.
const (
	SubjectDNS   SecretType = "tls_client_auth_san_dns"
	SubjectURI   SecretType = "tls_client_auth_san_uri"
	SubjectIP    SecretType = "tls_client_auth_san_ip"
	SubjectEmail SecretType = "tls_client_auth_san_email"
)

// NameDNS is a secret that a certificate with this DNS name proves; case does not count, and no wildcard is understood.
func NameDNS(name string) Secret { return Secret{Type: SubjectDNS, Value: name} }

// NameURI is a secret that a certificate with this URI proves; case does not count in scheme and host, and everywhere else.
func NameURI(uri string) Secret { return Secret{Type: SubjectURI, Value: uri} }

// NameIP is a secret that a certificate with this IP address proves, IPv4 in decimals or IPv6 in any of its spellings.
func NameIP(address string) Secret { return Secret{Type: SubjectIP, Value: address} }

// NameEmail is a secret that a certificate with this mail address proves; case counts before the @, and not after it.
func NameEmail(address string) Secret { return Secret{Type: SubjectEmail, Value: address} }

// alternativeNames are the types of secrets that name a subject alternative name: the tag of its kind (RFC 5280 §4.2.1.6),
// and how a registered name is compared with the octets of one in a certificate.
func alternativeNames() map[SecretType]struct {
	tag  int
	same func(registered string, found []byte) bool
} {
	return map[SecretType]struct {
		tag  int
		same func(registered string, found []byte) bool
	}{
		SubjectEmail: {1, sameMailbox},
		SubjectDNS:   {2, func(registered string, found []byte) bool { return sameASCII(registered, string(found)) }},
		SubjectURI:   {6, func(registered string, found []byte) bool { return sameURI(registered, string(found)) }},
		SubjectIP:    {7, sameAddress},
	}
}

// alternativeNameMatches tells whether the certificate has the registered subject alternative name. An empty one is nobody's.
func alternativeNameMatches(s Secret, c *x509.Certificate) bool {
	kind, ok := alternativeNames()[s.Type]
	return ok && s.Value != "" && slices.ContainsFunc(generalNames(c, kind.tag), func(found []byte) bool { return kind.same(s.Value, found) })
}

var oidAlternativeName = asn1.ObjectIdentifier{2, 5, 29, 17}

// generalNames are the octets of the subject alternative names with this tag, as they stand in the certificate: what
// x509 makes of them has lost how they were spelled.
func generalNames(c *x509.Certificate, tag int) [][]byte {
	var found [][]byte
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidAlternativeName) {
			continue
		}
		var names []asn1.RawValue
		if rest, err := asn1.Unmarshal(e.Value, &names); err != nil || len(rest) > 0 {
			return nil
		}
		for _, n := range names {
			if n.Class == asn1.ClassContextSpecific && n.Tag == tag {
				found = append(found, n.Bytes)
			}
		}
	}
	return found
}

// sameASCII compares without regard to the case of ASCII letters (RFC 4343), and of no others.
func sameASCII(a, b string) bool {
	lower := func(s string) string {
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}, s)
	}
	return lower(a) == lower(b)
}

// sameURI compares scheme and host without regard to case (RFC 5280 §7.4), and all else as it is written.
func sameURI(registered, found string) bool {
	a, rest := schemeAndHost(registered)
	b, otherRest := schemeAndHost(found)
	return sameASCII(a, b) && rest == otherRest
}

// schemeAndHost cuts a URI behind its host, or behind its scheme where there is no host that stands alone.
func schemeAndHost(uri string) (head, rest string) {
	scheme, hierarchy, ok := strings.Cut(uri, "://")
	if !ok {
		i := strings.IndexByte(uri, ':') + 1
		return uri[:i], uri[i:]
	}
	end := len(scheme) + len("://")
	host := hierarchy
	if i := strings.IndexAny(hierarchy, "/?#"); i >= 0 {
		host = hierarchy[:i]
	}
	if !strings.Contains(host, "@") {
		end += len(host)
	}
	return uri[:end], uri[end:]
}

// sameMailbox compares as RFC 5280 §7.5 says.
func sameMailbox(registered string, found []byte) bool {
	local, host, ok := strings.Cut(registered, "@")
	foundLocal, foundHost, foundOK := strings.Cut(string(found), "@")
	return ok && foundOK && local == foundLocal && sameASCII(host, foundHost)
}

// sameAddress compares octets: four for IPv4, sixteen for IPv6 (RFC 8705 §2.1.2).
func sameAddress(registered string, found []byte) bool {
	ip := net.ParseIP(registered)
	if ip == nil {
		return false
	}
	if four := ip.To4(); four != nil && !strings.Contains(registered, ":") {
		return bytes.Equal(four, found)
	}
	return bytes.Equal(ip, found)
}
