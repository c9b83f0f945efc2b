package fakeidp

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// parameters are the form's values as the token request validator sees them.
type parameters map[string]string

// parameters reduces each parameter to one value by the rule.
func (d *decision) parameters(f *form) parameters {
	p := parameters{}
	if f == nil {
		return p
	}
	for _, key := range f.keys {
		if v, ok := d.rules.oneValue(d, f.values[key]); ok {
			p[key] = v
		}
	}
	return p
}

// oneValue joins repeated values by commas and drops blank ones, as the version does.
func oneValue(d *decision, values []string) (string, bool) {
	if d.profile.firstValueCounts {
		return values[0], true
	}
	if d.profile.release >= v63 {
		values = slices.DeleteFunc(slices.Clone(values), blank)
	}
	return strings.Join(values, ","), len(values) > 0
}

// refuse is an error of the token endpoint.
func refuse(code string) outcome { return refused{at: tokenEndpoint, code: code} }

// explain is an error of the token endpoint with a description.
func explain(code, description string) outcome {
	return refused{at: tokenEndpoint, code: code, description: description}
}

// The longest values of parameters, in characters: InputLengthRestrictions of IdentityServer.
const (
	grantTypeLimit = 100
	scopeLimit     = 300
	handleLimit    = 100
	resourceLimit  = 512
)

// decideToken is the token endpoint. Method and media type come before the client, the client
// before the grant.
func decideToken(d *decision) outcome {
	if d.method != http.MethodPost || !d.isForm() {
		return refuse("invalid_request")
	}
	f, err := d.readForm()
	if err != nil {
		return d.unreadable(err, refuse("invalid_request"))
	}
	who := d.authenticate()
	if who.caller == nil {
		return refuse(who.code)
	}
	p := d.parameters(f)
	grant := p["grant_type"]
	if blank(grant) || chars(grant) > grantTypeLimit {
		return refuse("unsupported_grant_type")
	}
	if d.profile.resourceIndicators {
		if o := checkResource(f.all("resource")); o != nil {
			return o
		}
	}
	found, wrong := d.proofOf(who.caller)
	if wrong != nil {
		return wrong
	}
	d.proof = found
	switch grant {
	case ClientCredentials:
		return decideClientCredentials(d, who.caller, p)
	case AuthorizationCode:
		return decideCode(d, who.caller, p)
	case "refresh_token":
		return decideRefresh(d, who.caller, p)
	case Password:
		return decidePassword(d, who.caller, p)
	case DeviceCode:
		return decidePending(d, who.caller, grant, p["device_code"])
	case CIBA:
		if d.profile.release >= v63 {
			return decidePending(d, who.caller, grant, p["auth_req_id"])
		}
	}
	return decideExtension(d, who.caller, grant, p)
}

// unreadable is the answer to a form that cannot be read.
func (d *decision) unreadable(err error, otherwise outcome) outcome {
	switch {
	case errors.Is(err, errBodyTooLarge):
		return emptyAnswer{http.StatusRequestEntityTooLarge}
	case errors.Is(err, errBrokenForm) || d.profile.unreadableIsFatal:
		return emptyAnswer{http.StatusInternalServerError}
	}
	return otherwise
}

// checkResource looks at the form of resource indicators (RFC 8707), not at what they name.
func checkResource(values []string) outcome {
	for _, v := range values {
		if chars(v) > resourceLimit {
			return explain("invalid_target", "Resource indicator maximum length exceeded")
		}
	}
	if len(values) > 1 {
		return explain("invalid_target", "Multiple resource indicators not supported on token endpoint.")
	}
	for _, v := range values {
		if u, err := url.Parse(v); err != nil || u.Scheme == "" || strings.Contains(v, "#") {
			return explain("invalid_target", "Invalid resource indicator format")
		}
	}
	return nil
}

func grantAllowed(_ *decision, c *Client, grant string) bool {
	return slices.Contains(c.grants(), grant)
}

