package fakeidp

import (
	"net/http"
	"slices"
	"strings"
)

// jwtSkew is for how many seconds a JWT stays good after its exp: the clock skew of the .NET JWT
// library. Reference tokens have none.
const jwtSkew = 300

// decideIntrospection is RFC 7662 as IdentityServer does it: the caller is an API resource or, from
// 7.0, a client.
func decideIntrospection(d *decision) outcome {
	if o, ok := d.only(http.MethodPost); !ok {
		return o
	}
	if !d.isForm() {
		return emptyAnswer{http.StatusUnsupportedMediaType}
	}
	f, err := d.readForm()
	if err != nil {
		return d.unreadable(err, emptyAnswer{http.StatusBadRequest})
	}
	who := d.introspector()
	if who == nil {
		return emptyAnswer{http.StatusUnauthorized}
	}
	p := d.parameters(f)
	handle := p["token"]
	if blank(handle) {
		return refused{at: introspectionEndpoint, code: "missing_token"}
	}
	hint := p["token_type_hint"]
	if d.profile.strictHint && hint != "" && hint != "access_token" && hint != "refresh_token" {
		return refused{at: introspectionEndpoint, code: "invalid_request"}
	}
	answer := introspected{asClient: who.client != nil, issuer: d.rules.issuer(d), asked: d.now.Unix()}
	if d.profile.jwtIntrospection && strings.EqualFold(d.header.Get("Accept"), "application/token-introspection+jwt") {
		answer.signedFor = who.name()
	}
	t, reference := d.findToken(handle)
	if t == nil || !d.rules.tokenAlive(d, t, reference) || !d.rules.mayIntrospect(d, who, t) {
		return answer
	}
	seen := *t
	seen.confirmation = d.rules.reportedConfirmation(d, t, reference)
	answer.token, answer.reference, answer.scopes = &seen, reference, d.rules.visibleScopes(d, who, t)
	return answer
}

// name is what the caller is registered as.
func (c *caller) name() string {
	if c.client != nil {
		return c.client.ID
	}
	return c.resource.Name
}

// introspector authenticates an API resource, else a client where the version allows it.
func (d *decision) introspector() *caller {
	c := d.rules.credential(d)
	if c == nil {
		return nil
	}
	d.asking = c.clientID
	for i := range d.resources {
		if r := &d.resources[i]; r.Name == c.clientID {
			if !d.proves(c, r.Secrets) {
				return nil
			}
			return &caller{resource: r, by: c.kind, certificate: c.certificate}
		}
	}
	if !d.profile.clientsIntrospect {
		return nil
	}
	return d.authenticate().caller
}

// findToken reads a JWT of this server or looks a reference up.
func (d *decision) findToken(handle string) (t *accessToken, reference bool) {
	if strings.Count(handle, ".") == 2 {
		return d.state.keys.read(handle), false
	}
	return d.state.reference(handle), true
}

// tokenAlive: the issuer is the one of this request, and the time has not run out.
func tokenAlive(d *decision, t *accessToken, reference bool) bool {
	now := d.now.Unix()
	if reference {
		return now <= t.expires
	}
	return t.issuer == d.rules.issuer(d) && now <= t.expires+jwtSkew && now >= t.notBefore-jwtSkew
}

// mayIntrospect: an API knows tokens with a scope of its own, a client knows its own tokens.
func mayIntrospect(d *decision, who *caller, t *accessToken) bool {
	if who.client != nil {
		return who.client.ID == t.clientID
	}
	return len(d.rules.visibleScopes(d, who, t)) > 0
}

// visibleScopes are all scopes for a client, and its own for an API.
func visibleScopes(_ *decision, who *caller, t *accessToken) []string {
	if who.client != nil {
		return t.scopes
	}
	return slices.DeleteFunc(slices.Clone(t.scopes), func(s string) bool { return !slices.Contains(who.resource.Scopes, s) })
}

// decideRevocation is RFC 7009 as IdentityServer does it: what cannot be revoked is answered like
// what was.
func decideRevocation(d *decision) outcome {
	if o, ok := d.only(http.MethodPost); !ok {
		return o
	}
	if !d.isForm() {
		return emptyAnswer{http.StatusUnsupportedMediaType}
	}
	f, err := d.readForm()
	if err != nil {
		return d.unreadable(err, emptyAnswer{http.StatusBadRequest})
	}
	who := d.authenticate()
	if who.caller == nil {
		return refused{at: revocationEndpoint, code: who.code}
	}
	p := d.parameters(f)
	handle := p["token"]
	if blank(handle) {
		return refused{at: revocationEndpoint, code: "invalid_request"}
	}
	if hint := p["token_type_hint"]; hint != "" && hint != "access_token" && hint != "refresh_token" {
		return refused{at: revocationEndpoint, code: "unsupported_token_type"}
	}
	d.state.revoke(handle, who.caller.client.ID)
	return emptyAnswer{http.StatusOK}
}
