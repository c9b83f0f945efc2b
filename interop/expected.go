package interop

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/mtlscheck/mtlscheck/harness"
)

// Expected is what a run must say of a server. Cases that are not named must pass.
type Expected struct {
	verdicts map[string]exception
}

type exception struct {
	verdict harness.Verdict
	or      harness.Verdict // what the server answers at other times; empty: it is steady
	because string
}

// file is the form of expected.yaml: sections by deployment, each a list of exceptions. Where a server itself answers now so and
// now so, the second verdict stands under "or", and because says how that comes about.
type file map[string][]struct {
	Cases   []string        `yaml:"cases"`
	Verdict harness.Verdict `yaml:"verdict"`
	Or      harness.Verdict `yaml:"or"`
	Because string          `yaml:"because"`
}

// ReadExpected reads the sections of an expected.yaml; a case in a later section replaces the same case in an earlier one,
// so that a careless deployment is described by its difference from the honest one. It fails on an unknown key or verdict,
// an exception without a reason, a section that is not there, and a case that stands twice in one section.
func ReadExpected(path string, sections ...string) (*Expected, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	e, err := parseExpected(content, sections)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

func parseExpected(content []byte, sections []string) (*Expected, error) {
	var f file
	if err := yaml.NewDecoder(bytes.NewReader(content), yaml.Strict()).Decode(&f); err != nil {
		return nil, err
	}
	e := &Expected{verdicts: map[string]exception{}}
	for _, section := range sections {
		exceptions, ok := f[section]
		if !ok {
			return nil, fmt.Errorf("there is no section %q", section)
		}
		seen := map[string]bool{}
		for _, x := range exceptions {
			if x.Because == "" {
				return nil, fmt.Errorf("%s: %v: a reason is missing (because)", section, x.Cases)
			}
			for _, v := range []harness.Verdict{x.Verdict, x.Or} {
				if !slices.Contains(harness.Verdicts(), v) && (v != "" || x.Verdict == "") {
					return nil, fmt.Errorf("%s: %v: %q is no verdict", section, x.Cases, v)
				}
			}
			for _, name := range x.Cases {
				if seen[name] {
					return nil, fmt.Errorf("%s: %s stands twice", section, name)
				}
				seen[name] = true
				e.verdicts[name] = exception{x.Verdict, x.Or, x.Because}
			}
		}
	}
	return e, nil
}

// Named returns the cases that are expected to have the verdict, sorted.
func (e *Expected) Named(v harness.Verdict) []string {
	var out []string
	for name, x := range e.verdicts {
		if x.verdict == v {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Compare returns one text for each case whose verdict is not the expected one, and for each expected case that the run
// does not have; sorted by case. It is empty if all is as expected.
func (e *Expected) Compare(o *harness.Outcome) []string {
	differences := map[string]string{}
	missing := maps.Clone(e.verdicts)
	for _, c := range o.Cases {
		name := c.Name()
		want, named := missing[name]
		delete(missing, name)
		if !named {
			want = exception{verdict: harness.Pass, because: "it is not named in expected.yaml"}
		}
		if c.Verdict != want.verdict && (want.or == "" || c.Verdict != want.or) {
			differences[name] = describe(c, want)
		}
	}
	for name, want := range missing {
		differences[name] = fmt.Sprintf("%s\n  expected  %s (%s)\n  got       no such case", name, want.verdict, want.because)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(differences)) {
		out = append(out, differences[name])
	}
	return out
}

func describe(c harness.Case, want exception) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n  expected  %s (%s)\n  got       %s", c.Name(), c.Says, want.verdict, want.because, c.Verdict)
	for _, line := range []struct{ label, text string }{{"because", c.Because}, {"asserted", c.Expected}, {"observed", c.Observed}} {
		if line.text != "" {
			fmt.Fprintf(&b, "\n  %-9s %s", line.label, line.text)
		}
	}
	return b.String()
}
