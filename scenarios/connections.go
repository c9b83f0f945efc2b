package scenarios

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// Connections is about what a server keeps of one request for the next: on a connection that stays open, and in a TLS session
// that is resumed.
func Connections(w *World) harness.Chapter {
	r := connectionRequirements()
	return harness.Chapter{Title: "a connection", Slug: "connections", Requirements: r.all(), Specs: func() {

		It("that stays open serves each of two clients of one certificate as itself", keeps(r["10"], "same-certificate"), func(ctx SpecContext) {
			one, other := w.Client("name"), w.Client("same-name")
			first, second, third := w.threeInTurn(ctx, one, other)
			for _, own := range []struct {
				client harness.Person
				answer suite.Answer
			}{{one, first}, {other, second}, {one, third}} {
				Expect(w.known(ctx, own.client, given(own.answer))).To(belongTo(own.client))
			}
		})

		It("that stays open lets nobody be a client whose certificate it did not show", keeps(r["10"], "other-certificate"), func(ctx SpecContext) {
			one, other := w.Client("name"), w.Client("name-2")
			assume(w.Token(ctx, other)).To(beServed())
			first, second, third := w.threeInTurn(ctx, one, other.Showing(one.Certificate))
			assume(first).To(beServed())
			Expect(second).To(beRefused())
			Expect(third).To(beServed())
		})

		for _, version := range []struct {
			row, over string
			highest   uint16 // 0: the highest that both speak
		}{{"01", "", 0}, {"07", "over TLS 1.2 ", tls.VersionTLS12}} {
			highest := version.highest

			It("that resumes a session "+version.over+"serves the client that made it", keeps(r[version.row], "own", harness.Should), func(ctx SpecContext) {
				client := w.Client("name")
				Expect(w.resumed(ctx, client, client, highest)).To(beServed())
			})

			It("that resumes a session "+version.over+"lets nobody else in, whatever certificate is in its hand", keeps(r[version.row], "other"), func(ctx SpecContext) {
				client, other := w.Client("name"), w.Client("name-2")
				assume(w.Token(ctx, other)).To(beServed())
				Expect(w.resumed(ctx, client, other, highest)).To(beRefused(tolerating("invalid_request")))
			})
		}

		It("that resumes a session in which no certificate was shown lets no client in", keeps(r["02"]), func(ctx SpecContext) {
			client := w.AnyClient(mutual()...)
			assume(w.Token(ctx, client)).To(beServed())
			answer := w.resumed(ctx, client.Showing(nil), client, 0)
			Expect(answer).To(beRefused(tolerating("invalid_request")))
			w.Ledger.Remark("sessions without a certificate are resumed: a client with its certificate at hand is refused on one, and must keep no sessions of what it asked before")
		})

		It("to the alias does not resume a session of the conventional host, which asks for no certificate", keeps(r["03"]), func(ctx SpecContext) {
			if origin(w.tokenURL()) == origin(w.plainTokenURL()) {
				w.NotApplicable("the token endpoint has no alias on another host or port")
			}
			client := w.AnyClient(mutual()...)
			assume(w.Token(ctx, client)).To(beServed())
			session := new(wire.Session)
			if w.Get(ctx, nobody(), w.plainTokenURL(), within(session, 0)).TLS.Asked {
				w.NotApplicable("the conventional host asks for a certificate, as the alias does")
			}
			w.offered(session)
			Expect(w.Token(ctx, client, within(session, 0))).To(beMetAnew())
		})

		It("that resumes a session gives a token that is bound to the certificate of that session", keeps(r["08"]), func(ctx SpecContext) {
			client := w.Client("name")
			answer := w.resumed(ctx, client, client, 0)
			if turnedAway(answer) {
				w.NotApplicable("no token is issued in a resumed session, so there is none to look at")
			}
			Expect(w.promised(w.Inspect(ctx, client, given(answer)))).To(beBoundTo(client))
		})
	}}
}

// within keeps a TLS session, and resumes it if it was kept before. highest is the highest version of TLS, 0 for any.
func within(session *wire.Session, highest uint16) change {
	return func(q *wire.Question) { q.TLS.Session, q.TLS.MaxVersion = session, highest }
}

// resumed asks for a token as one client, and then, offering the TLS session of the first question, as another. The scenario does
// not apply where the session is not resumed.
func (w *World) resumed(ctx context.Context, one, other harness.Person, highest uint16) suite.Answer {
	GinkgoHelper()
	session := new(wire.Session)
	first := w.Token(ctx, one, within(session, highest))
	if first.TLS.Alert != "" && first.TLS.Version == "" {
		w.NotApplicable("the server does not speak " + tls.VersionName(highest))
	}
	switch {
	case one.Certificate != nil:
		suite.Presume(first).To(beServed())
	case first.TLS.Alert != "" || first.Closed:
		w.NotApplicable("the server lets nobody in who shows no certificate, so there is no session without one")
	}
	w.offered(session)
	second := w.Token(ctx, other, within(session, highest))
	if !second.TLS.Resumed {
		w.NotApplicable("the server makes a full handshake instead of resuming the session")
	}
	return second
}

// offered ends the scenario where the server gave nothing by which a session can be resumed.
func (w *World) offered(session *wire.Session) {
	GinkgoHelper()
	if session.Empty() {
		w.NotApplicable("the server gives no tickets, so no session can be resumed")
	}
}

// threeInTurn asks for tokens on one connection, which shows the certificate of one: as one, as other, and as one again. The
// scenario does not apply where the server ends the connection earlier.
func (w *World) threeInTurn(ctx context.Context, one, other harness.Person) (first, second, third suite.Answer) {
	GinkgoHelper()
	a := w.inTurn(ctx, w.tokenQuestion(one), w.tokenQuestion(other), w.tokenQuestion(one))
	return a[0], a[1], a[2]
}

// inTurn puts questions over one connection. The scenario does not apply where the server ends it before all are answered.
func (w *World) inTurn(ctx context.Context, questions ...wire.Question) []suite.Answer {
	GinkgoHelper()
	answers := w.InTurn(ctx, questions...)
	if len(answers) < len(questions) {
		w.NotApplicable(fmt.Sprintf("the server ends the connection after %d of %d answers", len(answers), len(questions)))
	}
	for i := range answers {
		answers[i].Claims = claims(answers[i].AccessToken())
	}
	return answers
}

// known is the answer with the claims of its token, if they say to which client it was issued. The scenario does not apply where
// neither the token nor introspection says so.
func (w *World) known(ctx context.Context, p harness.Person, a suite.Answer) suite.Answer {
	GinkgoHelper()
	if holder(a) == "" {
		a = w.Inspect(ctx, p, a)
	}
	if holder(a) == "" {
		w.NotApplicable("nothing says to which client a token was issued")
	}
	return a
}

// beMetAnew: a full handshake. A session that is resumed where it was not made keeps what is known of its client, and the
// server does not ask for the certificate.
func beMetAnew() types.GomegaMatcher {
	return suite.Check("a full handshake", func(a suite.Answer) suite.Finding {
		switch {
		case !a.TLS.Resumed:
			return suite.Holds()
		case a.Status == http.StatusOK && a.AccessToken() != "":
			return suite.Broken("the session was resumed, and %s without any certificate", a)
		}
		return suite.Tolerated("the session was resumed, so that nobody was asked for a certificate, and the client was refused (" + a.String() + "): who looked at the metadata before cannot come in")
	})
}
