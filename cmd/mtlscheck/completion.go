package main

import (
	"io"

	"github.com/spf13/cobra"
)

// shells are the shells that completions can be made for, each with its generator.
func shells() map[string]func(root *cobra.Command, w io.Writer) error {
	return map[string]func(*cobra.Command, io.Writer) error{
		"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":        func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) },
		"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
		"powershell": func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) },
	}
}

func newCompletionCommand(p place) *cobra.Command {
	names := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a completion script for a shell",
		Example: `  source <(mtlscheck completion bash)
  mtlscheck completion zsh > "${fpath[1]}/_mtlscheck"
  mtlscheck completion fish | source`,
		ValidArgs: names,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("mtlscheck completion bash", "name one shell")
			}
			return oneOf("the shell", args[0], names...)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return shells()[args[0]](cmd.Root(), p.stdout) },
	}
}
