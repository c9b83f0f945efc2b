package fakeidp_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// userLab is the strict server with two users and clients of every kind that a user may be sent by.
func userLab(t testing.TB, o ...fakeidp.Option) (*strictLab, *fakeidp.Server) {
	t.Helper()
	l := newStrictLab(t)
	about := func(id string, public, bound bool, secrets ...fakeidp.Secret) fakeidp.Client {
		return fakeidp.Client{ID: id, Secrets: secrets, Public: public, Bound: bound, Scopes: []string{"openid", "profile", "api1"}, OfflineAccess: true,
			Grants: []string{fakeidp.AuthorizationCode, fakeidp.DeviceCode, fakeidp.CIBA}, RedirectURIs: []string{backAt}, PostLogoutRedirectURIs: []string{goodbyeAt}}
	}
	return l, l.start(t, append([]fakeidp.Option{fakeidp.Pages(fakeidp.ApproveAtOnce),
		fakeidp.Users(fakeidp.User{Subject: "1", Username: "alice", Password: "of-alice", Claims: []fakeidp.Claim{{Type: "name", Value: "Alice"}}}, fakeidp.User{Subject: "2", Username: "bob"}),
		fakeidp.Clients(about("app", false, false, fakeidp.Name(clientName)), about("app-2", false, false, fakeidp.Name("CN=client-2,O=mtlscheck")),
			about("app-public", true, false), about("app-public-bound", true, true)),
	}, o...)...)
}

// tokenRequest is a token request of a client with a grant.
func (l *strictLab) asks(t testing.TB, idp *fakeidp.Server, shows *pki.Identity, form url.Values) reply {
	t.Helper()
	q := question{to: idp.MTLSURL + "/token", form: form}
	if shows != nil {
		q.shows = shows.TLS()
	}
	return put(t, idp, q)
}

// signsIn goes through the authorization endpoint and returns the form that redeems the code.
func signsIn(t testing.TB, idp *fakeidp.Server, id string, more ...string) url.Values {
	t.Helper()
	s := newBrowser(t, idp).opens(authorizeURL(idp.URL+"/authorize", append([]string{"client_id", id}, more...)...))
	q := s.at.Query()
	if s.at.Host != "client.example" || q.Get("code") == "" || q.Get("iss") != idp.URL || q.Get("state") != "s & t" || q.Has("session_state") {
		t.Fatalf("%s: the browser came back to %s with %d %s", id, s.at, s.status, s.text)
	}
	return form("authorization_code", id, "code", q.Get("code"), "redirect_uri", backAt, "code_verifier", verifier)
}

func text(r reply, member string) string {
	s, _ := r.body[member].(string)
	return s
}

func TestStrictServerGivesCodes(t *testing.T) {
	t.Parallel()
	l, idp := userLab(t)
	redeem := signsIn(t, idp, "app", "nonce", "n-1", "login_hint", "bob")
	if r := l.asks(t, idp, l.other, redeem); r.oauthError() != "invalid_client" {
		t.Errorf("with another's certificate: %d %s", r.status, r.text)
	}
	r := l.asks(t, idp, l.client, redeem)
	_, claims, err := decoded(text(r, "access_token"))
	if err != nil {
		t.Fatalf("%d %s: %v", r.status, r.text, err)
	}
	if !reflect.DeepEqual(claims["cnf"], boundTo(l.client)) || claims["sub"] != "2" || claims["client_id"] != "app" {
		t.Errorf("access token: %v", claims)
	}
	if _, id, err := decoded(text(r, "id_token")); err != nil || id["nonce"] != "n-1" || id["sub"] != "2" || id["aud"] != "app" || id["iss"] != idp.URL || id["cnf"] != nil || id["at_hash"] == nil {
		t.Errorf("id_token: %v %v", err, id)
	}
	active := func(of reply) any {
		return put(t, idp, question{to: idp.URL + "/introspect", basic: [2]string{"api", "of-the-api"}, form: url.Values{"token": {text(of, "access_token")}}}).body["active"]
	}
	if active(r) != true {
		t.Error("the token is not active")
	}
	if again := l.asks(t, idp, l.client, redeem); again.oauthError() != "invalid_grant" || active(r) != false {
		t.Errorf("the code a second time: %d %s, and its token is active: %v", again.status, again.text, active(r))
	}
	if r := l.asks(t, idp, l.client, form("refresh_token", "app", "refresh_token", text(r, "refresh_token"))); r.oauthError() != "invalid_grant" {
		t.Errorf("the refresh token of a code that was used twice: %d %s", r.status, r.text)
	}
	for name, c := range map[string]struct {
		field, value, code string
	}{
		"another verifier":      {"code_verifier", strings.Repeat("x", 43), "invalid_grant"},
		"no verifier":           {"code_verifier", "", "invalid_grant"},
		"another redirect_uri":  {"redirect_uri", "https://evil.example", "invalid_grant"},
		"no redirect_uri":       {"redirect_uri", "", "invalid_grant"},
		"no code":               {"code", "", "invalid_request"},
		"another client's code": {"client_id", "app-2", "invalid_client"},
	} {
		f := signsIn(t, idp, "app")
		f.Set(c.field, c.value)
		if r := l.asks(t, idp, l.client, f); r.oauthError() != c.code {
			t.Errorf("%s: %d %s, want %s", name, r.status, r.text, c.code)
		}
	}
	stolen := signsIn(t, idp, "app")
	stolen.Set("client_id", "app-2")
	if r := l.asks(t, idp, l.other, stolen); r.oauthError() != "invalid_grant" {
		t.Errorf("a code of another client: %d %s", r.status, r.text)
	}
}

