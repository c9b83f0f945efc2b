package scenarios

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func sortedNumbers(r rows) []string {
	out := make([]string, 0, len(r))
	for n := range r {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// SubjectNames is about clients that IdentityServer knows by the subject name of their certificate.
func SubjectNames(w *World) harness.Chapter {
	r := nameRequirements()
	return harness.Chapter{Title: "IdentityServer, comparing subject names,", Slug: "ids-names", Requirements: r.all(), Specs: func() {

		It("knows a client by its subject as .NET writes it", keeps(r["01"]), func(ctx SpecContext) {
			client := w.Client("name")
			Expect(w.Inspect(ctx, client, w.Token(ctx, client))).To(And(beServed(), beBoundTo(client)))
		})

		// The control is the same certificate at the client that is registered with the right name.
		DescribeTable("does not know a client registered with", func(ctx SpecContext, right, spelled harness.Role) {
			client := w.onTrust(spelled)
			assume(w.Token(ctx, w.Client(right))).To(beServed())
			Expect(w.Token(ctx, client)).To(sayWhy("invalid_client"))
		},
			Entry("one letter in another case", keeps(r["02"]), harness.Role("name"), harness.Role("spelling:other-case")),
			Entry("labels in lower case", keeps(r["03"]), harness.Role("name"), harness.Role("spelling:lower-case-labels")),
			Entry("no blanks behind the commas", keeps(r["04"]), harness.Role("name"), harness.Role("spelling:no-blanks")),
			Entry("its parts in encoded order", keeps(r["05"]), harness.Role("name"), harness.Role("spelling:forward-order")),
			Entry("ST= for the state", keeps(r["06"]), harness.Role("dn:contoso"), harness.Role("spelling:st-label")),
			Entry("a comma behind a backslash", keeps(r["07"]), harness.Role("dn:contoso"), harness.Role("spelling:backslash-comma")),
			Entry("a comma without quotes", keeps(r["08"]), harness.Role("dn:contoso"), harness.Role("spelling:bare-comma")),
			Entry("a blank at the end", keeps(r["09"], "trailing"), harness.Role("name"), harness.Role("spelling:trailing-blank")),
			Entry("a blank at the start", keeps(r["09"], "leading"), harness.Role("name"), harness.Role("spelling:leading-blank")),
			Entry("its common name alone", keeps(r["10"], "labelled"), harness.Role("name"), harness.Role("spelling:cn-only")),
			Entry("the value of its common name alone", keeps(r["10"], "value"), harness.Role("name"), harness.Role("spelling:cn-value-only")),
			Entry("one part missing", keeps(r["14"]), harness.Role("name"), harness.Role("spelling:without-one-part")),
			Entry("names that have run out", keeps(r["16"], "all-expired"), harness.Role("name"), harness.Role("expired-names")),
			Entry("EMAILADDRESS= for its e-mail attribute", keeps(r["17"], "other-label"), harness.Role("dn:email"), harness.Role("spelling:emailaddress-label")),
			Entry("its organizational units in the other order", keeps(r["19"], "other-order"), harness.Role("dn:two-ous"), harness.Role("spelling:reversed-ous")),
			Entry("an accented letter in two characters", keeps(r["25"], "decomposed"), harness.Role("dn:accents"), harness.Role("spelling:decomposed")),
			Entry("labels of the other platform", keeps(r["30"], "other-platform"), harness.Role("dn:organization-identifier"), harness.Role("spelling:windows-labels")),
			Entry("its thumbprint as a name", keeps(r["34"], "thumbprint-as-name"), harness.Role("name"), harness.Role("spelling:thumbprint-as-name")),
			Entry("its name as a thumbprint", keeps(r["34"], "name-as-thumbprint"), harness.Role("thumbprint-ca"), harness.Role("spelling:name-as-thumbprint")),
			Entry("a secret type in lower case", keeps(r["35"]), harness.Role("name"), harness.Role("spelling:name-type-in-lower-case")),
		)

		DescribeTable("knows a client", func(ctx SpecContext, role harness.Role) {
			Expect(w.Token(ctx, w.Client(role))).To(beServed())
		},
			Entry("by the second of two names", keeps(r["15"]), harness.Role("second-name")),
			Entry("by the name that has not run out", keeps(r["16"], "second-valid"), harness.Role("expired-then-valid")),
			Entry("with an e-mail attribute", keeps(r["17"], "email"), harness.Role("dn:email")),
			Entry("with several values in one part", keeps(r["18"]), harness.Role("dn:multi-valued")),
			Entry("with two organizational units", keeps(r["19"], "two-ous"), harness.Role("dn:two-ous")),
			Entry("with two organizational units in one part", keeps(r["20"]), harness.Role("dn:ou-set")),
			Entry("with quotes in its name", keeps(r["21"]), harness.Role("dn:quotes")),
			Entry("with an equals sign in its name", keeps(r["22"]), harness.Role("dn:equals")),
			Entry("with a leading blank and a number sign in its name", keeps(r["23"]), harness.Role("dn:hash-and-blank")),
			Entry("with a backslash in its name", keeps(r["24"]), harness.Role("dn:backslash")),
			Entry("with accents in its name", keeps(r["25"], "accents"), harness.Role("dn:accents")),
			Entry("with a name in BMPString", keeps(r["26"], "bmp"), harness.Role("dn:bmp")),
			Entry("with a name in T61String", keeps(r["26"], "t61"), harness.Role("dn:t61")),
			Entry("with a name in PrintableString", keeps(r["27"], "printable"), harness.Role("dn:printable")),
			Entry("with a name in UTF8String", keeps(r["27"], "utf8"), harness.Role("dn:utf8")),
			Entry("with an empty value in its name", keeps(r["28"]), harness.Role("dn:empty-cn")),
			Entry("with two blanks in its name", keeps(r["29"]), harness.Role("dn:two-blanks")),
			Entry("with attributes that have long names", keeps(r["30"], "long-names"), harness.Role("dn:organization-identifier")),
			Entry("with an attribute of an unknown OID", keeps(r["31"]), harness.Role("dn:unknown-oid")),
			Entry("with every label in its name", keeps(r["38"]), harness.Role("dn:all-labels")),
			Entry("with a long value", keeps(r["39"], "long-value"), harness.Role("dn:long-value")),
			Entry("with many parts", keeps(r["39"], "many-rdns"), harness.Role("dn:many-rdns")),
		)

		It("knows a renewed certificate by its name, and binds the token to it", keeps(r["11"]), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			renewed := w.Flawed(client, "C-OK1R")
			Expect(w.Inspect(ctx, renewed, w.Token(ctx, renewed))).To(And(beServed(), beBoundTo(renewed)))
		})

		DescribeTable("turns away", func(ctx SpecContext, shows func(harness.Person) harness.Person) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, shows(client))).To(beRefused())
		},
			Entry("the registered name in a certificate of an unknown CA", keeps(r["12"]), func(p harness.Person) harness.Person { return w.Flawed(p, "C-U1") }),
			Entry("the registered name in a self-signed certificate", keeps(r["13"]), func(p harness.Person) harness.Person { return w.Flawed(p, "C-SSDN") }),
			Entry("a certificate without a subject", keeps(r["32"]), func(p harness.Person) harness.Person { return w.Flawed(p, "C-EMPTY") }),
			Entry("the registered name in a subject alternative name", keeps(r["33"]), func(p harness.Person) harness.Person {
				other := w.Mint().Fault(w.Identity("name-2"), "C-OK1R")
				return w.Shows(p, other.With(trait.DirName(w.Identity("name").DN().String())))
			}),
			Entry("the certificate of another client", keeps(r["36"]), func(p harness.Person) harness.Person {
				return p.Showing(w.Client("name-2").Certificate)
			}),
		)

		It("tells two clients with the same name apart by client_id", keeps(r["37"]), func(ctx SpecContext) {
			one, two := w.Client("name"), w.Client("same-name")
			Expect(w.Inspect(ctx, one, given(w.Token(ctx, one)))).To(beIssuedTo(one))
			Expect(w.Inspect(ctx, two, w.Token(ctx, two))).To(And(beServed(), beIssuedTo(two)))
		})
	}}
}
