package fakeidp_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
)

// asked is a client that asks a user through the backchannel.
type asked struct {
	testing.TB
	idp   *fakeidp.Server
	shows *pki.Identity
	path  string
}

// starts asks, and returns the auth_req_id or the error.
func (a asked) starts(more ...string) reply {
	a.Helper()
	f := url.Values{"client_id": {"app"}, "scope": {"openid api1"}}
	for i := 0; i+1 < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return put(a, a.idp, question{to: a.idp.MTLSURL + a.path, shows: a.shows.TLS(), form: f})
}

// polls asks for the token.
func (a asked) polls(started reply) reply {
	a.Helper()
	return put(a, a.idp, question{to: a.idp.MTLSURL + "/token", shows: a.shows.TLS(), form: url.Values{"grant_type": {fakeidp.CIBA}, "client_id": {"app"}, "auth_req_id": {text(started, "auth_req_id")}}})
}

// only is the page with nothing but the request that shows this message.
func only(t testing.TB, s sight, message string) sight {
	t.Helper()
	for block := range strings.SplitSeq(s.text, `<form method="post">`) {
		if form, _, closed := strings.Cut(block, "</form>"); closed && strings.Contains(form, message) {
			s.text = form
			return s
		}
	}
	t.Fatalf("nothing shows %q: %s", message, s.text)
	return s
}

// TestAsksThroughTheBackchannel: a user sees what clients ask of it, with the binding message, and the client gets the answer.
func TestAsksThroughTheBackchannel(t *testing.T) {
	t.Parallel()
	for version, path := range map[string]string{"6.3": "/ciba", "7.4": "/ciba", "rfc8705": "/bc-authorize"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			idp, shows := pagesLab(t, fakeidp.AskPeople, fakeidp.Version(version), fakeidp.PathBase("/ids"))
			app := asked{t, idp, shows, path}
			yes := app.starts("login_hint", "alice", "binding_message", `<b>kiwi seven</b> & "x"`)
			no := app.starts("login_hint", "1", "binding_message", "quince two")
			waits := app.starts("login_hint", "alice", "scope", "openid")
			other := app.starts("login_hint", "2", "binding_message", "for bob")
			b := newBrowser(t, idp)
			page := b.submits(b.opens(idp.URL+"/ciba"), "yes", "username", "alice", "password", "of-alice")
			if n := strings.Count(page.text, "<form"); n != 3 || strings.Contains(page.text, "for bob") || strings.Contains(page.text, "<b>") || strings.Contains(page.text, text(yes, "auth_req_id")) ||
				!strings.Contains(unescapeHTML(page.text), `Its message: <strong><b>kiwi seven</b> & "x"</strong>`) || !strings.Contains(page.text, "<strong>app</strong> asks for:</p><ul><li>openid</li><li>api1</li></ul>") {
				t.Fatalf("the page shows %d requests: %s", n, page.text)
			}
			if s := b.submits(only(t, page, "kiwi seven"), "yes", "token", "forged"); s.status != 400 {
				t.Errorf("a form of somebody else: %d %s", s.status, s.text)
			}
			if r := app.polls(yes); r.oauthError() != "authorization_pending" {
				t.Errorf("before the answer: %d %s", r.status, r.text)
			}
			refused := b.submits(only(t, page, "quince two"), "no")
			if strings.Count(refused.text, "<form") != 2 || !strings.Contains(refused.text, "The application was told no.") {
				t.Errorf("no: %d %s", refused.status, refused.text)
			}
			if s := b.submits(only(t, page, "quince two"), "yes"); s.status != 400 || !strings.Contains(s.text, "This request does not wait any more.") {
				t.Errorf("no, and then yes: %d %s", s.status, s.text)
			}
			if done := b.submits(only(t, page, "kiwi seven"), "yes"); !strings.Contains(done.text, "The application may go on.") {
				t.Errorf("yes: %d %s", done.status, done.text)
			}
			idp.Advance(6 * time.Second) // the polling interval is five
			r := app.polls(yes)
			_, claims, err := decoded(text(r, "access_token"))
			if subjectOf(t, r) != "1" || err != nil || claims["cnf"] == nil {
				t.Errorf("yes: %d %s, claims %v", r.status, r.text, claims)
			}
			for name, c := range map[string]struct {
				of   reply
				code string
			}{"no": {no, "access_denied"}, "not answered": {waits, "authorization_pending"}, "another's": {other, "authorization_pending"}} {
				if r := app.polls(c.of); r.oauthError() != c.code {
					t.Errorf("%s: %d %s, want %s", name, r.status, r.text, c.code)
				}
			}
			byHint := app.starts("id_token_hint", text(r, "id_token"), "binding_message", "by hint")
			only(t, b.opens(idp.URL+"/ciba"), "by hint")
			idp.Advance(400 * time.Second)
			if s := b.opens(idp.URL + "/ciba"); !strings.Contains(s.text, "No application asks for anything now.") {
				t.Errorf("after their time: %s", s.text)
			}
			if r := app.polls(byHint); r.oauthError() != "expired_token" {
				t.Errorf("after its time: %d %s", r.status, r.text)
			}
		})
	}
}

