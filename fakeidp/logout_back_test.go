package fakeidp_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// receiver is a client that hears of sign-outs through the backchannel.
type receiver struct {
	testing.TB
	*httptest.Server
	mu     sync.Mutex
	tokens []string
	seen   map[string]bool
}

func newReceiver(t testing.TB, status int) *receiver {
	t.Helper()
	r := &receiver{TB: t, seen: map[string]bool{}}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if in.Method != http.MethodPost || in.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s with %v", in.Method, in.Header)
		}
		r.tokens = append(r.tokens, in.PostFormValue("logout_token"))
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

// got are the tokens that came.
func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.tokens)
}

// keys is the key set of a server.
func keysOf(t testing.TB, idp *fakeidp.Server, at string) jose.JSONWebKeySet {
	t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(put(t, idp, question{to: at, method: http.MethodGet}).text), &set); err != nil {
		t.Fatal(err)
	}
	return set
}

// logoutClaims are the claims of a logout token.
type logoutClaims struct {
	Issuer   string                     `json:"iss"`
	Audience string                     `json:"aud"`
	Subject  string                     `json:"sub"`
	Session  string                     `json:"sid"`
	ID       string                     `json:"jti"`
	Nonce    string                     `json:"nonce"`
	Issued   int64                      `json:"iat"`
	Expires  int64                      `json:"exp"`
	Events   map[string]json.RawMessage `json:"events"`
	Reason   string                     `json:"logout_reason"`
}

// judges a logout token as Back-Channel Logout 1.0 §2.6 asks of a client: what is wrong with it, "" if nothing.
func (r *receiver) judges(token string, keys jose.JSONWebKeySet, kind string, want logoutClaims) string {
	j, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		return "not signed"
	}
	payload, err := j.Verify(keys)
	if err != nil {
		return "signed by somebody else"
	}
	var c logoutClaims
	if err := json.Unmarshal(payload, &c); err != nil {
		return err.Error()
	}
	again := r.seen[c.ID]
	r.seen[c.ID] = true
	switch now := time.Now().Unix(); {
	case j.Signatures[0].Header.ExtraHeaders["typ"] != kind:
		return "another type"
	case c.Issuer != want.Issuer:
		return "another issuer"
	case c.Audience != want.Audience:
		return "for another client"
	case c.Expires < now || c.Issued > now+60 || c.Expires > now+600:
		return "run out"
	case string(c.Events["http://schemas.openid.net/event/backchannel-logout"]) != "{}" || len(c.Events) != 1:
		return "no event"
	case c.Nonce != "":
		return "a nonce"
	case c.Subject != want.Subject:
		return "another user"
	case c.Session == "":
		return "no session"
	case c.Session != want.Session:
		return "another session"
	case c.ID == "" || again:
		return "a known jti"
	case c.Reason != want.Reason:
		return "another reason"
	}
	return ""
}

// order are the names of the claims of a token, in their order.
func order(t testing.TB, token string) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(payloadOf(t, token)))
	var names []string
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, fmt.Sprint(name))
		if err := d.Decode(new(json.RawMessage)); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Join(names, " ")
}

func payloadOf(t testing.TB, token string) string {
	t.Helper()
	j, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	return string(j.UnsafePayloadWithoutVerification())
}

// hears registers a client with an address for logout tokens.
func hears(id, at string) fakeidp.Option {
	return fakeidp.Clients(fakeidp.Client{ID: id, Public: true, Grants: []string{fakeidp.AuthorizationCode}, Scopes: []string{"openid"}, RedirectURIs: []string{backAt},
		PostLogoutRedirectURIs: []string{goodbyeAt}, BackChannelLogoutURI: at})
}

