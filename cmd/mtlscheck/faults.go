package main

import (
	"encoding/json"
	"fmt"
	"io"
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
		Use:   "faults",
		Short: "List what the built-in fake can do wrong on purpose",
		Long: `List the faults that run --broken and serve --broken take: the name, the fakes that can have it (7.4 stands for every
IdentityServer), and what the server does wrong. With --variations, list the honest differences between servers on which the scenarios
are proved to accuse nobody.`,
		Example: `  mtlscheck faults
  mtlscheck faults -o json | jq -r '.faults[].name'
  mtlscheck run --fake rfc8705 --broken ignores-path-length`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--output", output, "text", "json", "md"); err != nil {
				return err
			}
			if variations {
				return writeFaults(p.stdout, output, "variations", variationsOfFake())
			}
			return writeFaults(p.stdout, output, "faults", faultsOfFake())
		},
	}
	cmd.Flags().BoolVar(&variations, "variations", false, "list honest differences instead of faults")
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json or md")
	completeFlags(cmd)
	return cmd
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
