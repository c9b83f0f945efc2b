package fakeidp

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"
)

// Lifetimes in seconds: of a code, of an id_token, of a refresh token.
const (
	codeLifetime     = 300
	identityLifetime = 300
	refreshLifetime  = 30 * 24 * 3600
)

// authorizationCode is a code that waits to be redeemed.
type authorizationCode struct {
	client      string
	redirectURI string
	challenge   string
	// proofKey is the thumbprint of the key that has to be proved where the code is redeemed, or "".
	proofKey string
	expires  int64
	to       authorized
}

// decideCode redeems a code (RFC 6749 §4.1.3). A code is used up by the first try of its own client.
func decideCode(d *decision, who *caller, p parameters) outcome {
	if !d.rules.grantAllowed(d, who.client, AuthorizationCode) {
		return refuse("unauthorized_client")
	}
	code := p["code"]
	if blank(code) || chars(code) > handleLimit {
		return refuse("invalid_grant")
	}
	if wrong := d.missesCodeKey(d.state.code(code, who.client.ID)); wrong != "" {
		return explain("invalid_dpop_proof", wrong) // the code can still be redeemed with its key
	}
	c := d.state.takeCode(code, who.client.ID)
	redirectURI := p["redirect_uri"]
	switch {
	case c == nil || d.now.Unix() > c.expires:
		return refuse("invalid_grant")
	case blank(redirectURI):
		return refuse("unauthorized_client")
	case redirectURI != c.redirectURI || !verifierFits(who.client, c.challenge, p["code_verifier"]):
		return refuse("invalid_grant")
	}
	return d.issueToUser(who, c.to)
}

// verifierFits checks PKCE (RFC 7636 §4.6); a verifier without a challenge is wrong too.
func verifierFits(c *Client, challenge, verifier string) bool {
	if challenge == "" {
		return c.NoPKCE && verifier == ""
	}
	if n := chars(verifier); n < challengeMin || n > challengeMax {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64URL(sum[:])), []byte(challenge)) == 1
}

// issueToUser hands out tokens for a user: access token, id_token if openid was asked for, refresh token
// if offline_access was.
func (d *decision) issueToUser(who *caller, to authorized) outcome {
	t := d.newToken(who, offlineLast(to.scopes))
	to.writes(t)
	o := d.issue(who, t, to.scopes).(issued)
	o.identity = d.identityToken(who.client, to, t)
	if slices.Contains(to.scopes, "offline_access") {
		r := &refreshToken{client: who.client.ID, to: to, first: t, proof: d.proof, expires: d.now.Unix() + refreshLifetime}
		if t.confirmation == nil {
			r.proof.thumbprint = "" // a thumbprint is kept only as cnf of the token
		}
		o.refresh = d.state.handle() + d.profile.handleSuffix
		d.state.keepRefresh(o.refresh, r)
	}
	return o
}

// issueWithoutIdentity hands out tokens for a user whom the client did not send to the server: there is no id_token.
func (d *decision) issueWithoutIdentity(who *caller, to authorized) issued {
	o := d.issueToUser(who, to).(issued)
	o.identity = nil
	return o
}

// offlineLast is the order of scopes in a token.
func offlineLast(scopes []string) []string {
	list := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == "offline_access" })
	if len(list) < len(scopes) {
		list = append(list, "offline_access")
	}
	return list
}

// identityToken is the id_token that goes with an access token, nil if openid was not asked for.
func (d *decision) identityToken(c *Client, to authorized, t *accessToken) *identityToken {
	if !slices.Contains(to.scopes, "openid") {
		return nil
	}
	now := d.now.Unix()
	return &identityToken{issuer: t.issuer, audience: c.ID, notBefore: now, issuedAt: now, expires: now + identityLifetime, subject: to.subject,
		authTime: to.authTime, session: to.session, methods: to.methods, nonce: to.nonce, state: to.state}
}