// TestRefusesBackchannelRequests: each mistake is named, in IdentityServer's words.
func TestRefusesBackchannelRequests(t *testing.T) {
	t.Parallel()
	for version, path := range map[string]string{"7.4": "/ciba", "rfc8705": "/bc-authorize"} {
		idp, shows := pagesLab(t, fakeidp.AskPeople, fakeidp.Version(version), fakeidp.Clients(appClient("other", false)))
		app := asked{t, idp, shows, path}
		foreign := text(put(t, idp, question{to: idp.MTLSURL + "/token", shows: shows.TLS(), form: approvedByHost(t, idp, shows, path, "other")}), "id_token")
		for _, c := range []struct {
			name, code, says string
			more             []string
		}{
			{"no scope", "invalid_request", "Missing scope", []string{"scope", ""}},
			{"no openid", "invalid_request", "Missing the openid scope", []string{"scope", "api1"}},
			{"a long scope", "invalid_request", "Invalid scope", []string{"scope", "openid " + strings.Repeat("x", 300)}},
			{"an unknown scope", "invalid_scope", "Invalid scope", []string{"scope", "openid unknown"}},
			{"an expiry of nothing", "invalid_request", "Invalid requested_expiry", []string{"requested_expiry", "0"}},
			{"too late an expiry", "invalid_request", "Invalid requested_expiry", []string{"requested_expiry", "301"}},
			{"an expiry in words", "invalid_request", "Invalid requested_expiry", []string{"requested_expiry", "soon"}},
			{"long acr_values", "invalid_request", "Invalid acr_values", []string{"acr_values", strings.Repeat("x", 301)}},
			{"a long hint token", "invalid_request", "Invalid login_hint_token", []string{"login_hint", "", "login_hint_token", strings.Repeat("x", 4001)}},
			{"two hints", "invalid_request", "Too many of login_hint_token, id_token_hint, or login_hint", []string{"login_hint_token", "x"}},
			{"no id_token", "invalid_request", "Invalid id_token_hint", []string{"login_hint", "", "id_token_hint", "a.b.c"}},
			{"another client's id_token", "invalid_request", "Invalid id_token_hint", []string{"login_hint", "", "id_token_hint", foreign}},
			{"a long user_code", "invalid_request", "Invalid user_code", []string{"user_code", strings.Repeat("x", 101)}},
			{"a long message", "invalid_binding_message", "Invalid binding_message", []string{"binding_message", strings.Repeat("x", 101)}},
		} {
			r := app.starts(append([]string{"login_hint", "alice"}, c.more...)...)
			if told := text(r, "error_description"); r.oauthError() != c.code || version != "rfc8705" && told != c.says {
				t.Errorf("%s: %s: %d %s, want %s %q", version, c.name, r.status, r.text, c.code, c.says)
			}
		}
		short := app.starts("login_hint", "alice", "requested_expiry", "7")
		if short.body["expires_in"] != 7.0 {
			t.Errorf("%s: a short life: %d %s", version, short.status, short.text)
		}
		idp.Advance(8 * time.Second)
		if r := app.polls(short); r.oauthError() != "expired_token" {
			t.Errorf("%s: after a short life: %d %s", version, r.status, r.text)
		}
	}
}

// approvedByHost is the form with which a client polls for what alice has agreed to.
func approvedByHost(t testing.TB, idp *fakeidp.Server, shows *pki.Identity, path, id string) url.Values {
	t.Helper()
	r := asked{t, idp, shows, path}.starts("client_id", id, "login_hint", "alice")
	idp.ApproveBackchannel("1")
	return url.Values{"grant_type": {fakeidp.CIBA}, "client_id": {id}, "auth_req_id": {text(r, "auth_req_id")}}
}

func peopleAtWork() []atWork {
	row := func(fault, right, wrong string, sees func(w *workshop, app asked, started reply, b *browser, page sight) string) atWork {
		return atWork{fault, right, wrong, func(w *workshop) string {
			app := asked{w, w.idp, w.app, "/" + w.called("ciba")}
			started := w.must(app.starts("login_hint", "alice", "binding_message", "kiwi seven"))
			b := newBrowser(w, w.idp)
			page := b.submits(b.opens(w.idp.URL+"/ciba"), "yes", "username", "alice", "password", "of-alice")
			return sees(w, app, started, b, page)
		}, func(*workshop) []fakeidp.Option {
			return []fakeidp.Option{fakeidp.Pages(fakeidp.AskPeople), fakeidp.Users(fakeidp.User{Subject: "1", Username: "alice", Password: "of-alice"},
				fakeidp.User{Subject: "2", Username: "bob", Password: "of-bob"})}
		}}
	}
	return []atWork{
		row("grants-without-asking", "authorization_pending", "200", func(_ *workshop, app asked, started reply, _ *browser, _ sight) string {
			return said(app.polls(started))
		}),
		row("takes-no-for-yes", "access_denied", "200", func(_ *workshop, app asked, started reply, b *browser, page sight) string {
			b.submits(page, "no")
			return said(app.polls(started))
		}),
		row("asks-other-users", "authorization_pending", "200", func(w *workshop, app asked, started reply, _ *browser, _ sight) string {
			b := newBrowser(w, w.idp)
			page := b.submits(b.opens(w.idp.URL+"/ciba"), "yes", "username", "bob", "password", "of-bob")
			if strings.Contains(page.text, "<form") {
				b.submits(page, "yes")
			}
			return said(app.polls(started))
		}),
		row("hides-binding-messages", "kiwi seven", "nothing", func(_ *workshop, _ asked, _ reply, _ *browser, page sight) string {
			if strings.Contains(page.text, "kiwi seven") {
				return "kiwi seven"
			}
			return "nothing"
		}),
	}
}
