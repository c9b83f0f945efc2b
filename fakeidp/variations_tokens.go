package fakeidp

import (
	"crypto/x509"
	"slices"
)

// tokenVariations hand out other tokens, or say less about them.
func tokenVariations() []Variation {
	return []Variation{
		{"opaque-tokens", "Access tokens are handles; what they are bound to, introspection says.", "", func(p *persona) {
			p.rules.byReference = func(*Client) bool { return true }
		}},
		{"signs-with-rs256", "Tokens are signed with RS256.", strictKind, func(p *persona) { p.profile.signing = "RS256" }},
		{"signs-with-ps256", "Tokens are signed with PS256.", "", func(p *persona) { p.profile.signing = "PS256" }},
		{"signs-with-es256", "Tokens are signed with ES256.", identityServerKind, func(p *persona) { p.profile.signing = "ES256" }},
		{"no-jwt-type", "JWT access tokens have no typ in their header, as before RFC 9068.", strictKind, func(p *persona) {
			p.profile.jwtHeader = slices.DeleteFunc(slices.Clone(p.profile.jwtHeader), func(name string) bool { return name == "typ" })
		}},
		{"no-scope-in-answer", "The answer leaves out the scope that the token has (RFC 6749 §5.1: optional where it is what was asked for).", strictKind, func(p *persona) {
			p.withoutMember("scope")
		}},
		{"no-expiry-in-answer", "The answer does not say how long the token lives (RFC 6749 §5.1: recommended only).", strictKind, func(p *persona) {
			p.withoutMember("expires_in")
		}},
		{"binds-every-token", "Tokens are bound whenever the connection has a certificate, asked for or not, as at go-oidc and OpenIddict.", strictKind, func(p *persona) {
			p.rules.bindingCertificate = func(d *decision, _ *caller) *x509.Certificate { return d.certificate() }
		}},
		{"unbound-without-certificate", "Who asks for bound tokens and shows no certificate gets a token without cnf, as at OpenIddict.", strictKind, func(p *persona) {
			p.rules.demandsCertificate = func(*decision, *caller) bool { return false }
		}},
	}
}

// withoutMember leaves a member out of what the token endpoint answers with.
func (p *persona) withoutMember(name string) {
	before := p.renderings.issued
	p.renderings.issued = func(r *renderer, o issued) response {
		answer := before(r, o)
		body, err := parseObject(answer.body)
		if err != nil {
			return answer
		}
		answer.body = appendJSON(nil, slices.DeleteFunc(body, func(m member) bool { return m.name == name }), relaxed)
		return answer
	}
}
