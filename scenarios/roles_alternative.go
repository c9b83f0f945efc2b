package scenarios

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/pki"
)

// alternative tells whether the kind is a subject alternative name (RFC 8705 §2.1.2).
func (k CredentialKind) alternative() bool {
	return slices.Contains([]CredentialKind{ByDNS, ByURI, ByIP, ByEmail}, k)
}

// registeredAt tells whether a product can register this kind of alternative name. Products that are not in the table can register
// all: go-oidc 0.23 has two of the four members, OpenIddict 7.8 looks for the host of a redirect URI, and the others know
// subjects alone.
func (k CredentialKind) registeredAt(product string) bool {
	known, listed := map[string][]CredentialKind{
		"identityserver": {}, "keycloak": {}, "spring": {}, "openiddict": {}, "go-oidc": {ByDNS, ByIP},
	}[product]
	return !listed || slices.Contains(known, k)
}

// alternativeNames are the roles san:<…>: clients that are known by one alternative name of the certificate san, which has
// names of every kind.
func alternativeNames() []RoleSpec {
	var out []RoleSpec
	for _, r := range []struct {
		name     string
		kind     CredentialKind
		doc      string
		spelling string
	}{
		{"dns", ByDNS, "by a DNS name of its certificate", ""},
		{"uri", ByURI, "by a URI of its certificate", ""},
		{"ip", ByIP, "by an IPv4 address of its certificate", ""},
		{"ipv6", ByIP, "by an IPv6 address of its certificate", "ipv6"},
		{"email", ByEmail, "by a mail address of its certificate", ""},
		{"ipv6-in-full", ByIP, "by an IPv6 address of its certificate, registered with all its zeros and in capital letters", "ipv6-in-full"},
		{"wildcard", ByDNS, "by a wildcard that the DNS name of its certificate would fit", "wildcard"},
		{"international", ByDNS, "by the international DNS name xn--bcher-kva.example", "international"},
	} {
		out = append(out, RoleSpec{Role: harness.Role("san:" + r.name), Doc: "a client known " + r.doc, Certificate: pki.WithNames,
			Registration: Registration{ClientID: "mtls.san." + r.name, Credentials: []Credential{{Kind: r.kind, Of: pki.WithNames, Spelling: r.spelling}}, Bound: true}})
	}
	return out
}

// alternativeSpellings are written from an alternative name of a certificate.
func alternativeSpellings() []Spelling {
	six := func(write func(netip.Addr) string) func(*pki.Identity, string) string {
		return func(id *pki.Identity, canonical string) string {
			for _, ip := range pki.AlternativeNames(id.Certificate(), string(ByIP)) {
				if a, err := netip.ParseAddr(ip); err == nil && a.Is6() {
					return write(a)
				}
			}
			return canonical
		}
	}
	return []Spelling{
		{Name: "ipv6", Doc: "the IPv6 address of the certificate", Of: pki.WithNames, Everywhere: true, Write: six(netip.Addr.String)},
		{Name: "ipv6-in-full", Doc: "all zeros of an IPv6 address, and capital letters", Of: pki.WithNames, Everywhere: true, Write: six(inFull)},
		{Name: "wildcard", Doc: "a wildcard instead of the first label of a DNS name", Of: pki.WithNames, Everywhere: true, Write: text(func(name string) string {
			_, parent, _ := strings.Cut(name, ".")
			return "*." + parent
		})},
		{Name: "international", Doc: "an international DNS name in its xn-- form", Of: pki.WithNames, Everywhere: true, Write: text(func(string) string { return "xn--bcher-kva.example" })},
	}
}

// inFull writes an IPv6 address without abbreviations: RFC 5952 §8 has addresses compared in binary, whatever they look like.
func inFull(a netip.Addr) string { return strings.ToUpper(a.StringExpanded()) }

// alternativeName is the first alternative name of a kind.
func alternativeName(kind CredentialKind, id *pki.Identity) (string, error) {
	names := pki.AlternativeNames(id.Certificate(), string(kind))
	if len(names) == 0 {
		return "", fmt.Errorf("the certificate of %s has no alternative name of the kind %s", id.Name(), kind)
	}
	return names[0], nil
}
