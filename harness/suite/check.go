package suite

import (
	"fmt"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A Finding is what a check says about an answer.
type Finding struct {
	held     bool
	observed string
	form     harness.Form
	softly   string
	remark   string
	unclear  string
}

// Holds says that the answer is as expected.
func Holds() Finding { return Finding{held: true} }

// Tolerated says that the answer is accepted, in a form that deserves a warning; why says which, and why it is tolerated.
func Tolerated(why string) Finding { return Finding{held: true, softly: why} }

// HoldsAs says that the answer is as expected, in one of several right forms; the report says which was seen.
func HoldsAs(form string) Finding { return Finding{held: true, remark: form} }

// Unclear says that the answer says nothing about the requirement; the case is inconclusive.
func Unclear(why string) Finding { return Finding{unclear: why} }

// Broken says that the answer is not as expected; observed says what it is, in words that need no code to be understood.
func Broken(format string, args ...any) Finding {
	return Finding{observed: harness.Printable(fmt.Sprintf(format, args...))}
}

// As says in which form the answer is broken; a profile may know products that break it so.
func (f Finding) As(form harness.Form) Finding {
	f.form = form
	return f
}

// Check is a matcher over an [Answer]. expected says what a right server answers; decide looks at what came.
func Check(expected string, decide func(Answer) Finding) types.GomegaMatcher {
	return &check{expected: expected, decide: decide}
}

// Same is what another check says about an answer, for a check that allows more.
func Same(other types.GomegaMatcher, a Answer) Finding {
	if c, ok := other.(*check); ok {
		return c.decide(a)
	}
	return Unclear("the other matcher is no check")
}

type check struct {
	expected string
	decide   func(Answer) Finding
	found    Finding
}

func (c *check) Match(actual any) (bool, error) {
	a, ok := actual.(Answer)
	if !ok {
		return false, fmt.Errorf("a check wants the answer of a question, not %T", actual)
	}
	c.found = c.decide(a)
	switch f := c.found; {
	case f.unclear != "":
		a.ledger.finish(harness.Inconclusive, f.unclear)
	case !f.held:
		a.ledger.mismatch(Mismatch{Expected: c.expected, Observed: f.observed, Form: f.form})
	case f.softly != "":
		a.ledger.tolerate(f.softly)
	case f.remark != "":
		a.ledger.Remark(f.remark)
	}
	return c.found.held, nil
}

func (c *check) FailureMessage(any) string {
	return "expected " + c.expected + "\nobserved " + c.found.observed
}

func (c *check) NegatedFailureMessage(any) string { return "expected anything but " + c.expected }

func (c *check) String() string { return c.expected }

// Assume is Expect for what a scenario takes for granted, its controls above all: if it does not hold, the scenario
// proves nothing and is inconclusive.
func Assume(actual Answer) types.Assertion {
	actual.ledger.control(actual.Evidence)
	return Presume(actual)
}

// Presume is Assume for an answer that is no control but the very one that is judged afterwards: where it is not even of
// the kind that the scenario is about, other scenarios say so, and this one is inconclusive.
func Presume(actual Answer) types.Assertion {
	return gomega.NewGomega(func(_ string, skip ...int) {
		depth := 1
		if len(skip) > 0 {
			depth += skip[0]
		}
		why := "what the case takes for granted did not hold"
		if m := actual.ledger.page().broken; m != nil {
			why = fmt.Sprintf("what the case takes for granted did not hold: expected %s; observed %s", m.Expected, m.Observed)
		}
		actual.ledger.finish(harness.Inconclusive, why)
		ginkgo.Fail(why, depth)
	}).Expect(actual)
}
