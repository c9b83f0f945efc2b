package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// ListSchema names the form of what list -o json prints.
const ListSchema = "mtlscheck.list/v1"

// listed is a case in a listing.
type listed struct {
	Name    string        `json:"name"`
	ID      string        `json:"id"`
	Variant string        `json:"variant,omitempty"`
	Chapter string        `json:"chapter"`
	Level   harness.Level `json:"level"`
	Cite    string        `json:"cite"`
	Title   string        `json:"title"`
	Says    string        `json:"says"`
}

func newListCommand(p place) *cobra.Command {
	var profile, output string
	var levelNames []string
	cmd := &cobra.Command{
		Use:   "list [ID|AREA|CHAPTER]…",
		Short: "List the cases of a profile, one per line",
		Example: `  mtlscheck list
  mtlscheck list --profile rfc8705 AUTH PKI-13
  mtlscheck list -o json | jq -r '.cases[].name'`,
		ValidArgsFunction: completeTerms,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--output", output, "text", "json", "md"); err != nil {
				return err
			}
			chosen, err := profileNamed(profile, scenarios.Profiles()[0].Name)
			if err != nil {
				return err
			}
			picked, err := levels(levelNames)
			if err != nil {
				return err
			}
			s, err := catalogueOf(chosen)
			if err != nil {
				return err
			}
			cases, err := s.List(suite.Options{Terms: args, Levels: picked})
			if err != nil {
				return matching(s, err)
			}
			out := []listed{}
			for _, c := range cases {
				out = append(out, listed{c.Name(), c.Requirement.ID, c.Variant, c.Chapter.Slug, c.Level, c.Requirement.Cite, c.Title, c.Requirement.Says})
			}
			return writeList(p.stdout, output, chosen.Name, out)
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "", "`PROFILE` whose cases are listed (default "+scenarios.Profiles()[0].Name+")")
	cmd.Flags().StringSliceVar(&levelNames, "level", nil, "only cases of this `LEVEL`: must, should, may; may be repeated")
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json or md")
	completeFlags(cmd)
	return cmd
}

func writeList(w io.Writer, output, profile string, cases []listed) error {
	switch output {
	case "json":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Schema    string   `json:"schema"`
			Catalogue string   `json:"catalogue"`
			Profile   string   `json:"profile"`
			Cases     []listed `json:"cases"`
		}{ListSchema, scenarios.CatalogueVersion, profile, cases})
	case "md":
		var b strings.Builder
		b.WriteString("| case | level | chapter | source | the scenario |\n| --- | --- | --- | --- | --- |\n")
		for _, c := range cases {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", c.Name, c.Level, c.Chapter, cell(c.Cite), cell(c.Title))
		}
		_, err := io.WriteString(w, b.String())
		return err
	}
	width, chapter := 0, 0
	for _, c := range cases {
		width, chapter = max(width, len(c.Name)), max(chapter, len(c.Chapter))
	}
	var b strings.Builder
	for _, c := range cases {
		fmt.Fprintf(&b, "%-*s  %-6s  %-*s  %s\n", width, c.Name, c.Level, chapter, c.Chapter, c.Title)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell is text for a cell of a Markdown table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
