package fakeidp

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// strictIntrospection is RFC 7662: the caller authenticates, an API hears of tokens for it, a client of its own. What cannot
// be told is not active.
func strictIntrospection(d *decision) outcome {
	f, wrong := d.strictForm()
	if wrong != nil {
		return wrong
	}
	who := d.authenticate()
	switch {
	case who.caller == nil:
		return d.refusal(who)
	case who.caller.anonymous: // RFC 7662 §2.1: some form of authorization is required
		return refused{at: d.at, code: "invalid_client", description: "Client authentication failed."}
	}
	handle := d.parameters(f)["token"]
	if handle == "" {
		return refused{at: d.at, code: "invalid_request", description: "token is missing."}
	}
	answer := introspected{asClient: who.caller.client != nil, issuer: d.rules.issuer(d), asked: d.now.Unix()}
	if accepts(d.header.Values("Accept"), introspectionJWT) {
		answer.signedFor = who.caller.name()
	}
	t, reference := d.findToken(handle)
	if t == nil || !d.rules.tokenAlive(d, t, reference) || !d.rules.mayIntrospect(d, who.caller, t) {
		return answer
	}
	seen := *t
	seen.confirmation = d.rules.reportedConfirmation(d, t, reference)
	answer.token, answer.reference, answer.scopes = &seen, reference, d.rules.visibleScopes(d, who.caller, t)
	return answer
}

// introspectionJWT is the media type of RFC 9701 §4.
const introspectionJWT = "application/token-introspection+jwt"

// accepts tells whether an Accept header names this media type and does not rule it out (RFC 9110 §12.5.1).
func accepts(headers []string, kind string) bool {
	for entry := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		named, parameters, err := mime.ParseMediaType(entry)
		if q, err2 := strconv.ParseFloat(parameters["q"], 64); err == nil && named == kind && (parameters["q"] == "" || err2 == nil && q > 0) {
			return true
		}
	}
	return false
}

// strictTokenAlive: issued here, not run out, not revoked.
func strictTokenAlive(d *decision, t *accessToken, _ bool) bool {
	return t.issuer == d.rules.issuer(d) && d.now.Unix() < t.expires && !d.state.revokedID(t.id)
}

// strictRevocation is RFC 7009: the client authenticates, and its own tokens die; what is not known is as good as
// revoked, another's token is refused (§2.1).
func strictRevocation(d *decision) outcome {
	f, wrong := d.strictForm()
	if wrong != nil {
		return wrong
	}
	who := d.authenticate()
	if who.caller == nil {
		return d.refusal(who)
	}
	handle := d.parameters(f)["token"]
	if handle == "" {
		return refused{at: d.at, code: "invalid_request", description: "token is missing."}
	}
	if r := d.state.refresh(handle); r != nil && r.client == who.caller.client.ID {
		d.state.revoke(handle, r.client)
		d.state.revokeID(r.first.id, r.first.expires) // the access token goes with it (RFC 7009 §2.1)
		return emptyAnswer{http.StatusOK}
	}
	t, _ := d.findToken(handle)
	switch {
	case t == nil:
		return emptyAnswer{http.StatusOK}
	case t.clientID != who.caller.client.ID:
		return refused{at: d.at, code: "invalid_grant", description: "The token was not issued to this client."}
	}
	d.state.revokeID(t.id, t.expires)
	return emptyAnswer{http.StatusOK}
}

// revokeID remembers that the token with this identifier is revoked, until it would have run out.
func (s *state) revokeID(id string, until int64) { s.firstUse("revoked "+id, until, 0) }

// revokedID tells whether the token with this identifier was revoked.
func (s *state) revokedID(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.used["revoked "+id]
	return ok
}
