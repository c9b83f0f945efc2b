package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/pki"
)

// run runs one command line and returns its exit code. Whatever happens, stderr says what failed, why, and what to try; with
// -o json or -o jsonl, stdout holds JSON.
func run(ctx context.Context, p place, args []string) (code int) {
	p, out := p.remembering()
	if p.temporary == nil {
		p.temporary = &leftovers{}
	}
	if p.begin == nil {
		p.begin = func() func() { return func() {} }
	}
	root := newRootCommand(p)
	defer func() {
		if r := recover(); r != nil {
			_, _ = fmt.Fprintf(p.stderr, "%s\n", debug.Stack())
			code = complain(p, args, &failure{code: harness.ExitOurFault, err: fmt.Errorf("mtlscheck itself failed: %v", r),
				try: "run it again; if it happens again, report it with the lines above"})
		}
	}()
	root.SetArgs(args)
	ctx = pki.WhenWaiting(ctx, func(file string) {
		_, _ = fmt.Fprintf(p.stderr, "waiting until another process has changed the folder: it has locked %s\n", file)
	})
	err := out.judge(root.ExecuteContext(ctx))
	var ended exitCode
	switch {
	case err == nil:
		return harness.ExitKept
	case errors.As(err, &ended): // the command has said everything
		return int(ended)
	}
	return complain(p, args, err)
}

// newRootCommand makes the tree of commands.
func newRootCommand(p place) *cobra.Command {
	root := &cobra.Command{
		Use:   "mtlscheck",
		Short: "Tells whether a server does OAuth 2.0 mutual TLS right",
		Long: `mtlscheck tells whether a server does OAuth 2.0 mutual TLS right (RFC 8705): client authentication
with certificates, certificate-bound access tokens, aliases; for IdentityServer first.`,
		Example: `  mtlscheck run                          judge the built-in fake: no set-up, no network
  mtlscheck run https://id.example       judge a server, as far as that needs no registered client
  mtlscheck explain AUTH-07              what a requirement says, why, and what to change`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(p.stdout, "%s\n\n%s\n\nMore: mtlscheck help, mtlscheck help COMMAND\n", cmd.Long, cmd.Example)
			return err
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return fromEnvironment(p, cmd.Flags()) },
		SilenceErrors:     true,
		SilenceUsage:      true,
	}
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if try, said := unreadable(err); said != nil {
			return usage(try, "%w", said)
		}
		return usage(fmt.Sprintf("%s --help lists the flags", cmd.CommandPath()), "%w", err)
	})
	root.SetHelpCommand(newHelpCommand())
	root.AddCommand(
		newRunCommand(p),
		newListCommand(p),
		newFaultsCommand(p),
		newExplainCommand(p),
		newServeCommand(p),
		newPKICommand(p),
		newInitCommand(p),
		newReportCommand(p),
		newSchemaCommand(p),
		newVersionCommand(p),
		newCompletionCommand(p),
	)
	return root
}

// newHelpCommand is cobra's help, but asking for the help of nothing is an error.
func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
		Example: `  mtlscheck help
  mtlscheck help run
  mtlscheck run --help`,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usage("mtlscheck help lists the commands", "there is no command %q", strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// knownCommand refuses what is no command, with the nearest name.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return usage(didYouMean(args[0], names, "mtlscheck help lists the commands"), "there is no command %q", args[0])
}

// fromEnvironment fills every flag that was not given from its variable: --case-timeout from MTLSCHECK_CASE_TIMEOUT.
func fromEnvironment(p place, flags *pflag.FlagSet) error {
	var mistakes []error
	try := "correct or unset it"
	flags.VisitAll(func(f *pflag.Flag) {
		name := "MTLSCHECK_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value := p.getenv(name)
		if value == "" || f.Changed || f.Name == "help" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			how, said := unreadable(err)
			if said == nil {
				said = err
			} else if len(mistakes) == 0 {
				try = "correct or unset it; " + how
			}
			mistakes = append(mistakes, fmt.Errorf("the variable %s: %w", name, said))
		}
	})
	if err := errors.Join(mistakes...); err != nil {
		return usage(try, "%w", err)
	}
	return nil
}

// path is a file name as the user means it: relative to the place's folder.
func (p place) path(name string) string {
	if p.dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.dir, name)
}

// oneOf refuses a value that is not in the list; what is the flag or argument as the user wrote it.
func oneOf(what, value string, known ...string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return usage("choose one of: "+strings.Join(known, ", "), "%s %q is not known", what, value)
}