func TestStrictServerRefusesAuthorizationRequests(t *testing.T) {
	t.Parallel()
	_, idp := userLab(t)
	at := idp.URL + "/authorize"
	for name, c := range map[string]struct{ url, code string }{
		"no code challenge":    {authorizeURL(at, "code_challenge", ""), "invalid_request"},
		"plain code challenge": {authorizeURL(at, "code_challenge_method", "plain"), "invalid_request"},
		"implicit":             {authorizeURL(at, "response_type", "token"), "unsupported_response_type"},
		"unknown scope":        {authorizeURL(at, "scope", "openid api2"), "invalid_scope"},
		"scope twice":          {authorizeURL(at) + "&scope=openid", "invalid_request"},
		"nobody may be asked":  {authorizeURL(at, "prompt", "none"), "login_required"},
	} {
		if s := newBrowser(t, idp).opens(c.url); s.at.Host != "client.example" || s.at.Query().Get("error") != c.code || s.at.Query().Get("iss") != idp.URL {
			t.Errorf("%s: the browser is at %s, want the client with %s", name, s.at, c.code)
		}
	}
	for name, u := range map[string]string{
		"unknown client":       authorizeURL(at, "client_id", "nobody"),
		"unknown redirect_uri": authorizeURL(at, "redirect_uri", "https://evil.example/<b>"),
		"two redirect_uris":    authorizeURL(at) + "&redirect_uri=https://evil.example",
		"unknown request_uri":  authorizeURL(at, "request_uri", "urn:x"),
	} {
		if s := newBrowser(t, idp).opens(u); s.status != 400 || s.at.Hostname() != "localhost" || !strings.Contains(s.text, "invalid_request") && !strings.Contains(s.text, "unauthorized_client") {
			t.Errorf("%s: %d at %s: %s", name, s.status, s.at, s.text)
		}
	}
}

