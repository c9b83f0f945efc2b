package scenarios

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// Chain is about the certificates of clients that are known by their name: who issued them, when and what for (RFC 5280).
// All of them have the registered subject, so that nothing but the certificate itself can keep them out.
func Chain(w *World) harness.Chapter {
	r := chainRequirements()
	return harness.Chapter{Title: "the certificate of a client known by its name", Slug: "chain", Requirements: r.all(), Specs: func() {

		DescribeTable("is accepted", func(ctx SpecContext, flaw string) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.twin(client, flaw))).To(beServed())
		},
			Entry("below an intermediate that the client sends", keeps(r["01"]), "C-A1"),
			Entry("without an extended key usage", keeps(r["13"]), "C-EKU0"),
			Entry("for any purpose", keeps(r["14"]), "C-EKUANY"),
		)

		DescribeTable("is refused", func(ctx SpecContext, flaw string) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.twin(client, flaw))).To(beRefused())
		},
			Entry("from a CA that nobody trusts", keeps(r["03"]), "C-U1"),
			Entry("from a copy of the trusted CA with another key", keeps(r["04"], "cloned-ca"), "C-X1"),
			Entry("in the name of the trusted CA, signed by somebody else", keeps(r["04"], "other-signer"), "C-FORGED"),
			Entry("with a signature over something else", keeps(r["04"], "bad-signature"), "C-BADSIG"),
			Entry("self-signed", keeps(r["05"]), "C-SSDN"),
			Entry("after its time", keeps(r["09"]), "C-EXP"),
			Entry("before its time", keeps(r["10"]), "C-NYV"),
			Entry("for TLS servers alone", keeps(r["12"], "serverauth-only"), "C-EKUS"),
			Entry("for mail, code and OCSP", keeps(r["15"]), "C-EKUX"),
			Entry("for key agreement alone", keeps(r["17"], "key-agreement-only"), "C-KU"),
			Entry("for signing certificates alone", keeps(r["17"], "cert-sign-only"), "C-KUCA"),
			Entry("if it is a CA's", keeps(r["18"]), "C-CA"),
			Entry("issued by another client", keeps(r["19"], "by-client"), "C-LEAFCA"),
			Entry("with a critical extension that nobody knows", keeps(r["24"]), "C-CRITEXT"),
			Entry("without a subject", keeps(r["25"]), "C-EMPTY"),
			Entry("of X.509 version 1", keeps(r["26"]), "C-V1"),
			Entry("without the intermediate that issued it", keeps(r["02"]), "C-NOCHAIN"),
			Entry("behind thirty authorities that certify each other", keeps(r["32"]), "C-LOOP"),
		)

		// How such a certificate is kept out nobody says: many a TLS library does not even read it.
		DescribeTable("is kept out", func(ctx SpecContext, flaw string) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.twin(client, flaw))).To(beKeptOut())
		},
			Entry("below a root whose curve is of somebody else's making", keeps(r["28"]), "C-CURVEBALL"),
			Entry("with an extension that stands twice", keeps(r["29"]), "C-DUPEXT"),
			Entry("with one signature algorithm inside, and another outside", keeps(r["30"]), "C-SIGALG"),
			Entry("in BER, of indefinite length", keeps(r["31"], "indefinite-length"), "C-BER"),
			Entry("in BER, with a length in more bytes than it needs", keeps(r["31"], "long-length"), "C-BERLEN"),
			Entry("with bytes behind it", keeps(r["31"], "trailing-bytes"), "C-TRAIL"),
		)

		It("in BER, where it is taken, is what the token is bound to", keeps(r["31"], "binding"), func(ctx SpecContext) {
			client := w.Client("name")
			assume(w.Token(ctx, client)).To(beServed())
			strange := w.twin(client, "C-BER")
			answer := w.Token(ctx, strange)
			if answer.AccessToken() == "" {
				w.NotApplicable("the server takes no certificate in BER: " + answer.String())
			}
			Expect(w.promised(w.Inspect(ctx, strange, answer))).To(beBoundTo(strange))
		})

		// The plain endpoint is another door to the same clients. What is kept out at the alias must not come in there.
		DescribeTable("is refused at the plain endpoint too", func(ctx SpecContext, flaw string) {
			client := w.Client("name")
			w.assumeServedPlainly(ctx, client)
			Expect(w.Token(ctx, w.twin(client, flaw), at(w.plainTokenURL()))).To(beRefused())
		},
			Entry("from a CA that nobody trusts", keeps(r["03"], "plain"), "C-U1"),
			Entry("self-signed", keeps(r["05"], "plain"), "C-SSDN"),
			Entry("after its time", keeps(r["09"], "plain"), "C-EXP"),
		)

		// The control is a certificate below a good intermediate: a server that refuses them all says nothing here.
		DescribeTable("is refused below an intermediate", func(ctx SpecContext, flaw string) {
			client := w.Client("name")
			assume(w.belowIntermediate(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.twin(client, flaw))).To(beRefused())
		},
			Entry("that has expired", keeps(r["11"]), "C-EXPCHAIN"),
			Entry("for TLS servers alone", keeps(r["16"]), "C-EKUINT"),
			Entry("that says it is no CA", keeps(r["19"], "ca-false"), "C-NOTCA"),
			Entry("that may not sign certificates", keeps(r["20"]), "C-NOCERTSIGN"),
			Entry("that no CA may stand below", keeps(r["21"]), "C-PATHLEN"),
			Entry("that may issue for another organization alone", keeps(r["22"]), "C-NCDN"),
			Entry("that may issue for another domain alone", keeps(r["23"], "permitted-dns"), "C-NCDNS"),
			Entry("that may not issue for its domain, written in capitals", keeps(r["23"], "excluded-dns"), "C-NCCASE"),
			Entry("that may issue for other mail domains alone", keeps(r["23"], "mail"), "C-NCMAIL"),
			Entry("of X.509 version 1", keeps(r["27"]), "C-V1CA"),
		)

		It("is asked for in the name of CAs that are not those of the public web", keeps(r["07"]), func(ctx SpecContext) {
			client := w.Client("name")
			answer := w.Token(ctx, client)
			assume(answer).To(beServed())
			if len(answer.TLS.AcceptableCAs) == 0 {
				w.NotApplicable("the server names no CAs when it asks for a certificate, so nobody can see which it trusts")
			}
			Expect(answer).To(nameNoPublicCA())
		})
	}}
}

