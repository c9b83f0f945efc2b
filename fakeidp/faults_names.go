package fakeidp

import (
	"cmp"
	"crypto/x509"
	"regexp"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// subjectFaults are careless ways to compare the registered name with the subject. They are mistakes of a server that reads
// names as RFC 4514 writes them.
func subjectFaults() []Fault {
	return []Fault{
		loose("compares-common-names", "The server compares the common names alone.", func(want, got pki.DN) bool {
			return len(commonNames(want)) > 0 && slices.Equal(commonNames(want), commonNames(got))
		}),
		loose("ignores-common-names", "The server compares everything but the common names.", func(want, got pki.DN) bool {
			return alike(without(want, isCommonName), without(got, isCommonName))
		}),
		loose("matches-prefixes", "The server takes a value for the registered one if it begins with it.", valuewise(func(want, got string) bool { return strings.HasPrefix(got, want) })),
		loose("matches-suffixes", "The server takes a value for the registered one if it ends with it.", valuewise(func(want, got string) bool { return strings.HasSuffix(got, want) })),
		loose("matches-inside", "The server takes a value for the registered one if it contains it.", valuewise(func(want, got string) bool { return strings.Contains(got, want) })),
		loose("ignores-order", "The server does not look at the order of a name's parts.", func(want, got pki.DN) bool { return alike(inSomeOrder(want), inSomeOrder(got)) }),
		loose("wants-registered-parts", "The server is content if every registered part occurs in the subject.", func(want, got pki.DN) bool { return contains(got, want) }),
		loose("wants-no-other-parts", "The server is content if every part of the subject is registered.", func(want, got pki.DN) bool { return contains(want, got) }),
		loose("takes-first-of-a-kind", "The server keeps the first part of each type and drops the others.", func(want, got pki.DN) bool {
			return alike(onePerKind(want, false), onePerKind(got, false))
		}),
		loose("takes-last-of-a-kind", "The server keeps the last part of each type and drops the others.", func(want, got pki.DN) bool {
			return alike(onePerKind(want, true), onePerKind(got, true))
		}),
		loose("splits-parts", "The server takes a part of two attributes for two parts.", func(want, got pki.DN) bool { return alike(flat(want), flat(got)) }),
		loose("matches-patterns", "The server reads the registered name as a regular expression.", func(want, got pki.DN) bool {
			pattern, err := regexp.Compile("^(?:" + want.String() + ")$")
			return err == nil && pattern.MatchString(got.String())
		}),
		loose("writes-without-escapes", "The server compares names that it writes without escaping commas.", func(want, got pki.DN) bool { return plain(want) == plain(got) }),
		loose("ends-at-nul", "The server takes a NUL for the end of a value.", valuewise(func(want, got string) bool { return want == before(got, "\x00") })),
		loose("ends-at-line", "The server takes a line break for the end of a value.", valuewise(func(want, got string) bool { return want == before(got, "\n") })),
		loose("folds-look-alikes", "The server takes Cyrillic letters for the Latin ones that they look like.", valuewise(func(want, got string) bool {
			return want == strings.NewReplacer("с", "c", "е", "e", "о", "o", "а", "a", "р", "p", "х", "x").Replace(got)
		})),
		loose("takes-empty-names", "The server finds nothing wrong with a subject that is empty.", func(_, got pki.DN) bool { return got.IsEmpty() }),
		{"takes-issuers-name", "The server looks for the registered name in the issuer too.", func(p *persona) {
			subject := p.rules.nameMatches
			p.rules.nameMatches = func(registered string, c *x509.Certificate) bool {
				want, err := pki.ParseDN(registered)
				issuer, err2 := pki.ParseDNDER(c.RawIssuer)
				return subject(registered, c) || err == nil && err2 == nil && issuer.Equal(want)
			}
		}},
		{"takes-any-certificate", "The server looks for the client in every certificate that was sent, not in the first alone.", func(p *persona) {
			p.rules.identities = func(presented []*x509.Certificate) []*x509.Certificate { return presented }
		}},
		{"finds-client-by-name", "The server takes the first client that has the registered name, whatever the client_id.", func(p *persona) {
			asked := p.rules.knownClient
			p.rules.knownClient = func(d *decision, id string) *Client {
				c := asked(d, id)
				if c == nil || len(c.Secrets) == 0 || c.Secrets[0].Type != X509Name {
					return c
				}
				for _, other := range d.clients {
					same := len(other.Secrets) > 0 && other.Secrets[0] == c.Secrets[0] && slices.Equal(other.Grants, c.Grants) && other.Reference == c.Reference
					if same && other.ID < c.ID {
						c = other
					}
				}
				return c
			}
		}},
	}
}

// loose is a fault that lets in, besides the right subject, those that a comparison takes for it.
func loose(name, doc string, matches func(want, got pki.DN) bool) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.nameMatches
		p.rules.nameMatches = func(registered string, c *x509.Certificate) bool {
			if right(registered, c) {
				return true
			}
			want, err := pki.ParseDN(registered)
			got, err2 := pki.ParseDNDER(c.RawSubject)
			return err == nil && err2 == nil && matches(want, got)
		}
	}}
}

