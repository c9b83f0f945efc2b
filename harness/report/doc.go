// Package report prints an outcome: one value in, many formats out. It knows the outcome and nothing else; it asks nobody
// and decides nothing.
//
//	report.Text(os.Stdout, outcome, report.Style{})
//	format, ok := report.FormatNamed("junit")
//	err := format.Write(file, outcome)
//
// Secrets were taken out of an outcome when it was recorded. What is left to do here is escaping: every string may come from
// the server under test, and each sink has its own way of being fooled (control characters and right-to-left overrides in a
// terminal, workflow commands in a CI log, characters that XML does not have).
package report
