package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/pki"
)

// PKIFaultsSchema names the form of what pki faults -o json prints.
const PKIFaultsSchema = "mtlscheck.pki-faults/v1"

// catalogued is a fault in that document.
type catalogued struct {
	Name string `json:"name"`
	Code string `json:"code"`
	Doc  string `json:"doc"`
	Base string `json:"base"` // the certificate of pki init that it is a twin of
	// Registered tells that the twin itself is to be registered, and not its base.
	Registered bool       `json:"registered,omitempty"`
	Differs    []string   `json:"differs"` // beside the serial number
	Expect     pki.Expect `json:"expect"`
	Refs       []string   `json:"refs,omitempty"`
}

func cataloguedAs(f pki.Fault) catalogued {
	c := catalogued{Name: f.Name, Code: f.Code, Doc: f.Doc, Base: f.Base(), Registered: f.Registered, Differs: []string{},
		Expect: f.Expect, Refs: f.Refs}
	for _, part := range f.Differs {
		c.Differs = append(c.Differs, string(part))
	}
	if f.NotDER {
		c.Differs = append(c.Differs, "encoding")
	}
	return c
}

func newPKIFaultsCommand(p place) *cobra.Command {
	var output string
	var markdown bool
	cmd := &cobra.Command{
		Use:   "faults [NAME|CODE]…",
		Short: "List every kind of bad certificate that can be made",
		Long: `List every kind of bad certificate that can be made, one per line: name, code, what a server that keeps RFC 8705 and RFC 5280
does with it (refuse, accept, either), and what is wrong. Some are right certificates that careless servers refuse.`,
		Example: `  mtlscheck pki faults
  mtlscheck pki faults expired C-EKUS
  mtlscheck pki faults -o json | jq -r '.faults[] | select(.expect.server == "refuse") | .name'`,
		ValidArgsFunction: func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			return beginning(pkiFaultNames(), word), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if markdown && !cmd.Flags().Changed("output") {
				output = "md"
			}
			if err := oneOf("--output", output, "text", "json", "md"); err != nil {
				return err
			}
			faults, err := pkiFaultsNamed(args)
			if err != nil {
				return err
			}
			return writePKIFaults(p.stdout, output, faults)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json or md")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "the same as -o md")
	return cmd
}

// pkiFaultNames are the names, each with what it is, as completion wants them.
func pkiFaultNames() []string {
	var out []string
	for _, f := range pki.Faults() {
		out = append(out, f.Name+"\t"+f.Doc)
	}
	return out
}

// pkiFaultsNamed finds faults by name or code; no names at all mean all of them.
func pkiFaultsNamed(names []string) ([]pki.Fault, error) {
	if len(names) == 0 {
		return pki.Faults(), nil
	}
	var out []pki.Fault
	for _, name := range names {
		f, known := pki.FaultNamed(name)
		if !known {
			var all []string
			for _, f := range pki.Faults() {
				all = append(all, f.Name, f.Code)
			}
			return nil, usage(didYouMean(name, all, "mtlscheck pki faults lists them"), "there is no fault %q", name)
		}
		out = append(out, f)
	}
	return out, nil
}

func writePKIFaults(w io.Writer, output string, faults []pki.Fault) error {
	var b strings.Builder
	switch output {
	case "json":
		list := []catalogued{}
		for _, f := range faults {
			list = append(list, cataloguedAs(f))
		}
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Schema string       `json:"schema"`
			Faults []catalogued `json:"faults"`
		}{PKIFaultsSchema, list})
	case "md":
		b.WriteString("| fault | code | of | a right server | Go | OpenSSL | differs in | what is wrong | source |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
		for _, f := range faults {
			c := cataloguedAs(f)
			openssl := "ok"
			if c.Expect.OpenSSL != 0 {
				openssl = fmt.Sprint(c.Expect.OpenSSL)
			}
			server := string(c.Expect.Server)
			if c.Registered {
				server += ", if registered"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s | %s | %s |\n", c.Name, c.Code, c.Base, server, c.Expect.Go, openssl,
				strings.Join(c.Differs, ", "), cell(c.Doc), cell(strings.Join(c.Refs, ", ")))
		}
	default:
		name, code := 0, 0
		for _, f := range faults {
			name, code = max(name, len(f.Name)), max(code, len(f.Code))
		}
		for _, f := range faults {
			fmt.Fprintf(&b, "%-*s  %-*s  %-6s  %s\n", name, f.Name, code, f.Code, f.Expect.Server, f.Doc)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
