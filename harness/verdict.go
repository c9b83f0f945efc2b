package harness

// A Verdict is what a case found.
type Verdict string

// The verdicts, from good to bad to unknown.
const (
	Pass          Verdict = "pass"
	Fail          Verdict = "fail"           // a Must is broken
	Warn          Verdict = "warn"           // a Should is broken, or a tolerated form was seen
	Note          Verdict = "note"           // a fact that an operator should know
	NotApplicable Verdict = "not-applicable" // what it needs is not there; the reason is given
	NotRun        Verdict = "not-run"        // cancelled, filtered out, or out of time
	Inconclusive  Verdict = "inconclusive"   // no answer, or the control failed
	Waived        Verdict = "waived"         // fails as its waiver says
)

// Verdicts are all verdicts in the order in which summaries print them.
func Verdicts() []Verdict {
	return []Verdict{Pass, Fail, Warn, Note, NotApplicable, NotRun, Inconclusive, Waived}
}

// The exit codes of every command that judges. Before anything ran: ExitUsage. After: ExitOurFault before ExitBroken
// before ExitNotJudged.
const (
	ExitKept        = 0   // every Must that applies was kept, known deviations of the product aside
	ExitBroken      = 1   // at least one Must is broken, or a waiver is stale
	ExitUsage       = 2   // nothing was examined: usage, configuration, unknown requirement, empty selection
	ExitNotJudged   = 3   // preflight failed, or something was inconclusive and nothing failed
	ExitOurFault    = 4   // mtlscheck is at fault
	ExitInterrupted = 130 // interrupted; reports are written, what did not run says so
)

// A Conclusion is the verdict of a whole run.
type Conclusion string

// The conclusions. A filtered run is partial at best: it never says conformant.
const (
	Conformant    Conclusion = "conformant"
	NotConformant Conclusion = "not-conformant"
	Partial       Conclusion = "partial"
	NotJudged     Conclusion = "not-judged"
)
