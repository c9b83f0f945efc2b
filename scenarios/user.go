package scenarios

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/onsi/ginkgo/v2"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// A User signs in where a grant needs somebody to.
type User struct {
	// SignIn opens an authorization request, or the page of a device, as the user's browser does, and returns the URL to which the
	// browser was sent in the end. nil: the suite opens it, keeps cookies, and follows redirects; the server signs in whoever comes.
	SignIn func(ctx context.Context, address string) (string, error)
	// Username is the user's name: login_hint of backchannel requests, and of authorization requests without SignIn.
	Username string
	// Password of the user. With it tokens are asked for with the password grant (RFC 6749 §4.3), and nobody signs in.
	Password string
}

// byPassword reports whether the user's tokens are asked for with the password grant.
func (u *User) byPassword() bool { return u != nil && u.Password != "" }

// aUser ends the scenario where nobody signs in.
func (w *World) aUser() *User {
	ginkgo.GinkgoHelper()
	if w.user == nil {
		w.NotApplicable("the configuration names no user, so nobody can sign in (user: in mtlscheck.yaml)")
	}
	return w.user
}

// endpoint is the URL of an endpoint where clients with certificates ask. The scenario does not apply where there is none.
func (w *World) endpoint(name string) string {
	ginkgo.GinkgoHelper()
	u := w.Target.Metadata.Endpoint(name)
	if u == "" {
		w.NotApplicable("the metadata name no " + name)
	}
	return u
}

// userScope is what is asked for in a user's name.
func (w *World) userScope() string {
	return strings.TrimSpace("openid offline_access " + w.Target.Scope)
}

// A permit is an authorization code with what redeems it.
type permit struct{ code, verifier string }

// asksFor are the parameters of an authorization request with PKCE (RFC 6749 §4.1.1, RFC 7636 §4.3).
func (w *World) asksFor(client harness.Person, verifier string) wire.Form {
	sum := sha256.Sum256([]byte(verifier))
	f := wire.Form{{Name: "client_id", Value: client.ClientID}, {Name: "response_type", Value: "code"}, {Name: "redirect_uri", Value: RedirectURI},
		{Name: "scope", Value: w.userScope()}, {Name: "state", Value: rand.Text()}, {Name: "nonce", Value: rand.Text()},
		{Name: "code_challenge", Value: base64.RawURLEncoding.EncodeToString(sum[:])}, {Name: "code_challenge_method", Value: "S256"}}
	if u := w.user; u != nil && u.Username != "" && u.SignIn == nil {
		f = f.With("login_hint", u.Username)
	}
	return f
}

// newVerifier is a code verifier (RFC 7636 §4.1).
func newVerifier() string { return rand.Text() + rand.Text() }

// code has the user sign in and allow a client what it asks for. It ends the scenario where that gives no code.
func (w *World) code(ctx context.Context, client harness.Person) permit {
	ginkgo.GinkgoHelper()
	if w.aUser().byPassword() {
		w.NotApplicable("the user of the configuration has a password alone, so there are no authorization codes")
	}
	verifier := newVerifier()
	back, _ := w.authorize(ctx, w.asksFor(client, verifier))
	return permit{w.codeIn(back), verifier}
}

// authorize opens an authorization request in the user's browser, and is where the browser was sent in the end, with the answer that
// sent it there, where no command signs in.
func (w *World) authorize(ctx context.Context, f wire.Form) (*url.URL, suite.Answer) {
	ginkgo.GinkgoHelper()
	endpoint := w.Target.Metadata.String("authorization_endpoint")
	if endpoint == "" {
		w.NotApplicable("the metadata name no authorization_endpoint")
	}
	q := wire.Question{URL: endpoint}
	query(f...)(&q)
	return w.browse(ctx, q.URL)
}

// codeIn is the code in the URL to which the browser was sent.
func (w *World) codeIn(back *url.URL) string {
	ginkgo.GinkgoHelper()
	code := back.Query().Get("code")
	switch problem := back.Query().Get("error"); {
	case back.String() == "":
		w.Inconclusive("the command of user.sign_in prints nothing: it is to print the URL to which the browser was sent")
	case !returns(back):
		w.Inconclusive("the browser does not come back to " + RedirectURI + ": the sign-in ends at " + harness.Printable(back.Scheme+"://"+back.Host+back.Path) + "; user.sign_in in the configuration may be a command that signs in")
	case code == "" && problem != "":
		w.Inconclusive("the authorization request is answered with the error " + harness.Printable(problem) + ": compare the registration with what mtlscheck init prints")
	case code == "":
		w.Inconclusive("the browser comes back without a code")
	}
	return code
}

// returns reports whether the browser was sent back to the client.
func returns(to *url.URL) bool {
	want, _ := url.Parse(RedirectURI)
	return to.Scheme == want.Scheme && to.Host == want.Host && to.Path == want.Path
}

// mostHops is how many redirects a sign-in may take.
const mostHops = 12

