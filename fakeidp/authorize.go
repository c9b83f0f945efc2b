package fakeidp

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// pairs are parameters in their order.
type pairs [][2]string

// get is the first value of a parameter, or "".
func (p pairs) get(name string) string {
	for _, e := range p {
		if e[0] == name {
			return e[1]
		}
	}
	return ""
}

// query writes the parameters as .NET's UrlEncoder does: a blank is %20.
func (p pairs) query() string {
	var b strings.Builder
	for i, e := range p {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escapeURL(e[0]) + "=" + escapeURL(e[1]))
	}
	return b.String()
}

// escapeURL escapes all but letters, digits and -._~.
func escapeURL(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// readPairs reads parameters in their order.
func readPairs(query string) pairs {
	var p pairs
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		p = append(p, [2]string{utf8Text(unescapeForm(key)), utf8Text(unescapeForm(value))})
	}
	return p
}

// authorization is a validated authorization request.
type authorization struct {
	client      *Client
	redirectURI string
	scopes      []string
	state       string
	nonce       string
	prompt      string
	mode        string
	challenge   string
	// proofKey is the thumbprint of the key to which the code is to be bound, or "".
	proofKey string
	// pushed is the request_uri that it came by.
	pushed string
	// sent are the parameters as they were sent.
	sent pairs
}

// mistake is what is wrong with an authorization request.
type mistake struct{ code, description string }

// The limits of an authorization request, in characters.
const (
	redirectURILimit = 400
	nonceLimit       = 300
	challengeMin     = 43
	challengeMax     = 128
	proofKeyLimit    = 100
)

// decideAuthorize is the authorization endpoint, and its callback after the login page.
func decideAuthorize(d *decision) outcome {
	if d.at == callbackEndpoint && d.method != http.MethodGet {
		return wrongMethod{[]string{http.MethodGet}}
	}
	sent, wrong := d.browserParameters()
	if wrong != nil {
		return wrong
	}
	a, mistaken := d.authorization(sent, "")
	if mistaken != nil {
		return d.toErrorPage(mistaken)
	}
	if o := d.interaction(a); o != nil {
		return o
	}
	return d.grantCode(a, d.signedIn())
}

// location is the client's redirect URI with an answer.
func (a *authorization) location(answer pairs) string {
	if a.mode == "fragment" {
		return a.redirectURI + "#" + answer.query()
	}
	return withQuery(a.redirectURI, answer)
}

// withQuery adds parameters to a URI that may have some.
func withQuery(uri string, more pairs) string {
	if strings.Contains(uri, "?") {
		return uri + "&" + more.query()
	}
	return uri + "?" + more.query()
}

// grantCode sends the client its code.
func (d *decision) grantCode(a *authorization, who *session) outcome {
	code := d.state.handle() + d.profile.handleSuffix
	d.state.joins(who, a.client.ID)
	d.state.keepCode(code, &authorizationCode{
		client: a.client.ID, redirectURI: a.redirectURI, challenge: a.challenge, proofKey: a.proofKey, expires: d.now.Unix() + codeLifetime,
		to: authorized{subject: who.subject, session: who.id, authTime: who.authTime, methods: []string{"pwd"}, scopes: a.scopes, nonce: a.nonce, state: a.state},
	})
	if a.pushed != "" {
		d.state.forgetPushed(a.pushed)
	}
	answer := pairs{{"code", code}}
	if d.profile.scopeInAuthorizeAnswer {
		answer = append(answer, [2]string{"scope", strings.Join(a.scopes, " ")})
	}
	if a.state != "" {
		answer = append(answer, [2]string{"state", a.state})
	}
	if d.profile.sessionState {
		answer = append(answer, [2]string{"session_state", d.sessionState(a.client.ID, a.redirectURI, who.id)})
	}
	if d.profile.release >= v52 {
		answer = append(answer, [2]string{"iss", d.rules.issuer(d)})
	}
	var cookies []string
	if !d.profile.sessionState {
		return redirect{location: a.location(answer), toClient: true}
	}
	if d.profile.release >= v52 {
		cookies = append(cookies, "ConsentResponse."+a.consentKey(who.subject)+"=.; expires=Sat, 01 Jan 2000 00:00:00 GMT; path=/; secure; httponly")
	}
	cookies = append(cookies, setCookie(sessionCookie, d.state.keepSession(who), false))
	return redirect{location: a.location(answer), toClient: true, cookies: cookies}
}

// authorization validates an authorization request; asked is the client that pushes it, "" if it came
// by the browser. Beside a mistake it returns the request if it is known whose it is and where the client waits.
func (d *decision) authorization(sent pairs, asked string) (*authorization, *mistake) {
	a := &authorization{sent: sent}
	id := sent.get("client_id")
	if blank(id) || chars(id) > idLimit {
		return nil, &mistake{"invalid_request", "Invalid client_id"}
	}
	a.client = d.rules.knownClient(d, id)
	if a.client == nil || a.client.Disabled || !d.rules.wellConfigured(d, a.client) || asked != "" && asked != id {
		return nil, &mistake{"unauthorized_client", "Unknown client or client not enabled"}
	}
	if uri := sent.get("request_uri"); uri != "" && d.profile.release >= v70 {
		p := d.state.pushed(uri, d.now.Unix())
		if p == nil || p.client != id {
			return nil, &mistake{"invalid_request_uri", "invalid or reused PAR request uri"}
		}
		a.pushed, a.sent, sent = uri, pairs{{"request_uri", uri}, {"client_id", id}}, p.sent
	} else if a.client.RequirePAR && asked == "" && d.profile.release >= v70 {
		return nil, &mistake{"invalid_request", "Pushed authorization is required."}
	}
	a.redirectURI, a.state, a.nonce, a.prompt = sent.get("redirect_uri"), sent.get("state"), sent.get("nonce"), sent.get("prompt")
	if blank(a.redirectURI) || chars(a.redirectURI) > redirectURILimit || !slices.Contains(a.client.RedirectURIs, a.redirectURI) {
		return nil, &mistake{"invalid_request", "Invalid redirect_uri"}
	}
	if wrong := a.responseType(d, sent); wrong != nil {
		return a, wrong
	}
	if wrong := a.codeChallenge(sent); wrong != nil {
		return a, wrong
	}
	scopes, ok := d.userScopes(a.client, sent.get("scope"))
	if !ok {
		return a, &mistake{"invalid_scope", "Invalid scope"}
	}
	a.scopes = scopes
	if chars(a.nonce) > nonceLimit {
		return a, &mistake{"invalid_request", "Invalid nonce"}
	}
	return a, a.bindsCode(d, sent)
}

