package scenarios

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// Binding is about access tokens that are bound to the certificate of the client.
func Binding(w *World) harness.Chapter {
	r := bindingRequirements()
	return harness.Chapter{Title: "an access token", Slug: "bound-tokens", Requirements: r.all(), Specs: func() {

		It("that is a JWT carries its binding", keeps(r["01"]), func(ctx SpecContext) {
			Expect(w.promised(given(w.Token(ctx, w.AnyClient(mutual()...))))).To(carryConfirmation())
		})

		DescribeTable("is bound to the certificate", func(ctx SpecContext, role harness.Role) {
			client := w.Client(role)
			Expect(w.bound(ctx, client)).To(beBoundTo(client))
		},
			Entry("of a client known by its name", keeps(r["02"], "name"), harness.Role("name")),
			Entry("of a client known by its certificate", keeps(r["02"], "thumbprint"), harness.Role("thumbprint")),
			Entry("of a client that gets opaque tokens, as introspection says", keeps(r["11"]), harness.Role("reference")),
		)

		It("writes the thumbprint in 43 characters without padding", keeps(r["03"]), func(ctx SpecContext) {
			client := w.AnyClient(mutual()...)
			Expect(w.bound(ctx, client)).To(writeThumbprint())
		})

		It("has a cnf object with a string", keeps(r["04"]), func(ctx SpecContext) {
			client := w.AnyClient(mutual()...)
			Expect(w.bound(ctx, client)).To(confirmInObject())
		})

		It("is bound to the first certificate of the chain, whatever else is sent", keeps(r["05"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			chained := w.Shows(client, w.Identity("name").Sends(w.Mint().DER()))
			Expect(w.boundToo(ctx, chained)).To(beBoundTo(chained))
		})

		It("is bound whatever authenticates the client", keeps(r["07"]), func(ctx SpecContext) {
			client := w.Client("secret-bound")
			w.assumeSecret(ctx, client)
			Expect(w.bound(ctx, client, w.secret(client))).To(beBoundTo(client))
		})

		It("is not bound to what was not shown", keeps(r["08"]), func(ctx SpecContext) {
			client := w.Client("secret-bound")
			assume(w.Token(ctx, client, w.secret(client))).To(beServed())
			Expect(w.Inspect(ctx, client, w.Token(ctx, client.Showing(nil), w.secret(client), at(w.plainTokenURL())))).To(claimNoBinding())
		})

		It("says the same by itself and by introspection", keeps(r["12"]), func(ctx SpecContext) {
			client, caller := w.AnyClient("name-2", "thumbprint", "thumbprint-ca"), w.Client("api") // not the certificate that api shows
			token := w.Token(ctx, client)
			assume(token).To(beServed())
			if _, bound := token.Claims["cnf"]; !bound {
				w.NotApplicable("the access token does not say by itself what it is bound to")
			}
			said := w.Introspect(ctx, caller, token.AccessToken())
			if said.Error() == "unsupported_token_type" {
				w.NotApplicable("introspection does not take JWTs")
			}
			Expect(said).To(confirmAs(token))
		})

		It("is bound to each certificate of a client in turn", keeps(r["14"]), func(ctx SpecContext) {
			one := w.Client("rotation").Showing(w.Client("thumbprint").Certificate)
			two := w.Client("rotation").Showing(w.Client("thumbprint-2").Certificate)
			for _, client := range []harness.Person{one, two, one} {
				Expect(w.bound(ctx, client)).To(beBoundTo(client))
			}
		})

		It("names one key where a DPoP proof stands beside the certificate", keeps(r["06"]), func(ctx SpecContext) {
			client := w.AnyClient("same-name", "name", "thumbprint")
			if !w.Target.Metadata.Has("dpop_signing_alg_values_supported") {
				w.NotApplicable("the metadata do not say that the server takes DPoP proofs")
			}
			assume(w.Token(ctx, client)).To(beServed())
			token := w.Token(ctx, client, w.proving(""))
			if token.Error() == "use_dpop_nonce" { // RFC 9449 §8
				token = w.Token(ctx, client, w.proving(token.Header.Get("DPoP-Nonce")))
			}
			Expect(w.Inspect(ctx, client, token)).To(confirmOneKey())
		})

		It("that is exchanged for another is bound to the certificate of whoever exchanges it", keeps(r["17"]), func(ctx SpecContext) {
			client, exchanger := w.Client("name"), w.Client("exchange")
			if grants := w.Target.Metadata.Strings("grant_types_supported"); grants != nil && !slices.Contains(grants, exchangeGrant) {
				w.NotApplicable("the metadata do not name the grant of token exchange")
			}
			subject := w.promised(w.Inspect(ctx, client, given(w.Token(ctx, client))))
			exchanged := w.Token(ctx, exchanger, form("grant_type", exchangeGrant), form("subject_token", subject.AccessToken()), form("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"))
			Expect(w.Inspect(ctx, exchanger, exchanged)).To(beBoundToOrRefused(exchanger))
		})

		It("is bound to the certificate of the connection, whatever was asked on it before", keeps(r["14"], "one-connection"), func(ctx SpecContext) {
			client := w.AnyClient(mutual()...)
			holder := w.Client("secret").Showing(client.Certificate)
			unbound := w.tokenQuestion(holder)
			w.secret(holder)(&unbound)
			answers := w.inTurn(ctx, unbound, w.tokenQuestion(client))
			assume(answers[0]).To(beServed())
			Expect(w.promised(w.Inspect(ctx, client, given(answers[1])))).To(beBoundTo(client))
		})

		It("that is asked for again is bound to the renewed certificate", keeps(r["15"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			renewed := w.Flawed(client, "C-OK1R")
			Expect(w.boundToo(ctx, renewed)).To(beBoundTo(renewed))
		})

		It("is bound to a certificate of 20 KB, where one is taken", keeps(r["22"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			large := w.Flawed(client, "C-BIG")
			answer := w.Token(ctx, large)
			if turnedAway(answer) || tooLarge(answer) {
				w.NotApplicable("the server takes no certificate of 20 KB: " + answer.String())
			}
			Expect(answer).To(beServed())
			Expect(w.promised(w.Inspect(ctx, large, answer))).To(beBoundTo(large))
		})
	}}
}

// tooLarge reports whether a server, or a proxy that forwards certificates in a header, says that it does not take so much.
func tooLarge(a suite.Answer) bool {
	return a.Status == http.StatusRequestEntityTooLarge || a.Status == http.StatusRequestHeaderFieldsTooLarge
}

// exchangeGrant is token exchange (RFC 8693 §2.1).
const exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"

// beBoundToOrRefused: a server need not exchange a token that is bound to another's certificate.
func beBoundToOrRefused(p harness.Person) types.GomegaMatcher {
	bound := beBoundTo(p)
	return suite.Check("a token that is bound to the certificate of the request, or an error", func(a suite.Answer) suite.Finding {
		if a.AccessToken() == "" && turnedAway(a) && a.Error() != "" {
			return suite.HoldsAs("no token is given for one that is bound to another certificate: " + a.String())
		}
		return suite.Same(bound, a)
	})
}

// bound asks for a token and makes known what it is bound to.
func (w *World) bound(ctx context.Context, p harness.Person, changes ...change) suite.Answer {
	GinkgoHelper()
	return w.promised(w.Inspect(ctx, p, given(w.Token(ctx, p, changes...))))
}

// boundToo is bound for a certificate that the server need not take: where it does not, other cases say whether it should.
func (w *World) boundToo(ctx context.Context, p harness.Person) suite.Answer {
	GinkgoHelper()
	a := w.Token(ctx, p)
	if turnedAway(a) {
		w.NotApplicable("no token is issued to " + p.Certificate.Name + ", so there is none to look at")
	}
	return w.promised(w.Inspect(ctx, p, given(a)))
}

// promised ends the scenario as not applicable where a token is bound to nothing and the metadata do not promise that it is:
// binding is optional, and what is not said is false (RFC 8705 §3.3).
func (w *World) promised(a suite.Answer) suite.Answer {
	GinkgoHelper()
	if _, there := a.Claims["cnf"]; !there && a.AccessToken() != "" && !w.Target.Offers(harness.BoundTokens) {
		w.NotApplicable("the metadata promise no certificate-bound tokens, and the token is bound to nothing")
	}
	return a
}

// carryConfirmation: a JWT has cnf with x5t#S256 (RFC 8705 §3.1). An opaque token is for CBT-11.
func carryConfirmation() types.GomegaMatcher {
	return suite.Check("a JWT with cnf and x5t#S256, or an opaque token", func(a suite.Answer) suite.Finding {
		if a.Claims == nil {
			return suite.HoldsAs("the access token is opaque")
		}
		if _, problem := confirmation(a); problem != "" {
			return suite.Broken("%s", problem)
		}
		return suite.Holds()
	})
}

// writeThumbprint: base64url of 32 bytes, without padding and canonical. The RFC's own figures 2 and 3 are not canonical:
// bits that stand for nothing are tolerated.
func writeThumbprint() types.GomegaMatcher {
	shape := regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	return suite.Check("x5t#S256 of 43 characters in base64url", func(a suite.Answer) suite.Finding {
		value, problem := confirmation(a)
		switch {
		case a.Claims == nil:
			return suite.Unclear("the access token is no JWT, and introspection did not tell what it is bound to")
		case problem != "":
			return suite.Broken("%s", problem)
		case !shape.MatchString(value):
			return suite.Broken("x5t#S256 %q, of %d characters", value, len(value))
		case !strings.ContainsRune("AEIMQUYcgkosw048", rune(value[42])):
			return suite.Tolerated("the last character has bits that stand for nothing")
		}
		return suite.Holds()
	})
}

func confirmInObject() types.GomegaMatcher {
	return suite.Check("cnf as an object, with x5t#S256 as a string", func(a suite.Answer) suite.Finding {
		if a.Claims == nil {
			return suite.Unclear("the access token is no JWT, and introspection did not tell what it is bound to")
		}
		if _, problem := confirmation(a); problem != "" {
			return suite.Broken("%s", problem)
		}
		return suite.Holds()
	})
}

// claimNoBinding: no token, or one that does not say that it is bound.
func claimNoBinding() types.GomegaMatcher {
	return suite.Check("an error, or a token without cnf", func(a suite.Answer) suite.Finding {
		switch _, bound := a.Claims["cnf"]; {
		case a.AccessToken() == "" && turnedAway(a) && (a.Error() != "" || a.Status == 0):
			return suite.HoldsAs("refused: " + a.String())
		case a.AccessToken() == "" && terminator(a):
			return suite.Tolerated("the page of a TLS terminator, not the server's own answer")
		case a.AccessToken() == "":
			return suite.Unclear("neither a token nor an error of OAuth: " + a.String())
		case a.Claims == nil:
			return suite.Unclear("the access token is no JWT, and introspection did not tell what it is bound to")
		case bound:
			return suite.Broken("a token with cnf %s, though no certificate was shown", a.Claims["cnf"])
		}
		return suite.HoldsAs("a token that is not bound")
	})
}

// confirmAs: introspection says that the token is active, and shows the cnf of the JWT. A string that holds the object, as
// IdentityServer up to 7.2 writes, is tolerated.
func confirmAs(token suite.Answer) types.GomegaMatcher {
	want := string(token.Claims["cnf"])
	return suite.Check("an active token with the cnf "+want, func(a suite.Answer) suite.Finding {
		var text string
		got := member(a, "cnf")
		switch {
		case a.Status != 200 || string(member(a, "active")) != "true":
			return suite.Unclear("introspection does not say that the token is active: " + a.String())
		case compact(got) == compact(token.Claims["cnf"]):
			return suite.Holds()
		case json.Unmarshal(got, &text) == nil && compact(json.RawMessage(text)) == compact(token.Claims["cnf"]):
			return suite.Tolerated("cnf is a string that holds the object")
		}
		return suite.Broken("cnf %s", got)
	})
}

// compact is JSON without the blanks that mean nothing.
func compact(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	out, _ := json.Marshal(v)
	return string(out)
}
