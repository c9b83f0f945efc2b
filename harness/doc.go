// Package harness is the data of a conformance run and the judgement over it: what a specification asks for
// ([Requirement]), which part of it is promised ([Profile]), who is examined ([Target]), who knocks ([Person]), what came
// back ([Answer]), what was seen ([Evidence]) and what follows from it ([Verdict], [Case], [Outcome]).
//
// It contains no Ginkgo and opens no connection. Package wire asks the questions, package suite runs the scenarios,
// package report prints the outcome.
package harness
