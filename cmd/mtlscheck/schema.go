package main

import (
	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness/config"
	"github.com/mtlscheck/mtlscheck/harness/report"
	"github.com/mtlscheck/mtlscheck/internal/fakefile"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

func newSchemaCommand(p place) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [result|config|pki|fakeidp]",
		Short: "Print the JSON Schema of results, of configurations, of pki.yaml or of fakeidp.yaml",
		Long: `Print a JSON Schema (draft 2020-12): of what run -o json prints and of each line of run -o jsonl, of mtlscheck.yaml, of
pki.yaml, or of the file of serve --setup (fakeidp.yaml), for editors and other programs.`,
		Example: `  mtlscheck schema > result.schema.json
  mtlscheck schema | jq '."$defs".Case.properties | keys'
  mtlscheck schema config > mtlscheck.schema.json
  mtlscheck schema pki > pki.schema.json
  mtlscheck schema fakeidp > fakeidp.schema.json`,
		ValidArgs: []string{"result", "config", "pki", "fakeidp"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("mtlscheck schema config", "mtlscheck schema takes one argument, and was given %d", len(args))
			}
			schema := report.Schema
			if len(args) == 1 {
				if err := oneOf("the argument of schema", args[0], "result", "config", "pki", "fakeidp"); err != nil {
					return err
				}
				switch args[0] {
				case "pki":
					schema = manifest.Schema
				case "fakeidp":
					schema = fakefile.Schema
				case "config":
					schema = func() ([]byte, error) { return config.Schema(knownNames(cmd.Context(), p)) }
				}
			}
			text, err := schema()
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(text)
			return err
		},
	}
}
