package suite

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/onsi/ginkgo/v2"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// An Asker asks for the scenarios. It keeps the ledger, and it is the one place where silence becomes the end of a
// scenario.
type Asker struct {
	Client *wire.Client
	Ledger Ledger
}

// An Answer is an answer with the ledger it was written into, so that assertions can write there too.
type Answer struct {
	harness.Answer
	Target *harness.Target            // who was asked: tolerances depend on the product
	Claims map[string]json.RawMessage // of its access token, where they are known: from the JWT, or by introspection
	ledger *Ledger
}

// Ask puts a question and returns the answer. If nothing comes back, nothing is known about the server, and the
// scenario ends there as inconclusive. So it does where a gateway answers that it did not ask the server. If the server
// closes the connection after the handshake without a word, the question is put again, and then the last control of the
// scenario: only if the one is closed again and the other is served was the closing meant for this person.
func (a *Asker) Ask(ctx context.Context, q wire.Question) Answer {
	ginkgo.GinkgoHelper()
	answer := a.ask(ctx, q)
	if !answer.Closed {
		return answer
	}
	if answer = a.ask(ctx, q); !answer.Closed { // the first close was chance
		return answer
	}
	control, ok := a.Ledger.lastControl()
	if !ok {
		a.end("the server closed the connection without an answer, and no control had been served before")
	}
	control.Control = true
	again := a.ask(ctx, control)
	if again.Status < 200 || again.Status > 299 {
		a.end("the server closed the connection without an answer, and did not serve the control afterwards: " + again.String())
	}
	answer.Served = true
	return answer
}

// Busy reports whether a gateway or a limit of requests says that nobody looked at the question (RFC 6585 §4, RFC 9110
// §15.6.3 to §15.6.5).
func (a Answer) Busy() bool {
	switch a.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func (a *Asker) ask(ctx context.Context, q wire.Question) Answer {
	ginkgo.GinkgoHelper()
	answer, err := a.put(ctx, q)
	a.record(q, answer, err, err == nil && !answer.Busy())
	if err != nil {
		a.end(err.Error())
	}
	if answer.Busy() {
		a.end("nobody looked at the question: " + answer.String() + "; lift limits of requests for the run, or run it again when the server is there")
	}
	return answer
}

// Meet puts a question of which only the handshake counts. Whatever becomes of it is recorded, and nothing ends the
// scenario: neither silence, nor a gateway, nor a server that closes the connection after the handshake. The error is that
// of [wire.Client.Ask]; the answer shows the handshake as far as it came.
func (a *Asker) Meet(ctx context.Context, q wire.Question) (Answer, error) {
	answer, err := a.put(ctx, q)
	a.record(q, answer, err, err == nil)
	return answer, err
}

// InTurn puts questions over one connection, each after the answer to the one before; see [wire.Client.AskInTurn]. Where the server
// ends the connection first, there are fewer answers than questions. Silence, a gateway that did not ask the server, and a close
// without any answer end the scenario as inconclusive.
func (a *Asker) InTurn(ctx context.Context, questions ...wire.Question) []Answer {
	ginkgo.GinkgoHelper()
	came, err := a.Client.AskInTurn(ctx, questions...)
	var answers []Answer
	for i, c := range came {
		answer := Answer{Answer: c, Target: a.Client.Target, ledger: &a.Ledger}
		a.record(questions[i], answer, nil, !answer.Busy() && !answer.Closed)
		answers = append(answers, answer)
	}
	if err != nil {
		a.record(questions[len(came)], Answer{}, err, false)
		a.end(err.Error())
	}
	for _, answer := range answers {
		switch {
		case answer.Busy():
			a.end("nobody looked at the question: " + answer.String())
		case answer.Closed:
			a.end("the server closed the connection without an answer")
		}
	}
	return answers
}

func (a *Asker) put(ctx context.Context, q wire.Question) (Answer, error) {
	answer, err := a.Client.Ask(ctx, q)
	return Answer{Answer: answer, Target: a.Client.Target, ledger: &a.Ledger}, err
}

func (a *Asker) record(q wire.Question, answer Answer, err error, answered bool) {
	e := entry{question: q, evidence: answer.Evidence, answered: answered, served: err == nil && answer.Status >= 200 && answer.Status <= 299}
	if silence := (*wire.NoAnswer)(nil); errors.As(err, &silence) {
		e.evidence = silence.Evidence
	}
	a.Ledger.add(e)
}

// end ends the running scenario as inconclusive.
func (a *Asker) end(why string) {
	ginkgo.GinkgoHelper()
	a.Ledger.finish(harness.Inconclusive, why)
	ginkgo.Fail(why)
}

// NotApplicable ends the running scenario: what it needs is not there.
func (a *Asker) NotApplicable(why string) {
	ginkgo.GinkgoHelper()
	a.Ledger.finish(harness.NotApplicable, why)
	ginkgo.Skip(why)
}

// Vacant ends the running scenario: nobody is registered for a role. The report lists what registering it would add.
func (a *Asker) Vacant(role harness.Role) {
	ginkgo.GinkgoHelper()
	a.Ledger.mu.Lock()
	a.Ledger.vacant = role
	a.Ledger.mu.Unlock()
	a.NotApplicable("no client is configured for the role " + string(role))
}

// Inconclusive ends the running scenario: nothing can be said about the server, for a reason that lies elsewhere.
func (a *Asker) Inconclusive(why string) {
	ginkgo.GinkgoHelper()
	a.end(why)
}
