package fakeidp

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// response is what goes over the wire: nothing about it is undecided.
type response struct {
	status  int
	headers [][2]string
	body    []byte
	// ends closes the connection after the answer.
	ends bool
	// hijack, if set, takes the connection instead of an orderly answer.
	hijack func(http.ResponseWriter, *http.Request)
}

// renderings turn outcomes into responses and take no decisions. A fault or a variation replaces one of them.
type renderings struct {
	doorShut     func(r *renderer) response
	wrongMethod  func(r *renderer, o wrongMethod) response
	refused      func(r *renderer, o refused) response
	issued       func(r *renderer, o issued) response
	metadata     func(r *renderer, o metadata) response
	keySet       func(r *renderer) response
	introspected func(r *renderer, o introspected) response
	accessToken  func(r *renderer, t *accessToken) string
	logoutToken  func(r *renderer, t *logoutToken) string
	// json is any other JSON answer; secret: no cache may keep it.
	json      func(r *renderer, status int, v any, secret bool) response
	challenge func(o challenge) response
	frames    func(r *renderer, o frames) response
	// last may change any response of the server.
	last func(r *renderer, o outcome, p response) response
}

// renderer holds what bytes depend on besides the outcome.
type renderer struct {
	profile *profile
	with    *renderings
	keys    *keyring
	// spaceDelimited writes scope as one string in JWTs.
	spaceDelimited bool
}

func identityServerRenderings() renderings {
	return renderings{
		doorShut: renderDoorShut, wrongMethod: func(*renderer, wrongMethod) response { return response{status: http.StatusMethodNotAllowed} }, refused: renderRefused, issued: renderIssued, metadata: renderMetadata,
		keySet: renderKeySet, introspected: renderIntrospected, accessToken: renderAccessToken, logoutToken: renderLogoutToken,
		json: (*renderer).json, challenge: renderChallenge, frames: renderFrames,
		last: func(_ *renderer, _ outcome, p response) response { return p },
	}
}

// render chooses the rendering of an outcome.
func (r *renderer) render(o outcome) response {
	var p response
	switch o := o.(type) {
	case doorShut:
		p = r.with.doorShut(r)
	case emptyAnswer:
		p = response{status: o.status, ends: o.status == http.StatusRequestEntityTooLarge}
	case wrongMethod:
		p = r.with.wrongMethod(r, o)
	case notMine:
		p = response{status: http.StatusNotFound}
	case refused:
		p = r.with.refused(r, o)
	case issued:
		p = r.with.issued(r, o)
	case metadata:
		p = r.with.metadata(r, o)
	case keySet:
		p = r.with.keySet(r)
	case introspected:
		p = r.with.introspected(r, o)
	case redirect:
		p = r.redirect(o)
	case pushed:
		p = r.with.json(r, http.StatusCreated, object{{"request_uri", o.requestURI}, {"expires_in", o.expiresIn}}, true)
	case deviceStarted:
		p = r.with.json(r, http.StatusOK, object{{"device_code", o.device}, {"user_code", o.user}, {"verification_uri", o.page},
			{"verification_uri_complete", o.page + "?userCode=" + o.user}, {"expires_in", pendingLifetime}, {"interval", pollInterval}}, true)
	case backchannelStarted:
		p = r.with.json(r, http.StatusOK, object{{"auth_req_id", o.id}, {"expires_in", o.expires}, {"interval", pollInterval}}, true)
	case userClaims:
		p = r.with.json(r, http.StatusOK, o.claims, true)
	case challenge:
		p = r.with.challenge(o)
	case checkSession:
		p = renderCheckSession()
	case page:
		p = renderPage(o)
	case frames:
		p = r.with.frames(r, o)
	}
	return r.with.last(r, o, p)
}

// json is a JSON answer; noStore forbids caches to keep it.
func (r *renderer) json(status int, v any, noStore bool) response {
	p := response{status: status, body: appendJSON(nil, v, systemText), headers: [][2]string{{"Content-Type", "application/json; charset=UTF-8"}}}
	if noStore {
		p.headers = append(p.headers, forbidCaches()...)
	}
	return p
}