// responseType: the code flow is the one that clients with a certificate use, and the one there is.
func (a *authorization) responseType(d *decision, sent pairs) *mistake {
	kind := sent.get("response_type")
	switch {
	case blank(kind):
		return &mistake{"invalid_request", "Missing response_type"}
	case kind != "code":
		return &mistake{"unsupported_response_type", "Response type not supported"}
	case !d.rules.grantAllowed(d, a.client, AuthorizationCode):
		return &mistake{"unauthorized_client", "Grant type not allowed for client"}
	}
	switch a.mode = sent.get("response_mode"); a.mode {
	case "", "query", "fragment":
		return nil
	}
	return &mistake{"invalid_request", "Invalid response_mode"}
}

// codeChallenge checks PKCE (RFC 7636): S256 alone, and required unless the client says otherwise.
func (a *authorization) codeChallenge(sent pairs) *mistake {
	a.challenge = sent.get("code_challenge")
	method := sent.get("code_challenge_method")
	switch {
	case a.challenge == "" && a.client.NoPKCE:
		return nil
	case a.challenge == "":
		return &mistake{"invalid_request", "code challenge required"}
	case chars(a.challenge) < challengeMin || chars(a.challenge) > challengeMax:
		return &mistake{"invalid_request", "Invalid code_challenge"}
	case method != "S256":
		return &mistake{"invalid_request", "Transform algorithm not supported"}
	}
	return nil
}

// userScopes are scopes for a user: identity resources, API scopes and offline_access, in the order
// asked for; all must be known and allowed.
func (d *decision) userScopes(c *Client, requested string) ([]string, bool) {
	if blank(requested) || chars(requested) > scopeLimit {
		return nil, false
	}
	var granted []string
	for name := range strings.SplitSeq(requested, " ") {
		if name == "" || slices.Contains(granted, name) {
			continue
		}
		switch {
		case name == "offline_access":
			if !c.OfflineAccess {
				return nil, false
			}
		case !slices.Contains(c.Scopes, name) ||
			!slices.ContainsFunc(d.scopes, func(s Scope) bool { return s.Name == name && !s.Disabled }) &&
				!slices.ContainsFunc(d.identities, func(r IdentityResource) bool { return r.Name == name }):
			return nil, false
		}
		granted = append(granted, name)
	}
	return granted, true
}

// ownScopes is everything that a client may ask for where a user takes part.
func (d *decision) ownScopes(c *Client) string {
	var own []string
	for _, r := range d.identities {
		if slices.Contains(c.Scopes, r.Name) {
			own = append(own, r.Name)
		}
	}
	for _, s := range d.scopes {
		if slices.Contains(c.Scopes, s.Name) {
			own = append(own, s.Name)
		}
	}
	if c.OfflineAccess {
		own = append(own, "offline_access")
	}
	return strings.Join(own, " ")
}

// pushedLifetime is for how many seconds a pushed request can be used.
const pushedLifetime = 600

// decidePushed is the pushed authorization request endpoint (RFC 9126).
func decidePushed(d *decision) outcome {
	if o, ok := d.only(http.MethodPost); !ok {
		return o
	}
	f, err := d.readForm()
	if err == nil && f == nil || err != nil && !errors.Is(err, errBodyTooLarge) {
		// The form is read without a look at the media type; nobody catches what happens then.
		return emptyAnswer{http.StatusInternalServerError}
	}
	if err != nil {
		return d.unreadable(err, nil)
	}
	no := func(code, description string) outcome {
		return refused{at: parEndpoint, code: code, description: description}
	}
	who := d.authenticate()
	if who.caller == nil {
		return no(who.code, "")
	}
	switch {
	case d.profile.release >= v73 && len(d.header["Dpop"]) > 1:
		return no("invalid_request", "")
	case f.first("request_uri") != "":
		return no("invalid_request", "Pushed authorization cannot use request_uri")
	}
	secret := []string{"client_secret", "client_assertion", "client_assertion_type"}
	var sent pairs
	p := d.parameters(f)
	for _, k := range f.keys {
		if v, ok := p[k]; ok && !slices.Contains(secret, k) {
			sent = append(sent, [2]string{k, v})
		}
	}
	if sent.get("client_id") == "" {
		sent = append(sent, [2]string{"client_id", who.caller.client.ID})
	}
	sent, wrong := d.pushedKey(sent)
	if wrong != nil {
		return wrong
	}
	if _, wrong := d.authorization(sent, who.caller.client.ID); wrong != nil {
		return no(wrong.code, wrong.description)
	}
	uri := "urn:ietf:params:oauth:request_uri:" + d.state.handle()
	d.state.push(uri, &pushedRequest{client: who.caller.client.ID, sent: sent, expires: d.now.Unix() + pushedLifetime})
	return pushed{uri, pushedLifetime}
}
