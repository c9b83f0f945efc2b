package fakeidp

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The longest values of a backchannel request, in characters: InputLengthRestrictions of IdentityServer.
const (
	acrValuesLimit      = 300
	loginHintLimit      = 100
	hintTokenLimit      = 4000
	userCodeLimit       = 100
	bindingMessageLimit = 100
)

// decideBackchannel is the backchannel authentication endpoint (CIBA Core §7).
func decideBackchannel(d *decision) outcome {
	no := func(code, description string) outcome {
		return refused{at: cibaEndpoint, code: code, description: description}
	}
	if d.method != http.MethodPost || !d.isForm() {
		return no("invalid_request", "")
	}
	f, err := d.readForm()
	if err != nil {
		return d.unreadable(err, no("invalid_request", ""))
	}
	who := d.authenticate()
	if who.caller == nil {
		return no(who.code, "")
	}
	client := who.caller.client
	if !d.rules.grantAllowed(d, client, CIBA) {
		return no("unauthorized_client", "Unauthorized client")
	}
	p := d.parameters(f)
	waiting, wrong := d.backchannelRequest(client, p)
	if wrong != nil {
		return no(wrong.code, wrong.description)
	}
	if d.pages == ApproveAtOnce {
		waiting.approved = &authorized{subject: waiting.subject, authTime: d.now.Unix(), scopes: waiting.scopes}
	}
	id := d.state.handle() + d.profile.handleSuffix
	d.state.wait(id, waiting)
	return backchannelStarted{id, waiting.expires - d.now.Unix()}
}

// backchannelRequest is what a client asks of a user, or the first thing that is wrong with it, in IdentityServer's order.
func (d *decision) backchannelRequest(client *Client, p parameters) (*pendingRequest, *mistake) {
	invalid := func(description string) (*pendingRequest, *mistake) {
		return nil, &mistake{"invalid_request", description}
	}
	switch scope := p["scope"]; {
	case blank(scope):
		return invalid("Missing scope")
	case chars(scope) > scopeLimit:
		return invalid("Invalid scope")
	case !slices.Contains(strings.Fields(scope), "openid"):
		return invalid("Missing the openid scope")
	}
	scopes, ok := d.userScopes(client, p["scope"])
	if !ok {
		return nil, &mistake{"invalid_scope", "Invalid scope"}
	}
	lifetime := pendingLifetime
	if asked := p["requested_expiry"]; !blank(asked) {
		n, err := strconv.Atoi(asked)
		if err != nil || n <= 0 || n > pendingLifetime {
			return invalid("Invalid requested_expiry")
		}
		lifetime = n
	}
	if chars(p["acr_values"]) > acrValuesLimit {
		return invalid("Invalid acr_values")
	}
	hint, wrong := d.userHint(client, p)
	switch {
	case wrong != nil:
		return nil, wrong
	case chars(p["user_code"]) > userCodeLimit:
		return invalid("Invalid user_code")
	case chars(p["binding_message"]) > bindingMessageLimit:
		return nil, &mistake{"invalid_binding_message", "Invalid binding_message"}
	}
	return &pendingRequest{client: client.ID, scopes: scopes, expires: d.now.Unix() + int64(lifetime), name: d.state.id(), message: p["binding_message"],
		subject: d.askedUser(p["login_hint"], hint)}, nil
}

// userHint reads the one hint that says who is asked; the id_token is nil where another kind of hint does.
func (d *decision) userHint(client *Client, p parameters) (*identityToken, *mistake) {
	hints := 0
	for _, name := range []string{"login_hint", "login_hint_token", "id_token_hint"} {
		if !blank(p[name]) {
			hints++
		}
	}
	switch {
	case hints == 0:
		return nil, &mistake{"invalid_request", "Missing login_hint_token, id_token_hint, or login_hint"}
	case hints > 1:
		return nil, &mistake{"invalid_request", "Too many of login_hint_token, id_token_hint, or login_hint"}
	case chars(p["login_hint"]) > loginHintLimit:
		return nil, &mistake{"invalid_request", "Invalid login_hint"}
	case chars(p["login_hint_token"]) > hintTokenLimit:
		return nil, &mistake{"invalid_request", "Invalid login_hint_token"}
	case blank(p["id_token_hint"]):
		return nil, nil
	}
	hint := d.identityTokenHint(p["id_token_hint"])
	if chars(p["id_token_hint"]) > hintTokenLimit || hint == nil || hint.audience != client.ID {
		return nil, &mistake{"invalid_request", "Invalid id_token_hint"}
	}
	return hint, nil
}
