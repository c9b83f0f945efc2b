package scenarios

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/mtlscheck/mtlscheck/harness"
)

// SelfSigned is about clients that are known by their certificate, whoever issued it (RFC 8705 §2.2).
func SelfSigned(w *World) harness.Chapter {
	r := selfSignedRequirements()
	return harness.Chapter{Title: "a client known by its own certificate", Slug: "self-signed", Requirements: r.all(), Specs: func() {

		DescribeTable("is served", func(ctx SpecContext, role harness.Role) {
			Expect(w.Token(ctx, w.Client(role))).To(beServed())
		},
			Entry("with the certificate that is registered", keeps(r["01"]), harness.Role("thumbprint")),
			Entry("with the first of two registered certificates", keeps(r["04"], "first"), harness.Role("rotation")),
			Entry("with a certificate of a CA that the server never met", keeps(r["18"]), harness.Role("certificate:stranger")),
			Entry("with a certificate that another key signed", keeps(r["19"], "registered", harness.May), harness.Role("certificate:foreign-signature")),
			Entry("with a certificate that has expired", keeps(r["21"]), harness.Role("certificate:expired")),
			Entry("with a certificate for TLS servers alone", keeps(r["22"], "for-servers"), harness.Role("certificate:for-servers")),
			Entry("with a certificate that says CA:TRUE", keeps(r["22"], "ca"), harness.Role("certificate:ca")),
			Entry("with a certificate of X.509 version 1", keeps(r["23"]), harness.Role("certificate:v1")),
			Entry("with an RSA key", keeps(r["24"], "rsa"), harness.Role("certificate:rsa")),
			Entry("with an Ed25519 key", keeps(r["24"], "ed25519", harness.May), harness.Role("certificate:ed25519")),
		)

		It("is served with the second of two registered certificates", keeps(r["04"], "second"), func(ctx SpecContext) {
			Expect(w.Token(ctx, w.Client("rotation").Showing(w.Client("thumbprint-2").Certificate))).To(beServed())
		})

		It("is served by the server, and strangers are refused by it", keeps(r["03"]), func(ctx SpecContext) {
			client := w.Client("thumbprint")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.Flawed(client, "S-UNREG"))).To(beRefused(notByTLS))
		})

		DescribeTable("is not the holder of", func(ctx SpecContext, flaw string) {
			client := w.Client("thumbprint")
			assume(w.Token(ctx, client)).To(beServed())
			Expect(w.Token(ctx, w.twin(client, flaw))).To(beRefused())
		},
			Entry("another certificate with the same key", keeps(r["11"]), "S-1K"),
			Entry("a certificate with the same names that another key signed", keeps(r["19"], "unregistered"), "S-FAKE"),
			Entry("a certificate with the same names and another key", keeps(r["20"]), "S-SAMEDN"),
		)

		It("is not who shows its certificate without its key", keeps(r["26"]), func(ctx SpecContext) {
			client := w.Client("thumbprint")
			assume(w.Token(ctx, client)).To(beServed())
			stolen := *client.Certificate
			stolen.Name += ", without its key"
			other := w.twin(client, "S-SAMEDN") // its key is of the same kind
			stolen.Key = other.Certificate.Key
			Expect(w.Token(ctx, client.Showing(&stolen))).To(beRefused())
		})

		// Each of these clients is registered with a key that is wrong in one way. The control is the same certificate at the
		// client that is registered rightly.
		DescribeTable("is not served where its key is registered", func(ctx SpecContext, role, right harness.Role) {
			assume(w.Token(ctx, w.Client(right))).To(beServed())
			Expect(w.Token(ctx, w.onTrust(role).Showing(w.Client(right).Certificate))).To(beRefused())
		},
			Entry("without a certificate", keeps(r["12"]), harness.Role("jwk:bare"), harness.Role("thumbprint")),
			Entry("with the members of another key, by its certificate", keeps(r["13"], "certificate", harness.Should), harness.Role("jwk:mixed-up"), harness.Role("thumbprint")),
			Entry("with the members of another key, by that key", keeps(r["13"], "key"), harness.Role("jwk:mixed-up"), harness.Role("thumbprint-2")),
			Entry("before another certificate, by that certificate", keeps(r["14"]), harness.Role("jwk:two-certificates"), harness.Role("thumbprint-2")),
			Entry("with the thumbprints of another certificate, by that certificate", keeps(r["15"]), harness.Role("jwk:declared-thumbprints"), harness.Role("thumbprint-2")),
			Entry("in base64url", keeps(r["17"]), harness.Role("jwk:base64url"), harness.Role("thumbprint")),
			Entry("for encryption", keeps(r["28"]), harness.Role("jwk:for-encryption"), harness.Role("thumbprint")),
		)

		It("is not anybody where its keys cannot be had", keeps(r["08"]), func(ctx SpecContext) {
			known := w.Client("thumbprint")
			assume(w.Token(ctx, known)).To(beServed())
			answer, err := w.Meet(ctx, w.tokenQuestion(w.onTrust("keys-out-of-reach"))) // 503 is an answer here
			if err != nil {
				w.Inconclusive("the server does not answer: " + err.Error())
			}
			assume(w.Token(ctx, known)).To(beServed()) // it is still there
			Expect(answer).To(beNobody())
		})

		It("is served with a P-256 key", keeps(r["24"], "p-256"), func(ctx SpecContext) {
			client := w.Client("thumbprint")
			if !onP256(w.Identity("thumbprint").Key().Public()) {
				w.NotApplicable("the certificate of the role thumbprint has a key of another kind")
			}
			Expect(w.Token(ctx, client)).To(beServed())
		})
	}}
}

func onP256(public crypto.PublicKey) bool {
	key, ok := public.(*ecdsa.PublicKey)
	return ok && key.Curve == elliptic.P256()
}
