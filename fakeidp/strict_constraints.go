package fakeidp

import (
	"crypto/x509"
	"encoding/asn1"
	"net"
	"net/url"
	"slices"
	"strings"
)

var oidNameConstraints = asn1.ObjectIdentifier{2, 5, 29, 30}

// namesPermitted: the subject alternative names of a certificate stay within the name constraints of an authority above it
// (RFC 5280 §4.2.1.10). A constraint on names of any other kind is not understood, and nothing passes it.
func namesPermitted(authority, c *x509.Certificate) bool {
	if !has(authority, oidNameConstraints) {
		return true
	}
	a := authority
	return constraintsUnderstood(a) &&
		within5280(a.PermittedDNSDomains, a.ExcludedDNSDomains, c.DNSNames, domainWithin) &&
		within5280(a.PermittedEmailAddresses, a.ExcludedEmailAddresses, c.EmailAddresses, mailboxWithin) &&
		(len(a.PermittedURIDomains)+len(a.ExcludedURIDomains) == 0 || !slices.ContainsFunc(c.URIs, hostless)) &&
		within5280(a.PermittedURIDomains, a.ExcludedURIDomains, c.URIs, uriWithin) &&
		within5280(a.PermittedIPRanges, a.ExcludedIPRanges, c.IPAddresses, func(ip net.IP, n *net.IPNet) bool { return n.Contains(ip) })
}

// within5280 asks that each name is within one of the permitted subtrees, if there are any, and in none of the excluded.
func within5280[N, C any](permitted, excluded []C, names []N, within func(N, C) bool) bool {
	for _, n := range names {
		inside := func(c C) bool { return within(n, c) }
		if slices.ContainsFunc(excluded, inside) || len(permitted) > 0 && !slices.ContainsFunc(permitted, inside) {
			return false
		}
	}
	return true
}

// domainWithin: the name is the domain, or one below it.
func domainWithin(name, domain string) bool {
	name, domain = strings.ToLower(strings.TrimSuffix(name, ".")), strings.ToLower(domain)
	switch {
	case domain == "":
		return true
	case strings.HasPrefix(domain, "."):
		return strings.HasSuffix(name, domain)
	}
	return name == domain || strings.HasSuffix(name, "."+domain)
}

// hostWithin: with a dot in front the domain stands for all hosts below it, without one for this host.
func hostWithin(host, domain string) bool {
	host, domain = strings.ToLower(host), strings.ToLower(domain)
	if strings.HasPrefix(domain, ".") {
		return strings.HasSuffix(host, domain)
	}
	return host == domain
}

// mailboxWithin: a constraint is one mailbox, a host, or a domain with a dot in front. The local part is compared
// exactly.
func mailboxWithin(address, constraint string) bool {
	at := strings.LastIndexByte(address, '@')
	local, host := address[:max(at, 0)], address[at+1:]
	if i := strings.LastIndexByte(constraint, '@'); i >= 0 {
		return local == constraint[:i] && strings.EqualFold(host, constraint[i+1:])
	}
	return hostWithin(host, constraint)
}

// uriWithin looks at the host of the URI.
func uriWithin(u *url.URL, constraint string) bool { return hostWithin(u.Hostname(), constraint) }

// hostless: a URI without a host name cannot be judged by a constraint, and is refused.
func hostless(u *url.URL) bool { return u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil }

// constraintsUnderstood tells whether all name constraints are on kinds of names that namesPermitted looks at: mail
// addresses [1], DNS names [2], URIs [6] and addresses [7].
func constraintsUnderstood(c *x509.Certificate) bool {
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidNameConstraints) {
			continue
		}
		var constraints struct {
			Permitted []subtree `asn1:"optional,tag:0"`
			Excluded  []subtree `asn1:"optional,tag:1"`
		}
		if rest, err := asn1.Unmarshal(e.Value, &constraints); err != nil || len(rest) > 0 {
			return false
		}
		for _, s := range slices.Concat(constraints.Permitted, constraints.Excluded) {
			if !slices.Contains([]int{1, 2, 6, 7}, s.Base.Tag) {
				return false
			}
		}
	}
	return true
}

// subtree is GeneralSubtree; minimum and maximum are not used in this profile of X.509.
type subtree struct {
	Base    asn1.RawValue
	Minimum int `asn1:"optional,tag:0,default:0"`
	Maximum int `asn1:"optional,tag:1"`
}
