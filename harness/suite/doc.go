// Package suite declares chapters in Ginkgo, runs them, and judges what they found. It is the only place that runs
// Ginkgo, and no other package decides a verdict.
//
// Three doors lead to the same outcome:
//
//	outcome, err := s.Run(ctx, suite.Options{})  // a program
//	suite.Test(t, s, suite.Options{})            // go test: one subtest per case
//	s.Declare(suite.Options{})                   // inside a Ginkgo suite of one's own: the Musts
//
// A scenario asks through an [Asker]. Silence ends it as inconclusive before any assertion sees it; a failed control
// does the same; verdicts travel as typed values in a [Ledger], never as text.
package suite
