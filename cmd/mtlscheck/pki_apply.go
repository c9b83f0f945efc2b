package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

// applying is a run of pki apply or pki check.
type applying struct {
	file, dir                 string
	plan, check, prune, force bool
}

func newPKIApplyCommand(p place) *cobra.Command {
	var a applying
	cmd := &cobra.Command{
		Use:   "apply [FILE]",
		Short: "Make a folder of certificates what pki.yaml says",
		Long: `Make a folder of certificates what a file says, pki.yaml unless another is named. docs/pki.md describes the file.
What the folder holds already stays, unless its description changed, its issuer is made anew, its file is missing, or its life ends.
If anything is wrong, nothing is written.`,
		Example: `  mtlscheck pki apply
  mtlscheck pki apply --plan         what would be done, and why
  mtlscheck pki apply --check        for CI: exit 1 if there is anything to do`,
		Args: atMostOneFile("pki apply"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd.Context(), p, args) },
	}
	f := cmd.Flags()
	a.flags(cmd)
	f.BoolVar(&a.plan, "plan", false, "say what would be done, and do nothing")
	f.BoolVar(&a.check, "check", false, "do nothing; exit 1 if there is anything to do")
	f.BoolVar(&a.prune, "prune", false, "remove certificates and keys that the file no longer describes")
	f.BoolVar(&a.force, "force", false, "replace files that were changed by hand, and take the clock as right")
	return cmd
}

func newPKICheckCommand(p place) *cobra.Command {
	a := applying{check: true}
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Tell whether a folder of certificates is what pki.yaml says",
		Long: `Tell whether a folder of certificates is what a file says, pki.yaml unless another is named: the same as pki apply --check.
Nothing is written. Exit 0: it is. Exit 1: there is something to do, for instance because a certificate is about to end. Exit 2: the
file or the folder cannot be read.`,
		Example: `  mtlscheck pki check
  mtlscheck pki check other.yaml --dir other`,
		Args: atMostOneFile("pki check"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd.Context(), p, args) },
	}
	a.flags(cmd)
	return cmd
}

// What is meant where neither a file nor a folder is named.
const (
	usualManifest = "pki.yaml"
	usualFolder   = "pki"
)

func (a *applying) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.dir, "dir", usualFolder, "`FOLDER` of the certificates")
}

func atMostOneFile(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usage("mtlscheck "+command+" pki.yaml", "mtlscheck %s takes one file, and was given %d", command, len(args))
		}
		return nil
	}
}

func (a *applying) run(ctx context.Context, p place, args []string) error {
	a.file = usualManifest
	if len(args) == 1 {
		a.file = args[0]
	}
	m, err := manifest.Load(p.path(a.file), time.Now)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage("docs/pki.md shows how to write one; mtlscheck pki init makes certificates without a file", "%w", err)
	case err != nil:
		return a.refused(err)
	}
	if w := m.Warnings(); w != "" {
		_, _ = fmt.Fprintf(p.stderr, "warnings:\n%s\n", w)
	}
	plan, err := m.PlanContext(ctx, p.path(a.dir), manifest.Options{Prune: a.prune, Force: a.force})
	if err != nil {
		return a.refused(err)
	}
	if !a.plan && !a.check {
		err := plan.ApplyContext(ctx)
		if errors.Is(err, context.Canceled) {
			return a.refused(err)
		}
		if err != nil {
			return usage("correct that, and run it again", "%w", err)
		}
	}
	if err := a.say(p.stdout, plan); err != nil {
		return err
	}
	if a.check && plan.Changes() {
		return &failure{code: harness.ExitBroken, err: fmt.Errorf("%s is not what %s says", a.dir, a.file), try: onManifest("apply", a.file, a.dir)}
	}
	return nil
}

// again is the command as it was given.
func (a *applying) again() string {
	if a.check {
		return onManifest("check", a.file, a.dir)
	}
	command := onManifest("apply", a.file, a.dir)
	for _, flag := range []struct {
		name  string
		given bool
	}{{"plan", a.plan}, {"prune", a.prune}, {"force", a.force}} {
		if flag.given {
			command += " --" + flag.name
		}
	}
	return command
}

func (a *applying) refused(err error) error {
	var mistakes *manifest.Mistakes
	var conflict *manifest.Conflict
	switch {
	case errors.Is(err, context.Canceled):
		return interrupted(a.again(), err)
	case errors.As(err, &mistakes):
		return usage("mtlscheck schema pki > pki.schema.json lets an editor find such mistakes", "%w", err)
	case errors.As(err, &conflict):
		return usage("move it away, or --force, by which it is lost", "%w", err)
	}
	return usage("choose another folder with --dir, or another file", "%w", err)
}

// say prints what is done to each certificate; what stays is counted.
func (a *applying) say(out io.Writer, plan *manifest.Plan) error {
	var b strings.Builder
	kept := 0
	for _, s := range plan.Steps {
		if s.Action == manifest.Keep {
			kept++
			continue
		}
		fmt.Fprintf(&b, "%-7s %-22s %s\n", s.Action, s.Name, s.Why)
	}
	fmt.Fprintf(&b, "%d kept\n", kept)
	switch {
	case !plan.Changes():
		fmt.Fprintf(&b, "%s is up to date\n", a.dir)
	case a.plan:
		fmt.Fprintf(&b, "\nnext: %s   (nothing is written yet)\n", onManifest("apply", a.file, a.dir))
	case !a.check:
		fmt.Fprintf(&b, "\n%s/index.json describes every certificate\nnext: %s   (in CI: exit 1 if there is anything to do)\n", a.dir, onManifest("check", a.file, a.dir))
	}
	_, err := io.WriteString(out, b.String())
	return err
}