// TestTellsClientsThroughTheBackchannel: each client of the session gets a token of its own, which it can verify.
func TestTellsClientsThroughTheBackchannel(t *testing.T) {
	t.Parallel()
	const duende = "iss nbf iat exp aud jti events sub sid logout_reason"
	for _, c := range []struct{ version, kind, order, reason, keys string }{
		{"is4-4.1", "at+jwt", "nbf exp iss sub aud iat jti sid events", "", ""},
		{"5.2", "at+jwt", "iss nbf iat exp sub aud jti events sid", "", ""},
		{"6.3", "logout+jwt", duende, "user_logout", ""},
		{"7.4", "logout+jwt", duende, "user_logout", ""},
		{"8", "logout+jwt", duende, "user_logout", ""},
		{"rfc8705", "logout+jwt", "iss sub aud iat exp jti events sid", "", "/jwks"},
	} {
		for _, style := range []fakeidp.PageStyle{fakeidp.ApproveAtOnce, fakeidp.AskPeople} {
			t.Run(fmt.Sprint(c.version, style), func(t *testing.T) {
				t.Parallel()
				ca := pki.New(pki.Options{}).Root("Root")
				plain, guarded, absent := newReceiver(t, 200), newReceiver(t, 204), newReceiver(t, 200)
				plain.Start()
				absent.Start()
				guarded.TLS = &tls.Config{Certificates: []tls.Certificate{*ca.Server("receiver", trait.DNS("localhost")).TLS()}}
				guarded.StartTLS()
				guardedAt := strings.Replace(guarded.URL, "127.0.0.1", "localhost", 1) + "/out?secret=s"
				p := newParty(t, c.version, style, fakeidp.Trust(ca.Certificate()), hears("plain", plain.URL), hears("guarded", guardedAt), hears("absent", absent.URL))
				hint := p.gets("plain")
				p.gets("guarded")
				if s := p.leaves(hint); s.at.Host != "client.example" {
					t.Errorf("the browser is at %s with %s", s.at, s.text)
				}
				_, claims, err := decoded(hint)
				if err != nil {
					t.Fatal(err)
				}
				set := p.idp.URL + c.keys
				if c.keys == "" {
					set += "/.well-known/openid-configuration/jwks"
				}
				keys := keysOf(t, p.idp, set)
				for id, r := range map[string]*receiver{"plain": plain, "guarded": guarded} {
					got := r.got()
					if len(got) != 1 {
						t.Errorf("%s got %d tokens", id, len(got))
						continue
					}
					want := logoutClaims{Issuer: p.idp.URL, Audience: id, Subject: "1", Session: fmt.Sprint(claims["sid"]), Reason: c.reason}
					if wrong := r.judges(got[0], keys, c.kind, want); wrong != "" {
						t.Errorf("%s: %s: %s", id, wrong, payloadOf(t, got[0]))
					}
					if members := order(t, got[0]); members != c.order {
						t.Errorf("%s: claims %s, want %s", id, members, c.order)
					}
				}
				if got := absent.got(); len(got) != 0 {
					t.Errorf("who took no part got %q", got)
				}
				want := []fakeidp.Request{
					{Outgoing: true, Method: "POST", Endpoint: "back-channel logout", ClientID: "plain", Host: plain.Listener.Addr().String(), Status: 200},
					{Outgoing: true, Method: "POST", Endpoint: "back-channel logout", ClientID: "guarded", Host: strings.Split(guardedAt, "/")[2], Path: "/out", Status: 204},
				}
				if diff := cmp.Diff(want, outgoing(p.idp), cmpopts.IgnoreUnexported(fakeidp.Request{})); diff != "" {
					t.Errorf("journal (- want, + got):\n%s", diff)
				}
			})
		}
	}
}

// outgoing are the entries of the journal about what the server sent, without their times.
func outgoing(idp *fakeidp.Server) []fakeidp.Request {
	var list []fakeidp.Request
	for _, r := range idp.Requests() {
		if r.Outgoing {
			r.Time = time.Time{}
			list = append(list, r)
		}
	}
	return list
}

// TestSendsNothingBeyondLoopback: the journal says what was not sent, and to whom.
func TestSendsNothingBeyondLoopback(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	for to, want := range map[string]string{
		"https://client.example/out":                      "not sent: client.example is not on loopback",
		"http://192.0.2.1/out":                            "not sent: 192.0.2.1 is not on loopback",
		"http://localhost.example:81/out":                 "not sent: localhost.example is not on loopback",
		"mailto:client@localhost":                         "not sent: the address is no http or https address",
		"http://" + free.Addr().String() + "/out?secret=": "not answered: dial tcp " + free.Addr().String() + ": ",
	} {
		p := newParty(t, "7.4", fakeidp.ApproveAtOnce, hears("app", to))
		own := fakeidp.Match{Endpoint: "back-channel logout", Client: "app"}
		p.idp.Expect(t, 1, own)
		p.leaves(p.gets("app"))
		if got := outgoing(p.idp); len(got) != 1 || !strings.HasPrefix(got[0].Error, want) || got[0].Status != 0 || strings.Contains(fmt.Sprint(got), "secret") {
			t.Errorf("%s: %+v, want %q", to, got, want)
		} else if !own.Fits(got[0]) || (fakeidp.Match{Client: "app"}).Fits(got[0]) || (fakeidp.Match{}).Fits(got[0]) {
			t.Errorf("%s: who matches requests that arrive must not get %+v", to, got)
		}
	}
}

// hanging is a receiver that never answers. It tells when a token has come, and when the sender has gone.
func hanging(t testing.TB) (at string, came, left chan struct{}) {
	t.Helper()
	came, left = make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		close(came)
		<-r.Context().Done()
		close(left)
	}))
	t.Cleanup(s.Close)
	return s.URL, came, left
}

