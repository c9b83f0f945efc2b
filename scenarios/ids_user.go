package scenarios

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// IdentityServerUsers is about what IdentityServer gives clients for a user.
func IdentityServerUsers(w *World) harness.Chapter {
	r := identityServerUserRequirements()
	return harness.Chapter{Title: "a user's tokens of IdentityServer", Slug: "ids-users", Requirements: r.all(), Specs: func() {

		It("are bound to the certificate of a public client, or to none", keeps(r["IDS-CNF-05"]), func(ctx SpecContext) {
			client := w.Client("public-code")
			Expect(w.Inspect(ctx, client, given(w.signedIn(ctx, client)))).To(beBoundToOrUnbound(client))
		})

		It("hold an identity token without cnf", keeps(r["IDS-CNF-15"]), func(ctx SpecContext) {
			client := w.Client("code")
			Expect(w.identified(w.redeem(ctx, client, w.code(ctx, client)))).To(identifyWithoutBinding())
		})

		It("work at userinfo behind the door, too", keeps(r["IDS-HOST-19"]), func(ctx SpecContext) {
			client := w.Client("code")
			token := w.boundForUser(ctx, client)
			assume(w.userinfo(ctx, client, token)).To(tellSubject())
			Expect(w.userinfo(ctx, client, token, at(w.besideToken("/userinfo")))).To(tellSubject())
		})
	}}
}

// beBoundToOrUnbound: AlwaysEmitConfirmationClaim decides whether the token of a public client is bound at all.
func beBoundToOrUnbound(p harness.Person) types.GomegaMatcher {
	want := p.Certificate.X5tS256()
	return suite.Check("a token bound to the certificate that was shown, or to none", func(a suite.Answer) suite.Finding {
		switch cnf, problem := confirmation(a); {
		case a.Claims == nil:
			return suite.Unclear("the access token is no JWT, and introspection did not tell what it is bound to")
		case a.Claims["cnf"] == nil:
			return suite.HoldsAs("a token that is not bound: AlwaysEmitConfirmationClaim is not set")
		case problem != "":
			return suite.Broken("%s", problem)
		case cnf != want:
			return suite.Broken("cnf x5t#S256 %s: %s", cnf, diagnose(cnf, p.Certificate))
		}
		return suite.Holds()
	})
}

func identityServerUserRequirements() rows {
	const cite = "IdentityServer: TokenResponseGenerator, DefaultTokenService"
	advice := harness.Advice{Any: "Look for custom code that writes cnf, and for middleware in front of userinfo.",
		For: map[string]string{"identityserver": "Look at custom ITokenService, IProfileService and ITokenCreationService, and at what stands before UseIdentityServer."}}
	const why = "Clients and APIs count on what IdentityServer does; code of one's own that changes it breaks them."
	return rows{}.
		numbered("IDS-CNF-", harness.Must, cite, why, advice,
			[2]string{"05", "The token of a public client is bound to the certificate that it shows where AlwaysEmitConfirmationClaim is set, else to none."},
			[2]string{"15", "Identity tokens carry no cnf."}).
		numbered("IDS-HOST-", harness.Must, "IdentityServer: MutualTlsEndpointMiddleware", why, advice,
			[2]string{"19", "In path mode userinfo behind the door is userinfo."}).
		needing(harness.PathMode, "IDS-HOST-19")
}
