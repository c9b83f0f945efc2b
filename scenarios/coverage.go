package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// A Row is one row of the requirement matrix that no case stands for yet, and why.
type Row struct {
	ID     string // "PKI-28"
	Reason string // one sentence
}

// Coverage says in Markdown which requirements have cases, and which rows of the named areas have none and why.
func Coverage(cases []suite.Listing) string {
	areas := map[string][]string{}
	lines := map[string]string{}
	count := map[string]int{}
	for _, c := range cases {
		count[c.Requirement.ID]++
		lines[c.Requirement.ID] = fmt.Sprintf("| %s | %s | %s | %d | %s |", c.Requirement.ID, c.Requirement.Level, c.Requirement.Cite, count[c.Requirement.ID], escaped(c.Requirement.Says))
	}
	for id := range lines {
		areas[area(id)] = append(areas[area(id)], id)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# What is checked, and what is not yet\n\nGenerated from the catalogue (version %s): %d requirements, %d cases. `mtlscheck explain ID` says more about each.\n", CatalogueVersion, len(lines), len(cases))
	for _, a := range sorted(areas) {
		fmt.Fprintf(&b, "\n## %s\n\n| requirement | level | source | cases | says |\n| --- | --- | --- | ---: | --- |\n", a)
		slices.SortFunc(areas[a], byNumber)
		for _, id := range areas[a] {
			b.WriteString(lines[id] + "\n")
		}
	}
	missing := NotYet()
	fmt.Fprintf(&b, "\n## Rows without a case\n\n%d rows of the areas above have no case, for the reason given.\n\n| row | reason |\n| --- | --- |\n", len(missing))
	slices.SortFunc(missing, func(x, y Row) int { return byNumber(x.ID, y.ID) })
	for _, r := range missing {
		fmt.Fprintf(&b, "| %s | %s |\n", r.ID, escaped(r.Reason))
	}
	return b.String()
}

func area(id string) string { return id[:strings.LastIndexByte(id, '-')] }

func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(area(a), area(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func escaped(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func sorted(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
