package fakeidp_test

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

const (
	backAt    = "https://client.example/cb"
	goodbyeAt = "https://client.example/bye?from=idp"
	verifier  = "a-verifier-of-forty-three-characters-or-more"
)

// browser keeps cookies and follows redirects as far as they stay at the server.
type browser struct {
	testing.TB
	client *http.Client
	idp    *fakeidp.Server
}

func newBrowser(t testing.TB, idp *fakeidp.Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := client(idp, nil)
	c.Jar = jar
	c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Hostname() != "localhost" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &browser{TB: t, client: c, idp: idp}
}

// sight is what a browser shows in the end: a page, or where another server would have answered.
type sight struct {
	status int
	at     *url.URL
	header http.Header
	text   string
}

func (b *browser) sees(r *http.Response, err error) sight {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		b.Fatal(err)
	}
	s := sight{status: r.StatusCode, at: r.Request.URL, header: r.Header, text: string(text)}
	if to, err := r.Location(); err == nil {
		s.at = to
	}
	return s
}

func (b *browser) opens(to string) sight {
	b.Helper()
	return b.sees(b.client.Get(to))
}

var inputs = regexp.MustCompile(`<input type="\w+" name="(\w+)" value="([^"]*)"`)

// submits fills in the form of a page and presses a button.
func (b *browser) submits(s sight, answer string, fields ...string) sight {
	b.Helper()
	form := url.Values{"answer": {answer}}
	for _, m := range inputs.FindAllStringSubmatch(s.text, -1) {
		form.Set(m[1], unescapeHTML(m[2]))
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	to := *s.at
	if strings.Contains(s.text, `<form method="get">`) {
		to.RawQuery = form.Encode()
		return b.opens(to.String())
	}
	return b.sees(b.client.PostForm(to.String(), form))
}

func unescapeHTML(s string) string {
	return strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(s)
}

// authorizeURL is an authorization request of the client app with PKCE.
func authorizeURL(at string, more ...string) string {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{"client_id": {"app"}, "response_type": {"code"}, "redirect_uri": {backAt}, "scope": {"openid api1 offline_access"}, "state": {"s & t"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return at + "?" + q.Encode()
}

// pagesLab is a server with pages, two users and the client app, which is known by its certificate.
func pagesLab(t testing.TB, style fakeidp.PageStyle, o ...fakeidp.Option) (*fakeidp.Server, *pki.Identity) {
	t.Helper()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	idp := fakeidp.Start(t, append([]fakeidp.Option{
		fakeidp.Trust(ca.Certificate()), fakeidp.Pages(style),
		fakeidp.Users(fakeidp.User{Subject: "1", Username: "alice", Password: "of-alice"}, fakeidp.User{Subject: "2", Username: `b"<b>ob`, Password: "of-bob"}),
		fakeidp.Clients(appClient("app", false), appClient("asking", true)),
	}, o...)...)
	return idp, ca.Client("app", trait.Subject("CN=app"))
}

func appClient(id string, consent bool) fakeidp.Client {
	return fakeidp.Client{ID: id, Secrets: []fakeidp.Secret{fakeidp.Name("CN=app")}, Scopes: []string{"openid", "api1"}, OfflineAccess: true, RequireConsent: consent,
		Grants: []string{fakeidp.AuthorizationCode, fakeidp.DeviceCode, fakeidp.CIBA}, RedirectURIs: []string{backAt}, PostLogoutRedirectURIs: []string{goodbyeAt}}
}

// redeems exchanges the code that a browser brought back, and returns the answer of the token endpoint.
func redeems(t testing.TB, idp *fakeidp.Server, shows *pki.Identity, s sight, id string) reply {
	t.Helper()
	q := s.at.Query()
	if s.at.Host != "client.example" || q.Get("code") == "" || q.Get("state") != "s & t" || q.Get("iss") != idp.URL {
		t.Fatalf("the browser came back to %s with %d %s", s.at, s.status, s.text)
	}
	return put(t, idp, question{to: idp.MTLSURL + "/token", shows: shows.TLS(), form: url.Values{"grant_type": {"authorization_code"}, "client_id": {id},
		"code": {q.Get("code")}, "redirect_uri": {backAt}, "code_verifier": {verifier}}})
}

// subjectOf reads whom the id_token of an answer is about.
func subjectOf(t testing.TB, r reply) string {
	t.Helper()
	text, _ := r.body["id_token"].(string)
	_, claims, err := decoded(text)
	if err != nil {
		t.Fatalf("%v in %d %s", err, r.status, r.text)
	}
	sub, _ := claims["sub"].(string)
	return sub
}

func TestSignsInAtOnce(t *testing.T) {
	t.Parallel()
	idp, shows := pagesLab(t, fakeidp.ApproveAtOnce)
	for hint, subject := range map[string]string{"": "1", "2": "2", `b"<b>ob`: "2", "nobody": "1"} {
		b := newBrowser(t, idp)
		r := redeems(t, idp, shows, b.opens(authorizeURL(idp.URL+"/connect/authorize", "client_id", "asking", "login_hint", hint)), "asking")
		if got := subjectOf(t, r); got != subject {
			t.Errorf("hint %q: signed in is %q, want %q", hint, got, subject)
		}
		token, _ := r.body["access_token"].(string)
		if _, claims, err := decoded(token); err != nil || claims["cnf"] == nil || r.body["refresh_token"] == nil {
			t.Errorf("hint %q: %v %v, want a bound token and a refresh token: %s", hint, err, claims, r.text)
		}
	}

	start := put(t, idp, question{to: idp.MTLSURL + "/deviceauthorization", shows: shows.TLS(), form: url.Values{"client_id": {"app"}, "scope": {"openid api1"}}})
	page := newBrowser(t, idp).opens(start.body["verification_uri_complete"].(string))
	if page.status != 200 || !strings.Contains(page.text, "The device may go on.") {
		t.Errorf("device: %d %s", page.status, page.text)
	}
	code, _ := start.body["device_code"].(string)
	r := put(t, idp, question{to: idp.MTLSURL + "/token", shows: shows.TLS(), form: url.Values{"grant_type": {fakeidp.DeviceCode}, "client_id": {"app"}, "device_code": {code}}})
	if subjectOf(t, r) != "1" {
		t.Errorf("device: %s", r.text)
	}

	start = put(t, idp, question{to: idp.MTLSURL + "/ciba", shows: shows.TLS(), form: url.Values{"client_id": {"app"}, "scope": {"openid api1"}, "login_hint": {"2"}}})
	id, _ := start.body["auth_req_id"].(string)
	r = put(t, idp, question{to: idp.MTLSURL + "/token", shows: shows.TLS(), form: url.Values{"grant_type": {fakeidp.CIBA}, "client_id": {"app"}, "auth_req_id": {id}}})
	if subjectOf(t, r) != "2" {
		t.Errorf("backchannel: %s", r.text)
	}
}

func TestAsksPeople(t *testing.T) {
	t.Parallel()
	idp, shows := pagesLab(t, fakeidp.AskPeople)
	b := newBrowser(t, idp)
	login := b.opens(authorizeURL(idp.URL+"/connect/authorize", "client_id", "asking", "login_hint", `"><script>alert(1)</script>`))
	if login.status != 200 || !strings.Contains(login.text, "Sign in") || strings.Contains(login.text, "<script") {
		t.Fatalf("login page: %d %s", login.status, login.text)
	}
	if policy := login.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(login.header.Get("Cache-Control"), "no-store") {
		t.Errorf("login page: headers %v", login.header)
	}
	wrong := b.submits(login, "yes", "username", `b"<b>ob`, "password", "of-alice")
	if !strings.Contains(wrong.text, "User name or password is wrong.") || !strings.Contains(wrong.text, "b&#34;&lt;b&gt;ob") {
		t.Errorf("wrong password: %d %s", wrong.status, wrong.text)
	}
	consent := b.submits(wrong, "yes", "username", `b"<b>ob`, "password", "of-bob")
	if !strings.Contains(consent.text, "<strong>asking</strong> asks for:") || !strings.Contains(consent.text, "<li>offline_access</li>") {
		t.Fatalf("consent page: %d %s", consent.status, consent.text)
	}
	if forged := b.submits(consent, "yes", "token", "forged"); forged.status != 400 {
		t.Errorf("a form of somebody else: %d %s", forged.status, forged.text)
	}
	if subject := subjectOf(t, redeems(t, idp, shows, b.submits(consent, "yes"), "asking")); subject != "2" {
		t.Errorf("signed in is %q, want 2", subject)
	}
	again := b.opens(authorizeURL(idp.URL+"/connect/authorize", "client_id", "asking")) // signed in, and asked again
	if refused := b.submits(again, "no"); refused.at.Query().Get("error") != "access_denied" || refused.at.Query().Get("state") != "s & t" {
		t.Errorf("no: came back to %s", refused.at)
	}
	if s := b.opens(authorizeURL(idp.URL+"/connect/authorize", "client_id", "asking", "prompt", "none")); s.at.Query().Get("error") != "consent_required" {
		t.Errorf("prompt none, where consent is needed: came back to %s", s.at)
	}
	if s := newBrowser(t, idp).opens(authorizeURL(idp.URL+"/connect/authorize", "prompt", "none")); s.at.Query().Get("error") != "login_required" {
		t.Errorf("prompt none: came back to %s", s.at)
	}
	if s := b.opens(authorizeURL(idp.URL+"/connect/authorize", "redirect_uri", "https://evil.example")); s.at.Path != "/home/error" || !strings.Contains(s.text, "invalid_request: Invalid redirect_uri") {
		t.Errorf("unknown redirect_uri: %s %s", s.at, s.text)
	}
	for _, elsewhere := range []string{"https://evil.example/connect/authorize/callback?", "//evil.example/", ""} {
		if s := b.opens(idp.URL + "/login?" + url.Values{"ReturnUrl": {elsewhere}}.Encode()); s.status != 400 {
			t.Errorf("login on the way to %q: %d %s", elsewhere, s.status, s.text)
		}
	}
}

func TestAsksTheUserOfADevice(t *testing.T) {
	t.Parallel()
	idp, shows := pagesLab(t, fakeidp.AskPeople)
	for answer, c := range map[string]struct{ says, code string }{"yes": {"The device may go on.", ""}, "no": {"The device was told no.", "access_denied"}} {
		start := put(t, idp, question{to: idp.MTLSURL + "/deviceauthorization", shows: shows.TLS(), form: url.Values{"client_id": {"app"}, "scope": {"openid"}}})
		b := newBrowser(t, idp)
		login := b.opens(start.body["verification_uri"].(string))
		asks := b.submits(login, "yes", "username", "alice", "password", "of-alice")
		if s := b.submits(asks, "go", "userCode", "000000000"); s.status != 400 || !strings.Contains(s.text, "No device waits for this code.") {
			t.Errorf("unknown code: %d %s", s.status, s.text)
		}
		consent := b.submits(asks, "go", "userCode", start.body["user_code"].(string))
		if done := b.submits(consent, answer); !strings.Contains(done.text, c.says) {
			t.Errorf("%s: %d %s", answer, done.status, done.text)
		}
		code, _ := start.body["device_code"].(string)
		r := put(t, idp, question{to: idp.MTLSURL + "/token", shows: shows.TLS(), form: url.Values{"grant_type": {fakeidp.DeviceCode}, "client_id": {"app"}, "device_code": {code}}})
		if r.oauthError() != c.code {
			t.Errorf("%s: the device got %d %s, want %q", answer, r.status, r.text, c.code)
		}
	}
}

func TestEndsSessions(t *testing.T) {
	t.Parallel()
	for _, style := range []fakeidp.PageStyle{fakeidp.ApproveAtOnce, fakeidp.AskPeople} {
		idp, shows := pagesLab(t, style, fakeidp.PathBase("/ids"))
		signedIn := func() (*browser, string) {
			b := newBrowser(t, idp)
			s := b.opens(authorizeURL(idp.URL + "/connect/authorize"))
			if style == fakeidp.AskPeople {
				s = b.submits(s, "yes", "username", "alice", "password", "of-alice")
			}
			hint, _ := redeems(t, idp, shows, s, "app").body["id_token"].(string)
			return b, hint
		}
		_, foreign := func() (*browser, string) {
			other, hisCertificate := pagesLab(t, fakeidp.ApproveAtOnce)
			b := newBrowser(t, other)
			hint, _ := redeems(t, other, hisCertificate, b.opens(authorizeURL(other.URL+"/connect/authorize")), "app").body["id_token"].(string)
			return b, hint
		}()
		for name, c := range map[string]struct {
			hint       func(own string) string
			to, lands  string
			keepsState bool
		}{
			"to where the client said":         {func(own string) string { return own }, goodbyeAt, "client.example", true},
			"to where the client did not say":  {func(own string) string { return own }, "https://evil.example", "localhost", false},
			"without a hint":                   {func(string) string { return "" }, goodbyeAt, "localhost", false},
			"with a hint of another server":    {func(string) string { return foreign }, goodbyeAt, "localhost", false},
			"with a hint that nobody signed":   {func(own string) string { return own[:len(own)-8] + "AAAAAAAA" }, goodbyeAt, "localhost", false},
			"with an access token as the hint": {func(string) string { return "a.b.c" }, goodbyeAt, "localhost", false},
		} {
			b, own := signedIn()
			s := b.opens(idp.URL + "/connect/endsession?" + url.Values{"id_token_hint": {c.hint(own)}, "post_logout_redirect_uri": {c.to}, "state": {"z&z"}}.Encode())
			if style == fakeidp.AskPeople {
				if !strings.Contains(s.text, "Sign out?") {
					t.Errorf("%s: nobody was asked: %s %s", name, s.at, s.text)
				}
				s = b.submits(s, "yes")
			}
			if s.at.Hostname() != c.lands || (s.at.Query().Get("state") == "z&z" && s.at.Query().Get("from") == "idp") != c.keepsState {
				t.Errorf("%s: the browser is at %s, want %s", name, s.at, c.lands)
			}
			if s := b.opens(authorizeURL(idp.URL+"/connect/authorize", "prompt", "none")); s.at.Query().Get("error") != "login_required" {
				t.Errorf("%s: still signed in: %s", name, s.at)
			}
		}
	}
}

func TestEndSessionSendsTheBrowserToTheHost(t *testing.T) {
	t.Parallel()
	idp, _ := pagesLab(t, fakeidp.NoPages)
	c := client(idp, nil)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := c.Get(idp.URL + "/connect/endsession?id_token_hint=garbage")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if to := r.Header.Get("Location"); r.StatusCode != http.StatusFound || to != idp.URL+"/logout" {
		t.Errorf("got %d to %s, want 302 to the page of the host, which is told nothing", r.StatusCode, to)
	}
	for _, path := range []string{"/login", "/logout", "/device"} {
		if status := put(t, idp, question{to: idp.URL + path, method: http.MethodGet}).status; status != 404 {
			t.Errorf("%s: %d, want 404 where the host brings its own pages", path, status)
		}
	}
	if status := put(t, idp, question{to: idp.URL + "/connect/endsession", method: http.MethodPut}).status; status != 405 {
		t.Errorf("PUT: %d, want 405", status)
	}
	if _, err := fakeidp.New(fakeidp.Pages(fakeidp.AskPeople)); err == nil || !strings.Contains(err.Error(), "give Users") {
		t.Errorf("pages and no users: %v", err)
	}
}
