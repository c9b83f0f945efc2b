package fakeidp

import (
	"net/http"
	"slices"
	"strings"
)

// withUsers is an endpoint that the strict server has where there is somebody to sign in.
func withUsers(at endpoint, decide func(d *decision) outcome) handler {
	return handler{at, is4, func(d *decision) outcome {
		if len(d.users) == 0 {
			d.at = ""
			return notMine{}
		}
		return decide(d)
	}}
}

// afterForm is an endpoint of IdentityServer's that the strict server has too, once the form keeps to the rules of all its forms.
func afterForm(decide func(d *decision) outcome) func(d *decision) outcome {
	return func(d *decision) outcome {
		if _, wrong := d.strictForm(); wrong != nil {
			return wrong
		}
		return decide(d)
	}
}

// strictAuthorize is the authorization endpoint of RFC 6749 §4.1.1 with RFC 7636 and RFC 9207. The client hears what is wrong, unless
// it cannot be told apart who the client is or where it waits (RFC 6749 §4.1.2.1).
func strictAuthorize(d *decision) outcome {
	sent, wrong := d.browserParameters()
	if wrong != nil {
		return wrong
	}
	repeated := d.form != nil && !d.rules.soundForm(d.form) || d.form == nil && !soundQuery(sent)
	if repeated && d.repeatsAddress(sent) {
		return page{status: http.StatusBadRequest, kind: errorPage, message: "invalid_request: A parameter is included more than once."}
	}
	a, mistaken := d.authorization(sent, "")
	if repeated {
		mistaken = &mistake{"invalid_request", "A parameter is included more than once."}
	}
	switch {
	case mistaken != nil && a == nil:
		return page{status: http.StatusBadRequest, kind: errorPage, message: mistaken.code + ": " + mistaken.description}
	case mistaken != nil:
		return d.sendBack(a, mistaken.code)
	}
	if o := d.interaction(a); o != nil {
		return o
	}
	return d.grantCode(a, d.signedIn())
}

// soundQuery: parameters are not included more than once (RFC 6749 §3.1).
func soundQuery(sent pairs) bool {
	seen := map[string]bool{}
	for _, e := range sent {
		if seen[e[0]] && !mayRepeat(e[0]) {
			return false
		}
		seen[e[0]] = true
	}
	return true
}

// repeatsAddress tells whether what is repeated says where an answer would go.
func (d *decision) repeatsAddress(sent pairs) bool {
	count := map[string]int{}
	for _, e := range sent {
		count[e[0]]++
	}
	for _, name := range []string{"client_id", "redirect_uri", "request_uri"} {
		if count[name] > 1 || len(d.form.all(name)) > 1 {
			return true
		}
	}
	return false
}

// strictUserGrant is a grant of the token endpoint in which a user takes part.
func strictUserGrant(d *decision, who *caller, grant string, p parameters) outcome {
	switch grant {
	case AuthorizationCode:
		return strictCode(d, who, p)
	case "refresh_token":
		return strictRefresh(d, who, p)
	case DeviceCode:
		return decidePending(d, who, grant, p["device_code"])
	case CIBA:
		return decidePending(d, who, grant, p["auth_req_id"])
	}
	return explain("unsupported_grant_type", "The grant type is not supported.")
}

// strictCode redeems a code (RFC 6749 §4.1.3, RFC 7636 §4.6). A code that comes a second time ends what it was redeemed for
// (RFC 6749 §4.1.2).
func strictCode(d *decision, who *caller, p parameters) outcome {
	code := p["code"]
	switch {
	case !d.rules.grantAllowed(d, who.client, AuthorizationCode):
		return explain("unauthorized_client", "The client may not use this grant type.")
	case code == "":
		return explain("invalid_request", "code is missing.")
	}
	c := d.state.takeCode(code, who.client.ID)
	if c == nil {
		d.state.undo(code, who.client.ID)
		return explain("invalid_grant", "The code is not known, was used, or is another client's.")
	}
	if d.now.Unix() > c.expires || p["redirect_uri"] != c.redirectURI || !verifierFits(who.client, c.challenge, p["code_verifier"]) {
		return explain("invalid_grant", "The code ran out, or redirect_uri or code_verifier are not those of the request.")
	}
	if wrong := d.missesCodeKey(c); wrong != "" {
		return explain("invalid_grant", wrong)
	}
	o := d.issueToUser(who, c.to).(issued)
	d.state.spend(code, who.client.ID, o)
	return o
}

