package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/pki"
)

func newPKICommand(p place) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pki",
		Short: "Make certificates",
		Example: `  mtlscheck pki init                 a CA, clients, self-signed clients and a server, in the folder pki
  mtlscheck pki init --dir other     the same in another folder
  mtlscheck pki init --seed demo     the same bytes on every machine: for tests only
  mtlscheck pki apply                what pki.yaml describes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("mtlscheck pki init", "there is no command pki %s", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPKIInitCommand(p))
	cmd.AddCommand(newPKIRegisterCommand(p))
	cmd.AddCommand(newPKIExportCommand(p))
	cmd.AddCommand(newPKIInspectCommand(p))
	cmd.AddCommand(newPKIVerifyCommand(p))
	cmd.AddCommand(newPKIImportCommand(p))
	cmd.AddCommand(newPKIApplyCommand(p))
	cmd.AddCommand(newPKICheckCommand(p))
	cmd.AddCommand(newPKIIssueCommand(p))
	cmd.AddCommand(newPKIFaultsCommand(p))
	cmd.AddCommand(newPKIFixturesCommand(p))
	cmd.AddCommand(newPKICRLCommand(p))
	cmd.AddCommand(newPKIOCSPCommand(p))
	return cmd
}

func newPKIInitCommand(p place) *cobra.Command {
	var dir, seed string
	var names []string
	var force bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a CA, clients, self-signed clients and a server",
		Long: `Make a CA, clients, self-signed clients and a server certificate, as the roles of the scenarios need them.
The folder gets mode 0700, keys 0600. A folder that holds a CA already is left alone; --force replaces that CA, and removes what it
issued: certificates that were added, twins in faults, lists in crl.`,
		Example: `  mtlscheck pki init
  mtlscheck pki init --dir certs --server id.example --server 192.0.2.1
  mtlscheck pki init --seed demo     the same bytes on every machine: for tests only`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var mistakes []error
			for _, name := range names {
				mistakes = append(mistakes, serverName(name))
			}
			if err := errors.Join(mistakes...); err != nil {
				return err
			}
			store, err := pki.InitContext(cmd.Context(), p.path(dir), pki.InitOptions{Seed: seed, ServerNames: names, Overwrite: force})
			switch {
			case errors.Is(err, context.Canceled):
				return interrupted("the same command again", err)
			case errors.Is(err, pki.ErrOccupied):
				return usage("choose another folder with --dir, or --force, which replaces that CA and every certificate below it", "%w", err)
			case err != nil:
				return usage("choose another folder with --dir", "%w", err)
			}
			return describe(p, store, dir)
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "pki", "`FOLDER` to make")
	f.StringVar(&seed, "seed", "", "make keys and certificates from this text: the same everywhere, and so no secret")
	f.StringArrayVar(&names, "server", nil, "further host `NAME` or IP address of the server certificate; may be repeated")
	f.BoolVar(&force, "force", false, "replace the CA of the folder and everything below it")
	return cmd
}

// serverName refuses what no server certificate can be for: a URL, a port, a name that no host can have.
func serverName(name string) error {
	if _, err := netip.ParseAddr(name); err == nil && !strings.Contains(name, "%") {
		return nil
	}
	labels := strings.Split(strings.TrimPrefix(name, "*."), ".")
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}
	wrong := strings.Trim(labels[len(labels)-1], "0123456789") == "" // no top-level domain is a number: this was to be an address
	for _, label := range labels {
		wrong = wrong || label == "" || len(label) > 63 || strings.ContainsFunc(label, odd)
	}
	if !wrong {
		return nil
	}
	example := "id.example"
	_, rest, found := strings.Cut(name, "://")
	if !found {
		rest = name
	}
	if u, err := url.Parse("https://" + rest); err == nil && u.Hostname() != name && serverName(u.Hostname()) == nil {
		example = u.Hostname()
	}
	return usage("--server "+example+"; allowed are host names (id.example, *.id.example; international ones in their xn-- form) and IP addresses (192.0.2.1, 2001:db8::1)",
		"--server %q is neither a host name nor an IP address", name)
}

// describe says what is in a folder, and what to register where.
func describe(p place, store *pki.Store, dir string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/ca/ca.pem   the CA that servers must trust for client certificates\n", dir)
	for _, name := range []string{"client", "client-2", "pinned", "alone", "alone-2", "server"} {
		id, err := store.Identity(name)
		if err != nil {
			return err
		}
		dotnet, err := id.DN().DotNet()
		if err != nil {
			return err
		}
		t := id.Thumbprints()
		fmt.Fprintf(&b, "%s/id/%s.pem   until %s\n  name        %s   (RFC 4514)\n              %s   (.NET: X509CertificateName)\n  thumbprint  %s   (SHA-1: X509CertificateThumbprint)\n              %s   (x5t#S256)\n",
			dir, name, id.Certificate().NotAfter.Format(time.DateOnly), id.DN(), dotnet, t.SHA1Upper, t.X5tS256)
	}
	fmt.Fprintf(&b, "and %d certificates with unusual names\n\nnext: mtlscheck init https://id.example%s   (writes mtlscheck.yaml and prints what to register)\n", len(pki.NameFixtures()), flagged("--dir", dir, usualFolder))
	if _, err := io.WriteString(p.stdout, b.String()); err != nil {
		return usage("mtlscheck init https://id.example"+flagged("--dir", dir, usualFolder)+" > registrations prints what to register", "the certificates are in %s, but %w", dir, unwritable(err))
	}
	return nil
}
