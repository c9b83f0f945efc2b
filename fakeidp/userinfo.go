package fakeidp

import (
	"net/http"
	"slices"
	"strings"
)

// decideUserinfo is OpenID Connect Core §5.3. IdentityServer does not look at the token's cnf here.
func decideUserinfo(d *decision) outcome {
	if o, ok := d.only(http.MethodGet, http.MethodPost); !ok {
		return o
	}
	t, reference := d.findToken(d.bearer())
	if t == nil {
		return challenge{http.StatusUnauthorized, "invalid_token", ""}
	}
	if !d.rules.tokenAlive(d, t, reference) {
		description := ""
		if d.now.Unix() > t.expires {
			description = "The access token expired"
		}
		return challenge{http.StatusUnauthorized, "invalid_token", description}
	}
	if !slices.Contains(t.scopes, "openid") {
		return challenge{http.StatusForbidden, "insufficient_scope", ""}
	}
	if !d.rules.mayUseUserinfo(d, t) {
		return challenge{http.StatusUnauthorized, "invalid_token", ""}
	}
	return userClaims{d.claimsOf(t)}
}

// claimsOf are the claims about the user of a token that its scopes open.
func (d *decision) claimsOf(t *accessToken) object {
	var claims object
	for _, u := range d.users {
		if u.Subject != t.subject {
			continue
		}
		for _, c := range u.Claims {
			opens := func(r IdentityResource) bool {
				return slices.Contains(t.scopes, r.Name) && slices.Contains(r.Claims, c.Type)
			}
			if slices.ContainsFunc(d.identities, opens) {
				claims = claims.with(c.Type, c.Value)
			}
		}
	}
	return claims.with("sub", t.subject)
}

// bearer is the access token of the request: from the header, else from a form.
func (d *decision) bearer() string {
	header := strings.TrimSpace(d.header.Get("Authorization"))
	if len(header) > 7 && strings.EqualFold(header[:7], "Bearer ") {
		return strings.TrimSpace(header[7:])
	}
	if d.method == http.MethodPost && d.isForm() {
		if f, err := d.readForm(); err == nil {
			return f.first("access_token")
		}
	}
	return ""
}
