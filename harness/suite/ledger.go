package suite

import (
	"slices"
	"sync"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// A Ledger is the record of the scenario that runs at the moment: what was asked and answered, and how it ended where
// that is not a plain pass or fail. Scenarios run one after the other, so one ledger serves a suite.
type Ledger struct {
	mu      sync.Mutex
	of      string // the case
	entries []entry
	end     harness.Verdict // NotApplicable, Inconclusive or NotRun; empty: the assertion decides
	because string
	vacant  harness.Role // the role that nobody is registered for
	broken  *Mismatch
	soft    []string // tolerated forms that were seen
	remarks []string // facts worth a line, whatever the verdict
	silent  bool     // a question got no answer
}

// An entry is one exchange; answered is false for silence, and where nobody but a gateway answered.
type entry struct {
	question wire.Question
	evidence *harness.Evidence
	answered bool
	served   bool // 2xx
}

// A Mismatch is a broken assertion in two sentences.
type Mismatch struct {
	Expected, Observed string
	Form               harness.Form // empty: none of those that profiles know
}

// begin starts the record of a case.
func (l *Ledger) begin(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of = name
	l.entries, l.end, l.because, l.vacant, l.broken, l.soft, l.remarks, l.silent = nil, "", "", "", nil, nil, nil, false
}

func (l *Ledger) add(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	l.silent = l.silent || !e.answered
}

func (l *Ledger) finish(v harness.Verdict, because string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.end == "" {
		l.end, l.because = v, because
	}
}

func (l *Ledger) mismatch(m Mismatch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = &m
}

func (l *Ledger) tolerate(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.soft, why) {
		l.soft = append(l.soft, why)
	}
}

// Remark adds a sentence to the case's reason without changing its verdict: which of several documented forms was seen.
func (l *Ledger) Remark(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.remarks, text) {
		l.remarks = append(l.remarks, text)
	}
}

// control marks the exchange as the good twin of a negative case.
func (l *Ledger) control(e *harness.Evidence) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e != nil {
		e.Control = true
	}
}

// lastControl is the question that was last asked as a control.
func (l *Ledger) lastControl() (wire.Question, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range slices.Backward(l.entries) {
		if e.evidence != nil && e.evidence.Control {
			return e.question, true
		}
	}
	return wire.Question{}, false
}

// A page is what a ledger held when a scenario ended.
type page struct {
	entries []entry
	end     harness.Verdict
	because string
	vacant  harness.Role
	broken  *Mismatch
	soft    []string
	remarks []string
	silent  bool
}

// pageOf is the page of a case. It is empty if the record is of another: at an interrupt Ginkgo reports cases that never began,
// and may do so before it has reported the last one that ran.
func (l *Ledger) pageOf(name string) page {
	if l.owner() != name {
		return page{}
	}
	return l.page()
}

func (l *Ledger) owner() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of
}

func (l *Ledger) page() page {
	l.mu.Lock()
	defer l.mu.Unlock()
	return page{slices.Clone(l.entries), l.end, l.because, l.vacant, l.broken, l.soft, l.remarks, l.silent}
}

func (p page) evidence() []harness.Evidence {
	out := make([]harness.Evidence, 0, len(p.entries))
	for _, e := range p.entries {
		if e.evidence != nil {
			out = append(out, *e.evidence)
		}
	}
	return out
}

func (p page) answered() bool {
	return slices.ContainsFunc(p.entries, func(e entry) bool { return e.answered })
}

func (p page) served() bool {
	return slices.ContainsFunc(p.entries, func(e entry) bool { return e.served })
}

// shown are the certificates of all questions, once each.
func (p page) shown() []*harness.Certificate {
	var out []*harness.Certificate
	for _, e := range p.entries {
		if c := e.question.Person.Certificate; c != nil && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// certificates are what was shown, once each, in the order of showing.
func (p page) certificates() []harness.CertificateSummary {
	out := []harness.CertificateSummary{}
	for _, e := range p.entries {
		if e.evidence == nil || e.evidence.TLS.Shown == nil {
			continue
		}
		shown := *e.evidence.TLS.Shown
		if !slices.ContainsFunc(out, func(s harness.CertificateSummary) bool { return s.SHA256 == shown.SHA256 && s.Name == shown.Name }) {
			out = append(out, shown)
		}
	}
	return out
}