func TestStrictServerBindsRefreshTokens(t *testing.T) {
	t.Parallel()
	l, idp := userLab(t)
	renewed := l.client.With(trait.NewKey) // the same name
	refresh := func(id, token string, more ...string) url.Values {
		return form("refresh_token", id, append([]string{"refresh_token", token}, more...)...)
	}
	first := l.asks(t, idp, l.client, signsIn(t, idp, "app"))
	for name, c := range map[string]struct {
		shows *pki.Identity
		form  url.Values
		code  string
	}{
		"its certificate":     {l.client, refresh("app", text(first, "refresh_token")), ""},
		"a renewed one":       {renewed, refresh("app", text(first, "refresh_token")), ""},
		"less scope":          {l.client, refresh("app", text(first, "refresh_token"), "scope", "openid"), ""},
		"more scope":          {l.client, refresh("app", text(first, "refresh_token"), "scope", "openid admin"), "invalid_scope"},
		"another client":      {l.other, refresh("app-2", text(first, "refresh_token")), "invalid_grant"},
		"another certificate": {l.other, refresh("app", text(first, "refresh_token")), "invalid_client"},
		"no certificate":      {nil, refresh("app", text(first, "refresh_token")), "invalid_client"},
		"no refresh token":    {l.client, refresh("app", ""), "invalid_request"},
		"an unknown one":      {l.client, refresh("app", "unknown"), "invalid_grant"},
	} {
		r := l.asks(t, idp, c.shows, c.form)
		if r.oauthError() != c.code {
			t.Errorf("confidential, %s: %d %s, want %q", name, r.status, r.text, c.code)
			continue
		}
		if _, claims, err := decoded(text(r, "access_token")); c.code == "" && (err != nil || !reflect.DeepEqual(claims["cnf"], boundTo(c.shows)) || claims["sub"] != "1") {
			t.Errorf("confidential, %s: %v %v", name, err, claims)
		}
	}

	bound := l.asks(t, idp, l.alone, signsIn(t, idp, "app-public-bound"))
	if _, claims, err := decoded(text(bound, "access_token")); err != nil || !reflect.DeepEqual(claims["cnf"], boundTo(l.alone)) {
		t.Fatalf("public and bound: %v %s", err, bound.text)
	}
	for name, c := range map[string]struct {
		shows *pki.Identity
		code  string
	}{"its certificate": {l.alone, ""}, "another": {l.other, "invalid_grant"}, "none": {nil, "invalid_request"}, "its certificate again": {l.alone, ""}} {
		if r := l.asks(t, idp, c.shows, refresh("app-public-bound", text(bound, "refresh_token"))); r.oauthError() != c.code {
			t.Errorf("public and bound, %s: %d %s, want %q", name, r.status, r.text, c.code)
		}
	}

	free := l.asks(t, idp, nil, signsIn(t, idp, "app-public"))
	next := l.asks(t, idp, nil, refresh("app-public", text(free, "refresh_token")))
	if text(next, "refresh_token") == "" || text(next, "refresh_token") == text(free, "refresh_token") {
		t.Errorf("public and unbound: the refresh token is not replaced: %d %s", next.status, next.text)
	}
	if r := l.asks(t, idp, nil, refresh("app-public", text(free, "refresh_token"))); r.oauthError() != "invalid_grant" {
		t.Errorf("public and unbound, used twice: %d %s", r.status, r.text)
	}
	revoked := put(t, idp, question{to: idp.MTLSURL + "/revocation", shows: l.client.TLS(), form: url.Values{"client_id": {"app"}, "token": {text(first, "refresh_token")}}})
	if r := l.asks(t, idp, l.client, refresh("app", text(first, "refresh_token"))); revoked.status != 200 || r.oauthError() != "invalid_grant" {
		t.Errorf("revoked with %d: %d %s", revoked.status, r.status, r.text)
	}
}

func TestStrictServerChecksTheBindingAtUserinfo(t *testing.T) {
	t.Parallel()
	l, idp := userLab(t)
	bound := text(l.asks(t, idp, l.client, signsIn(t, idp, "app", "scope", "openid profile")), "access_token")
	free := text(l.asks(t, idp, nil, signsIn(t, idp, "app-public", "scope", "openid profile")), "access_token")
	machine := token(t, idp, question{to: idp.MTLSURL + "/token", shows: l.client.TLS(), form: grant("named")})
	cut := bound[:len(bound)-8] + "AAAAAAAA"
	plain, alias := idp.URL+"/userinfo", idp.MTLSURL+"/userinfo"
	for name, c := range map[string]struct {
		to, token string
		shows     *pki.Identity
		status    int
		challenge string
	}{
		"its certificate":         {alias, bound, l.client, 200, ""},
		"another":                 {alias, bound, l.other, 401, `Bearer error="invalid_token"`},
		"none":                    {alias, bound, nil, 401, `Bearer error="invalid_token"`},
		"where nobody asks":       {plain, bound, l.client, 401, `Bearer error="invalid_token"`},
		"bound to nothing":        {plain, free, nil, 200, ""},
		"bound to nothing, alias": {alias, free, l.other, 200, ""},
		"of a machine":            {alias, machine, l.client, 403, `Bearer error="insufficient_scope"`},
		"no token":                {plain, "", nil, 401, "Bearer"},
		"bad signature":           {alias, cut, l.client, 401, `Bearer error="invalid_token"`},
	} {
		q := question{to: c.to, form: url.Values{}}
		if c.token != "" {
			q.form.Set("access_token", c.token)
		}
		if c.shows != nil {
			q.shows = c.shows.TLS()
		}
		r := put(t, idp, q)
		if r.err != nil || r.status != c.status || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), c.challenge) || (c.challenge == "") != (r.header.Get("WWW-Authenticate") == "") {
			t.Errorf("%s: %d %q %s %v, want %d %q", name, r.status, r.header.Get("WWW-Authenticate"), r.text, r.err, c.status, c.challenge)
		}
		if c.status == 200 && (r.body["sub"] != "1" || r.body["name"] != "Alice") {
			t.Errorf("%s: %s", name, r.text)
		}
	}
}

