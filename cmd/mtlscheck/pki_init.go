package main

import (
	"fmt"
	"io"
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
  mtlscheck pki init --seed demo     the same bytes on every machine: for tests only`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("mtlscheck pki init", "there is no command pki %s", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPKIInitCommand(p))
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
The folder gets mode 0700, keys 0600. A folder that holds a CA already is left alone.`,
		Example: `  mtlscheck pki init
  mtlscheck pki init --dir certs --server id.example --server 192.0.2.1
  mtlscheck pki init --seed demo     the same bytes on every machine: for tests only`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			store, err := pki.Init(p.path(dir), pki.InitOptions{Seed: seed, ServerNames: names, Overwrite: force})
			if err != nil {
				return usage("choose another folder with --dir", "%w", err)
			}
			return describe(p, store, dir)
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "pki", "`FOLDER` to make")
	f.StringVar(&seed, "seed", "", "make keys and certificates from this text: the same everywhere, and so no secret")
	f.StringArrayVar(&names, "server", nil, "further `NAME` or address of the server certificate; may be repeated")
	f.BoolVar(&force, "force", false, "replace the CA of the folder and everything below it")
	return cmd
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
	fmt.Fprintf(&b, "and %d certificates with unusual names\n\nnext: mtlscheck init https://id.example   (writes mtlscheck.yaml and prints what to register)\n", len(pki.NameFixtures()))
	if _, err := io.WriteString(p.stdout, b.String()); err != nil {
		return usage("mtlscheck init https://id.example > registrations prints what to register", "the certificates are in %s, but %w", dir, unwritable(err))
	}
	return nil
}
