package scenarios

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// ClientEndpoints is about the endpoints beside the token endpoint at which clients authenticate, and about userinfo, which takes bound
// tokens.
func ClientEndpoints(w *World) harness.Chapter {
	r := clientEndpointRequirements()
	nobodys := func(p harness.Person) harness.Person { return p.Showing(nil) }
	others := func(p harness.Person) harness.Person { return p.Showing(w.AnyClient("code-2", "name-2").Certificate) }
	// Without a certificate some find no client in the request, and say invalid_request, as OpenIddict does.
	missing := tolerating("invalid_request")
	return harness.Chapter{Title: "an endpoint for clients", Slug: "client-endpoints", Requirements: r.all(), Specs: func() {

		DescribeTable("takes no pushed request", func(ctx SpecContext, shows func(harness.Person) harness.Person) {
			client := w.Client("code")
			const endpoint = "pushed_authorization_request_endpoint"
			assume(w.post(ctx, client, endpoint, w.asksFor(client, newVerifier()))).To(bePushed())
			Expect(w.post(ctx, shows(client), endpoint, w.asksFor(client, newVerifier()))).To(beRefused(missing))
		},
			Entry("of a client without its certificate", keeps(r["EP-01"], "none"), nobodys),
			Entry("of a client with another's certificate", keeps(r["EP-01"], "other"), others),
		)

		It("gives no code for a request that another client pushed", keeps(r["EP-03"]), func(ctx SpecContext) {
			client, other := w.Client("code"), w.Client("code-2")
			if w.aUser().SignIn != nil {
				w.NotApplicable("a command signs the user in, and shows no answer of the server")
			}
			assume(w.redeem(ctx, client, w.pushedCode(ctx, client))).To(beServed())
			pushed := w.post(ctx, client, "pushed_authorization_request_endpoint", w.asksFor(client, newVerifier()))
			assume(pushed).To(bePushed())
			_, answer := w.authorize(ctx, reference(other, pushed))
			Expect(answer).To(giveNoCode())
		})

		DescribeTable("revokes no token", func(ctx SpecContext, shows func(harness.Person) harness.Person) {
			w.assumeRevoking(ctx, w.Client("reference"))
			client, api, token := w.revocable(ctx)
			Expect(w.revoke(ctx, shows(client), token)).To(beRefused(missing))
			Expect(w.Introspect(ctx, api, token)).To(beActive(true))
		},
			Entry("of a client without its certificate", keeps(r["EP-04"], "none"), nobodys),
			Entry("of a client with another's certificate", keeps(r["EP-04"], "other"), others),
		)

		// Of access tokens RFC 7009 §2 makes it a SHOULD.
		It("revokes a client's own token", keeps(r["EP-04"], "own", harness.Should), func(ctx SpecContext) {
			client, api, token := w.revocable(ctx)
			w.revoking(w.revoke(ctx, client, token))
			Expect(w.Introspect(ctx, api, token)).To(beActive(false))
		})

		It("revokes no token of another client", keeps(r["EP-05"]), func(ctx SpecContext) {
			other := w.Client("name-2")
			w.assumeRevoking(ctx, other)
			_, api, token := w.revocable(ctx)
			_ = w.revoke(ctx, other, token)
			Expect(w.Introspect(ctx, api, token)).To(beActive(true))
		})

		DescribeTable("tells nothing about a token", func(ctx SpecContext, asks func(api harness.Person) harness.Person) {
			_, api, token := w.revocable(ctx)
			Expect(w.Introspect(ctx, asks(api), token)).To(beUnauthorized())
		},
			Entry("without the caller's certificate", keeps(r["INT-05"], "none"), nobodys),
			Entry("to somebody with another's certificate", keeps(r["INT-05"], "other"), others),
			Entry("to somebody without a name", keeps(r["INT-06"]), func(harness.Person) harness.Person { return nobody() }),
		)

		DescribeTable("starts no device flow", func(ctx SpecContext, shows func(harness.Person) harness.Person) {
			client := w.Client("device")
			assume(w.startDevice(ctx, client)).To(start("device_code"))
			Expect(w.startDevice(ctx, shows(client))).To(beRefused(missing))
		},
			Entry("for a client without its certificate", keeps(r["EP-06"], "none"), nobodys),
			Entry("for a client with another's certificate", keeps(r["EP-06"], "other"), others),
		)

		DescribeTable("gives nobody a device's token", func(ctx SpecContext, shows func(harness.Person) harness.Person) {
			client := w.Client("device")
			started := w.approvedDevice(ctx, client)
			Expect(w.poll(ctx, shows(client), deviceGrant, "device_code", started)).To(beRefused(missing, or("invalid_grant")))
		},
			Entry("without the certificate of its client", keeps(r["EP-07"], "none"), nobodys),
			Entry("with another's certificate", keeps(r["EP-07"], "other"), others),
		)

		It("binds a device's token to the certificate with which the token is asked for", keeps(r["EP-07"], "bound"), func(ctx SpecContext) {
			client := w.Client("device")
			renewed := w.Flawed(client, "C-OK1R")
			if turnedAway(w.startDevice(ctx, renewed)) {
				w.NotApplicable("the client is not served with a renewed certificate of the same subject")
			}
			started := w.approvedDevice(ctx, client)
			token := w.poll(ctx, renewed, deviceGrant, "device_code", started)
			if token.Error() == "authorization_pending" {
				w.NotApplicable("the user did not agree to what the device asks for; user.sign_in in the configuration may be a command that does")
			}
			Expect(w.promised(w.Inspect(ctx, renewed, given(token)))).To(beBoundTo(renewed))
		})

		DescribeTable("asks no user through the backchannel", func(ctx SpecContext, shows func(harness.Person) harness.Person) {
			client := w.Client("ciba")
			assume(w.askUser(ctx, client)).To(start("auth_req_id"))
			Expect(w.askUser(ctx, shows(client))).To(beRefused(missing))
		},
			Entry("for a client without its certificate", keeps(r["EP-08"], "none"), nobodys),
			Entry("for a client with another's certificate", keeps(r["EP-08"], "other"), others),
		)

		DescribeTable("gives nobody a token of the backchannel", func(ctx SpecContext, shows func(harness.Person) harness.Person) {
			client := w.Client("ciba")
			asked := w.askUser(ctx, client)
			assume(asked).To(start("auth_req_id"))
			Expect(w.poll(ctx, shows(client), cibaGrant, "auth_req_id", asked)).To(beRefused(missing, or("invalid_grant")))
		},
			Entry("without the certificate of its client", keeps(r["EP-09"], "none"), nobodys),
			Entry("with another's certificate", keeps(r["EP-09"], "other"), others),
		)

		DescribeTable("tells nothing about a user", func(ctx SpecContext, shows func(harness.Person) harness.Person) {
			client := w.Client("code")
			token := w.boundForUser(ctx, client)
			own := w.userinfo(ctx, client, token)
			if turnedAway(own) {
				w.NotApplicable("userinfo does not take the bound token with its certificate, either (EP-11)")
			}
			assume(own).To(tellSubject())
			Expect(w.userinfo(ctx, shows(client), token)).To(refuseToken())
		},
			Entry("for a bound token without the certificate", keeps(r["EP-10"], "none"), nobodys),
			Entry("for a bound token with another certificate", keeps(r["EP-10"], "other"), others),
		)

		It("takes a bound token with its certificate for userinfo", keeps(r["EP-11"]), func(ctx SpecContext) {
			client := w.Client("code")
			Expect(w.userinfo(ctx, client, w.boundForUser(ctx, client))).To(tellSubject())
		})
	}}
}

