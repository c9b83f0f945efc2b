package scenarios

import (
	"context"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/wire"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// TokenEndpoint is about who is served at the token endpoint, and who is turned away.
func TokenEndpoint(w *World) harness.Chapter {
	r := authenticationRequirements()
	const byItsName, byItsCertificate = harness.Role("name"), harness.Role("thumbprint")
	return harness.Chapter{Title: "the token endpoint", Slug: "token-endpoint", Requirements: r.all(), Specs: func() {

		DescribeTable("serves", func(ctx SpecContext, role harness.Role) {
			Expect(w.Token(ctx, w.Client(role))).To(beServed())
		},
			Entry("a client known by its name", keeps(r["01"], "name"), byItsName),
			Entry("a client known by its certificate", keeps(r["01"], "thumbprint"), byItsCertificate),
		)

		It("serves a client that shows a certificate beside its secret", keeps(r["17"]), func(ctx SpecContext) {
			client := w.Client("secret-bound")
			w.assumeSecret(ctx, client)
			Expect(w.Token(ctx, client, w.secret(client))).To(beServed())
		})

		// Without a certificate some find no client in the request, and say invalid_request, as OpenIddict does.
		DescribeTable("turns away", func(ctx SpecContext, role harness.Role) {
			client := w.Client(role)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.Showing(nil))).To(beRefused(tolerating("invalid_request")))
		},
			Entry("a client known by its name that shows no certificate", keeps(r["07"], "name"), byItsName),
			Entry("a client known by its certificate that shows none", keeps(r["07"], "thumbprint"), byItsCertificate),
		)

		It("turns away a client_id that nobody has", keeps(r["06"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.As("mtlscheck-nobody"))).To(beRefused(exactly))
		})

		DescribeTable("turns away", func(ctx SpecContext, role harness.Role, shows func(harness.Person) harness.Person) {
			client := w.Client(role)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, shows(client))).To(beRefused())
		},
			Entry("a client known by its name that shows another name", keeps(r["08"], "name"), byItsName, func(p harness.Person) harness.Person {
				return w.Shows(p, w.Mint().Client("somebody", trait.Subject("CN=somebody,O=elsewhere")))
			}),
			Entry("a client known by its certificate that shows another", keeps(r["08"], "thumbprint"), byItsCertificate, func(p harness.Person) harness.Person {
				return w.Shows(p, w.Identity("thumbprint").Named("unregistered", trait.Subject("CN=unregistered")))
			}),
			Entry("the first client with the second's certificate", keeps(r["09"], "first"), byItsName, func(p harness.Person) harness.Person {
				return p.Showing(w.Client("name-2").Certificate)
			}),
			Entry("the second client with the first's certificate", keeps(r["09"], "second"), harness.Role("name-2"), func(p harness.Person) harness.Person {
				return p.Showing(w.Client("name").Certificate)
			}),
			Entry("one self-signed client with another's certificate", keeps(r["10"]), harness.Role("thumbprint-2"), func(p harness.Person) harness.Person {
				return p.Showing(w.Client("thumbprint").Certificate)
			}),
			Entry("a self-signed client with its subject in a certificate of the CA", keeps(r["14"]), byItsCertificate, func(p harness.Person) harness.Person {
				return w.Shows(p, w.Mint().Client("named-alone", trait.SubjectName(w.Identity("thumbprint").DN())))
			}),
		)

		It("turns away a client known by its name with a certificate among its registered keys", keeps(r["13"]), func(ctx SpecContext) {
			client, keyed := w.Client("name-and-keys"), w.Client("thumbprint")
			assume(w.Token(ctx, client)).To(beServed())
			assume(w.Token(ctx, keyed)).To(beServed())
			Expect(w.Token(ctx, client.Showing(keyed.Certificate))).To(beRefused())
		})

		It("turns away a certificate where the client has a secret alone", keeps(r["15"]), func(ctx SpecContext) {
			client := w.Client("secret").Showing(w.Client("name").Certificate)
			assume(w.Token(ctx, client, w.secret(client))).To(beServed())
			Expect(w.Token(ctx, client)).To(beRefused())
		})

		It("turns away a client of mutual TLS at the plain endpoint", keeps(r["11"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.Showing(nil), at(w.plainTokenURL()))).To(beRefused(tolerating("invalid_request")))
		})

		It("turns away a client known by its name that shows another name at the plain endpoint", keeps(r["08"], "plain"), func(ctx SpecContext) {
			client := w.Client("name")
			w.assumeServedPlainly(ctx, client)
			stranger := w.Shows(client, w.Mint().Client("somebody", trait.Subject("CN=somebody,O=elsewhere")))
			Expect(w.Token(ctx, stranger, at(w.plainTokenURL()))).To(beRefused())
		})

		DescribeTable("does not take for a certificate", func(ctx SpecContext, sent func(harness.Person) []change) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.Showing(nil), sent(client)...)).To(beRefused(or("invalid_request")))
		},
			Entry("a secret in a Basic header", keeps(r["12"], "basic"), func(p harness.Person) []change { return []change{form("client_id"), basic(p.ClientID, "x")} }),
			Entry("an empty secret in a Basic header", keeps(r["12"], "empty"), func(p harness.Person) []change { return []change{form("client_id"), basic(p.ClientID, "")} }),
			Entry("a secret in the form", keeps(r["12"], "form"), func(harness.Person) []change { return []change{form("client_secret", "x")} }),
		)

		DescribeTable("refuses", func(ctx SpecContext, changed func(harness.Person) []change) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, changed(client)...)).To(beRefused(or("invalid_request")))
		},
			Entry("a certificate without a client_id", keeps(r["02"]), func(harness.Person) []change { return []change{form("client_id")} }),
			Entry("a client_id in the query alone", keeps(r["03"]), func(p harness.Person) []change {
				return []change{form("client_id"), query(wire.Field{Name: "client_id", Value: p.ClientID})}
			}),
			Entry("a secret beside the certificate that authenticates", keeps(r["16"], "secret"), func(harness.Person) []change { return []change{form("client_secret", "x")} }),
			Entry("an assertion beside the certificate that authenticates", keeps(r["16"], "assertion"), func(harness.Person) []change {
				return []change{form("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), form("client_assertion", "x.y.z")}
			}),
		)

		DescribeTable("refuses two client_ids", func(ctx SpecContext, ids func(own, other string) change) {
			client, other := w.Client("name"), w.Client("name-2")
			assume(w.Token(ctx, other)).To(beServed()) // both are known
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, ids(client.ClientID, other.ClientID))).To(beRefused(or("invalid_request")))
		},
			Entry("of which the first is the certificate's", keeps(r["04"], "own-first"), func(own, other string) change { return form("client_id", own, other) }),
			Entry("of which the second is the certificate's", keeps(r["04"], "own-second"), func(own, other string) change { return form("client_id", other, own) }),
		)

		It("refuses a client_id beside another client's Basic header", keeps(r["05"]), func(ctx SpecContext) {
			client, other := w.Client("name"), w.Client("secret")
			w.assumeBasic(ctx, other)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, basic(other.ClientID, other.Secret))).To(beRefused(or("invalid_request")))
		})

		It("authenticates a client before it looks at the code", keeps(r["18"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.Showing(w.Client("name-2").Certificate), form("grant_type", "authorization_code"), form("code", "made-up"))).To(beRefused())
		})

		It("refuses GET, whatever certificate is shown", keeps(r["25"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, inQuery)).To(yieldNoToken())
		})

		It("tells a client that a grant is not for it", keeps(r["26"]), func(ctx SpecContext) {
			assume(w.Token(ctx, w.Client("name"))).To(beServed())
			Expect(w.Token(ctx, w.Client("code-only"))).To(forbidGrant())
		})

		It("writes errors in JSON", keeps(r["20"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.As("mtlscheck-nobody"))).To(beErrorInJSON())
		})

		It("answers an unknown client with 400, or with 401 and a challenge", keeps(r["21"], "unknown"), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.As("mtlscheck-nobody"))).To(challengeRightly())
		})

		It("answers a wrong Basic header with 401 and a challenge", keeps(r["21"], "basic"), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client, form("client_id"), basic("mtlscheck-nobody", "x"))).To(challengeBasic())
		})

		It("forbids to cache tokens", keeps(r["22"], "token"), func(ctx SpecContext) {
			Expect(given(w.Token(ctx, w.AnyClient(mutual()...)))).To(forbidStoring())
		})

		It("forbids to cache errors", keeps(r["22"], "error", harness.Should), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.As("mtlscheck-nobody"))).To(And(beRefused(), forbidStoring()))
		})

		It("does not tell a stranger what is registered", keeps(r["23"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.Showing(w.Client("name-2").Certificate))).To(And(beRefused(), keepSilentAbout(w.Identity("name"))))
		})

		It("gives unknown clients and wrong certificates the same answer", keeps(r["24"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			unknown := w.Token(ctx, client.As("mtlscheck-nobody"))
			Expect(w.Token(ctx, client.Showing(w.Client("name-2").Certificate))).To(lookLike(unknown))
		})

		It("calls bound tokens Bearer", keeps(r["28"]), func(ctx SpecContext) {
			Expect(given(w.Token(ctx, w.AnyClient(mutual()...)))).To(beBearer())
		})
	}}
}