func forbidCaches() [][2]string {
	return [][2]string{{"Cache-Control", "no-store, no-cache, max-age=0"}, {"Pragma", "no-cache"}}
}

func renderDoorShut(r *renderer) response {
	if !r.profile.doorJSON {
		return response{status: r.profile.doorStatus}
	}
	return r.json(r.profile.doorStatus, object{{"error", "invalid_client"}, {"error_description", "mTLS authentication failed."}}, false)
}

// errorStatus is the status of an endpoint's error: 400 but for the backchannel endpoint.
func errorStatus(o refused) int {
	if o.at == cibaEndpoint {
		switch o.code {
		case "invalid_client":
			return http.StatusUnauthorized
		case "access_denied":
			return http.StatusForbidden
		}
	}
	return http.StatusBadRequest
}

func renderRefused(r *renderer, o refused) response {
	body := object{{"error", o.code}}
	if o.description != "" {
		body = body.with("error_description", o.description)
	}
	return r.json(errorStatus(o), body, o.at != revocationEndpoint)
}

func renderIssued(r *renderer, o issued) response {
	access := o.handle
	if access == "" {
		access = r.with.accessToken(r, o.access)
	}
	kind := "Bearer"
	if o.dpop {
		kind = "DPoP"
	}
	var body object
	if o.identity != nil {
		body = body.with("id_token", r.identityToken(o.identity, access))
	}
	body = append(body, member{"access_token", access}, member{"expires_in", o.access.expires - o.access.notBefore}, member{"token_type", kind})
	if o.refresh != "" {
		body = body.with("refresh_token", o.refresh)
	}
	if len(o.scopes) > 0 {
		body = body.with("scope", strings.Join(o.scopes, " "))
	}
	return r.json(http.StatusOK, append(body, o.extra...), true)
}

func renderMetadata(r *renderer, o metadata) response {
	return r.json(http.StatusOK, o.document, false)
}

func renderKeySet(r *renderer) response {
	p := r.json(http.StatusOK, object{{"keys", r.keys.public()}}, false)
	if !r.profile.escapesX5C {
		p.body = []byte(strings.ReplaceAll(string(p.body), `\u002B`, "+"))
	}
	return p
}

// ordered puts members in the order of a list and drops those that it does not name.
func ordered(o object, order []string) object {
	sorted := make(object, 0, len(o))
	for _, name := range order {
		if v, ok := o.get(name); ok {
			sorted = append(sorted, member{name, v})
		}
	}
	return sorted
}

// oneOrMore writes a single value as a string and several as an array.
func oneOrMore(values []string) any {
	if len(values) == 1 {
		return values[0]
	}
	return values
}

// claims are the members that a token has in every form.
func claims(t *accessToken) object {
	o := object{{"iss", t.issuer}, {"nbf", t.notBefore}, {"iat", t.issuedAt}, {"exp", t.expires}, {"client_id", t.clientID}, {"jti", t.id}}
	if len(t.audiences) > 0 {
		o = o.with("aud", oneOrMore(t.audiences))
	}
	if t.confirmation != nil {
		o = o.with("cnf", t.confirmation)
	}
	if t.subject != "" {
		o = o.with("sub", t.subject).with("auth_time", t.authTime).with("idp", "local")
	}
	if len(t.methods) > 0 {
		o = o.with("amr", t.methods)
	}
	if t.actor != nil {
		o = o.with("act", t.actor)
	}
	if t.session != "" {
		o = o.with("sid", t.session)
	}
	return o
}

// jwtHeader are the members of a JWT's header.
func (r *renderer) jwtHeader(kind string) object {
	key := r.keys.current()
	h := object{{"alg", r.keys.algorithm()}, {"kid", key.kid}, {"typ", kind}}
	if key.certificate != nil {
		h = h.with("x5t", key.x5t())
	}
	return ordered(h, r.profile.jwtHeader)
}