func TestStrictServerTakesPushedRequests(t *testing.T) {
	t.Parallel()
	l, idp := userLab(t)
	request, err := url.Parse(authorizeURL(idp.URL+"/authorize", "login_hint", "2"))
	if err != nil {
		t.Fatal(err)
	}
	push := question{to: idp.MTLSURL + "/par", shows: l.client.TLS(), form: request.Query()}
	r := put(t, idp, push)
	uri := text(r, "request_uri")
	if r.status != 201 || uri == "" || r.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", r.status, r.text)
	}
	at := idp.URL + "/authorize?" + url.Values{"client_id": {"app"}, "request_uri": {uri}}.Encode()
	s := newBrowser(t, idp).opens(at)
	got := l.asks(t, idp, l.client, form("authorization_code", "app", "code", s.at.Query().Get("code"), "redirect_uri", backAt, "code_verifier", verifier))
	if got.status != 200 || subjectOf(t, got) != "2" {
		t.Errorf("%d %s", got.status, got.text)
	}
	if s := newBrowser(t, idp).opens(at); s.status != 400 {
		t.Errorf("a second time: %d at %s", s.status, s.at)
	}
	for name, c := range map[string]struct {
		change func(q *question)
		status int
		code   string
	}{
		"no certificate":        {func(q *question) { q.shows = nil }, 401, "invalid_client"},
		"another's certificate": {func(q *question) { q.shows = l.other.TLS() }, 401, "invalid_client"},
		"a request_uri":         {func(q *question) { q.form.Set("request_uri", uri) }, 400, "invalid_request"},
		"state twice":           {func(q *question) { q.form.Add("state", "x") }, 400, "invalid_request"},
		"unknown redirect_uri":  {func(q *question) { q.form.Set("redirect_uri", "https://evil.example") }, 400, "invalid_request"},
		"JSON":                  {func(q *question) { q.form, q.raw, q.kind = nil, "{}", "application/json" }, 400, "invalid_request"},
	} {
		q := push
		q.form = request.Query()
		c.change(&q)
		if r := put(t, idp, q); r.status != c.status || r.oauthError() != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, r.status, r.text, c.status, c.code)
		}
	}
}

func TestStrictServerKnowsDevicesAndTheBackchannel(t *testing.T) {
	t.Parallel()
	l, idp := userLab(t)
	start := put(t, idp, question{to: idp.MTLSURL + "/device_authorization", shows: l.client.TLS(), form: url.Values{"client_id": {"app"}, "scope": {"openid"}}})
	if page := text(start, "verification_uri"); page != idp.URL+"/device" {
		t.Errorf("people are sent to %s, where they may be asked for certificates", page)
	}
	poll := form(fakeidp.DeviceCode, "app", "device_code", text(start, "device_code"))
	if r := l.asks(t, idp, l.client, poll); r.oauthError() != "authorization_pending" {
		t.Errorf("nobody asked yet: %d %s", r.status, r.text)
	}
	second := put(t, idp, question{to: idp.MTLSURL + "/device_authorization", shows: l.client.TLS(), form: url.Values{"client_id": {"app"}, "scope": {"openid"}}})
	newBrowser(t, idp).opens(text(second, "verification_uri_complete"))
	if r := l.asks(t, idp, l.client, form(fakeidp.DeviceCode, "app", "device_code", text(second, "device_code"))); subjectOf(t, r) != "1" {
		t.Errorf("device: %d %s", r.status, r.text)
	}
	knock := func(hint, id string) reply {
		return put(t, idp, question{to: idp.MTLSURL + "/bc-authorize", shows: l.client.TLS(), form: url.Values{"client_id": {id}, "scope": {"openid"}, "login_hint": {hint}}})
	}
	if r := l.asks(t, idp, l.client, form(fakeidp.CIBA, "app", "auth_req_id", text(knock("bob", "app"), "auth_req_id"))); subjectOf(t, r) != "2" {
		t.Errorf("backchannel: %d %s", r.status, r.text)
	}
	for hint, code := range map[string]string{"nobody": "unknown_user_id", "": "invalid_request"} {
		if r := knock(hint, "app"); r.oauthError() != code {
			t.Errorf("backchannel, hint %q: %d %s, want %s", hint, r.status, r.text, code)
		}
	}
	if r := knock("bob", "app-public"); r.oauthError() != "unauthorized_client" {
		t.Errorf("backchannel, public: %d %s", r.status, r.text)
	}
}

