package harness

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schema names the form of Outcome and of each record in JSON.
const Schema = "mtlscheck.result/v1"

// A Case is the result of one scenario.
type Case struct {
	ID           string               `json:"id"`                // requirement, "AUTH-07"
	Variant      string               `json:"variant,omitempty"` // where a requirement has several cases
	Chapter      string               `json:"chapter"`           // slug
	Title        string               `json:"title"`             // the scenario as a sentence
	Level        Level                `json:"level"`
	Cite         string               `json:"cite"`
	Says         string               `json:"says"` // the requirement's sentence
	Verdict      Verdict              `json:"verdict"`
	Expected     string               `json:"expected,omitempty"`
	Observed     string               `json:"observed,omitempty"`
	Deviation    bool                 `json:"deviation,omitempty"` // it is broken, and the verdict is that of a known deviation of the product
	Because      string               `json:"because,omitempty"`   // reason of a verdict that is neither pass nor fail; deviation; tolerated form
	Why          string               `json:"why,omitempty"`       // why the requirement matters; where something is to be done
	Evidence     []Evidence           `json:"evidence"`
	Certificates []CertificateSummary `json:"certificates"` // what was shown, once each
	Advice       string               `json:"advice,omitempty"`
	Again        *Again               `json:"again,omitempty"`
	DurationMS   float64              `json:"duration_ms"`
	OurFault     bool                 `json:"our_fault,omitempty"` // the scenario panicked, or asserted without an answer
}

// Again is how to see the same thing again.
type Again struct {
	Mtlscheck string `json:"mtlscheck"`
	Curl      string `json:"curl,omitempty"`
}

// Name is the case's ID as users write it: "AUTH-07", or "PATH-12.serverauth-only".
func (c Case) Name() string {
	if c.Variant == "" {
		return c.ID
	}
	return c.ID + "." + c.Variant
}

// Summary counts cases by verdict. The counts add up to the number of cases.
type Summary struct {
	Pass          int `json:"pass"`
	Fail          int `json:"fail"`
	Warn          int `json:"warn"`
	Note          int `json:"note"`
	NotApplicable int `json:"not_applicable"`
	NotRun        int `json:"not_run"`
	Inconclusive  int `json:"inconclusive"`
	Waived        int `json:"waived"`
}

// Of is the count of one verdict.
func (s *Summary) Of(v Verdict) int {
	if n := s.counter(v); n != nil {
		return *n
	}
	return 0
}

// Add counts one case.
func (s *Summary) Add(v Verdict) {
	if n := s.counter(v); n != nil {
		*n++
	}
}

// Total is the number of cases.
func (s *Summary) Total() int {
	n := 0
	for _, v := range Verdicts() {
		n += s.Of(v)
	}
	return n
}

// Judged is the number of cases with a verdict about the server.
func (s *Summary) Judged() int { return s.Pass + s.Fail + s.Warn + s.Note + s.Waived }

func (s *Summary) counter(v Verdict) *int {
	return map[Verdict]*int{Pass: &s.Pass, Fail: &s.Fail, Warn: &s.Warn, Note: &s.Note, NotApplicable: &s.NotApplicable,
		NotRun: &s.NotRun, Inconclusive: &s.Inconclusive, Waived: &s.Waived}[v]
}

// Tool says what made a document.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Go      string `json:"go"`
}

// TargetRecord is the target in a document.
type TargetRecord struct {
	Name           string     `json:"name"`
	Issuer         string     `json:"issuer"`
	Product        string     `json:"product,omitempty"`         // as its owner says
	ProductVersion string     `json:"product_version,omitempty"` // as its owner says
	Features       []Feature  `json:"features"`                  // observed
	Mismatches     []Mismatch `json:"mismatches,omitempty"`      // declared against observed
}

// Selection is what a run was limited to.
type Selection struct {
	All    bool     `json:"all"`              // nothing was left out by the caller
	Terms  []string `json:"terms,omitempty"`  // IDs, areas, variants, chapter slugs
	Levels []Level  `json:"levels,omitempty"` // only these
	Shard  string   `json:"shard,omitempty"`  // "2/5"
}

// A Step is one finding of the preflight: something that must hold before anything can be judged.
type Step struct {
	Name   string `json:"name"` // "discovery"
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"` // what was seen
	Advice string `json:"advice,omitempty"` // what to try, where OK is false
}

