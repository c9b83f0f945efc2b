package scenarios

import (
	"context"
	"net/url"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
	"github.com/mtlscheck/mtlscheck/pki"
)

// UserGrants is about the tokens that clients get for a user: codes, refresh tokens, identity tokens.
func UserGrants(w *World) harness.Chapter {
	r := userGrantRequirements()
	public := func() harness.Person { return w.Client("public-code") }
	return harness.Chapter{Title: "a user's grant", Slug: "user-grants", Requirements: r.all(), Specs: func() {

		It("is not lost when somebody tries its code with another certificate", keeps(r["AUTH-19"]), func(ctx SpecContext) {
			client := w.Client("code")
			assume(w.redeem(ctx, client, w.code(ctx, client))).To(beServed())
			p := w.code(ctx, client)
			assume(w.redeem(ctx, client.Showing(w.Client("code-2").Certificate), p)).To(beRefused(or("invalid_grant")))
			Expect(w.redeem(ctx, client, p)).To(beServed())
		})

		It("gives a bound token for its code", keeps(r["CBT-10"], "code"), func(ctx SpecContext) {
			client := w.Client("code")
			Expect(w.promised(w.Inspect(ctx, client, given(w.redeem(ctx, client, w.code(ctx, client)))))).To(beBoundTo(client))
		})

		It("gives a bound token for its refresh token", keeps(r["CBT-10"], "refresh"), func(ctx SpecContext) {
			client := w.Client("code")
			Expect(w.promised(w.Inspect(ctx, client, given(w.refresh(ctx, client, w.held(ctx, client)))))).To(beBoundTo(client))
		})

		It("is bound to the certificate of the token request, not to that with which it was pushed", keeps(r["CBT-13"]), func(ctx SpecContext) {
			client := w.Client("code")
			renewed := w.renewed(ctx, client)
			Expect(w.promised(w.Inspect(ctx, renewed, given(w.redeem(ctx, renewed, w.pushedCode(ctx, client)))))).To(beBoundTo(renewed))
		})

		It("is of no use to another client that has its code", keeps(r["CBT-16"]), func(ctx SpecContext) {
			client, other := w.Client("code"), w.Client("code-2")
			assume(w.redeem(ctx, other, w.code(ctx, other))).To(beServed())
			Expect(w.redeem(ctx, other, w.code(ctx, client))).To(beRefused(noGrant))
		})

		It("gives no token through the browser that claims to be bound", keeps(r["CBT-18"]), func(ctx SpecContext) {
			client := w.Client("code")
			if w.aUser().SignIn != nil {
				w.NotApplicable("a command signs the user in, and shows no answer of the server")
			}
			assume(w.redeem(ctx, client, w.code(ctx, client))).To(beServed())
			_, answer := w.authorize(ctx, w.asksFor(client, newVerifier()).With("response_type", "token").With("code_challenge").With("code_challenge_method"))
			Expect(answer).To(giveNoTokenInFront())
		})

		It("has an identity token without cnf", keeps(r["CBT-19"]), func(ctx SpecContext) {
			client := w.Client("code")
			Expect(w.identified(w.redeem(ctx, client, w.code(ctx, client)))).To(identifyWithoutBinding())
		})

		DescribeTable("is not renewed", func(ctx SpecContext, client, thief func() harness.Person, changed func() []change, leeways ...leeway) {
			one := client()
			held := w.held(ctx, one)
			Expect(w.refresh(ctx, thief(), held, changed()...)).To(beRefused(leeways...))
		},
			Entry("for a client without its certificate", keeps(r["RT-01"]), func() harness.Person { return w.Client("code") },
				func() harness.Person { return w.Client("code").Showing(nil) }, unchanged, tolerating("invalid_request")),
			Entry("with another client's certificate", keeps(r["RT-03"]), func() harness.Person { return w.Client("code") },
				func() harness.Person { return w.Client("code").Showing(w.Client("code-2").Certificate) }, unchanged),
		)

		It("is not renewed for another client", keeps(r["RT-02"]), func(ctx SpecContext) {
			client, other := w.Client("code"), w.Client("code-2")
			assume(w.refresh(ctx, other, w.held(ctx, other))).To(beServed())
			Expect(w.refresh(ctx, other, w.held(ctx, client))).To(beRefused(noGrant))
		})

		It("is renewed for a client that has renewed its certificate, and bound to that", keeps(r["RT-04"]), func(ctx SpecContext) {
			client := w.Client("code")
			renewed := w.renewed(ctx, client)
			refreshed := w.refresh(ctx, renewed, w.held(ctx, client))
			Expect(refreshed).To(beServed())
			Expect(w.promised(w.Inspect(ctx, renewed, refreshed))).To(beBoundTo(renewed))
		})

		It("is not lost when somebody tries its refresh token with another certificate", keeps(r["RT-16"]), func(ctx SpecContext) {
			client := w.Client("code")
			held := w.held(ctx, client)
			assume(w.refresh(ctx, client.Showing(w.Client("code-2").Certificate), held)).To(beRefused(or("invalid_grant")))
			Expect(w.refresh(ctx, client, held)).To(beServed())
		})

		It("of a public client is bound to the certificate that it shows", keeps(r["RT-06"]), func(ctx SpecContext) {
			client := public()
			Expect(w.promised(w.Inspect(ctx, client, given(w.signedIn(ctx, client))))).To(beBoundTo(client))
		})

		It("of a public client is renewed with the same certificate", keeps(r["RT-07"]), func(ctx SpecContext) {
			client := public()
			Expect(w.refresh(ctx, client, w.held(ctx, client))).To(beServed())
		})

		It("of a public client is bound to a certificate that nobody issued", keeps(r["RT-13"]), func(ctx SpecContext) {
			client := public()
			assume(w.signedIn(ctx, client)).To(beServed())
			fresh := w.Shows(client, pki.New(pki.Options{}).SelfSigned("of its own making"))
			served := w.signedIn(ctx, fresh)
			Expect(served).To(beServed())
			Expect(w.promised(w.Inspect(ctx, fresh, served))).To(beBoundTo(fresh))
		})

		DescribeTable("of a public client is not renewed", func(ctx SpecContext, shows func(client harness.Person) harness.Person, changed func() []change, leeways ...leeway) {
			client := public()
			held := w.held(ctx, client)
			w.mustBind(ctx, client, held)
			Expect(w.refresh(ctx, shows(client), held, changed()...)).To(keepRefreshing(held, leeways...))
		},
			Entry("with another certificate", keeps(r["RT-08"]), w.another, unchanged, noGrant),
			Entry("without a certificate", keeps(r["RT-09"]), emptyHanded, unchanged, noGrant, or("invalid_request", "invalid_client")),
			Entry("at the endpoint that asks for none", keeps(r["RT-15"]), emptyHanded, func() []change { return []change{at(w.plainTokenURL())} }, noGrant, or("invalid_request", "invalid_client")),
		)

		It("of a public client stays bound when it is renewed", keeps(r["RT-11"]), func(ctx SpecContext) {
			client := public()
			held := w.held(ctx, client)
			w.mustBind(ctx, client, held)
			for range 2 {
				refreshed := w.refresh(ctx, client, held)
				assume(refreshed).To(beServed())
				held = latest(held, refreshed)
			}
			Expect(w.refresh(ctx, w.another(client), held)).To(keepRefreshing(held, noGrant))
		})

		It("of a public client is no way to be another client", keeps(r["RT-14"]), func(ctx SpecContext) {
			client, stranger := w.Client("code"), public()
			assume(w.signedIn(ctx, stranger)).To(beServed())
			Expect(w.redeem(ctx, client.Showing(stranger.Certificate), w.code(ctx, client))).To(beRefused())
		})

		It("of a public client that shows no certificate has a refresh token for one use", keeps(r["RT-12"]), func(ctx SpecContext) {
			client := w.Client("public-rotating")
			there := at(w.plainTokenURL())
			held := w.held(ctx, client, there)
			refreshed := w.refresh(ctx, client, held, there)
			assume(refreshed).To(beServed())
			Expect(w.refresh(ctx, client, held, there)).To(beUsedUp())
		})
	}}
}

