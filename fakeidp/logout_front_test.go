package fakeidp_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

var framed = regexp.MustCompile(`<iframe[^>]* src=['"]([^'"]+)['"]`)

// frames are what the frames of a page load.
func frames(s sight) []string {
	var list []string
	for _, m := range framed.FindAllStringSubmatch(s.text, -1) {
		list = append(list, html.UnescapeString(m[1]))
	}
	return list
}

// party is a server with clients that want to hear of sign-outs, a browser of alice, and what it takes to get her in.
type party struct {
	*browser
	at string
}

func newParty(t testing.TB, version string, style fakeidp.PageStyle, o ...fakeidp.Option) *party {
	t.Helper()
	web := func(id, front string) fakeidp.Client {
		return fakeidp.Client{ID: id, Public: true, Grants: []string{fakeidp.AuthorizationCode}, Scopes: []string{"openid"}, RedirectURIs: []string{backAt},
			PostLogoutRedirectURIs: []string{goodbyeAt}, FrontChannelLogoutURI: front}
	}
	plain := web("plain", "http://127.0.0.1:81/out")
	plain.FrontChannelLogoutWithoutSession = true
	gone := web("gone", "https://gone.example/out")
	idp := fakeidp.Start(t, append([]fakeidp.Option{fakeidp.Version(version), fakeidp.Pages(style), fakeidp.PathBase("/ids"),
		fakeidp.Users(fakeidp.User{Subject: "1", Username: "alice", Password: "of-alice"}, fakeidp.User{Subject: "2", Username: "bob", Password: "of-bob"}),
		fakeidp.Clients(web("one", "https://one.example:8443/out?a=b+c&d='e'"), plain, gone, web("absent", "https://absent.example/out"), web("silent", ""))}, o...)...)
	p := &party{newBrowser(t, idp), idp.URL}
	if version != "rfc8705" {
		p.at += "/connect"
	}
	return p
}

// gets lets alice in for a client and returns its id_token.
func (p *party) gets(id string, more ...string) string {
	p.Helper()
	s := p.opens(authorizeURL(p.at+"/authorize", append([]string{"client_id", id, "scope", "openid", "login_hint", "alice"}, more...)...))
	if strings.Contains(s.text, "Sign in") {
		s = p.submits(s, "yes", "username", "alice", "password", "of-alice")
	}
	q := question{to: p.at + "/token", form: form("authorization_code", id, "code", s.at.Query().Get("code"), "redirect_uri", backAt, "code_verifier", verifier)}
	q.form.Del("scope")
	hint := text(put(p, p.idp, q), "id_token")
	if hint == "" {
		p.Fatalf("%s: no id_token: %s %s", id, s.at, s.text)
	}
	return hint
}

// leaves signs out with a hint, and is the page that says so.
func (p *party) leaves(hint string) sight {
	p.Helper()
	end := "/endsession?"
	if !strings.HasSuffix(p.at, "/connect") {
		end = "/end_session?"
	}
	s := p.opens(p.at + end + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {goodbyeAt}, "state": {"z"}}.Encode())
	if strings.Contains(s.text, "Sign out?") {
		s = p.submits(s, "yes")
	}
	return s
}