// revocable is a token that can be looked at before and after it is revoked: the client whose it is, and who introspects it.
func (w *World) revocable(ctx context.Context) (client, api harness.Person, token string) {
	GinkgoHelper()
	client, api = w.Client("reference"), w.Client("api")
	w.endpoint("revocation_endpoint")
	token = given(w.Token(ctx, client)).AccessToken()
	said := w.Introspect(ctx, api, token)
	if said.Error() == "unsupported_token_type" {
		w.NotApplicable("introspection does not take the tokens of this client, so nobody tells whether they are alive")
	}
	assume(said).To(beActive(true))
	return client, api, token
}

// assumeRevoking: a client revokes a token of its own, which shows that somebody is served there. It comes first: a server may give the
// same token twice.
func (w *World) assumeRevoking(ctx context.Context, client harness.Person) {
	GinkgoHelper()
	w.revoking(w.revoke(ctx, client, given(w.Token(ctx, client)).AccessToken()))
}

// revoking takes for granted that a revocation is answered with 200 (RFC 7009 §2.2). The scenario does not apply where the server
// revokes no access tokens.
func (w *World) revoking(a suite.Answer) {
	GinkgoHelper()
	if a.Error() == "unsupported_token_type" {
		w.NotApplicable("the server revokes no access tokens")
	}
	assume(a).To(haveStatus(http.StatusOK))
}

func (w *World) revoke(ctx context.Context, client harness.Person, token string) suite.Answer {
	GinkgoHelper()
	return w.post(ctx, client, "revocation_endpoint", wire.Form{{Name: "token", Value: token}})
}

// beActive: introspection says whether the token is alive (RFC 7662 §2.2).
func beActive(alive bool) types.GomegaMatcher {
	want := strconv.FormatBool(alive)
	return suite.Check("an answer with active "+want, func(a suite.Answer) suite.Finding {
		switch said := string(member(a, "active")); {
		case a.Status != http.StatusOK || said != "true" && said != "false":
			return suite.Unclear("introspection does not say whether the token is active: " + a.String())
		case said != want:
			return suite.Broken("active %s", said)
		}
		return suite.Holds()
	})
}

// beUnauthorized: 401 (RFC 7662 §2.3), whatever the body says, or a refusal as at the token endpoint.
func beUnauthorized() types.GomegaMatcher {
	refused := beRefused()
	return suite.Check("401, or a refusal as at the token endpoint", func(a suite.Answer) suite.Finding {
		if a.Status == http.StatusUnauthorized {
			return suite.HoldsAs(a.String())
		}
		return suite.Same(refused, a)
	})
}