func unchanged() []change { return nil }

func emptyHanded(p harness.Person) harness.Person { return p.Showing(nil) }

// another is the person with somebody else's certificate, which nobody issued.
func (w *World) another(p harness.Person) harness.Person {
	GinkgoHelper()
	return w.Shows(p, pki.New(pki.Options{}).SelfSigned("another"))
}

// renewed is a client with a renewed certificate of the same subject, where the server takes such a certificate at all.
func (w *World) renewed(ctx context.Context, client harness.Person) harness.Person {
	GinkgoHelper()
	renewed := w.Flawed(client, "C-OK1R")
	if turnedAway(w.signedIn(ctx, renewed)) {
		w.NotApplicable("the client is not served with a renewed certificate of the same subject, so there is no token to look at")
	}
	return renewed
}

// pushedCode is a code for a request that the client pushed (RFC 9126).
func (w *World) pushedCode(ctx context.Context, client harness.Person) permit {
	GinkgoHelper()
	verifier := newVerifier()
	pushed := w.post(ctx, client, "pushed_authorization_request_endpoint", w.asksFor(client, verifier))
	assume(pushed).To(bePushed())
	back, _ := w.authorize(ctx, reference(client, pushed))
	return permit{w.codeIn(back), verifier}
}

// reference is the authorization request that stands for a pushed one (RFC 9126 §4).
func reference(client harness.Person, pushed suite.Answer) wire.Form {
	return wire.Form{{Name: "client_id", Value: client.ClientID}, {Name: "request_uri", Value: pushed.Member("request_uri")}}
}

