package fakeidp

import "slices"

// TokenExchangeGrant is the grant type of RFC 8693.
const TokenExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"

// ExtensionGrant is a grant type of the host's own (RFC 6749 §4.5): IdentityServer's IExtensionGrantValidator.
type ExtensionGrant struct {
	// Type is the value of grant_type.
	Type string
	// Validate answers a request of a client that may use the grant, for scopes that it may have.
	Validate func(GrantRequest) GrantResult
}

// ExtensionGrants adds grant types. A client may use one that its Grants name. Default: there are none.
func ExtensionGrants(grants ...ExtensionGrant) Option {
	return func(s *settings) { s.extensions = append(s.extensions, grants...) }
}

// GrantRequest is a token request with an extension grant.
type GrantRequest struct {
	ClientID string
	// Scopes are those that the client is about to get.
	Scopes []string

	parameters parameters
	d          *decision
}

// Parameter is the value of a form parameter, or "".
func (r GrantRequest) Parameter(name string) string { return r.parameters[name] }

// Token tells what an access token of this server says; false if it is none, or no longer good.
func (r GrantRequest) Token(text string) (TokenFacts, bool) {
	t, reference := r.d.findToken(text)
	if t == nil || !r.d.rules.tokenAlive(r.d, t, reference) {
		return TokenFacts{}, false
	}
	return TokenFacts{ClientID: t.clientID, Subject: t.subject, Scopes: slices.Clone(t.scopes), Audiences: slices.Clone(t.audiences), actor: t.actor}, true
}

// TokenFacts are what an access token says.
type TokenFacts struct {
	ClientID string
	// Subject is empty where the token is about no user.
	Subject           string
	Scopes, Audiences []string
	actor             any
}

// GrantResult is what a grant answers. The zero value gives the client a token of its own, without a user.
type GrantResult struct {
	// Error refuses the request with this OAuth error code; Description goes with it.
	Error, Description string
	// Subject is the user whom the token is about; empty: none.
	Subject string
	// Method is how the user was authenticated: amr of the token. Default: the grant type.
	Method string
	// Extra are further members of the answer of the token endpoint, in this order.
	Extra []Claim

	// What only the grants of this package say: who acts, and less than what was asked for.
	actor             any
	scopes, audiences []string
}

// extension finds an extension grant by its type.
func (s *settings) extension(grant string) (ExtensionGrant, bool) {
	i := slices.IndexFunc(s.extensions, func(e ExtensionGrant) bool { return e.Type == grant })
	if i < 0 {
		return ExtensionGrant{}, false
	}
	return s.extensions[i], true
}

// decideExtension is an extension grant as IdentityServer does it: one that the client may not use is not known.
func decideExtension(d *decision, who *caller, grant string, p parameters) outcome {
	e, known := d.extension(grant)
	if !known || !d.rules.grantAllowed(d, who.client, grant) {
		return refuse("unsupported_grant_type")
	}
	return d.extended(who, e, p)
}

// extended asks the grant and issues what it says.
func (d *decision) extended(who *caller, e ExtensionGrant, p parameters) outcome {
	requested := p["scope"]
	if blank(requested) {
		requested = d.ownScopes(who.client)
	}
	scopes, ok := d.userScopes(who.client, requested)
	if !ok {
		return refuse("invalid_scope")
	}
	r := e.Validate(GrantRequest{ClientID: who.client.ID, Scopes: slices.Clone(scopes), parameters: p, d: d})
	if r.Error != "" {
		return explain(r.Error, r.Description)
	}
	if r.scopes != nil {
		scopes = r.scopes
	}
	var o issued
	if r.Subject == "" {
		scopes = slices.DeleteFunc(scopes, func(s string) bool { return s == "offline_access" })
		o = d.issue(who, d.newToken(who, scopes), scopes).(issued)
	} else {
		method := r.Method
		if method == "" {
			method = e.Type
		}
		o = d.issueWithoutIdentity(who, authorized{subject: r.Subject, authTime: d.now.Unix(), methods: []string{method}, scopes: scopes,
			actor: r.actor, audiences: r.audiences})
	}
	for _, c := range r.Extra {
		o.extra = o.extra.with(c.Type, c.Value)
	}
	return o
}