// decideClientCredentials is RFC 6749 §4.4 as IdentityServer does it.
func decideClientCredentials(d *decision, who *caller, p parameters) outcome {
	if !d.rules.grantAllowed(d, who.client, ClientCredentials) {
		return refuse("unauthorized_client")
	}
	scopes, ok := d.rules.scopesFor(d, who.client, p["scope"])
	if !ok {
		return refuse("invalid_scope")
	}
	resource := ""
	if d.profile.resourceIndicators {
		resource = p["resource"]
	}
	audiences, ok := d.target(resource, scopes)
	if !ok {
		return refuse("invalid_target")
	}
	t := d.newToken(who, scopes)
	t.audiences = audiences
	return d.issue(who, t, scopes)
}

// target narrows the audience to the resource that was asked for.
func (d *decision) target(resource string, scopes []string) ([]string, bool) {
	all := d.rules.audience(d, scopes)
	if resource == "" {
		return all, true
	}
	if !slices.Contains(all, resource) {
		return nil, false
	}
	return []string{resource}, true
}

// newToken is an access token of this client, now.
func (d *decision) newToken(who *caller, scopes []string) *accessToken {
	now := d.now.Unix()
	t := &accessToken{
		issuer: d.rules.issuer(d), clientID: who.client.ID, scopes: scopes, audiences: d.rules.audience(d, scopes),
		notBefore: now, issuedAt: now, expires: now + int64(d.rules.lifetime(d, who.client).Seconds()),
		id: d.state.id(),
	}
	if d.proof.kind == keyProof {
		t.confirmation = object{{"jkt", d.proof.thumbprint}}
	} else if c := d.rules.bindingCertificate(d, who); c != nil {
		t.confirmation = d.rules.confirmation(c)
	}
	return t
}

// issue hands the token out, by value or by reference.
func (d *decision) issue(who *caller, t *accessToken, scopes []string) outcome {
	o := issued{access: t, scopes: scopes, dpop: d.proof.kind == keyProof}
	if d.rules.byReference(who.client) {
		o.handle = d.state.handle() + d.profile.handleSuffix
		d.state.keepReference(o.handle, t)
	}
	return o
}

// bindingCertificate binds the token if the certificate was the proof, or if the server always emits cnf and
// there is a certificate on the connection.
func bindingCertificate(d *decision, who *caller) *x509.Certificate {
	switch {
	case who.by == certificateCredential && !who.anonymous:
		return who.certificate
	case d.alwaysEmit:
		return d.certificate()
	}
	return nil
}

// audience are the API resources that hold any of the scopes.
func audience(d *decision, scopes []string) []string {
	var names []string
	for _, r := range d.resources {
		if slices.ContainsFunc(r.Scopes, func(s string) bool { return slices.Contains(scopes, s) }) {
			names = append(names, r.Name)
		}
	}
	if d.staticAudience {
		names = append(names, d.rules.issuer(d)+"/resources")
	}
	return names
}

// apiScopesFor is what a client may have without a user: API scopes only. Without a request it gets
// all of its own.
func apiScopesFor(d *decision, c *Client, requested string) ([]string, bool) {
	if blank(requested) {
		var own []string
		for _, s := range d.scopes {
			if slices.Contains(c.Scopes, s.Name) {
				own = append(own, s.Name)
			}
		}
		requested = strings.Join(own, " ")
	}
	if blank(requested) || chars(requested) > scopeLimit {
		return nil, false
	}
	var granted []string
	for _, name := range strings.Split(requested, " ") {
		if name == "" || slices.Contains(granted, name) {
			continue
		}
		known := slices.ContainsFunc(d.scopes, func(s Scope) bool { return s.Name == name && !s.Disabled })
		if !known || !slices.Contains(c.Scopes, name) {
			return nil, false
		}
		granted = append(granted, name)
	}
	return d.rules.sortScopes(d, granted), true
}

// sortScopes sorts as string.Compare does: by the root collation, or by UTF-16 unit where the host is invariant.
func sortScopes(d *decision, scopes []string) []string {
	sorted := slices.Clone(scopes)
	if d.collates {
		collateScopes(sorted)
		return sorted
	}
	slices.SortStableFunc(sorted, compareUnits)
	return sorted
}
