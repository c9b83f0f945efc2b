package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
)

// FaultsSchema names the form of what faults -o json prints.
const FaultsSchema = "mtlscheck.faults/v1"

// strictFake is the built-in fake that is no IdentityServer.
const strictFake = "rfc8705"

// anomaly is a fault or a variation in a listing.
type anomaly struct {
	Name string   `json:"name"`
	Fake []string `json:"fake"` // what --fake must be: "7.4" stands for every IdentityServer
	Does string   `json:"does"`
}

func newFaultsCommand(p place) *cobra.Command {
	var output string
	var variations bool
	cmd := &cobra.Command{
		Use:   "faults [NAME]…",
		Short: "List what the built-in fake can do wrong on purpose",
		Long: `List the faults that run --broken and serve --broken take: the name, the fakes that can have it (7.4 stands for every
IdentityServer), and what the server does wrong. With --variations, list the honest differences between servers on which the scenarios
are proved to accuse nobody. Those that are named are explained.`,
		Example: `  mtlscheck faults
  mtlscheck faults accepts-expired
  mtlscheck faults -o json | jq -r '.faults[].name'
  mtlscheck run --fake rfc8705 --broken ignores-path-length`,
		ValidArgsFunction: func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, a := range anomalies(variations) {
				names = append(names, a.Name+"\t"+a.Does)
			}
			return beginning(names, word), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--output", output, "text", "json", "md"); err != nil {
				return err
			}
			list, err := anomaliesNamed(args, variations)
			switch {
			case err != nil:
				return err
			case len(args) > 0 && output == "text":
				return explainFaults(p.stdout, list, variations)
			case variations:
				return writeFaults(p.stdout, output, "variations", list)
			}
			return writeFaults(p.stdout, output, "faults", list)
		},
	}
	cmd.Flags().BoolVar(&variations, "variations", false, "list honest differences instead of faults")
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json or md")
	completeFlags(cmd)
	return cmd
}

// anomalies are all faults, or all variations.
func anomalies(variations bool) []anomaly {
	if variations {
		return variationsOfFake()
	}
	return faultsOfFake()
}

// anomaliesNamed finds some by their names; no names at all mean all of them.
func anomaliesNamed(names []string, variations bool) ([]anomaly, error) {
	all := anomalies(variations)
	if len(names) == 0 {
		return all, nil
	}
	what, elsewhere := "fault", "mtlscheck faults --variations"
	if variations {
		what, elsewhere = "variation", "mtlscheck faults"
	}
	var known []string
	for _, a := range all {
		known = append(known, a.Name)
	}
	var out []anomaly
	for _, name := range names {
		i := slices.Index(known, name)
		if i >= 0 {
			out = append(out, all[i])
			continue
		}
		try := didYouMean(name, known, "mtlscheck faults lists them all; pki faults lists what can be wrong with certificates")
		if slices.ContainsFunc(anomalies(!variations), func(a anomaly) bool { return a.Name == name }) {
			try = elsewhere + " " + name
		}
		return nil, usage(try, "there is no %s %q", what, name)
	}
	return out, nil
}

// explainFaults says of each what it does, where it stands, who can have it, and how it is seen.
func explainFaults(w io.Writer, list []anomaly, variations bool) error {
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s\n%s\n\n", a.Name, a.Does)
		if stage, needs := stageOf(a.Name); stage != "" {
			fmt.Fprintf(&b, "stage  %s\n", stage)
			if needs != "" {
				fmt.Fprintf(&b, "needs  %s\n", strings.ReplaceAll(needs, "`", ""))
			}
		}
		fmt.Fprintf(&b, "fakes  %s   (%s stands for every IdentityServer)\n", strings.Join(a.Fake, ", "), builtin.Latest)
		if variations || len(a.Fake) == 0 {
			continue
		}
		fake := ""
		if !slices.Contains(a.Fake, builtin.Latest) {
			fake = " --fake " + a.Fake[0]
		}
		fmt.Fprintf(&b, "judge  mtlscheck run%[1]s --broken %[2]s\nserve  mtlscheck serve%[1]s --broken %[2]s\n", fake, a.Name)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// stageOf is the part of the server's work that a fault breaks, and what the server must have for it to show.
func stageOf(name string) (stage, needs string) {
	for _, s := range fakeidp.Stages() {
		if slices.ContainsFunc(s.Faults, func(f fakeidp.Fault) bool { return f.Name == name }) {
			return s.Name, s.Needs
		}
	}
	return "", ""
}

func faultsOfFake() []anomaly {
	var out []anomaly
	for _, f := range fakeidp.Faults() {
		out = append(out, anomaly{f.Name, fakesWith(f.Fits), f.Doc})
	}
	return out
}

func variationsOfFake() []anomaly {
	var out []anomaly
	for _, v := range fakeidp.Variations() {
		out = append(out, anomaly{v.Name, fakesWith(v.Fits), v.Doc})
	}
	return out
}

// fakesWith are those of the two kinds of fakes that something fits.
func fakesWith(fits func(version string) bool) []string {
	var out []string
	for _, version := range []string{builtin.Latest, strictFake} {
		if fits(version) {
			out = append(out, version)
		}
	}
	return out
}

func writeFaults(w io.Writer, output, what string, list []anomaly) error {
	var b strings.Builder
	switch output {
	case "json":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(map[string]any{"schema": FaultsSchema, what: list})
	case "md":
		b.WriteString("| name | --fake | the server |\n| --- | --- | --- |\n")
		for _, a := range list {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", a.Name, strings.Join(a.Fake, ", "), cell(a.Does))
		}
	default:
		width := 0
		for _, a := range list {
			width = max(width, len(a.Name))
		}
		for _, a := range list {
			fmt.Fprintf(&b, "%-*s  %-12s  %s\n", width, a.Name, strings.Join(a.Fake, ", "), a.Does)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