// alike compares names that were taken apart; two that have nothing left are not alike.
func alike(a, b []dn.RDN) bool {
	one, err := dn.New(a...)
	other, err2 := dn.New(b...)
	return err == nil && err2 == nil && !one.IsEmpty() && one.Equal(other)
}

func isCommonName(a dn.Attribute) bool { return a.Type == "2.5.4.3" }

func commonNames(n pki.DN) []string {
	var out []string
	for _, a := range slices.Concat(n.RDNs()...) {
		if text, ok := a.Value.Text(); ok && isCommonName(a) {
			out = append(out, text)
		}
	}
	return out
}

func without(n pki.DN, unwanted func(dn.Attribute) bool) []dn.RDN {
	return slices.DeleteFunc(n.RDNs(), func(rdn dn.RDN) bool { return slices.ContainsFunc(rdn, unwanted) })
}

// valuewise compares names of the same types, value by value.
func valuewise(matches func(want, got string) bool) func(want, got pki.DN) bool {
	return func(want, got pki.DN) bool {
		a, b := want.RDNs(), got.RDNs()
		return len(a) == len(b) && len(a) > 0 && slices.EqualFunc(a, b, func(x, y dn.RDN) bool {
			return slices.EqualFunc(x, y, func(v, w dn.Attribute) bool {
				registered, ok := v.Value.Text()
				shown, ok2 := w.Value.Text()
				return v.Type == w.Type && ok && ok2 && matches(registered, shown)
			})
		})
	}
}

func inSomeOrder(n pki.DN) []dn.RDN {
	rdns := n.RDNs()
	slices.SortFunc(rdns, func(a, b dn.RDN) int { return cmp.Compare(asText(a), asText(b)) })
	return rdns
}

func asText(rdn dn.RDN) string {
	n, err := dn.New(rdn)
	if err != nil {
		return ""
	}
	return n.String()
}

// contains tells whether each part of one name occurs in another; an empty name contains nothing and is in none.
func contains(all, some pki.DN) bool {
	return !some.IsEmpty() && !slices.ContainsFunc(some.RDNs(), func(rdn dn.RDN) bool {
		return !slices.ContainsFunc(all.RDNs(), func(other dn.RDN) bool { return alike([]dn.RDN{rdn}, []dn.RDN{other}) })
	})
}

func onePerKind(n pki.DN, last bool) []dn.RDN {
	rdns, seen := n.RDNs(), map[string]bool{}
	if last {
		slices.Reverse(rdns)
	}
	kept := slices.DeleteFunc(rdns, func(rdn dn.RDN) bool {
		again := seen[rdn[0].Type]
		seen[rdn[0].Type] = true
		return again
	})
	if last {
		slices.Reverse(kept)
	}
	return kept
}

func flat(n pki.DN) []dn.RDN {
	var out []dn.RDN
	for _, a := range slices.Concat(n.RDNs()...) {
		out = append(out, dn.RDN{a})
	}
	return out
}

// plain writes a name without escaping anything.
func plain(n pki.DN) string {
	var parts []string
	for _, rdn := range slices.Backward(n.RDNs()) {
		for _, a := range rdn {
			text, _ := a.Value.Text()
			label, _, _ := strings.Cut(asText(dn.RDN{a}), "=")
			parts = append(parts, label+"="+text)
		}
	}
	return strings.Join(parts, ",")
}

func before(s, mark string) string {
	head, _, _ := strings.Cut(s, mark)
	return head
}
