package report

import (
	"io"
	"reflect"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
)

// The types of records in JSON Lines, in the order in which they come. A run has one run.started, at most one preflight,
// any number of cases and one run.finished. A case that comes twice was judged anew: the later record counts.
const (
	RunStarted  = "run.started"
	Preflight   = "preflight"
	CaseJudged  = "case"
	RunFinished = "run.finished"
)

// Started is the record at the start of a run.
type Started struct {
	Schema    string               `json:"schema"`
	Type      string               `json:"type" jsonschema:"enum=run.started"`
	Tool      harness.Tool         `json:"tool"`
	Catalogue string               `json:"catalogue"`
	Profile   string               `json:"profile"`
	Target    harness.TargetRecord `json:"target"`
	Selection harness.Selection    `json:"selection"`
	Started   time.Time            `json:"started"`
	Total     int                  `json:"total"` // cases that will run
}

// Checked is the record of the preflight.
type Checked struct {
	Schema string         `json:"schema"`
	Type   string         `json:"type" jsonschema:"enum=preflight"`
	Steps  []harness.Step `json:"steps"`
}

// Judged is the record of a case.
type Judged struct {
	Schema string `json:"schema"`
	Type   string `json:"type" jsonschema:"enum=case"`
	harness.Case
}

// Finished is the record at the end of a run: the document without its cases.
type Finished struct {
	Type string `json:"type" jsonschema:"enum=run.finished"`
	harness.Outcome
	Cases *struct{} `json:"cases,omitempty" jsonschema:"-"` // hides the outcome's
}

// Lines writes a run as JSON Lines while it goes on. It remembers the first error and writes nothing after it. It is not
// safe for concurrent use.
type Lines struct {
	w       io.Writer
	written map[string]harness.Case
	err     error
}

// NewLines writes to w.
func NewLines(w io.Writer) *Lines { return &Lines{w: w, written: map[string]harness.Case{}} }

func (l *Lines) write(record any) {
	if l.err == nil {
		l.err = encode(l.w, record, "")
	}
}

// Start writes run.started: what is known of o before anything was asked; total is how many cases will run.
func (l *Lines) Start(o *harness.Outcome, total int) {
	c := complete(o)
	l.write(Started{harness.Schema, RunStarted, c.Tool, c.Catalogue, c.Profile, c.Target, c.Selection, c.Started, total})
}

// Preflight writes the preflight.
func (l *Lines) Preflight(steps []harness.Step) {
	l.write(Checked{harness.Schema, Preflight, list(steps)})
}

// Case writes a case.
func (l *Lines) Case(c harness.Case) {
	c = completeCase(c)
	l.written[c.Name()] = c
	l.write(Judged{harness.Schema, CaseJudged, c})
}

// Finish writes the cases that were not written yet or were judged anew, and run.finished. It returns the first error
// of all.
func (l *Lines) Finish(o *harness.Outcome) error {
	c := complete(o)
	for _, one := range c.Cases {
		if was, ok := l.written[one.Name()]; !ok || !reflect.DeepEqual(was, one) {
			l.Case(one)
		}
	}
	l.write(Finished{Type: RunFinished, Outcome: *c})
	return l.err
}

// JSONLines writes a finished outcome as JSON Lines.
func JSONLines(w io.Writer, o *harness.Outcome) error {
	l := NewLines(w)
	l.Start(o, o.Summary.Total()-o.Summary.NotRun)
	l.Preflight(o.Preflight)
	return l.Finish(o)
}
