package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/harness/report"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// completeTerms completes what run and list select: requirements, areas and chapters, with what they say.
func completeTerms(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	out, _ := completeRequirements(cmd, nil, word)
	s, err := catalogueOf(everything())
	if err != nil {
		return out, cobra.ShellCompDirectiveNoFileComp
	}
	areas := map[string]bool{}
	for _, c := range s.Chapters {
		out = append(out, c.Slug+"\t"+c.Title)
		for _, r := range c.Requirements {
			if !areas[r.Area()] {
				areas[r.Area()] = true
				out = append(out, r.Area()+"\tall of "+r.Area())
			}
		}
	}
	return beginning(out, word), cobra.ShellCompDirectiveNoFileComp
}

// completeRequirements completes the ID of one requirement.
func completeRequirements(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	s, err := catalogueOf(everything())
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	catalogue, err := s.Catalogue()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, id := range catalogue.IDs() {
		out = append(out, id+"\t"+catalogue[id].Says)
	}
	return beginning(out, word), cobra.ShellCompDirectiveNoFileComp
}

// beginning keeps what begins with the word, whatever the case of its letters.
func beginning(names []string, word string) []string {
	var out []string
	for _, name := range names {
		if len(name) >= len(word) && strings.EqualFold(name[:len(word)], word) {
			out = append(out, name)
		}
	}
	return out
}

// completeFlags completes the values of the flags that have a list of them.
func completeFlags(cmd *cobra.Command) {
	values := map[string]func() []string{
		"profile": func() []string {
			var out []string
			for _, p := range scenarios.Profiles() {
				out = append(out, p.Name+"\t"+p.Title)
			}
			return out
		},
		"fake": fakeidp.Versions,
		"broken": func() []string {
			var out []string
			for _, f := range fakeidp.Faults() {
				out = append(out, f.Name+"\t"+f.Doc)
			}
			return out
		},
		"level": func() []string { return []string{"must", "should", "may"} },
		"color": func() []string { return []string{"auto", "always", "never"} },
		"report": func() []string {
			var out []string
			for _, f := range report.Formats() {
				out = append(out, f.Name+"=\t"+f.Doc)
			}
			return out
		},
	}
	completeValues(cmd, values)
}

// completeValues completes the values of flags, by the flag's name; flags that the command does not have are passed over.
func completeValues(cmd *cobra.Command, values map[string]func() []string) {
	for name, list := range values {
		if cmd.Flags().Lookup(name) == nil {
			continue
		}
		// An error says that the flag is not there, or has one already: neither can be.
		_ = cmd.RegisterFlagCompletionFunc(name, func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			directive := cobra.ShellCompDirectiveNoFileComp
			if name == "report" {
				directive = cobra.ShellCompDirectiveNoSpace
			}
			return beginning(list(), word), directive
		})
	}
}
