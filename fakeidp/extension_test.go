package fakeidp_test

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

const typeOfAccessTokens = "urn:ietf:params:oauth:token-type:access_token"

// grantsLab is a server with a password client, an API that exchanges tokens, and a grant type of its own.
func grantsLab(t testing.TB, version string) (*fakeidp.Server, *pki.Identity) {
	t.Helper()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	byName := []fakeidp.Secret{fakeidp.Name("CN=app")}
	idp := fakeidp.Start(t, fakeidp.Version(version), fakeidp.Trust(ca.Certificate()),
		fakeidp.Users(fakeidp.User{Subject: "1", Username: "alice", Password: "of-alice"}),
		fakeidp.Scopes(fakeidp.Scope{Name: "api1"}, fakeidp.Scope{Name: "api2"}),
		fakeidp.Resources(fakeidp.Resource{Name: "first", Scopes: []string{"api1", "api2"}}, fakeidp.Resource{Name: "second", Scopes: []string{"api2"}}),
		fakeidp.ExtensionGrants(fakeidp.TokenExchange(), fakeidp.ExtensionGrant{Type: "urn:example:knock", Validate: func(r fakeidp.GrantRequest) fakeidp.GrantResult {
			switch r.Parameter("who") {
			case "nobody":
				return fakeidp.GrantResult{Error: "invalid_grant", Description: "go away"}
			case "":
				return fakeidp.GrantResult{}
			}
			return fakeidp.GrantResult{Subject: r.Parameter("who"), Method: "knock", Extra: []fakeidp.Claim{{Type: "for", Value: r.ClientID}}}
		}}),
		fakeidp.Clients(
			fakeidp.Client{ID: "person", Secrets: byName, Scopes: []string{"openid", "api1", "api2"}, Grants: []string{fakeidp.Password}, OfflineAccess: true},
			fakeidp.Client{ID: "exchanger", Secrets: byName, Scopes: []string{"api1", "api2"}, Grants: []string{fakeidp.TokenExchangeGrant, fakeidp.ClientCredentials}},
			fakeidp.Client{ID: "knocker", Secrets: byName, Scopes: []string{"openid", "api1"}, Grants: []string{"urn:example:knock"}},
			fakeidp.Client{ID: "machine", Secrets: byName, Scopes: []string{"api1"}},
		))
	return idp, ca.Client("app", trait.Subject("CN=app"))
}

// form is a token request.
func form(grantType, id string, more ...string) url.Values {
	v := grant(id, more...)
	v.Set("grant_type", grantType)
	return v
}

