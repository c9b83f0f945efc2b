package scenarios

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// Precedence is about which of several credentials in a request IdentityServer looks at.
func Precedence(w *World) harness.Chapter {
	r := precedenceRequirements()
	return harness.Chapter{Title: "IdentityServer, given several credentials,", Slug: "ids-precedence", Requirements: r.all(), Specs: func() {

		DescribeTable("takes the secret and leaves the token unbound", func(ctx SpecContext, sent func(harness.Person) []change) {
			client := w.Client("name-and-secret")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.reveal(ctx, client, w.Token(ctx, client, sent(client)...))).To(beServedUnbound(client))
		},
			Entry("where it stands in a Basic header", keeps(r.secretBinds), inBasic),
			Entry("where it stands in the form", keeps(r.formSecret), inForm),
		)

		DescribeTable("turns away", func(ctx SpecContext, sent func(harness.Person) []change) {
			client := w.Client("name-and-secret")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, sent(client)...)).To(sayWhy("invalid_client"))
		},
			Entry("a wrong secret in a Basic header", keeps(r.basicWrong), wrongInBasic),
			Entry("a wrong secret in the form", keeps(r.formWrong), wrongInForm),
		)

		It("takes the certificate where the secret is empty", keeps(r.emptySecret), func(ctx SpecContext) {
			client := w.Client("name-and-secret")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Inspect(ctx, client, w.Token(ctx, client, form("client_secret", "")))).To(And(beServed(), beBoundTo(client)))
		})

		DescribeTable("takes the certificate where the form names the client", func(ctx SpecContext, authorization func(harness.Person) change) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, authorization(client))).To(beServed())
		},
			Entry("and a Basic header has an empty password", keeps(r.basicIDOnly), func(p harness.Person) change { return basic(p.ClientID, "") }),
			Entry("and a Basic header is malformed", keeps(r.basicMalformed), func(harness.Person) change { return header("Authorization", "Basic !!!") }),
			Entry("and the Authorization header is of another scheme", keeps(r.bearer), func(harness.Person) change { return header("Authorization", "Bearer xyz") }),
		)

		DescribeTable("finds no client", func(ctx SpecContext, expected types.GomegaMatcher, changed func(harness.Person) []change) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, changed(client)...)).To(expected)
		},
			Entry("in a Basic header with an empty password", keeps(r.basicAlone), sayWhy("invalid_client"), func(p harness.Person) []change {
				return []change{form("client_id"), basic(p.ClientID, "")}
			}),
			Entry("where no client_id was sent", keeps(r.noClientID), nothingParsed(), func(harness.Person) []change { return []change{form("client_id")} }),
			Entry("in the query", keeps(r.queryOnly), nothingParsed(), func(p harness.Person) []change {
				return []change{form("client_id"), query(wire.Field{Name: "client_id", Value: p.ClientID})}
			}),
			Entry("by a client_id of 100 characters that nobody has", keeps(r.longID, "100"), sayWhy("invalid_client"), func(harness.Person) []change {
				return []change{form("client_id", strings.Repeat("x", 100))}
			}),
			Entry("by a client_id of 101 characters", keeps(r.longID, "101"), nothingParsed(), func(harness.Person) []change {
				return []change{form("client_id", strings.Repeat("x", 101))}
			}),
			Entry("by a blank client_id", keeps(r.blankID), nothingParsed(), func(harness.Person) []change { return []change{form("client_id", " ")} }),
			Entry("by a second client_id", keeps(r.twice, "other-first"), sayWhy("invalid_client"), func(p harness.Person) []change {
				return []change{form("client_id", "nobody", p.ClientID)}
			}),
			Entry("by its client_id in other letters", keeps(r.otherCase), sayWhy("invalid_client"), func(p harness.Person) []change {
				return []change{form("client_id", swapCase(p.ClientID))}
			}),
		)

		It("finds the client by the first of two client_id values", keeps(r.twice, "own-first"), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, form("client_id", client.ClientID, "nobody"))).To(beServed())
		})

		It("turns away a certificate where the client has a secret alone", keeps(r.certificateOnly), func(ctx SpecContext) {
			client := w.Client("secret").Showing(w.Client("name").Certificate)
			assume(w.Token(ctx, client, w.secret(client))).To(beServed())
			Expect(w.Token(ctx, client)).To(sayWhy("invalid_client"))
		})

		It("serves a client with a secret at the door for certificates, unbound", keeps(r.secretAtTheDoor), func(ctx SpecContext) {
			client := w.Client("secret").Showing(w.Client("name").Certificate)
			w.assumeSecret(ctx, client)
			Expect(w.reveal(ctx, client, w.Token(ctx, client, w.secret(client)))).To(beServedUnbound(client))
		})
	}}
}

func inBasic(p harness.Person) []change {
	return []change{form("client_id"), basic(p.ClientID, p.Secret)}
}
func inForm(p harness.Person) []change { return []change{form("client_secret", p.Secret)} }
func wrongInBasic(p harness.Person) []change {
	return []change{form("client_id"), basic(p.ClientID, p.Secret+"-wrong")}
}
func wrongInForm(p harness.Person) []change {
	return []change{form("client_secret", p.Secret+"-wrong")}
}

// nothingParsed: no credential was recognised at all. Duende from 6.1.3 on says invalid_request, earlier versions
// invalid_client.
func nothingParsed() types.GomegaMatcher {
	return suite.Check("400 with invalid_request (invalid_client before 6.1.3)", func(a suite.Answer) suite.Finding {
		early := harness.Between(a.Target.ProductVersion, "", "6.1")
		late := harness.Between(a.Target.ProductVersion, "6.1", "")
		switch code := a.Error(); {
		case a.Status == 400 && code == "invalid_request" && late:
			return suite.HoldsAs("400 invalid_request, as from 6.1.3 on")
		case a.Status == 400 && code == "invalid_client" && early:
			return suite.HoldsAs("400 invalid_client, as before 6.1.3")
		}
		return suite.Broken("%s", a)
	})
}

// reveal makes readable what an access token says: a JWT says it itself, a handle by introspection.
func (w *World) reveal(ctx context.Context, p harness.Person, a suite.Answer) suite.Answer {
	GinkgoHelper()
	if a.Claims != nil {
		return a
	}
	return w.Inspect(ctx, p, a)
}

// beServedUnbound: a token without cnf, or with that of the certificate that was shown, where IdentityServer was told to
// bind all tokens.
func beServedUnbound(p harness.Person) types.GomegaMatcher {
	return suite.Check("200 with an access token without cnf", func(a suite.Answer) suite.Finding {
		_, bound := a.Claims["cnf"]
		cnf, _ := confirmation(a)
		switch {
		case a.Status != 200 || a.AccessToken() == "":
			return suite.Broken("%s", a)
		case a.Claims == nil:
			return suite.Unclear("the access token is no JWT, and introspection did not tell whether it is bound")
		case bound && p.Certificate != nil && cnf == p.Certificate.X5tS256():
			return suite.Tolerated("the token is bound: options.MutualTls.AlwaysEmitConfirmationClaim is on")
		case bound:
			return suite.Broken("200 and a token with cnf %s", a.Claims["cnf"])
		}
		return suite.Holds()
	})
}

// swapCase turns lower-case letters into capitals and the reverse.
func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if up := strings.ToUpper(string(r)); up != string(r) {
			return []rune(up)[0]
		}
		return []rune(strings.ToLower(string(r)))[0]
	}, s)
}