// array is a list of strings inside a JWT. Where System.Text.Json is at work, arrays are written
// before the JWT is, and by its default encoder.
func (r *renderer) array(list []string) any {
	if r.profile.jwtStyle != relaxed {
		return list
	}
	return written(appendJSON(nil, list, systemText))
}

func renderAccessToken(r *renderer, t *accessToken) string {
	c := claims(t)
	if len(t.methods) > 0 {
		i := slices.IndexFunc(c, func(m member) bool { return m.name == "amr" })
		c[i].value = r.array(t.methods)
	}
	if r.spaceDelimited {
		c = c.with("scope", strings.Join(t.scopes, " "))
	} else {
		c = c.with("scope", r.array(t.scopes))
	}
	return r.keys.sign(r.jwtHeader("at+jwt"), ordered(c, r.profile.accessToken), r.profile.jwtStyle)
}

func renderIntrospected(r *renderer, o introspected) response {
	body := object{{"active", false}}
	if t := o.token; t != nil {
		c := claims(t)
		order := r.profile.introspectJWT
		if o.reference {
			order = r.profile.introspectReference
		} else if r.profile.confirmationAsString && t.confirmation != nil {
			i := slices.IndexFunc(c, func(m member) bool { return m.name == "cnf" })
			c[i].value = string(appendJSON(nil, t.confirmation, newtonsoft))
		}
		if o.asClient {
			c = c.with("token_type", "access_token")
		}
		body = ordered(c.with("active", true).with("scope", strings.Join(o.scopes, " ")), order)
	}
	if o.signedFor == "" {
		return r.json(http.StatusOK, body, true)
	}
	claims := object{{"iss", o.issuer}, {"iat", o.asked}, {"aud", o.signedFor}, {"token_introspection", body}}
	text := r.keys.sign(r.jwtHeader("token-introspection+jwt"), claims, r.profile.jwtStyle)
	return response{status: http.StatusOK, body: []byte(text), headers: append([][2]string{{"Content-Type", "application/token-introspection+jwt"}}, forbidCaches()...)}
}

// identityToken signs an id_token that goes with an access token.
func (r *renderer) identityToken(t *identityToken, access string) string {
	half := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return base64URL(sum[:len(sum)/2])
	}
	o := object{{"iss", t.issuer}, {"nbf", t.notBefore}, {"iat", t.issuedAt}, {"exp", t.expires}, {"aud", t.audience}, {"at_hash", half(access)},
		{"sub", t.subject}, {"auth_time", t.authTime}, {"idp", "local"}}
	if t.nonce != "" {
		o = o.with("nonce", t.nonce)
	}
	if t.state != "" {
		o = o.with("s_hash", half(t.state))
	}
	if t.session != "" {
		o = o.with("sid", t.session)
	}
	if len(t.methods) > 0 {
		o = o.with("amr", r.array(t.methods))
	}
	if o = ordered(o, r.profile.identityToken); t.confirmation != nil {
		o = o.with("cnf", t.confirmation)
	}
	return r.keys.sign(r.jwtHeader("JWT"), o, r.profile.jwtStyle)
}

// redirect sends the browser elsewhere.
func (r *renderer) redirect(o redirect) response {
	p := response{status: r.profile.redirectStatus}
	if o.toClient {
		p.headers = forbidCaches()
	}
	if len(o.cookies) > 0 {
		p.headers = append(p.headers, [2]string{"Expires", longAgo})
	}
	p.headers = append(p.headers, [2]string{"Location", o.location})
	for _, c := range o.cookies {
		p.headers = append(p.headers, [2]string{"Set-Cookie", c})
	}
	return p
}

// renderChallenge is an answer with WWW-Authenticate (RFC 6750 §3).
func renderChallenge(o challenge) response {
	text := `Bearer realm="IdentityServer",error="` + o.code + `"`
	if o.description != "" {
		text += `,error_description="` + o.description + `"`
	}
	return response{status: o.status, headers: append(forbidCaches(), [2]string{"WWW-Authenticate", text})}
}

// base64URL is base64url without padding.
func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