func TestStrictServerSignsWhatItTells(t *testing.T) {
	t.Parallel()
	l, idp := userLab(t)
	bound := token(t, idp, question{to: idp.MTLSURL + "/token", shows: l.client.TLS(), form: grant("named")})
	const jwt = "application/token-introspection+jwt"
	for accept, signed := range map[string]bool{jwt: true, "application/json, " + jwt + ";q=0.5": true, jwt + ";q=0": false, "*/*": false} {
		for _, tell := range []struct {
			token  string
			active bool
		}{{bound, true}, {"garbage", false}} {
			r := put(t, idp, question{to: idp.URL + "/introspect", basic: [2]string{"api", "of-the-api"}, accept: accept, form: url.Values{"token": {tell.token}}})
			if !signed {
				if r.header.Get("Content-Type") != "application/json" || r.body["active"] != tell.active {
					t.Errorf("%s: %d %s", accept, r.status, r.text)
				}
				continue
			}
			header, claims, err := decoded(r.text)
			if err != nil || r.header.Get("Content-Type") != jwt || header["typ"] != "token-introspection+jwt" || claims["iss"] != idp.URL || claims["aud"] != "api" || claims["sub"] != nil || claims["exp"] != nil {
				t.Fatalf("%s: %v %d %s", accept, err, r.status, r.text)
			}
			told, _ := claims["token_introspection"].(map[string]any)
			if told["active"] != tell.active || tell.active && !reflect.DeepEqual(told["cnf"], boundTo(l.client)) || !tell.active && len(told) != 1 {
				t.Errorf("%s: %v", accept, told)
			}
		}
	}
}

// TestStrictServerHasUserEndpointsForUsers: they are told of, and there, exactly where there is a user.
func TestStrictServerHasUserEndpointsForUsers(t *testing.T) {
	t.Parallel()
	l, with := userLab(t)
	without := l.start(t)
	members := map[string]string{"authorization_endpoint": "/authorize", "end_session_endpoint": "/end_session", "userinfo_endpoint": "/userinfo", "pushed_authorization_request_endpoint": "/par",
		"device_authorization_endpoint": "/device_authorization", "backchannel_authentication_endpoint": "/bc-authorize"}
	for _, idp := range []*fakeidp.Server{with, without} {
		document := put(t, idp, question{to: idp.URL + "/.well-known/openid-configuration", method: http.MethodGet}).body
		aliases, _ := document["mtls_endpoint_aliases"].(map[string]any)
		for member, path := range members {
			status := put(t, idp, question{to: idp.URL + path, method: http.MethodPatch}).status
			_, atAlias := aliases[member]
			forBrowsers := member == "authorization_endpoint" || member == "end_session_endpoint"
			if idp == with && (document[member] != idp.URL+path || status != 405 || atAlias == forBrowsers) || idp == without && (document[member] != nil || atAlias || status != 404) {
				t.Errorf("users: %v: %s is %v, alias %v, and answers %d", idp == with, member, document[member], atAlias, status)
			}
		}
		for _, member := range []string{"frontchannel_logout_supported", "frontchannel_logout_session_supported", "backchannel_logout_supported", "backchannel_logout_session_supported"} {
			if said, _ := document[member].(bool); said != (idp == with) {
				t.Errorf("users: %v: %s is %v", idp == with, member, document[member])
			}
		}
		grants, _ := document["grant_types_supported"].([]any)
		if want := map[bool]int{true: 5, false: 1}[idp == with]; len(grants) != want {
			t.Errorf("users: %v: grants %v", idp == with, grants)
		}
	}
}

// TestStrictServerEndsSessions: the hint is an id_token of this server.
func TestStrictServerEndsSessions(t *testing.T) {
	t.Parallel()
	l, idp := userLab(t, fakeidp.PathBase("/t1"))
	b := newBrowser(t, idp)
	code := b.opens(authorizeURL(idp.URL + "/authorize")).at.Query().Get("code")
	r := l.asks(t, idp, l.client, form("authorization_code", "app", "code", code, "redirect_uri", backAt, "code_verifier", verifier))
	s := b.opens(idp.URL + "/end_session?" + url.Values{"id_token_hint": {text(r, "id_token")}, "post_logout_redirect_uri": {goodbyeAt}}.Encode())
	if s.at.String() != goodbyeAt {
		t.Errorf("the browser is at %s", s.at)
	}
	if s := b.opens(authorizeURL(idp.URL+"/authorize", "prompt", "none")); s.at.Query().Get("error") != "login_required" {
		t.Errorf("still signed in: %s", s.at)
	}
}