// browse opens an address in the user's browser, which keeps its cookies from one case to the next, and follows it: to the client, or to
// a page of the server. The answer is the last one,
// empty where a command signs in.
func (w *World) browse(ctx context.Context, address string) (*url.URL, suite.Answer) {
	ginkgo.GinkgoHelper()
	if signIn := w.aUser().SignIn; signIn != nil {
		end, err := signIn(ctx, address)
		if err != nil {
			w.Inconclusive("the user cannot sign in: " + err.Error())
		}
		to, err := url.Parse(end)
		if err != nil {
			w.Inconclusive("the command of user.sign_in prints no URL")
		}
		return to, suite.Answer{}
	}
	here, err := url.Parse(address)
	if err != nil {
		w.Inconclusive("the metadata name no URL: " + harness.Printable(address))
	}
	for range mostHops {
		a := w.Get(ctx, nobody(), here.String(), func(q *wire.Question) {
			var cookies []string
			for _, c := range w.cookies.Cookies(here) {
				cookies = append(cookies, c.Name+"="+c.Value)
			}
			if len(cookies) > 0 {
				header("Cookie", strings.Join(cookies, "; "))(q)
			}
		})
		response := http.Response{Header: a.Header}
		w.cookies.SetCookies(here, response.Cookies())
		to, err := here.Parse(a.Header.Get("Location"))
		if a.Status < 300 || a.Status > 399 || a.Header.Get("Location") == "" || err != nil {
			return here, a
		}
		if returns(to) || to.Host != here.Host || to.Scheme != here.Scheme {
			return to, a
		}
		here = to
	}
	w.Inconclusive("the sign-in has no end: more than twelve redirects")
	return nil, suite.Answer{}
}

// redemption is the token request with a code (RFC 6749 §4.1.3), where a client that uses mutual TLS asks.
func (w *World) redemption(client harness.Person, p permit) wire.Question {
	return wire.Question{Person: client, URL: w.tokenURL(), Form: wire.Form{{Name: "grant_type", Value: codeGrant}, {Name: "client_id", Value: client.ClientID},
		{Name: "code", Value: p.code}, {Name: "redirect_uri", Value: RedirectURI}, {Name: "code_verifier", Value: p.verifier}}}
}

// redeem exchanges a code for tokens.
func (w *World) redeem(ctx context.Context, client harness.Person, p permit, changes ...change) suite.Answer {
	ginkgo.GinkgoHelper()
	return w.put(ctx, w.redemption(client, p), changes)
}

// signedIn is the answer with a user's tokens for a client.
func (w *World) signedIn(ctx context.Context, client harness.Person, changes ...change) suite.Answer {
	ginkgo.GinkgoHelper()
	u := w.aUser()
	if !u.byPassword() {
		return w.redeem(ctx, client, w.code(ctx, client), changes...)
	}
	f := wire.Form{{Name: "grant_type", Value: "password"}, {Name: "client_id", Value: client.ClientID}, {Name: "username", Value: u.Username},
		{Name: "password", Value: u.Password}, {Name: "scope", Value: w.userScope()}}
	return w.put(ctx, wire.Question{Person: client, URL: w.tokenURL(), Form: f}, changes)
}

// refreshToken is the refresh token of an answer.
func refreshToken(a suite.Answer) string { return a.Member("refresh_token") }

// held is a user's tokens that a client got: a control for what is asked with them. The scenario does not apply where there is no
// refresh token among them.
func (w *World) held(ctx context.Context, client harness.Person, changes ...change) suite.Answer {
	ginkgo.GinkgoHelper()
	a := w.signedIn(ctx, client, changes...)
	assume(a).To(beServed())
	if refreshToken(a) == "" {
		w.NotApplicable("no refresh token is issued to the client of the role " + string(client.Role))
	}
	return a
}

// refresh asks for tokens with the refresh token of an answer (RFC 6749 §6).
func (w *World) refresh(ctx context.Context, client harness.Person, held suite.Answer, changes ...change) suite.Answer {
	ginkgo.GinkgoHelper()
	f := wire.Form{{Name: "grant_type", Value: refreshGrant}, {Name: "client_id", Value: client.ClientID}, {Name: "refresh_token", Value: refreshToken(held)}}
	return w.put(ctx, wire.Question{Person: client, URL: w.tokenURL(), Form: f}, changes)
}

// latest is the answer whose refresh token counts after a refresh: the newer, where it has one.
func latest(held, refreshed suite.Answer) suite.Answer {
	if refreshToken(refreshed) != "" {
		return refreshed
	}
	return held
}

// post sends a form of a client to an endpoint that authenticates clients.
func (w *World) post(ctx context.Context, client harness.Person, endpoint string, f wire.Form, changes ...change) suite.Answer {
	ginkgo.GinkgoHelper()
	if client.ClientID != "" {
		f = f.With("client_id", client.ClientID)
	}
	return w.put(ctx, wire.Question{Person: client, URL: w.endpoint(endpoint), Form: f}, changes)
}

// noGrant takes invalid_grant for the right refusal, and others that refuse with a warning: the client is known, and what it
// brings is not its own.
func noGrant(r *refusal) {
	r.codes, r.tolerated = []string{"invalid_grant"}, []string{"invalid_client", "unauthorized_client", "invalid_request"}
}

// bearing sends an access token as RFC 6750 §2.1 has it.
func bearing(token string) change { return header("Authorization", "Bearer "+token) }

// mustBind ends the scenario where the tokens of a client are bound to nothing: then nothing binds its refresh token, either.
func (w *World) mustBind(ctx context.Context, client harness.Person, held suite.Answer) {
	ginkgo.GinkgoHelper()
	if _, bound := w.Inspect(ctx, client, held).Claims["cnf"]; !bound {
		w.NotApplicable("the tokens of the client are bound to no certificate")
	}
}
