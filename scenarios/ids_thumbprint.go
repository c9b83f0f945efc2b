package scenarios

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// Thumbprints is about clients that IdentityServer knows by the thumbprint of their certificate.
func Thumbprints(w *World) harness.Chapter {
	r := thumbprintRequirements()
	return harness.Chapter{Title: "IdentityServer, comparing thumbprints,", Slug: "ids-thumbprints", Requirements: r.all(), Specs: func() {

		DescribeTable("knows a client", func(ctx SpecContext, role harness.Role) {
			client := w.Client(role)
			Expect(w.Inspect(ctx, client, w.Token(ctx, client))).To(And(beServed(), beBoundTo(client)))
		},
			Entry("by the SHA-1 of the certificate that a CA issued to it", keeps(r["01"]), harness.Role("thumbprint-ca")),
			Entry("by lower-case digits", keeps(r["02"], "lower"), harness.Role("spelling:lower-hex")),
			Entry("by digits in mixed case", keeps(r["02"], "mixed"), harness.Role("spelling:mixed-hex")),
			Entry("by its self-signed certificate", keeps(r["10"]), harness.Role("thumbprint")),
			Entry("by its thumbprint, although the registered name is another", keeps(r["14"]), harness.Role("wrong-name-right-thumbprint")),
			Entry("by its name, although the registered thumbprint is another", keeps(r["15"]), harness.Role("right-name-wrong-thumbprint")),
		)

		// The control is the same certificate at the client that is registered with the right thumbprint.
		DescribeTable("does not know a client registered with", func(ctx SpecContext, right, spelled harness.Role) {
			client := w.onTrust(spelled)
			assume(w.Token(ctx, w.Client(right))).To(beServed())
			Expect(w.Token(ctx, client)).To(sayWhy("invalid_client"))
		},
			Entry("colons in its thumbprint", keeps(r["03"]), harness.Role("thumbprint-ca"), harness.Role("spelling:colons")),
			Entry("blanks in its thumbprint", keeps(r["04"]), harness.Role("thumbprint-ca"), harness.Role("spelling:blanks")),
			Entry("an invisible mark in front of its thumbprint", keeps(r["05"]), harness.Role("thumbprint-ca"), harness.Role("spelling:leading-U+200E")),
			Entry("its SHA-256 thumbprint", keeps(r["06"]), harness.Role("thumbprint-ca"), harness.Role("spelling:sha256")),
			Entry("its thumbprint in base64url", keeps(r["07"]), harness.Role("thumbprint-ca"), harness.Role("spelling:x5t-s256")),
			Entry("the thumbprint of its CA", keeps(r["13"]), harness.Role("thumbprint-ca"), harness.Role("spelling:of-the-ca")),
			Entry("a thumbprint that has run out", keeps(r["12"]), harness.Role("thumbprint"), harness.Role("expired-thumbprint")),
		)

		DescribeTable("turns away", func(ctx SpecContext, fault string) {
			client := w.Client("thumbprint-ca")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.Flawed(client, fault))).To(beRefused())
		},
			Entry("the same subject with another key", keeps(r["08"]), "C-OK1R"),
			Entry("a renewed certificate with the same key", keeps(r["09"]), "C-OK1S"),
		)

		DescribeTable("knows a client that has two thumbprints", func(ctx SpecContext, shows harness.Role) {
			client := w.Client("rotation").Showing(w.Client(shows).Certificate)
			Expect(w.Inspect(ctx, client, w.Token(ctx, client))).To(And(beServed(), beBoundTo(client)))
		},
			Entry("by the first", keeps(r["11"], "first"), harness.Role("thumbprint")),
			Entry("by the second", keeps(r["11"], "second"), harness.Role("thumbprint-2")),
		)
	}}
}

// beIssuedTo: the token's client_id is the person's (RFC 9068 §2.2).
func beIssuedTo(p harness.Person) types.GomegaMatcher {
	return suite.Check("a token with the client_id "+p.ClientID, func(a suite.Answer) suite.Finding {
		var id string
		switch err := json.Unmarshal(a.Claims["client_id"], &id); {
		case a.Claims == nil:
			return suite.Unclear("the access token is no JWT, and introspection did not tell whose it is")
		case err != nil || id != p.ClientID:
			return suite.Broken("a token with the client_id %q", id)
		}
		return suite.Holds()
	})
}
