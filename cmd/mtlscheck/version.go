package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// tool says what this binary is: its version as Go's build information has it, and the Go that built it, because the behaviour
// of crypto/tls is part of a result.
func tool() harness.Tool {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	return harness.Tool{Name: "mtlscheck", Version: version, Go: runtime.Version()}
}

// versionRecord is what the version command says.
type versionRecord struct {
	harness.Tool
	Catalogue string `json:"catalogue"`
	Schema    string `json:"schema"`
}

func newVersionCommand(p place) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the tool, of the catalogue, of the result schema and of Go",
		Example: `  mtlscheck version
  mtlscheck version -o json
  mtlscheck version -o json | jq -r .schema`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--output", output, "text", "json"); err != nil {
				return err
			}
			v := versionRecord{tool(), scenarios.CatalogueVersion, harness.Schema}
			if output == "json" {
				return json.NewEncoder(p.stdout).Encode(v)
			}
			_, err := fmt.Fprintf(p.stdout, "%s %s\ncatalogue %s\nschema %s\n%s\n", v.Name, v.Version, v.Catalogue, v.Schema, v.Go)
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(cmd.CommandPath()+" --help", "%s takes no argument, and was given %q", cmd.CommandPath(), args[0])
	}
	return nil
}