func TestExchangesTokens(t *testing.T) {
	t.Parallel()
	idp, shows := grantsLab(t, "7.4")
	asks := func(form url.Values) reply {
		return put(t, idp, question{to: idp.MTLSURL + "/token", shows: shows.TLS(), form: form})
	}
	got := func(form url.Values) string {
		r := asks(form)
		text, _ := r.body["access_token"].(string)
		if text == "" {
			t.Fatalf("%v: %d %s", form, r.status, r.text)
		}
		return text
	}
	password := asks(form(fakeidp.Password, "person", "username", "alice", "password", "of-alice", "scope", "openid api1 offline_access"))
	ofAlice, _ := password.body["access_token"].(string)
	if ofAlice == "" || password.body["id_token"] != nil || password.body["refresh_token"] == nil {
		t.Fatalf("password: %d %s, want no id_token and a refresh token", password.status, password.text)
	}
	ofMachine := got(form("client_credentials", "machine"))
	ofExchanger := got(form("client_credentials", "exchanger", "scope", "api1"))
	exchange := func(more ...string) url.Values {
		return form(fakeidp.TokenExchangeGrant, "exchanger", more...)
	}
	about := func(token string, more ...string) url.Values {
		return exchange(append([]string{"subject_token", token, "subject_token_type", typeOfAccessTokens}, more...)...)
	}
	acts := []string{"actor_token", ofExchanger, "actor_token_type", typeOfAccessTokens}
	delegated := got(about(ofAlice, acts...))
	bad := ofAlice[:len(ofAlice)-8] + "AAAAAAAA"

	for name, c := range map[string]struct {
		form   url.Values
		code   string
		claims map[string]any
	}{
		"for a user":             {about(ofAlice), "", map[string]any{"sub": "1", "client_id": "exchanger", "scope": []any{"api1"}, "act": nil, "cnf": boundTo(shows)}},
		"for a machine":          {about(ofMachine), "", map[string]any{"sub": "machine", "scope": []any{"api1"}}},
		"by a delegate":          {about(ofAlice, acts...), "", map[string]any{"sub": "1", "act": map[string]any{"sub": "exchanger", "client_id": "exchanger"}}},
		"by the delegate's":      {about(delegated, acts...), "", map[string]any{"act": map[string]any{"sub": "exchanger", "client_id": "exchanger", "act": map[string]any{"sub": "exchanger", "client_id": "exchanger"}}}},
		"who acted is not lost":  {about(delegated), "", map[string]any{"act": map[string]any{"sub": "exchanger", "client_id": "exchanger"}}},
		"for one API":            {about(ofAlice, "audience", "first"), "", map[string]any{"aud": "first"}},
		"for an API without it":  {about(ofAlice, "audience", "second"), "invalid_target", nil},
		"for more than it had":   {about(ofAlice, "scope", "api1 api2"), "invalid_scope", nil},
		"no token":               {exchange("subject_token_type", typeOfAccessTokens), "invalid_request", nil},
		"no type":                {exchange("subject_token", ofAlice), "invalid_request", nil},
		"an unknown type":        {exchange("subject_token", ofAlice, "subject_token_type", "urn:x"), "invalid_request", nil},
		"an unknown wish":        {about(ofAlice, "requested_token_type", "urn:ietf:params:oauth:token-type:saml2"), "invalid_request", nil},
		"a bad signature":        {about(bad), "invalid_request", nil},
		"a bad actor":            {about(ofAlice, "actor_token", bad, "actor_token_type", typeOfAccessTokens), "invalid_request", nil},
		"an actor without type":  {about(ofAlice, "actor_token", ofExchanger), "invalid_request", nil},
		"a type without actor":   {about(ofAlice, "actor_token_type", typeOfAccessTokens), "invalid_request", nil},
		"by one who may not":     {form(fakeidp.TokenExchangeGrant, "machine", "subject_token", ofAlice, "subject_token_type", typeOfAccessTokens), "unsupported_grant_type", nil},
		"own grant":              {form("urn:example:knock", "knocker", "who", "bob"), "", map[string]any{"sub": "bob", "amr": []any{"knock"}}},
		"own grant, no user":     {form("urn:example:knock", "knocker", "scope", "api1"), "", map[string]any{"sub": nil, "client_id": "knocker"}},
		"own grant, refused":     {form("urn:example:knock", "knocker", "who", "nobody"), "invalid_grant", nil},
		"own grant, other scope": {form("urn:example:knock", "knocker", "scope", "api2"), "invalid_scope", nil},
		"wrong password":         {form(fakeidp.Password, "person", "username", "alice", "password", "x"), "invalid_grant", nil},
	} {
		r := asks(c.form)
		if r.oauthError() != c.code || (r.status == 200) != (c.code == "") {
			t.Errorf("%s: got %d %s, want %q", name, r.status, r.text, c.code)
			continue
		}
		if c.code != "" {
			continue
		}
		text, _ := r.body["access_token"].(string)
		_, claims, err := decoded(text)
		if err != nil {
			t.Fatal(err)
		}
		for claim, want := range c.claims {
			if !reflect.DeepEqual(claims[claim], want) {
				t.Errorf("%s: %s is %v, want %v", name, claim, claims[claim], want)
			}
		}
		if exchanged := c.form.Get("subject_token") != ""; exchanged != (r.body["issued_token_type"] == typeOfAccessTokens) {
			t.Errorf("%s: issued_token_type is %v", name, r.body["issued_token_type"])
		}
	}
	described := put(t, idp, question{to: idp.URL + "/.well-known/openid-configuration", method: http.MethodGet})
	grants, _ := described.body["grant_types_supported"].([]any)
	if !slices.Contains(grants, any(fakeidp.TokenExchangeGrant)) || !slices.Contains(grants, any("urn:example:knock")) {
		t.Errorf("metadata: grants %v", grants)
	}
	if r := asks(form("urn:example:knock", "knocker", "who", "bob")); !strings.HasSuffix(r.text, `,"for":"knocker"}`) {
		t.Errorf("own members: %s", r.text)
	}
}

func TestStrictServerExchangesTokens(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	byName := []fakeidp.Secret{fakeidp.Name(clientName)}
	idp := l.start(t, fakeidp.ExtensionGrants(fakeidp.TokenExchange()), fakeidp.Clients(
		fakeidp.Client{ID: "exchanger", Secrets: byName, Scopes: []string{"api1"}, Grants: []string{fakeidp.TokenExchangeGrant}},
		fakeidp.Client{ID: "anybody", Public: true, Scopes: []string{"api1"}, Grants: []string{fakeidp.TokenExchangeGrant}}))
	subject := token(t, idp, question{to: idp.MTLSURL + "/token", shows: l.other.TLS(), form: grant("named-2")})
	for name, c := range map[string]struct {
		form url.Values
		code string
	}{
		"who may":                   {form(fakeidp.TokenExchangeGrant, "exchanger", "subject_token", subject, "subject_token_type", typeOfAccessTokens), ""},
		"who may not":               {form(fakeidp.TokenExchangeGrant, "named", "subject_token", subject, "subject_token_type", typeOfAccessTokens), "unauthorized_client"},
		"without proof of who":      {form(fakeidp.TokenExchangeGrant, "anybody", "subject_token", subject, "subject_token_type", typeOfAccessTokens), "unauthorized_client"},
		"something else":            {form(fakeidp.TokenExchangeGrant, "exchanger", "subject_token", "garbage", "subject_token_type", typeOfAccessTokens), "invalid_request"},
		"another grant of nobody's": {form("urn:example:knock", "exchanger"), "unsupported_grant_type"},
	} {
		r := put(t, idp, question{to: idp.MTLSURL + "/token", shows: l.client.TLS(), form: c.form})
		if r.oauthError() != c.code {
			t.Errorf("%s: %d %s, want %q", name, r.status, r.text, c.code)
			continue
		}
		if c.code != "" {
			continue
		}
		_, claims, err := decoded(text(r, "access_token"))
		if err != nil || claims["sub"] != "named-2" || claims["client_id"] != "exchanger" || !reflect.DeepEqual(claims["cnf"], boundTo(l.client)) || r.body["issued_token_type"] != typeOfAccessTokens {
			t.Errorf("%s: %v %v %s", name, err, claims, r.text)
		}
	}
}
