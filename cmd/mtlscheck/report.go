package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/report"
)

func newReportCommand(p place) *cobra.Command {
	var colour string
	cmd := &cobra.Command{
		Use:   "report FORMAT RESULT…",
		Short: "Print results in another format; the parts of a sharded run become one",
		Long: `Print results of run -o json or -o jsonl in another format: text, json, jsonl or junit.
Several results must be the parts of one run (run --shard), each of them once; they are merged. - is stdin.
The exit code is that of the run.`,
		Example: `  mtlscheck report junit result.json > junit.xml
  mtlscheck report text part-1.jsonl part-2.jsonl part-3.jsonl
  mtlscheck run -o jsonl | mtlscheck report text -`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return beginning(report.FormatNames(), word), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--color", colour, "auto", "always", "never"); err != nil {
				return err
			}
			if len(args) < 2 {
				return usage("mtlscheck report text result.json; formats: "+strings.Join(report.FormatNames(), ", "), "name a format and at least one result")
			}
			format, known := report.FormatNamed(args[0])
			if !known {
				return oneOf("the format", args[0], report.FormatNames()...)
			}
			outcome, err := readResults(p, args[1:])
			if err != nil {
				return err
			}
			write := format.Write
			if format.Name == "text" {
				write = func(w io.Writer, o *harness.Outcome) error {
					var style report.Style
					style.Colour, style.Width = p.style(w, colour)
					return report.Text(w, o, style)
				}
			}
			if err := write(p.stdout, outcome); err != nil {
				return unread(outcome, unwritable(err), "redirect it into a file that can be written")
			}
			if outcome.ExitCode != harness.ExitKept {
				return exitCode(outcome.ExitCode)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&colour, "color", "auto", "auto, always or never")
	completeFlags(cmd)
	return cmd
}

// unread is the failure to say what an outcome is. It hides nothing that is worse.
func unread(o *harness.Outcome, err error, try string) error {
	code := o.ExitCode
	if code == harness.ExitKept {
		code = harness.ExitNotJudged
	}
	return &failure{code: code, err: err, try: try}
}

// readResults reads results and merges them. It reports every file that is none.
func readResults(p place, names []string) (*harness.Outcome, error) {
	var parts []*harness.Outcome
	var mistakes []error
	for _, name := range names {
		part, err := readResult(p, name)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", name, err))
			continue
		}
		parts = append(parts, part)
	}
	if len(mistakes) > 0 {
		return nil, usage("name files that mtlscheck run -o json or -o jsonl wrote", "%w", errors.Join(mistakes...))
	}
	if len(parts) == 1 {
		parts[0].Conclude() // what a file says about itself need not be true
		return parts[0], nil
	}
	whole, err := harness.Merge(parts...)
	if err != nil {
		return nil, usage("name the parts of one run, each once", "%w", err)
	}
	return whole, nil
}

func readResult(p place, name string) (*harness.Outcome, error) {
	if name == "-" {
		return report.Read(p.stdin, nil)
	}
	file, err := os.Open(p.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such file")
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("this is a folder, not a result")
	}
	return report.Read(file, nil)
}