// assumeSecret makes sure that the server knows a client's shared secret: it serves the client without a certificate, or
// refuses it for want of one, but not as one that cannot prove who it is.
func (w *World) assumeSecret(ctx context.Context, p harness.Person) {
	GinkgoHelper()
	assume(w.Token(ctx, p.Showing(nil), w.secret(p), at(w.plainTokenURL()))).To(knowSecret())
}

// assumeBasic makes sure that the server takes a client's secret in a Basic header. Where it takes it in the form alone, because
// the client is registered so, a scenario about that header does not apply.
func (w *World) assumeBasic(ctx context.Context, p harness.Person) {
	GinkgoHelper()
	a := w.Token(ctx, p, form("client_id"), basic(p.ClientID, p.Secret), at(w.plainTokenURL()))
	if turnedAway(a) && w.Token(ctx, p, form("client_secret", p.Secret), at(w.plainTokenURL())).Status == http.StatusOK {
		w.NotApplicable("the client of the role " + string(p.Role) + " is registered to send its secret in the form, not in a Basic header")
	}
	assume(a).To(beServed())
}

// assumeServedPlainly makes sure that the plain token endpoint is another door to a client of mutual TLS. Where it is not, a
// scenario about that door does not apply.
func (w *World) assumeServedPlainly(ctx context.Context, p harness.Person) {
	GinkgoHelper()
	if w.plainTokenURL() == w.tokenURL() {
		w.NotApplicable("the token endpoint has no alias: there is one door, which other cases are about")
	}
	switch a := w.Token(ctx, p, at(w.plainTokenURL())); {
	case !a.TLS.Asked:
		w.NotApplicable("nobody is asked for a certificate at the plain token endpoint")
	case turnedAway(a):
		w.NotApplicable("no client of mutual TLS is served at the plain token endpoint: " + a.String())
	default:
		assume(a).To(beServed())
	}
}