// An Outcome is a finished run: the one value of which every report is a function.
type Outcome struct {
	SchemaName string       `json:"schema"`
	Tool       Tool         `json:"tool"`
	Catalogue  string       `json:"catalogue"` // version of the catalogue
	Profile    string       `json:"profile"`
	Target     TargetRecord `json:"target"`
	Selection  Selection    `json:"selection"`
	Started    time.Time    `json:"started"`
	Ended      time.Time    `json:"ended"`
	Preflight  []Step       `json:"preflight"`
	Unfilled   []Vacancy    `json:"unfilled_roles,omitempty"`
	Summary    Summary      `json:"summary"`
	Verdict    Conclusion   `json:"verdict"`
	ExitCode   int          `json:"exit_code"`
	Reason     string       `json:"reason"` // one sentence for the exit code
	Cases      []Case       `json:"cases"`

	Interrupted bool `json:"interrupted,omitempty"`
	OutOfTime   bool `json:"out_of_time,omitempty"` // the time for the whole run was over before every case had run
}

// A Vacancy is a role that nobody was registered for, and the cases that this made not applicable.
type Vacancy struct {
	Role  Role     `json:"role"`
	Adds  int      `json:"adds"` // cases that registering it would add
	Cases []string `json:"cases,omitempty"`
}

// Conclude sorts the cases, counts them and draws the run's verdict and exit code from them and from the preflight.
func (o *Outcome) Conclude() {
	o.SchemaName = Schema
	slices.SortStableFunc(o.Cases, func(a, b Case) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Variant, b.Variant))
	})
	o.Summary = Summary{}
	ours := 0
	for _, c := range o.Cases {
		*o.Summary.counter(c.Verdict)++
		if c.OurFault {
			ours++
		}
	}
	o.Verdict, o.ExitCode, o.Reason = o.conclusion(ours)
	if o.Interrupted {
		o.ExitCode, o.Reason = ExitInterrupted, "interrupted: "+o.Reason
	}
}

func (o *Outcome) conclusion(ours int) (Conclusion, int, string) {
	s := &o.Summary
	for _, step := range o.Preflight {
		if !step.OK {
			return NotJudged, ExitNotJudged, "preflight failed: " + step.Name
		}
	}
	switch {
	case ours > 0:
		return NotJudged, ExitOurFault, fmt.Sprintf("mtlscheck is at fault in %d of %d cases", ours, len(o.Cases))
	case s.Fail > 0:
		return NotConformant, ExitBroken, fmt.Sprintf("%d broken", s.Fail)
	case o.OutOfTime:
		return NotJudged, ExitNotJudged, "the time was over before every case had run"
	case s.Inconclusive > 0:
		return NotJudged, ExitNotJudged, fmt.Sprintf("%d could not be judged", s.Inconclusive)
	case o.spare():
		return Partial, ExitKept, "this part has no cases; the other parts have them"
	case s.Judged() == 0:
		return NotJudged, ExitNotJudged, "nothing could be examined"
	case !o.Selection.All || o.Selection.Shard != "" || s.NotRun > 0 || len(o.Unfilled) > 0:
		return Partial, ExitKept, "what was examined was kept" + o.exceptions()
	}
	return Conformant, ExitKept, "every Must that applies was kept" + o.exceptions()
}

// spare reports whether an outcome is of a part of a run to which no selected case fell. Every case that was selected, and that nothing
// kept from running, has another verdict than not-run.
func (o *Outcome) spare() bool {
	return o.Selection.Shard != "" && !o.Interrupted && !o.OutOfTime && o.Summary.NotRun == o.Summary.Total()
}

// exceptions are the Musts that are broken as the product is known to break them, in half a sentence; empty: there are none.
func (o *Outcome) exceptions() string {
	var broken Summary
	for _, c := range o.Cases {
		if c.Deviation && c.Level == Must {
			broken.Add(c.Verdict)
		}
	}
	var parts []string
	for _, v := range []Verdict{Warn, Note} {
		if n := broken.Of(v); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	switch n := broken.Warn + broken.Note; n {
	case 0:
		return ""
	case 1:
		return ", but for a known deviation of the product (" + parts[0] + ")"
	default:
		return fmt.Sprintf(", but for %d known deviations of the product (%s)", n, strings.Join(parts, ", "))
	}
}
