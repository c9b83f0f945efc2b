package fakeidp

import (
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
)

// granting makes a fault that reads scopes otherwise; right is how it is done rightly.
func granting(name, doc string, grants func(d *decision, c *Client, requested string, right func(*decision, *Client, string) ([]string, bool)) ([]string, bool)) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.scopesFor
		p.rules.scopesFor = func(d *decision, c *Client, requested string) ([]string, bool) { return grants(d, c, requested, right) }
	}}
}

// coded makes a fault that names another error code at the token endpoint.
func coded(name, doc, from, to string) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.renderings.refused
		p.renderings.refused = func(r *renderer, o refused) response {
			if o.at == tokenEndpoint && o.code == from {
				o.code = to
			}
			return right(r, o)
		}
	}}
}

// answering makes a fault that changes the body of a token answer.
func answering(name, doc string, change func(body string) string) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.renderings.issued
		p.renderings.issued = func(r *renderer, o issued) response {
			a := right(r, o)
			a.body = []byte(change(string(a.body)))
			return a
		}
	}}
}

// answerFaults are mistakes in IdentityServer's answers to client_credentials.
func answerFaults() []Fault {
	type grants = func(*decision, *Client, string) ([]string, bool)
	uncached := func(forWhat func(o outcome) bool) func(o outcome, p response) response {
		return func(o outcome, p response) response {
			if forWhat(o) {
				p.headers = slices.DeleteFunc(slices.Clone(p.headers), func(h [2]string) bool { return h[0] == "Cache-Control" || h[0] == "Pragma" })
			}
			return p
		}
	}
	isIssued := func(o outcome) bool { _, ok := o.(issued); return ok }
	isRefused := func(o outcome) bool { _, ok := o.(refused); return ok }
	defaultGrant := func(d *decision) {
		if f := formOf(d); f != nil && blank(f.first("grant_type")) && strings.HasSuffix(strings.ToLower(d.path), "/token") {
			f.values["grant_type"] = []string{ClientCredentials}
			if !slices.Contains(f.keys, "grant_type") {
				f.keys = append(f.keys, "grant_type")
			}
		}
	}
	return []Fault{
		answering("ids-members-in-another-order", "The members of a token answer stand in another order.", func(body string) string {
			return strings.Replace(strings.Replace(body, `"token_type":"Bearer",`, "", 1), "{", `{"token_type":"Bearer",`, 1)
		}),
		last("ids-tokens-may-be-cached", "Token answers carry no cache headers.", uncached(isIssued)),
		last("ids-errors-may-be-cached", "Errors carry no cache headers.", uncached(isRefused)),
		answering("ids-refresh-token-for-clients", "client_credentials yields a refresh token.", func(body string) string {
			return strings.TrimSuffix(body, "}") + `,"refresh_token":"0000"}`
		}),
		answering("ids-lifetime-as-text", "expires_in is a string.", func(body string) string {
			return strings.Replace(body, `"expires_in":3600`, `"expires_in":"3600"`, 1)
		}),
		seeing("ids-charset-unread", "A form whose content type has a charset is not read.", func(d *decision) {
			if strings.Contains(d.header.Get("Content-Type"), "charset") {
				d.header.Set("Content-Type", "text/plain")
			}
		}),
		seeing("ids-content-type-by-case", "A content type in capitals is not known.", func(d *decision) {
			if strings.HasPrefix(d.header.Get("Content-Type"), "APPLICATION/") {
				d.header.Set("Content-Type", "text/plain")
			}
		}),
		seeing("ids-unknown-parameters-fatal", "A parameter that nobody knows is an error.", func(d *decision) {
			known := []string{"grant_type", "client_id", "client_secret", "scope", "resource", "token", "token_type_hint"}
			if f := formOf(d); f != nil && slices.ContainsFunc(f.keys, func(k string) bool { return !slices.Contains(known, k) }) {
				d.formErr = errUnreadableForm
			}
		}),
		seeing("ids-default-grant", "A request without a grant type is taken for client_credentials.", defaultGrant),
		seeing("ids-unknown-grants-taken", "A grant type that nobody knows is taken for client_credentials.", func(d *decision) {
			if f := formOf(d); f != nil && len(f.all("grant_type")) == 1 && !blank(f.first("grant_type")) {
				f.values["grant_type"] = []string{ClientCredentials}
			}
		}),
		seeing("ids-grants-in-any-case", "Grant types are compared without regard to the case of letters.", func(d *decision) {
			if f := formOf(d); f != nil && strings.EqualFold(f.first("grant_type"), ClientCredentials) && len(f.all("grant_type")) == 1 {
				f.values["grant_type"] = []string{ClientCredentials}
			}
		}),
		{"ids-first-value-counts", "Of repeated parameters the first value counts.", func(p *persona) { p.profile.firstValueCounts = true }},
		{"ids-grants-everything", "A client may use every grant.", func(p *persona) {
			p.rules.grantAllowed = func(*decision, *Client, string) bool { return true }
		}},
		concluding("ids-other-bodies-415", "A body that is no form is answered with 415.", func(d *decision, o outcome) outcome {
			if d.at == tokenEndpoint && d.method == http.MethodPost && !d.isForm() {
				return emptyAnswer{http.StatusUnsupportedMediaType}
			}
			return o
		}),
		{"ids-nul-is-fatal", "A form with a NUL is an exception.", func(p *persona) { p.profile.unreadableIsFatal = true }},
		{"ids-ignores-resources", "The resource parameter is not read.", func(p *persona) { p.profile.resourceIndicators = false }},
		granting("ids-drops-unknown-scopes", "Scopes that are unknown or not allowed are left out.", func(d *decision, c *Client, requested string, right grants) ([]string, bool) {
			kept := slices.DeleteFunc(strings.Fields(requested), func(s string) bool { return !slices.Contains(c.Scopes, s) || s == "openid" })
			return right(d, c, strings.Join(kept, " "))
		}),
		granting("ids-scopes-ignore-case", "Scopes are compared without regard to the case of letters.", func(d *decision, c *Client, requested string, right grants) ([]string, bool) {
			return right(d, c, strings.ToLower(requested))
		}),
		granting("ids-grants-identity-scopes", "A client without a user gets identity scopes.", func(d *decision, c *Client, requested string, right grants) ([]string, bool) {
			if requested == "openid" {
				return []string{"openid"}, true
			}
			return right(d, c, requested)
		}),
		granting("ids-grants-offline-access", "A client without a user gets offline_access.", func(d *decision, c *Client, requested string, right grants) ([]string, bool) {
			if requested == "offline_access" {
				return []string{"offline_access"}, true
			}
			return right(d, c, requested)
		}),
		granting("ids-cuts-long-scopes", "A scope parameter that is too long is ignored.", func(d *decision, c *Client, requested string, right grants) ([]string, bool) {
			if chars(requested) > scopeLimit {
				requested = ""
			}
			return right(d, c, requested)
		}),
		granting("ids-no-scope-needed", "A client without API scopes gets a token without any.", func(d *decision, c *Client, requested string, right grants) ([]string, bool) {
			scopes, ok := right(d, c, requested)
			return scopes, ok || blank(requested)
		}),
		granting("ids-repeats-scopes", "A repeated scope counts twice.", func(d *decision, c *Client, requested string, right grants) ([]string, bool) {
			scopes, ok := right(d, c, requested)
			if words := strings.Fields(requested); ok && len(words) > len(scopes) {
				return words, true
			}
			return scopes, ok
		}),
		{"ids-scopes-as-asked", "Scopes are answered in the order in which they were asked for.", func(p *persona) {
			p.rules.sortScopes = func(_ *decision, scopes []string) []string { return scopes }
		}},
		granting("ids-default-with-identity-scopes", "Without a scope parameter the client gets its identity scopes, too.", func(d *decision, c *Client, requested string, right grants) ([]string, bool) {
			scopes, ok := right(d, c, requested)
			if ok && blank(requested) && slices.Contains(c.Scopes, "openid") {
				scopes = append(scopes, "openid")
			}
			return scopes, ok
		}),
		coded("ids-says-invalid-scope-otherwise", "A wrong scope is answered with invalid_request.", "invalid_scope", "invalid_request"),
		coded("ids-says-unsupported-otherwise", "An unknown grant type is answered with invalid_request.", "unsupported_grant_type", "invalid_request"),
	}
}