// spentCode is what a code was redeemed for.
type spentCode struct {
	client string
	issued issued
}

// spend remembers what a code was redeemed for.
func (s *state) spend(code, client string, o issued) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spent == nil {
		s.spent = map[string]spentCode{}
	}
	bound(s.spent)
	s.spent[code] = spentCode{client, o}
}

// undo ends the tokens for which this client redeemed a code.
func (s *state) undo(code, client string) {
	s.mu.Lock()
	it, ok := s.spent[code]
	s.mu.Unlock()
	if !ok || it.client != client {
		return
	}
	s.revokeID(it.issued.access.id, it.issued.access.expires)
	s.forgetRefresh(it.issued.refresh)
}

// strictRefresh is RFC 6749 §6 and RFC 8705 §4: a client that proves who it is may come with another certificate, and gets
// tokens bound to that one; a public client has nothing but the certificate to which its refresh token is bound. A refresh token
// of a public client that is bound to nothing is used once (RFC 9700 §4.14.2).
func strictRefresh(d *decision, who *caller, p parameters) outcome {
	handle := p["refresh_token"]
	if handle == "" {
		return explain("invalid_request", "refresh_token is missing.")
	}
	r := d.state.refresh(handle)
	if r == nil || r.client != who.client.ID || !who.client.OfflineAccess || d.now.Unix() > r.expires || !d.rules.mayRefresh(d, who, r) {
		return explain("invalid_grant", "The refresh token is not known, ran out, is another client's, or is bound to another certificate.")
	}
	scopes := r.to.scopes
	if asked := p["scope"]; asked != "" {
		scopes = strings.Fields(asked)
		for _, s := range scopes {
			if !slices.Contains(r.to.scopes, s) {
				return explain("invalid_scope", "The user did not grant this scope.")
			}
		}
	}
	to := r.to
	to.scopes, to.nonce = scopes, ""
	t := d.newToken(who, scopes)
	to.writes(t)
	o := d.issue(who, t, scopes).(issued)
	o.identity, o.refresh = d.identityToken(who.client, to, t), handle
	if d.profile.refreshRotates || who.client.OneTimeRefresh || who.anonymous && r.proof.kind == noProof {
		d.state.forgetRefresh(handle)
		o.refresh = d.state.handle()
		next := *r
		d.state.keepRefresh(o.refresh, &next)
	}
	return o
}

// sameCertificateAgain is the proof of possession of a refresh: the certificate to which a public client's token is bound.
func sameCertificateAgain(d *decision, who *caller, r *refreshToken) bool {
	return !who.anonymous || r.proof == d.proof
}

// strictBackchannel is the backchannel authentication endpoint (CIBA Core §7), which knows whom login_hint means.
func strictBackchannel(d *decision) outcome {
	if hint := d.form.first("login_hint"); hint != "" && !slices.ContainsFunc(d.users, func(u User) bool { return u.Username == hint || u.Subject == hint }) {
		if who := d.authenticate(); who.caller == nil {
			return d.refusal(who)
		}
		return refused{at: d.at, code: "unknown_user_id", description: "Nobody is known by this hint."}
	}
	return decideBackchannel(d)
}

// strictUserinfo is OpenID Connect Core §5.3 and RFC 6750, and asks for the key to which the token is bound.
func strictUserinfo(d *decision) outcome {
	if o, ok := d.only(http.MethodGet, http.MethodPost); !ok {
		return o
	}
	if f, err := d.readForm(); err == nil && f.first("access_token") != "" && d.header.Get("Authorization") != "" {
		return challenge{http.StatusBadRequest, "invalid_request", "The token is sent in more than one way."}
	}
	handle := d.bearer()
	if scheme, token, _ := strings.Cut(d.header.Get("Authorization"), " "); strings.EqualFold(scheme, "DPoP") {
		handle = strings.TrimSpace(token)
	}
	if handle == "" {
		return challenge{status: http.StatusUnauthorized}
	}
	t, reference := d.findToken(handle)
	switch {
	case t == nil || !d.rules.tokenAlive(d, t, reference):
		return challenge{http.StatusUnauthorized, "invalid_token", "The token is not known, ran out, or was revoked."}
	case !d.rules.mayUseUserinfo(d, t):
		return challenge{http.StatusUnauthorized, "invalid_token", "The token is bound to a key that was not used."}
	case !slices.Contains(t.scopes, "openid"):
		return challenge{http.StatusForbidden, "insufficient_scope", "The scope openid is needed."}
	}
	return userClaims{d.claimsOf(t)}
}