// TestSignOutDoesNotWaitForever: a client that never answers is left alone in the end.
func TestSignOutDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	to, came, left := hanging(t)
	p := newParty(t, "7.4", fakeidp.ApproveAtOnce, hears("app", to))
	fakeidp.SetLogoutPatience(p.idp, func(open context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(open)
		go func() { <-came; cancel() }()
		return ctx, cancel
	})
	if s := p.leaves(p.gets("app")); s.at.Host != "client.example" {
		t.Errorf("the browser is at %s", s.at)
	}
	<-left
	if got := outgoing(p.idp); len(got) != 1 || got[0].Error != "not answered: context canceled" {
		t.Errorf("%+v", got)
	}
}

// TestCloseBreaksOffWhatIsBeingSent: nothing of a sign-out goes on when the server has ended.
func TestCloseBreaksOffWhatIsBeingSent(t *testing.T) {
	t.Parallel()
	to, came, left := hanging(t)
	var idp *fakeidp.Server
	done := make(chan fakeidp.Logout)
	p := newParty(t, "7.4", fakeidp.NoPages, hears("app", to), fakeidp.Application(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			idp.SignIn(w, "1")
			http.Redirect(w, r, r.URL.Query().Get("ReturnUrl"), http.StatusFound)
			return
		}
		done <- idp.SignOut(w, r, r.URL.Query().Get("logoutId"))
	})))
	idp = p.idp
	fakeidp.SetLogoutPatience(idp, context.WithCancel)
	hint := p.gets("app")
	go func() {
		if r, err := p.client.Get(p.at + "/endsession?" + url.Values{"id_token_hint": {hint}}.Encode()); err == nil {
			r.Body.Close()
		}
	}()
	<-came
	if err := idp.Close(); err != nil {
		t.Fatal(err)
	}
	<-left
	if l := <-done; l.ClientID != "app" {
		t.Errorf("signed out: %+v", l)
	}
	if got := outgoing(idp); len(got) != 1 || got[0].Error != "not answered: context canceled" {
		t.Errorf("%+v", got)
	}
}

func logoutTokensAtWork() []atWork {
	row := func(fault, right, wrong string, sees func(w *workshop, r *receiver) string) atWork {
		r := map[*workshop]*receiver{}
		var mu sync.Mutex
		return atWork{fault, right, wrong, func(w *workshop) string {
			mu.Lock()
			mine := r[w]
			mu.Unlock()
			return sees(w, mine)
		}, func(w *workshop) []fakeidp.Option {
			mine := newReceiver(w, 200)
			mine.Start()
			mu.Lock()
			r[w] = mine
			mu.Unlock()
			return []fakeidp.Option{hears("app", mine.URL)}
		}}
	}
	// comes and goes, and what the client makes of the token that it then gets.
	comes := func(w *workshop, r *receiver) string {
		p := &party{newBrowser(w, w.idp), strings.TrimSuffix(w.plain("x"), "/x")}
		hint := p.gets("app")
		p.leaves(hint)
		_, claims, err := decoded(hint)
		if err != nil {
			w.Fatal(err)
		}
		set, reason := w.idp.URL+"/.well-known/openid-configuration/jwks", "user_logout"
		if w.strict {
			set, reason = w.idp.URL+"/jwks", ""
		}
		got := r.got()
		if len(got) == 0 {
			return "nothing"
		}
		want := logoutClaims{Issuer: w.idp.Issuer(), Audience: "app", Subject: "1", Session: fmt.Sprint(claims["sid"]), Reason: reason}
		return r.judges(got[len(got)-1], keysOf(w, w.idp, set), "logout+jwt", want)
	}
	twice := func(w *workshop, r *receiver) string { return comes(w, r) + comes(w, r) }
	return []atWork{
		row("logout-tokens-without-sid", "", "no session", comes),
		row("logout-tokens-without-events", "", "no event", comes),
		row("logout-tokens-with-nonce", "", "a nonce", comes),
		row("logout-tokens-for-another-client", "", "for another client", comes),
		row("logout-tokens-of-another-issuer", "", "another issuer", comes),
		row("logout-tokens-of-another-user", "", "another user", comes),
		row("logout-tokens-repeat-their-id", "", "a known jti", twice),
		row("logout-tokens-run-out", "", "run out", comes),
		row("logout-tokens-as-id-tokens", "", "another type", comes),
		row("logout-tokens-unsigned", "", "not signed", comes),
		row("logout-tokens-badly-signed", "", "signed by somebody else", comes),
	}
}