// belowIntermediate asks for a token with a certificate below a good intermediate, which is sent along. Where that is
// refused (PATH-01 judges it) the scenario does not apply.
func (w *World) belowIntermediate(ctx context.Context, p harness.Person) suite.Answer {
	GinkgoHelper()
	assume(w.Token(ctx, p)).To(beServed())
	a := w.Token(ctx, w.twin(p, "C-A1"))
	if a.AccessToken() == "" {
		w.NotApplicable("the server accepts no certificate below an intermediate that the client sends (see PATH-01), so nothing below a bad one can be told")
	}
	return a
}

// publicCAs are organizations whose roots every browser trusts; none of them is anybody's own CA for clients.
func publicCAs() []string {
	return []string{"Internet Security Research Group", "Let's Encrypt", "DigiCert", "Sectigo", "GlobalSign", "GoDaddy", "Entrust", "Google Trust Services", "Amazon", "IdenTrust",
		"COMODO", "Starfield", "Buypass", "Certum", "QuoVadis", "SwissSign", "Actalis", "HARICA", "VeriSign", "GeoTrust", "thawte", "Microsoft Corporation"}
}

// nameNoPublicCA: none of the CAs that the server names in its CertificateRequest (RFC 8446 §4.2.4) is one of the public web.
func nameNoPublicCA() types.GomegaMatcher {
	return suite.Check("a request for certificates of CAs that are not those of the public web", func(a suite.Answer) suite.Finding {
		var found []string
		for _, ca := range a.TLS.AcceptableCAs {
			for _, public := range publicCAs() {
				if strings.Contains(ca, "O="+public) {
					found = append(found, ca)
				}
			}
		}
		if len(found) > 0 {
			return suite.Broken("%d of the %d CAs that the server names are those of the public web, among them %s", len(found), len(a.TLS.AcceptableCAs), found[0])
		}
		return suite.Holds()
	})
}