// refreshToken is a refresh token and what it stands for.
type refreshToken struct {
	client  string
	to      authorized
	first   *accessToken
	proof   proof
	expires int64
}

// decideRefresh is RFC 6749 §6 with IdentityServer's rules about proofs of possession.
func decideRefresh(d *decision, who *caller, p parameters) outcome {
	handle := p["refresh_token"]
	switch {
	case blank(handle):
		return refuse("invalid_request")
	case chars(handle) > handleLimit:
		return refuse("invalid_grant")
	}
	r := d.state.refresh(handle)
	if r == nil || r.client != who.client.ID || !who.client.OfflineAccess || d.now.Unix() > r.expires {
		return refuse("invalid_grant")
	}
	if d.profile.release >= v63 {
		if wrong := proofChanged(who.client, r.proof, d.proof); wrong != "" {
			return explain("invalid_request", wrong)
		}
	}
	to := r.to
	to.state = ""
	var t *accessToken
	if d.profile.refreshKeepsClaims {
		t = d.renewed(who.client, r.first)
	} else {
		t = d.newToken(who, r.first.scopes)
		to.writes(t)
	}
	if d.profile.release < v63 {
		to.session = ""
	}
	o := d.issue(who, t, r.to.scopes).(issued)
	o.identity = d.identityToken(who.client, to, t)
	o.refresh = handle
	if d.profile.refreshRotates || who.client.OneTimeRefresh {
		d.state.forgetRefresh(handle)
		o.refresh = d.state.handle() + d.profile.handleSuffix
		next := *r
		d.state.keepRefresh(o.refresh, &next)
	}
	return o
}

// renewed is the first access token with new dates; IdentityServer4 keeps even its jti and iat.
func (d *decision) renewed(c *Client, first *accessToken) *accessToken {
	t := *first
	t.notBefore = d.now.Unix()
	t.expires = t.notBefore + int64(d.rules.lifetime(d, c).Seconds())
	if d.profile.release > is4 {
		t.issuedAt, t.id = t.notBefore, d.state.id()
	}
	return &t
}

// proofChanged compares the proof of a refresh with the one of the first request and says what is wrong, or "".
func proofChanged(c *Client, first, now proof) string {
	switch {
	case first.kind == noProof && now.kind == noProof:
		return ""
	case now.kind == noProof:
		return "Proof of possession was used to obtain the initial refresh token and is required for subsequent token requests."
	case first.kind == noProof:
		return "Proof of possession can't be used on subsequent token requests unless used when requesting the initial refresh token."
	case first.kind != now.kind:
		return "Different proof of possession styles can't be mixed."
	case !c.Public || first.thumbprint == now.thumbprint:
		return ""
	case now.kind == keyProof:
		return "The DPoP proof token in the refresh token request does not match the original used."
	}
	return "The client certificate in the refresh token request does not match the original used."
}

// decidePassword is RFC 6749 §4.3, for the users that the server knows.
func decidePassword(d *decision, who *caller, p parameters) outcome {
	if !d.rules.grantAllowed(d, who.client, Password) {
		return refuse("unauthorized_client")
	}
	requested := p["scope"]
	if blank(requested) {
		requested = d.ownScopes(who.client)
	}
	scopes, ok := d.userScopes(who.client, requested)
	if !ok {
		return refuse("invalid_scope")
	}
	name := p["username"]
	if blank(name) || chars(name) > idLimit || chars(p["password"]) > idLimit {
		return refuse("invalid_grant")
	}
	if len(d.users) == 0 {
		return refuse("unsupported_grant_type")
	}
	for _, u := range d.users {
		if u.Username == name && u.Password == p["password"] {
			return d.issueWithoutIdentity(who, authorized{subject: u.Subject, authTime: d.now.Unix(), methods: []string{"pwd"}, scopes: scopes})
		}
	}
	return explain("invalid_grant", "invalid_username_or_password")
}
