package manifest

import (
	"maps"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/internal/strict"
)

// faultSets reads faults: {of: client, set: all}, or a list of such.
func (l *loader) faultSets(n ast.Node) []*faultSet {
	if n == nil {
		return nil
	}
	if _, list := n.(*ast.SequenceNode); !list {
		if s := l.faultsOf(n, "faults"); s != nil {
			return []*faultSet{s}
		}
		return nil
	}
	var out []*faultSet
	if items := l.Items(n, "faults"); len(items) > maxFaultSets {
		l.Wrong(n, "faults", "leave some out", "%d identities have bad twins; at most %d are possible", len(items), maxFaultSets)
		return nil
	}
	for i, item := range l.Items(n, "faults") {
		s := l.faultsOf(item, strict.At("faults", i))
		switch {
		case s == nil:
		case slices.ContainsFunc(out, func(other *faultSet) bool { return other.of == s.of }):
			l.Wrong(item, s.path, "put its faults into one list", "%s stands twice", s.of)
		default:
			s.among = true
			out = append(out, s)
		}
	}
	return out
}

// faultsOf reads {of: client, set: all}.
func (l *loader) faultsOf(n ast.Node, path string) *faultSet {
	f := l.Fields(n, path, "of", "set")
	s := &faultSet{node: n, path: path, of: l.Required(n, f, "of", path, "client")}
	base := l.identities[s.of]
	at := strict.Join(path, "set")
	switch {
	case s.of == "":
	case base == nil:
		l.Wrong(f["of"], strict.Join(path, "of"), l.Suggestion(s.of, slices.Collect(maps.Keys(l.identities))), "there is no identity %q", s.of)
		return nil
	case base.fault != "":
		l.Wrong(f["of"], strict.Join(path, "of"), "take the good certificate", "%s has a fault of its own, and twins have one", base.name)
	}
	switch set := f["set"].(type) {
	case nil:
		l.Wrong(n, path, "add set: all, or set: [expired, unknown-ca]", "set is missing")
	case *ast.StringNode:
		if s.all = set.Value == "all"; !s.all {
			l.Wrong(set, at, "write all, or a list: ["+set.Value+"]", "%q is no set", set.Value)
		}
	default:
		texts, nodes := l.Texts(set, at)
		for i, text := range texts {
			place := strict.At(at, i)
			name := l.fault(nodes[i], text, place)
			switch {
			case name == "":
			case slices.Contains(s.set, name):
				l.Wrong(nodes[i], place, "keep one of them", "the fault %s stands twice", name)
			case base != nil:
				l.checkFault(&entry{name: name, node: nodes[i], path: path, fault: name}, base)
				s.set = append(s.set, name)
			}
		}
	}
	return s
}