// TestTellsClientsThroughTheBrowser: those of the session, with its sid and iss, on a page that lets browsers load their frames.
func TestTellsClientsThroughTheBrowser(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"is4-4.1", "5.2", "6.3", "7.4", "8", "rfc8705"} {
		for _, style := range []fakeidp.PageStyle{fakeidp.ApproveAtOnce, fakeidp.AskPeople} {
			t.Run(fmt.Sprint(version, style), func(t *testing.T) {
				t.Parallel()
				p := newParty(t, version, style)
				hint := p.gets("one")
				p.gets("plain", "prompt", "login") // the same user stays in her session
				p.gets("silent")
				p.gets("gone")
				p.idp.RemoveClient("gone")
				s := p.leaves(hint)
				_, claims, err := decoded(hint)
				if err != nil {
					t.Fatal(err)
				}
				if atOnce := s.header.Get("Refresh") == "0;url="+goodbyeAt+"&state=z"; s.status != 200 || atOnce != (style == fakeidp.ApproveAtOnce) ||
					!strings.Contains(html.UnescapeString(s.text), `<a href="`+goodbyeAt+`&state=z">`) {
					t.Errorf("signed out: %d %v %s", s.status, s.header, s.text)
				}
				if policy := s.header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; frame-src 'self'") {
					t.Errorf("the policy of the page is %s", policy)
				}
				to := frames(s)
				if len(to) != 1 || !strings.HasPrefix(to[0], p.idp.URL) {
					t.Fatalf("the page shows %q: %s", to, s.text)
				}
				inner := p.opens(to[0])
				more := url.Values{"sid": {fmt.Sprint(claims["sid"])}, "iss": {p.idp.URL}}
				want := []string{"https://one.example:8443/out?a=b+c&d='e'&sid=" + more.Get("sid") + "&iss=" + url.QueryEscape(p.idp.URL), "http://127.0.0.1:81/out"}
				if diff := cmp.Diff(want, frames(inner)); diff != "" || strings.Contains(inner.text, "'e'") {
					t.Errorf("frames (- want, + got):\n%s%s", diff, inner.text)
				}
				_, sheet, _ := strings.Cut(inner.text, "<style>")
				sheet, _, _ = strings.Cut(sheet, "</style>")
				sum := sha256.Sum256([]byte(sheet))
				policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-src https://one.example:8443 http://127.0.0.1:81"
				if got := inner.header.Get("Content-Security-Policy"); inner.status != 200 || got != policy || !strings.Contains(inner.header.Get("Cache-Control"), "no-store") {
					t.Errorf("the page of frames: %d %v, want the policy %s", inner.status, inner.header, policy)
				}
				if doubled := strings.Contains(sheet, "{{"); doubled != (version == "6.3" || version == "7.4" || version == "8") {
					t.Errorf("style sheet %s", sheet)
				}
				for path, status := range map[string]int{to[0]: 405, p.idp.URL + "/none": 404} {
					if r := put(t, p.idp, question{to: path, method: http.MethodPost}); r.status != status {
						t.Errorf("POST %s: %d, want %d", path, r.status, status)
					}
				}
				nameless, _, _ := strings.Cut(to[0], "?")
				for _, u := range []string{nameless, nameless + "?endSessionId=unknown"} {
					if r := put(t, p.idp, question{to: u, method: http.MethodGet}); r.status != 400 || r.text != "" {
						t.Errorf("%s: %d %s, want 400 and nothing", u, r.status, r.text)
					}
				}
			})
		}
	}
}

// TestSignOutWithoutAnybodyToTell: the browser goes back at once, and a request without a hint is none where no client took part.
func TestSignOutWithoutAnybodyToTell(t *testing.T) {
	t.Parallel()
	p := newParty(t, "7.4", fakeidp.ApproveAtOnce)
	if s := p.leaves(p.gets("silent")); s.at.Host != "client.example" || s.text != "" {
		t.Errorf("the browser is at %s with %s", s.at, s.text)
	}
	p.gets("one")
	first := p.gets("one", "login_hint", "bob", "prompt", "login") // another user is another session, of which alice's clients hear nothing
	p.opens(p.at + "/endsession")
	if s := p.leaves(first); len(frames(s)) != 0 {
		t.Errorf("after the sign-out somebody still hears: %s", s.text)
	}
}

// TestSignOutIsOfThisBrowser: who only has an id_token ends nobody's session, and gets nobody told.
func TestSignOutIsOfThisBrowser(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"7.4", "rfc8705"} {
		p := newParty(t, version, fakeidp.ApproveAtOnce)
		hint := p.gets("one")
		stranger := &party{newBrowser(t, p.idp), p.at}
		if s := stranger.leaves(hint); s.at.Host != "client.example" || s.text != "" {
			t.Errorf("%s: the stranger's browser is at %s with %s", version, s.at, s.text)
		}
		if s := p.opens(authorizeURL(p.at+"/authorize", "client_id", "one", "scope", "openid", "prompt", "none")); s.at.Query().Get("code") == "" {
			t.Errorf("%s: alice is signed out: %s", version, s.at)
		}
	}
}

