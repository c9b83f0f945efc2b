package main

import (
	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness/report"
)

func newSchemaCommand(p place) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of results",
		Long:  "Print the JSON Schema (draft 2020-12) of what run -o json prints, and of each line of run -o jsonl.",
		Example: `  mtlscheck schema > result.schema.json
  mtlscheck schema | jq '."$defs".Case.properties | keys'
  mtlscheck schema | jq -r '."$id"'`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			text, err := report.Schema()
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(text)
			return err
		},
	}
}