// startDevice asks for a device code (RFC 8628 §3.1).
func (w *World) startDevice(ctx context.Context, client harness.Person) suite.Answer {
	GinkgoHelper()
	return w.post(ctx, client, "device_authorization_endpoint", wire.Form{{Name: "scope", Value: w.userScope()}})
}

// approvedDevice is the answer to a device whose user has agreed since.
func (w *World) approvedDevice(ctx context.Context, client harness.Person) suite.Answer {
	GinkgoHelper()
	if w.aUser().byPassword() {
		w.NotApplicable("the user of the configuration has a password alone, so nobody agrees to what a device asks for")
	}
	started := w.startDevice(ctx, client)
	assume(started).To(start("device_code"))
	page := started.Member("verification_uri_complete")
	if page == "" {
		w.NotApplicable("there is no verification_uri_complete, at which a user could agree without typing")
	}
	_, _ = w.browse(ctx, page)
	return started
}

// askUser asks for the user's consent through the backchannel (OpenID Connect CIBA Core §7.1).
func (w *World) askUser(ctx context.Context, client harness.Person) suite.Answer {
	GinkgoHelper()
	u := w.aUser()
	if u.Username == "" {
		w.NotApplicable("the configuration names no user.username, which the backchannel needs as login_hint")
	}
	return w.post(ctx, client, "backchannel_authentication_endpoint", wire.Form{{Name: "scope", Value: w.userScope()}, {Name: "login_hint", Value: u.Username}})
}

// poll asks for the tokens of a flow that was started (RFC 8628 §3.4, CIBA Core §10.1).
func (w *World) poll(ctx context.Context, client harness.Person, grant, handle string, started suite.Answer) suite.Answer {
	GinkgoHelper()
	return w.put(ctx, wire.Question{Person: client, URL: w.tokenURL(), Form: wire.Form{{Name: "grant_type", Value: grant}, {Name: "client_id", Value: client.ClientID},
		{Name: handle, Value: started.Member(handle)}}}, nil)
}

// start: 200 with the handle by which the client asks for the tokens.
func start(handle string) types.GomegaMatcher {
	return suite.Check("200 with a "+handle, func(a suite.Answer) suite.Finding {
		if a.Status != http.StatusOK || a.Member(handle) == "" {
			return suite.Broken("%s", a)
		}
		return suite.Holds()
	})
}

// giveNoCode: no redirect with a code.
func giveNoCode() types.GomegaMatcher {
	return suite.Check("no code: an error, at the client or on a page of the server", func(a suite.Answer) suite.Finding {
		to, err := url.Parse(a.Header.Get("Location"))
		if err == nil && to.Query().Get("code") != "" {
			return suite.Broken("the browser is sent to the client with a code")
		}
		return suite.Holds()
	})
}

// boundForUser is a user's token of a client that is bound, for userinfo.
func (w *World) boundForUser(ctx context.Context, client harness.Person) string {
	GinkgoHelper()
	w.endpoint("userinfo_endpoint")
	a := w.signedIn(ctx, client)
	assume(a).To(beServed())
	w.mustBind(ctx, client, a)
	return a.AccessToken()
}

// userinfo asks about the user of a token (OpenID Connect Core §5.3), at the alias if there is one.
func (w *World) userinfo(ctx context.Context, p harness.Person, token string, changes ...change) suite.Answer {
	GinkgoHelper()
	return w.Get(ctx, p, w.endpoint("userinfo_endpoint"), append([]change{bearing(token)}, changes...)...)
}

// tellSubject: 200 with sub, or a signed answer.
func tellSubject() types.GomegaMatcher {
	return suite.Check("200 with the claims of the user", func(a suite.Answer) suite.Finding {
		if a.Status != http.StatusOK || a.Member("sub") == "" && a.Header.Get("Content-Type") != "application/jwt" {
			return suite.Broken("%s", a).As(harness.Refused)
		}
		return suite.Holds()
	})
}

// refuseToken: 401 with invalid_token in the challenge (RFC 8705 §3, RFC 6750 §3.1), or an alert.
func refuseToken() types.GomegaMatcher {
	return suite.Check("401 with error=\"invalid_token\"", func(a suite.Answer) suite.Finding {
		switch {
		case a.TLS.Alert != "" && refusing(a.TLS.Alert):
			return suite.HoldsAs("refused by TLS: " + a.TLS.Alert)
		case a.Status >= 200 && a.Status < 300:
			return suite.Broken("%s", a).As(harness.Served)
		case a.Status == http.StatusUnauthorized && challenges(a, "invalid_token"):
			return suite.Holds()
		case turnedAway(a):
			return suite.Tolerated(a.String() + ", without invalid_token in a challenge")
		}
		return suite.Broken("%s", a)
	})
}

// challenges reports whether a challenge of the answer names an error (RFC 6750 §3).
func challenges(a suite.Answer, problem string) bool {
	return slices.ContainsFunc(a.Header.Values("WWW-Authenticate"), func(c string) bool { return strings.Contains(c, `error="`+problem+`"`) })
}
