package manifest

import (
	"context"
	"slices"

	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki"
)

// faults keeps or makes the bad twins of faults: {of: …, set: …}. Of the set all, those that this certificate cannot have are
// left out, with the reason; each that is asked for by name must be possible.
func (b *builder) faults(ctx context.Context, s *faultSet) {
	like := b.m.entryNamed(s.of)
	for _, f := range pki.Faults() {
		if !s.all && !slices.Contains(s.set, f.Name) {
			continue
		}
		if ctx.Err() != nil {
			return
		}
		b.faulty(s, like, f)
	}
}

func (b *builder) faulty(s *faultSet, like *entry, f pki.Fault) {
	e := &entry{name: f.Name, node: s.node, path: s.path, like: like.name, fault: f.Name}
	if s.among {
		e.name = s.of + "." + f.Name
	}
	at := "faults/" + e.name
	e.spec = digest("v1", "faults", f.Name, like.spec)
	alone := b.kind(like) == "self-signed"
	if s.all && f.SelfSigned != alone && (f.SelfSigned || len(f.Traits) == 0) {
		return
	}
	old, there := b.old[at]
	action, why := Make, "it is new"
	if there {
		action, why = b.decideFaulty(e, old, at)
	}
	if action == Keep {
		b.step(Keep, at, "")
		b.record(at, old)
		return
	}
	i := b.twin(e, b.identity(like), nil, nil)
	if err := i.Err(); err != nil {
		if s.all {
			b.step(Skip, at, err.Error())
			return
		}
		b.reader.Wrong(s.node, strict.Join(s.path, f.Name), "", "%v", err)
		return
	}
	n, err := b.described(at, e, i)
	if err == nil {
		err = b.writes(&n, at, i, nil)
	}
	if err != nil {
		b.reader.Wrong(s.node, strict.Join(s.path, f.Name), "", "%v", err)
		return
	}
	b.step(action, at, why)
	b.record(at, n)
}

func (b *builder) decideFaulty(e *entry, old pki.Entry, at string) (Action, string) {
	switch {
	case b.anew[e.like]:
		return Remake, "what it is like, " + e.like + ", is made anew"
	case old.Spec != e.spec:
		return Remake, "its description changed"
	}
	if why := b.damaged(old, at); why != "" {
		return Remake, why
	}
	return b.age(old, b.spanOf(e))
}
