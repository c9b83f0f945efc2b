package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness/report"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/limbo"
)

// An imported case is a row of the index that pki import writes.
type imported struct {
	ID          string      `json:"id"`
	Folder      string      `json:"folder"` // holds client.pem, client-key.pem, client-chain.pem, trust.pem
	Kind        string      `json:"kind"`
	Expect      pki.Verdict `json:"expect"`
	At          string      `json:"at,omitempty"` // RFC 3339; empty: at any time
	Features    []string    `json:"features"`
	Description string      `json:"description"`
}

func newPKIImportCommand(p place) *cobra.Command {
	var to string
	var wanted limbo.Wanted
	cmd := &cobra.Command{
		Use:   "import limbo.json",
		Short: "Take client certificates out of the test suite x509-limbo",
		Long: `Take the cases that a client can show out of limbo.json of x509-limbo (https://x509-limbo.com, Apache-2.0), which is not part of
mtlscheck: one folder each with certificate, key, chain and trust anchors, and index.json with the verdict that is expected.`,
		Example: `  mtlscheck pki import limbo.json
  mtlscheck pki import limbo.json --usable --to cases     also cases about servers that a client may show`,
		Args: oneName("mtlscheck pki import limbo.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return importLimbo(cmd.Context(), p, args[0], to, wanted)
		},
	}
	f := cmd.Flags()
	f.StringVar(&to, "to", "limbo", "`FOLDER` to make")
	f.BoolVar(&wanted.Usable, "usable", false, "take cases about servers too whose certificate may be a client's by its extended key usage")
	f.BoolVar(&wanted.Pedantic, "pedantic", false, "take cases too that most verifiers are known to judge otherwise, or that ask for a feature which not every one has")
	return cmd
}

// maxLimbo is several times the size of the whole suite.
const maxLimbo = 512 << 20

func importLimbo(ctx context.Context, p place, name, to string, wanted limbo.Wanted) error {
	file, err := os.Open(p.path(name))
	if err != nil {
		return usage("fetch limbo.json from https://github.com/C2SP/x509-limbo", "%w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxLimbo))
	if err != nil {
		return usage("name a file that can be read", "%w", err)
	}
	cases, left, err := limbo.Read(data, wanted)
	if err != nil {
		return usage("fetch limbo.json from https://github.com/C2SP/x509-limbo", "%s: %w", name, err)
	}
	if len(cases) == 0 {
		return usage("--usable takes cases about servers too", "%s holds no case that a client can show", name)
	}
	if entries, err := os.ReadDir(p.path(to)); err == nil && len(entries) > 0 {
		return usage("choose another folder with --to", "%s is not empty", to)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usage("choose another folder with --to", "%w", err)
	}
	index := struct {
		Schema  string     `json:"schema"`
		Source  string     `json:"source"`
		Licence string     `json:"licence"`
		Cases   []imported `json:"cases"`
	}{"mtlscheck.limbo/v1", "x509-limbo, https://github.com/C2SP/x509-limbo", "Apache-2.0", []imported{}}
	refused := 0
	for _, c := range cases {
		row := imported{ID: c.ID, Folder: c.File(), Kind: c.Kind, Expect: c.Expect, Features: c.Features, Description: c.Description}
		if !c.At.IsZero() {
			row.At = c.At.UTC().Format("2006-01-02T15:04:05Z")
		}
		if c.Expect == pki.Refuse {
			refused++
		}
		index.Cases = append(index.Cases, row)
		if err := writeCase(ctx, p, filepath.Join(to, row.Folder), c); err != nil {
			return usage("choose another folder with --to", "%w", err)
		}
	}
	text, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return err
	}
	if err := p.write(ctx, p.path(filepath.Join(to, "index.json")), append(report.SafeJSON(text), '\n'), 0o644); err != nil {
		return usage("choose another folder with --to", "%w", err)
	}
	for _, reason := range slices.Sorted(maps.Keys(left)) {
		fmt.Fprintf(p.stderr, "left: %d %s\n", left[reason], reason)
	}
	fmt.Fprintf(p.stderr, "next: mtlscheck pki verify %s --trust %s\n", shellWord(filepath.Join(to, cases[0].File(), "client-chain.pem")), shellWord(filepath.Join(to, cases[0].File(), "trust.pem")))
	_, err = fmt.Fprintf(p.stdout, "%s: %d cases, %d to be accepted and %d to be refused\n", to, len(cases), len(cases)-refused, refused)
	return err
}

func writeCase(ctx context.Context, p place, folder string, c limbo.Case) error {
	if err := os.MkdirAll(p.path(folder), 0o700); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
		mode fs.FileMode
	}{
		{"client-key.pem", c.Key, 0o600}, {"client.pem", pki.PEM(c.Chain[0]), 0o644}, {"client-chain.pem", pki.PEM(c.Chain...), 0o644}, {"trust.pem", pki.PEM(c.Trusted...), 0o644},
	} {
		if err := p.write(ctx, p.path(filepath.Join(folder, f.name)), f.data, f.mode); err != nil {
			return err
		}
	}
	return nil
}