// The token types of RFC 8693 §3 that TokenExchange knows.
const (
	accessTokenURN = "urn:ietf:params:oauth:token-type:access_token"
	jwtURN         = "urn:ietf:params:oauth:token-type:jwt"
)

// TokenExchange is the grant of RFC 8693 for access tokens of this server: the new token is about the user of subject_token, and
// goes to the client that asks. With actor_token it says in act who acts for the user, and before that one who did so far.
// A token that is bound to a certificate may be exchanged by anybody who got hold of it and may use the grant: that the
// proof of possession is not asked for here is what RFC 8705 leaves to the server. No scope comes of it that the
// subject_token did not have.
func TokenExchange() ExtensionGrant {
	return ExtensionGrant{Type: TokenExchangeGrant, Validate: exchangeToken}
}

// exchangeToken is §2.1 of RFC 8693; whatever is wrong with the tokens is invalid_request (§2.2.2).
func exchangeToken(r GrantRequest) GrantResult {
	no := func(description string) GrantResult {
		return GrantResult{Error: "invalid_request", Description: description}
	}
	known := []string{accessTokenURN, jwtURN}
	subject, fine := r.Token(r.Parameter("subject_token"))
	actor, actorFine := r.Token(r.Parameter("actor_token"))
	wanted := r.Parameter("requested_token_type")
	switch {
	case r.Parameter("subject_token") == "":
		return no("subject_token is missing.")
	case !slices.Contains(known, r.Parameter("subject_token_type")):
		return no("subject_token_type is missing or not known.")
	case wanted != "" && !slices.Contains(known, wanted):
		return no("requested_token_type is not known.")
	case r.Parameter("actor_token") == "" && r.Parameter("actor_token_type") != "":
		return no("actor_token_type without an actor_token.")
	case r.Parameter("actor_token") != "" && !slices.Contains(known, r.Parameter("actor_token_type")):
		return no("actor_token_type is missing or not known.")
	case !fine:
		return no("subject_token is not an access token of this server that is good.")
	case r.Parameter("actor_token") != "" && !actorFine:
		return no("actor_token is not an access token of this server that is good.")
	}
	scopes := slices.DeleteFunc(slices.Clone(r.Scopes), func(s string) bool { return !slices.Contains(subject.Scopes, s) })
	if len(scopes) == 0 || r.Parameter("scope") != "" && len(scopes) < len(r.Scopes) {
		return GrantResult{Error: "invalid_scope", Description: "The subject_token does not have this scope."}
	}
	result := GrantResult{Subject: subject.Subject, actor: subject.actor, scopes: scopes, Extra: []Claim{{"issued_token_type", accessTokenURN}}}
	if result.Subject == "" {
		result.Subject = subject.ClientID // the subject of such a token is the client (RFC 9068 §3)
	}
	if target := r.Parameter("audience"); target != "" {
		if result.audiences = r.d.narrowed(scopes, target); result.audiences == nil {
			return GrantResult{Error: "invalid_target", Description: "The audience is not known, or none of the scopes is for it."}
		}
	}
	if actorFine {
		result.actor = acting(actor, subject.actor)
	}
	return result
}

// acting is the claim act of RFC 8693 §4.1: who acts, and inside of it who acted before.
func acting(a TokenFacts, before any) object {
	o := object{{"sub", a.Subject}}
	if a.Subject == "" {
		o = object{{"sub", a.ClientID}}
	}
	o = o.with("client_id", a.ClientID)
	if before != nil {
		o = o.with("act", before)
	}
	return o
}

// narrowed is one audience of those that the scopes are for, nil if it is none of them.
func (d *decision) narrowed(scopes []string, audience string) []string {
	if !slices.Contains(d.rules.audience(d, scopes), audience) {
		return nil
	}
	return []string{audience}
}
