package fakeidp

import (
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/mtlscheck/mtlscheck/pki"
)

// policyVariations decide differently what the RFCs leave open.
func policyVariations() []Variation {
	return []Variation{
		{"case-sensitive-names", "Registered names are compared with regard to case and blanks, as at Spring and go-oidc.", strictKind, func(p *persona) {
			p.rules.nameMatches = nameMatchesExactly
		}},
		{"alternative-names-by-the-letter", "DNS names, URIs and mail addresses in certificates are compared letter by letter: RFC 8705 §2.1.2 says how to compare IP addresses alone.", strictKind, func(p *persona) {
			right := p.rules.alternativeNameMatches
			p.rules.alternativeNameMatches = func(s Secret, c *x509.Certificate) bool {
				same := func(t SecretType) bool { return exactly(t)(s, c) }
				return right(s, c) && same(SubjectDNS) && same(SubjectURI) && same(SubjectEmail)
			}
		}},
		{"alternative-names-normalized", "Names in certificates are normalized before they are compared: dots in the path of a URI (RFC 5280 §7.4), and the dot at the end of an absolute DNS name.", strictKind, func(p *persona) {
			for _, also := range []string{"uris-resolve-dots", "dns-names-ignore-a-last-dot"} {
				f, _ := FaultNamed(also)
				f.apply(p)
			}
		}},
		{"wants-client-auth-named", "A certificate must name clientAuth among its purposes: none, or any, is not enough (RFC 5280 §4.2.1.12 leaves that to the application).", strictKind, func(p *persona) {
			p.rules.hasPurpose = func(c *x509.Certificate) bool { return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) }
		}},
		{"dates-of-self-signed-count", "A registered self-signed certificate is refused when it is out of date, as at OpenIddict.", strictKind, func(p *persona) {
			before := p.rules.certificateProves
			p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
				return d.rules.withinValidity(d, c) && before(d, s, c)
			}
		}},
		{"basic-secrets-only", "Shared secrets are taken in a Basic header alone, and the metadata say so.", strictKind, func(p *persona) {
			methods, authenticates := p.rules.authMethods, p.rules.authenticates
			p.rules.authMethods = func(d *decision) []string {
				return slices.DeleteFunc(methods(d), func(m string) bool { return m == "client_secret_post" })
			}
			p.rules.authenticates = func(d *decision) authentication {
				a := authenticates(d)
				if a.caller != nil && a.caller.by == sharedCredential && !d.offered().header {
					return authentication{code: "invalid_client", description: "Client authentication failed."}
				}
				return a
			}
		}},
		{"does-not-bind", "Tokens are not bound to certificates, and the metadata do not say that they are: RFC 8705 §2 without §3.", strictKind, func(p *persona) {
			p.withoutMetadata(func(name string) bool { return name == "tls_client_certificate_bound_access_tokens" })
			p.rules.bindingCertificate = func(*decision, *caller) *x509.Certificate { return nil }
			p.rules.demandsCertificate = func(*decision, *caller) bool { return false }
		}},
		{"limits-rate", "Every seventh request to the token endpoint comes too soon after the sixth (RFC 6585 §4).", "", func(p *persona) {
			var asked atomic.Int64
			p.rules.concludes = func(d *decision, o outcome) outcome {
				if d.at == tokenEndpoint && asked.Add(1)%7 == 0 {
					return emptyAnswer{http.StatusTooManyRequests}
				}
				return o
			}
		}},
	}
}

// nameMatchesExactly compares name by name as text, in RFC 4514 order; string types do not count.
func nameMatchesExactly(registered string, c *x509.Certificate) bool {
	want, err := pki.ParseDN(registered)
	if err != nil || want.IsEmpty() {
		return false
	}
	got, err := pki.ParseDNDER(c.RawSubject)
	return err == nil && got.Equal(want) && sameText(got, want)
}

// sameText compares the values of two names that are equal but for case and blanks.
func sameText(a, b pki.DN) bool {
	texts := func(n pki.DN) []string {
		var list []string
		for _, rdn := range n.RDNs() {
			var values []string
			for _, attribute := range rdn {
				text, _ := attribute.Value.Text()
				values = append(values, attribute.Type+"="+text)
			}
			slices.Sort(values)
			list = append(list, strings.Join(values, "+"))
		}
		return list
	}
	return slices.Equal(texts(a), texts(b))
}
