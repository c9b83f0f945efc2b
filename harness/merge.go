package harness

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// BuiltInFake is the name of the built-in fake as a target. Each start of it has a port, and so an issuer, of its own.
const BuiltInFake = "built-in fake"

// Merge joins the outcomes of the shards of one run. It fails if a shard is missing or comes twice, and if the parts are not of
// one run; the error says which, or what differs.
func Merge(parts ...*Outcome) (*Outcome, error) {
	if len(parts) == 0 {
		return nil, errors.New("there is nothing to merge")
	}
	if err := oneRun(parts); err != nil {
		return nil, err
	}
	if err := complete(parts); err != nil {
		return nil, err
	}
	whole := *parts[0]
	whole.Cases, whole.Unfilled = nil, nil
	seen, vacant := map[string]bool{}, map[Role]*Vacancy{}
	for _, p := range parts {
		for _, c := range p.Cases {
			if seen[c.Name()] {
				return nil, fmt.Errorf("%s was run in two parts", c.Name())
			}
			seen[c.Name()] = true
			whole.Cases = append(whole.Cases, c)
		}
		for _, v := range p.Unfilled {
			if vacant[v.Role] == nil {
				vacant[v.Role] = &Vacancy{Role: v.Role}
			}
			vacant[v.Role].Adds += v.Adds
			vacant[v.Role].Cases = append(vacant[v.Role].Cases, v.Cases...)
		}
		for _, step := range p.Preflight {
			if !step.OK {
				whole.Preflight = p.Preflight
			}
		}
		whole.Interrupted = whole.Interrupted || p.Interrupted
		whole.OutOfTime = whole.OutOfTime || p.OutOfTime
		if p.Started.Before(whole.Started) {
			whole.Started = p.Started
		}
		if p.Ended.After(whole.Ended) {
			whole.Ended = p.Ended
		}
	}
	for _, v := range vacant {
		slices.Sort(v.Cases)
		whole.Unfilled = append(whole.Unfilled, *v)
	}
	slices.SortFunc(whole.Unfilled, func(a, b Vacancy) int { return cmp.Compare(a.Role, b.Role) })
	whole.Selection.Shard = ""
	whole.Conclude()
	return &whole, nil
}

// oneRun reports what differs between parts and must be equal in one run. The Go that built the tool counts: the behaviour of
// its TLS is part of a result.
func oneRun(parts []*Outcome) error {
	facts := []struct {
		name string
		of   func(*Outcome) string
	}{
		{"tool", func(o *Outcome) string {
			return strings.TrimSpace(o.Tool.Name + " " + o.Tool.Version + " " + o.Tool.Go)
		}},
		{"catalogue", func(o *Outcome) string { return o.Catalogue }},
		{"profile", func(o *Outcome) string { return o.Profile }},
		{"target", func(o *Outcome) string { return o.Target.Name }},
		{"issuer", func(o *Outcome) string {
			if o.Target.Name == BuiltInFake {
				return ""
			}
			return o.Target.Issuer
		}},
		{"product", func(o *Outcome) string { return o.Target.Product }},
		{"product version", func(o *Outcome) string { return o.Target.ProductVersion }},
		{"selection", func(o *Outcome) string { return cmp.Or(strings.Join(o.Selection.limits(), ", "), "everything") }},
		{"number of parts", func(o *Outcome) string { _, of, _ := strings.Cut(o.Selection.Shard, "/"); return cmp.Or(of, "1") }},
	}
	var differ []string
	for _, fact := range facts {
		first := fact.of(parts[0])
		for _, p := range parts[1:] {
			if other := fact.of(p); other != first {
				differ = append(differ, fmt.Sprintf("the %s is %s and %s", fact.name, Printable(cmp.Or(first, "not said")), Printable(cmp.Or(other, "not said"))))
				break
			}
		}
	}
	if len(differ) > 0 {
		return errors.New("these are not parts of one run: " + strings.Join(differ, ", "))
	}
	return nil
}

// limits are what a selection was limited to, shards aside.
func (s Selection) limits() []string {
	out := slices.Clone(s.Terms)
	for _, l := range s.Levels {
		out = append(out, "level "+string(l))
	}
	return out
}

// complete reports which shards are missing and which come twice. A run that was not split is its only part.
func complete(parts []*Outcome) error {
	if len(parts) == 1 && parts[0].Selection.Shard == "" {
		return nil
	}
	const most = 8 // that are named
	count, number := map[int]int{}, 0
	var missing, twice []string
	for _, p := range parts {
		first, second, _ := strings.Cut(p.Selection.Shard, "/")
		index, err := strconv.Atoi(first)
		of, err2 := strconv.Atoi(second)
		switch {
		case p.Selection.Shard == "":
			return errors.New("a run without --shard is whole, and no part of another")
		case errors.Join(err, err2) != nil || index < 1 || index > of:
			return fmt.Errorf("%s is not the name of a part", Printable(p.Selection.Shard))
		}
		number = of
		if count[index]++; count[index] == 2 {
			twice = append(twice, p.Selection.Shard)
		}
	}
	for i := 1; i <= number && len(missing) < most; i++ {
		if count[i] == 0 {
			missing = append(missing, fmt.Sprintf("%d/%d", i, number))
		}
	}
	var wrong []string
	if len(missing) > 0 {
		more := ""
		if n := number - len(count) - len(missing); n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		wrong = append(wrong, "missing: "+strings.Join(missing, ", ")+more)
	}
	if len(twice) > 0 {
		wrong = append(wrong, "given twice: "+strings.Join(twice, ", "))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("a run of %d parts needs each of them once; %s", number, strings.Join(wrong, "; "))
	}
	return nil
}