// TestHostShowsTheFrames: a page of the host gets the address of the frames from SignOut.
func TestHostShowsTheFrames(t *testing.T) {
	t.Parallel()
	var idp *fakeidp.Server
	var got fakeidp.Logout
	p := newParty(t, "7.4", fakeidp.NoPages, fakeidp.Application(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			idp.SignIn(w, "1")
			http.Redirect(w, r, r.URL.Query().Get("ReturnUrl"), http.StatusFound)
			return
		}
		got = idp.SignOut(w, r, r.URL.Query().Get("logoutId"))
	})))
	idp = p.idp
	p.leaves(p.gets("one"))
	if got.ClientID != "one" || got.Location != goodbyeAt+"&state=z" || !strings.HasPrefix(got.FrameURL, idp.URL+"/connect/endsession/callback?endSessionId=") {
		t.Errorf("the host got %+v", got)
	}
	if to := frames(p.opens(got.FrameURL)); len(to) != 1 || !strings.HasPrefix(to[0], "https://one.example:8443/out") {
		t.Errorf("frames of %s: %q", got.FrameURL, to)
	}
}

func framesAtWork() []atWork {
	at := func(id string) string { return "https://" + id + ".example/out" }
	row := func(fault, right, wrong string, sees func(w *workshop, hint map[string]any, page sight) string) atWork {
		return atWork{fault, right, wrong, func(w *workshop) string {
			p := &party{newBrowser(w, w.idp), strings.TrimSuffix(w.plain("x"), "/x")}
			hint := p.gets("one")
			p.gets("two")
			page := p.leaves(hint)
			if to := frames(page); len(to) == 1 {
				page = p.opens(to[0])
			}
			_, claims, err := decoded(hint)
			if err != nil {
				w.Fatal(err)
			}
			return sees(w, claims, page)
		}, func(*workshop) []fakeidp.Option {
			var list []fakeidp.Client
			for _, id := range []string{"one", "two", "three"} {
				list = append(list, fakeidp.Client{ID: id, Public: true, Grants: []string{fakeidp.AuthorizationCode}, Scopes: []string{"openid"}, RedirectURIs: []string{backAt},
					PostLogoutRedirectURIs: []string{goodbyeAt}, FrontChannelLogoutURI: at(id)})
			}
			return []fakeidp.Option{fakeidp.Clients(list...)}
		}}
	}
	told := func(_ *workshop, _ map[string]any, page sight) string {
		var who []string
		for _, u := range frames(page) {
			who = append(who, strings.TrimPrefix(strings.Split(u, ".")[0], "https://"))
		}
		return strings.Join(who, " ")
	}
	of := func(w *workshop, claims map[string]any, page sight) string {
		to := frames(page)
		if len(to) == 0 {
			return "nothing"
		}
		u, err := url.Parse(to[0])
		if err != nil {
			w.Fatal(err)
		}
		q := u.Query()
		switch {
		case !q.Has("sid") && !q.Has("iss"):
			return "no session"
		case q.Get("sid") != claims["sid"]:
			return "another session"
		case q.Get("iss") != w.idp.Issuer():
			return "another issuer"
		}
		return "the session"
	}
	return []atWork{
		row("tells-nobody-of-sign-outs", "one two", "", told),
		row("tells-the-last-client-alone", "one two", "two", told),
		row("tells-clients-of-other-sessions", "one two", "one three two", told),
		row("frames-without-session", "the session", "no session", of),
		row("frames-of-another-session", "the session", "another session", of),
		row("frames-of-another-issuer", "the session", "another issuer", of),
		row("frames-blocked-by-policy", "frame-src https://one.example https://two.example", "", func(_ *workshop, _ map[string]any, page sight) string {
			return sources(page.header.Get("Content-Security-Policy"))
		}),
	}
}

// sources is what a policy says of frames, "" if nothing.
func sources(policy string) string {
	i := strings.Index(policy, "frame-src")
	if i < 0 {
		return ""
	}
	return policy[i:]
}
