package scenarios

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/mtlscheck/mtlscheck/harness"
)

// TokenEndpoint is about who is served at the token endpoint, and who is turned away.
func TokenEndpoint(w *World) harness.Chapter {
	served := harness.Requirement{
		ID: "AUTH-01", Level: harness.Must, Cite: "RFC 8705 §2",
		Says: "The token endpoint serves a registered client that shows its certificate and names its client_id.",
		Why:  "Whoever is registered and proves it must get a token; a server that serves nobody protects nothing.",
		Advice: harness.Advice{Any: "Compare the registered subject name or certificate with what the client shows, and the CAs that the server trusts.",
			For: map[string]string{"identityserver": "Register AddMutualTlsSecretValidators(), set options.MutualTls.Enabled = true, and compare the X509CertificateName secret with certificate.Subject as .NET writes it."}},
	}
	nobodyKnows := harness.Requirement{
		ID: "AUTH-07", Level: harness.Must, Cite: "RFC 8705 §2",
		Says:   "The token endpoint refuses a client that shows no certificate.",
		Why:    "A client_id is no secret: whoever knows it would get the client's tokens.",
		Advice: harness.Advice{Any: "Require client authentication for this client; a client that is registered for mutual TLS is never a public client."},
	}
	return harness.Chapter{Title: "the token endpoint", Slug: "token-endpoint", Requirements: []harness.Requirement{served, nobodyKnows}, Specs: func() {

		DescribeTable("serves", func(ctx SpecContext, role harness.Role) {
			Expect(w.Token(ctx, w.Client(role))).To(beServed())
		},
			Entry("a client known by its name", keeps(served, "name"), harness.Role("name")),
			Entry("a client known by its certificate", keeps(served, "thumbprint"), harness.Role("thumbprint")),
		)

		DescribeTable("turns away", func(ctx SpecContext, role harness.Role) {
			client := w.Client(role)
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.Showing(nil))).To(beRefused())
		},
			Entry("a client known by its name that shows no certificate", keeps(nobodyKnows, "name"), harness.Role("name")),
			Entry("a client known by its certificate that shows none", keeps(nobodyKnows, "thumbprint"), harness.Role("thumbprint")),
		)
	}}
}
