package suite

import (
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A Variant names one of several cases of a requirement: "serverauth-only" of PATH-12.
type Variant string

// Keeps ties a spec to the requirement that it proves. Of more, a Variant names the case where the requirement has
// several, and a harness.Level is the case's own where the specification judges a variant more gently.
func Keeps(r harness.Requirement, more ...any) ginkgo.Labels {
	labels := ginkgo.Labels{"req:" + r.ID}
	level := r.Level
	for _, m := range more {
		switch v := m.(type) {
		case Variant:
			labels = append(labels, "variant:"+string(v))
		case string:
			labels = append(labels, "variant:"+v)
		case harness.Level:
			level = v
		}
	}
	return append(labels, "level:"+string(level))
}

// A tag is what the labels of a spec say.
type tag struct {
	requirement string
	variant     string
	level       harness.Level
}

func (t tag) name() string { return harness.Case{ID: t.requirement, Variant: t.variant}.Name() }

// current is the tag of the spec that runs.
func current() tag { return tagOf(ginkgo.CurrentSpecReport().Labels()) }

func tagOf(labels []string) tag {
	var t tag
	for _, l := range labels {
		key, value, _ := strings.Cut(l, ":")
		switch key {
		case "req":
			t.requirement = strings.TrimSpace(value)
		case "variant":
			t.variant = strings.TrimSpace(value)
		case "level":
			t.level = harness.Level(strings.TrimSpace(value))
		}
	}
	return t
}

func labelsIn(args []any) []string {
	var out []string
	for _, a := range args {
		if l, ok := a.(ginkgo.Labels); ok {
			out = append(out, l...)
		}
	}
	return out
}

func locationIn(off ginkgo.Offset, args []any) types.CodeLocation {
	at := types.NewCodeLocation(int(off) + 1)
	for _, a := range args {
		if l, ok := a.(types.CodeLocation); ok {
			at = l
		}
	}
	return at
}
