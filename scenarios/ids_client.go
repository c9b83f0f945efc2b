package scenarios

import (
	"bytes"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

func itoa(n int) string { return strconv.Itoa(n) }

// ClientState is about clients that IdentityServer does not serve although their certificate is good.
func ClientState(w *World) harness.Chapter {
	r := clientStateRequirements()
	return harness.Chapter{Title: "IdentityServer, looking up a client,", Slug: "ids-clients", Requirements: r.all(), Specs: func() {

		DescribeTable("turns away", func(ctx SpecContext, role harness.Role) {
			assume(w.Token(ctx, w.Client("name"))).To(beServed())
			Expect(w.Token(ctx, w.onTrust(role))).To(sayWhy("invalid_client"))
		},
			Entry("one that has no secrets", keeps(r["03"]), harness.Role("no-secrets")),
			Entry("one whose secrets have run out", keeps(r["04"]), harness.Role("expired-names")),
			Entry("a public one that asks with client_credentials", keeps(r["05"]), harness.Role("public")),
		)

		It("turns away an unknown client_id", keeps(r["01"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.As("mtlscheck-nobody"))).To(sayWhy("invalid_client"))
		})

		It("turns away a disabled client exactly as an unknown one", keeps(r["02"]), func(ctx SpecContext) {
			assume(w.Token(ctx, w.Client("name"))).To(beServed())
			disabled := w.onTrust("disabled")
			unknown := w.Token(ctx, disabled.As("mtlscheck-nobody"))
			Expect(w.Token(ctx, disabled)).To(And(sayWhy("invalid_client"), lookLike(unknown)))
		})

		It("authenticates before it looks at the grant", keeps(r["07"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, client.Showing(w.Client("name-2").Certificate), form("grant_type"))).To(sayWhy("invalid_client"))
		})
	}}
}

// lookLike: the same status and the same bytes as another answer.
func lookLike(other suite.Answer) types.GomegaMatcher {
	return suite.Check("the answer that an unknown client gets: "+other.String(), func(a suite.Answer) suite.Finding {
		if a.Status != other.Status || !bytes.Equal(a.Body, other.Body) {
			return suite.Broken("%s, with another body", a)
		}
		return suite.Holds()
	})
}