// bePushed: 201 with a request_uri (RFC 9126 §2.2).
func bePushed() types.GomegaMatcher {
	return suite.Check("201 with a request_uri", func(a suite.Answer) suite.Finding {
		if a.Status != 201 || a.Member("request_uri") == "" {
			return suite.Broken("%s", a)
		}
		return suite.Holds()
	})
}

// identified is the answer if it has an identity token. The scenario does not apply where none is issued.
func (w *World) identified(a suite.Answer) suite.Answer {
	GinkgoHelper()
	if given(a).Member("id_token") == "" {
		w.NotApplicable("no identity token is issued")
	}
	return a
}

// identifyWithoutBinding: an identity token is no access token, and nothing would ask for the certificate (RFC 8705 §3).
func identifyWithoutBinding() types.GomegaMatcher {
	return suite.Check("an identity token without cnf", func(a suite.Answer) suite.Finding {
		c := claims(a.Member("id_token"))
		switch cnf, bound := c["cnf"]; {
		case c == nil:
			return suite.Unclear("the identity token is no JWT that can be read; it may be encrypted")
		case bound:
			return suite.Broken("an identity token with cnf %s", cnf)
		}
		return suite.Holds()
	})
}

// keepRefreshing: a refusal, with the leeways of beRefused. A server that replaces refresh tokens at each use has another defence against
// a stolen one (RFC 9700 §4.14.2), and is warned.
func keepRefreshing(held suite.Answer, leeways ...leeway) types.GomegaMatcher {
	r := refusal{byTLS: true}
	for _, l := range leeways {
		l(&r)
	}
	return suite.Check("a refusal: a TLS alert, or 400 or 401 with "+r.codes[0], func(a suite.Answer) suite.Finding {
		if again := refreshToken(a); a.AccessToken() != "" && again != "" && again != refreshToken(held) {
			return suite.Tolerated("refreshed, though the certificate is not the one to which the tokens are bound; the refresh token was replaced, which is another defence")
		}
		return r.judge(a)
	})
}

// giveNoTokenInFront: the front channel knows no certificate (RFC 8705 §6.4), so a token that it gives is bound to none.
func giveNoTokenInFront() types.GomegaMatcher {
	return suite.Check("an error, and no access token", func(a suite.Answer) suite.Finding {
		to, err := url.Parse(a.Header.Get("Location"))
		if err != nil {
			return suite.Unclear("the browser is sent to no URL")
		}
		answer, _ := url.ParseQuery(to.Fragment)
		token := answer.Get("access_token")
		switch _, bound := claims(token)["cnf"]; {
		case token == "":
			return suite.Holds()
		case bound:
			return suite.Broken("an access token with cnf in the fragment, though no certificate was shown")
		}
		return suite.Tolerated("an unbound access token in the fragment, for a client that asks for bound ones")
	})
}

// beUsedUp: a refresh token that was replaced is refused (RFC 9700 §4.14.2).
func beUsedUp() types.GomegaMatcher {
	r := refusal{byTLS: true}
	noGrant(&r)
	return suite.Check("400 with invalid_grant, since neither a certificate nor a secret protects the refresh token", r.judge)
}
