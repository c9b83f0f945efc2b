package main

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// catalogueOf is the suite of a profile without a server: it can be listed, not run.
func catalogueOf(profile harness.Profile) (*suite.Suite, error) {
	world, err := scenarios.NewWorld(scenarios.Setup{Target: &harness.Target{}})
	if err != nil {
		return nil, err
	}
	return scenarios.Suite(world, profile), nil
}

// everything is a profile that leaves nothing out.
func everything() harness.Profile {
	return harness.Profile{Name: "all", Keeps: func(harness.Requirement) bool { return true }}
}

// matching translates what a selection names wrongly: each unknown term with the nearest names. s is the suite that was asked.
func matching(s *suite.Suite, err error) error {
	var none *suite.NoMatch
	if !errors.As(err, &none) {
		return err
	}
	if len(none.Terms) == 0 {
		return usage("name fewer, or give no --level; mtlscheck list shows what there is", "the selection matches no case")
	}
	names, all := termsOf(s), []string{}
	if whole, e := catalogueOf(everything()); e == nil {
		all = termsOf(whole)
	}
	var tries, outside []string
	for _, term := range none.Terms {
		same := func(name string) bool { return strings.EqualFold(name, term) }
		if !slices.ContainsFunc(names, same) && slices.ContainsFunc(all, same) {
			outside = append(outside, term)
			continue
		}
		switch near := nearest(term, names); {
		case len(near) > 0:
			tries = append(tries, "for "+term+": "+strings.Join(near, " or "))
		case isHost(term, all):
			tries = append(tries, "an issuer begins with https://: mtlscheck run "+shellWord("https://"+term))
		}
	}
	if len(outside) > 0 {
		tries = append(tries, "the profile "+s.Profile.Name+" does not hold "+strings.Join(outside, ", ")+"; another --profile does")
	}
	if len(tries) == 0 {
		tries = []string{"mtlscheck list shows all cases"}
	}
	return usage(strings.Join(tries, "; "), "%w", err)
}

// isHost reports whether a term looks like a server without the scheme: localhost, id.example, 192.0.2.1:8443/path. A requirement
// with a variant, like AUTH-99.name, does not; names tells the areas.
func isHost(term string, names []string) bool {
	u, err := url.Parse("https://" + term)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(term, "@?#") {
		return false
	}
	first, _, dotted := strings.Cut(u.Hostname(), ".")
	area := first[:max(strings.LastIndexByte(first, '-'), 0)]
	of := func(name string) bool { return strings.EqualFold(name, area) }
	return (dotted || u.Port() != "" || strings.Contains(term, "/") || strings.EqualFold(first, "localhost")) && !slices.ContainsFunc(names, of)
}

// termsOf are all names by which cases of a suite can be selected: requirements, cases, areas, chapters.
func termsOf(s *suite.Suite) []string {
	cases, err := s.List(suite.Options{})
	if err != nil {
		return nil
	}
	var out []string
	add := func(name string) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, c := range cases {
		add(c.Requirement.ID)
		add(c.Name())
		add(c.Requirement.Area())
		add(c.Chapter.Slug)
	}
	return out
}
