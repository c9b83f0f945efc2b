package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// RequirementSchema names the form of what explain -o json prints.
const RequirementSchema = "mtlscheck.requirement/v1"

// An explanation is everything that the catalogue knows about a requirement.
type explanation struct {
	Schema     string            `json:"schema"`
	ID         string            `json:"id"`
	Level      harness.Level     `json:"level"`
	Says       string            `json:"says"`
	Cite       string            `json:"cite"`
	Why        string            `json:"why"`
	Chapter    string            `json:"chapter"`
	Needs      []harness.Feature `json:"needs,omitempty"`
	Since      string            `json:"since,omitempty"`
	Until      string            `json:"until,omitempty"`
	Cases      []explainedCase   `json:"cases"`
	Advice     harness.Advice    `json:"advice"`
	Profiles   []string          `json:"profiles"`
	Deviations []deviation       `json:"deviations,omitempty"`
}

type explainedCase struct {
	Name  string        `json:"name"`
	Level harness.Level `json:"level"`
	Title string        `json:"title"`
}

type deviation struct {
	Profile string          `json:"profile"`
	Variant string          `json:"variant,omitempty"`
	Since   string          `json:"since,omitempty"`
	Until   string          `json:"until,omitempty"`
	Verdict harness.Verdict `json:"verdict"`
	Why     string          `json:"why"`
	Advice  string          `json:"advice,omitempty"`
}

func newExplainCommand(p place) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "explain ID",
		Short: "Say what a requirement is, why it matters, how it is tested and what to change",
		Example: `  mtlscheck explain AUTH-07
  mtlscheck explain AUTH-07 -o md
  mtlscheck explain AUTH-07 -o json | jq -r .advice.any`,
		ValidArgsFunction: completeRequirements,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--output", output, "text", "json", "md"); err != nil {
				return err
			}
			if len(args) != 1 {
				return usage("mtlscheck explain AUTH-07; mtlscheck list shows all", "name one requirement")
			}
			e, err := explain(args[0])
			if err != nil {
				return err
			}
			switch output {
			case "json":
				j := json.NewEncoder(p.stdout)
				j.SetEscapeHTML(false)
				j.SetIndent("", "  ")
				return j.Encode(e)
			case "md":
				return e.markdown(p.stdout)
			}
			return e.text(p.stdout)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json or md")
	return cmd
}

// explain collects what is known about a requirement, by its ID or the name of one of its cases.
func explain(name string) (*explanation, error) {
	s, err := catalogueOf(everything())
	if err != nil {
		return nil, err
	}
	catalogue, err := s.Catalogue()
	if err != nil {
		return nil, err
	}
	id, _, _ := strings.Cut(strings.ToUpper(name), ".")
	r, known := catalogue[id]
	if !known {
		return nil, usage(didYouMean(name, catalogue.IDs(), "mtlscheck list shows all cases"), "there is no requirement %q", harness.Printable(name))
	}
	e := &explanation{Schema: RequirementSchema, ID: r.ID, Level: r.Level, Says: r.Says, Cite: r.Cite, Why: r.Why, Needs: r.Needs,
		Since: r.Since, Until: r.Until, Advice: r.Advice, Cases: []explainedCase{}, Profiles: []string{}}
	cases, err := s.List(suite.Options{Terms: []string{r.ID}})
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		e.Cases = append(e.Cases, explainedCase{c.Name(), c.Level, c.Title})
		e.Chapter = c.Chapter.Slug
	}
	for _, p := range scenarios.Profiles() {
		if p.Keeps == nil || p.Keeps(r) {
			e.Profiles = append(e.Profiles, p.Name)
		}
		for _, d := range p.Deviations {
			if d.Requirement == r.ID {
				e.Deviations = append(e.Deviations, deviation{p.Name, d.Variant, d.Since, d.Until, d.Verdict, d.Why, d.Advice})
			}
		}
	}
	return e, nil
}

// versions says in words which versions are meant; empty: all.
func versions(since, until string) string {
	switch {
	case since != "" && until != "":
		return since + " to " + until
	case since != "":
		return "from " + since
	case until != "":
		return "up to " + until
	}
	return ""
}

func (e *explanation) text(w io.Writer) error {
	var b strings.Builder
	row := func(label, text string) {
		for i, line := range folded(text, 86) {
			if i > 0 {
				label = ""
			}
			fmt.Fprintf(&b, "%-12s %s\n", label, line)
		}
	}
	fmt.Fprintf(&b, "%s  %s\n\n", e.ID, e.Says)
	row("level", string(e.Level))
	row("source", e.Cite)
	row("why", e.Why)
	for i, c := range e.Cases {
		row(map[bool]string{true: "cases"}[i == 0], fmt.Sprintf("%s (%s): %s", c.Name, c.Level, c.Title))
	}
	if len(e.Needs) > 0 {
		var names []string
		for _, f := range e.Needs {
			names = append(names, string(f))
		}
		row("needs", strings.Join(names, ", "))
	}
	row("versions", versions(e.Since, e.Until))
	row("change", e.Advice.Any)
	for _, product := range slices.Sorted(maps.Keys(e.Advice.For)) {
		row("", product+": "+e.Advice.For[product])
	}
	for i, d := range e.Deviations {
		row(map[bool]string{true: "deviations"}[i == 0], d.sentence())
		row("", d.Advice)
	}
	row("profiles", strings.Join(e.Profiles, ", "))
	fmt.Fprintf(&b, "\nrun it: mtlscheck run %s\n", e.ID)
	_, err := io.WriteString(w, b.String())
	return err
}

func (d deviation) sentence() string {
	where := "in the profile " + d.Profile
	if v := versions(d.Since, d.Until); v != "" {
		where += ", " + v
	}
	if d.Variant != "" {
		where += ", the case " + d.Variant
	}
	return fmt.Sprintf("%s: %s instead of a failure: %s", where, d.Verdict, d.Why)
}

func (e *explanation) markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s\n\n*%s, %s*\n\n%s\n\n", e.ID, e.Says, e.Level, e.Cite, e.Why)
	fmt.Fprintf(&b, "| case | level | the scenario |\n| --- | --- | --- |\n")
	for _, c := range e.Cases {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Name, c.Level, cell(c.Title))
	}
	fmt.Fprintf(&b, "\n**What to change.** %s\n", e.Advice.Any)
	for _, product := range slices.Sorted(maps.Keys(e.Advice.For)) {
		fmt.Fprintf(&b, "\n* %s: %s", product, e.Advice.For[product])
	}
	if len(e.Advice.For) > 0 {
		b.WriteString("\n")
	}
	for _, d := range e.Deviations {
		fmt.Fprintf(&b, "\n**Known deviation** %s %s\n", d.sentence(), d.Advice)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// folded breaks text at blanks into lines of at most width characters.
func folded(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