// tokenFaults are mistakes in what stands in IdentityServer's access tokens.
func tokenFaults() []Fault {
	written := func(name, doc string, change func(t *accessToken)) Fault {
		return Fault{name, doc, func(p *persona) {
			right := p.renderings.accessToken
			p.renderings.accessToken = func(r *renderer, t *accessToken) string {
				copied := *t
				change(&copied)
				return right(r, &copied)
			}
		}}
	}
	return []Fault{
		{"ids-binds-nothing", "Tokens are not bound to certificates.", func(p *persona) {
			p.rules.bindingCertificate = func(*decision, *caller) *x509.Certificate { return nil }
		}},
		{"ids-binds-secret-holders", "Tokens are bound to the certificate of the connection whatever authenticates.", func(p *persona) {
			p.rules.bindingCertificate = func(d *decision, _ *caller) *x509.Certificate { return d.certificate() }
		}},
		{"ids-binds-secret-holders-to-the-ca", "A token of a client with a shared secret that shows a certificate is bound to the CA's.", func(p *persona) {
			right := p.rules.bindingCertificate
			p.rules.bindingCertificate = func(d *decision, who *caller) *x509.Certificate {
				if who.by == sharedCredential && d.certificate() != nil && len(d.roots) > 0 {
					return d.roots[0]
				}
				return right(d, who)
			}
		}},
		{"ids-binds-to-the-ca", "A token that was asked for without a certificate is bound to the CA's.", func(p *persona) {
			right := p.rules.bindingCertificate
			p.rules.bindingCertificate = func(d *decision, who *caller) *x509.Certificate {
				if d.certificate() == nil && len(d.roots) > 0 {
					return d.roots[0]
				}
				return right(d, who)
			}
		}},
		{"ids-plain-jwt-type", "The header of an access token names the type JWT.", func(p *persona) {
			right := p.renderings.accessToken
			p.renderings.accessToken = func(r *renderer, t *accessToken) string {
				copied := *r.profile
				other := *r
				other.profile = &copied
				copied.jwtHeader = slices.DeleteFunc(slices.Clone(copied.jwtHeader), func(s string) bool { return s == "typ" })
				return right(&other, t)
			}
		}},
		written("ids-another-issuer", "Tokens name another issuer than the metadata.", func(t *accessToken) { t.issuer += "/other" }),
		written("ids-subject-for-clients", "A token of client_credentials has a subject.", func(t *accessToken) { t.subject = t.clientID }),
		{"ids-claims-in-another-order", "The claims of an access token stand in another order.", func(p *persona) {
			p.profile.accessToken = slices.Clone(p.profile.accessToken)
			slices.Reverse(p.profile.accessToken)
		}},
		{"ids-scope-left-out", "The scope claim is missing.", func(p *persona) {
			p.profile.accessToken = slices.DeleteFunc(slices.Clone(p.profile.accessToken), func(s string) bool { return s == "scope" })
		}},
		{"ids-spoilt-signature", "The signature of a token does not verify.", func(p *persona) {
			right := p.renderings.accessToken
			p.renderings.accessToken = func(r *renderer, t *accessToken) string {
				signed := []byte(right(r, t))
				at := len(signed) - 20
				if signed[at] == 'A' {
					signed[at] = 'B'
				} else {
					signed[at] = 'A'
				}
				return string(signed)
			}
		}},
		concluding("ids-short-handles", "A handle has 32 hexadecimal digits.", func(_ *decision, o outcome) outcome {
			if token, ok := o.(issued); ok && len(token.handle) > 32 {
				token.handle = token.handle[:32]
				return token
			}
			return o
		}),
	}
}
