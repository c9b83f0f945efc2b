package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

func newPKIIssueCommand(p place) *cobra.Command {
	var dir string
	var w manifest.Words
	cmd := &cobra.Command{
		Use:   "issue NAME",
		Short: "Issue one more certificate by the CA of the folder",
		Long: `Issue one more certificate by the CA of a folder that pki init made, and write it there: id/NAME.pem, id/NAME-key.pem,
id/NAME-chain.pem. For a folder that pki.yaml describes it says what to write into that file instead.`,
		Example: `  mtlscheck pki issue alice --subject "CN=client,OU=production,O=company"
  mtlscheck pki issue gateway --use server --san dns:api.example --san ip:192.0.2.1
  mtlscheck pki issue old --csr client-csr.json --profile "config.json#client"`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("mtlscheck pki issue alice", "mtlscheck pki issue takes one name, and was given %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if index := describedFolder(p, dir); index != nil {
				entry, err := asEntry(args[0], w, index)
				if err != nil {
					return err
				}
				return usage(fmt.Sprintf("write this under identities into it, and run %s\n  %s", onManifest("apply", index.Manifest, dir), entry),
					"%s holds what %s describes, and nothing else", dir, index.Manifest)
			}
			store, err := pki.Open(p.path(dir))
			if err != nil {
				return usage("mtlscheck pki init makes one", "%w", err)
			}
			if store.CA() == nil && !w.SelfSigned {
				return usage("mtlscheck pki init --dir other makes another CA", "%s holds no CA with its key, so that nothing can be issued", dir)
			}
			id, err := w.Identity(args[0], p.path("."), store.CA(), time.Now)
			if err != nil {
				return usage("mtlscheck pki issue --help", "%s cannot be issued:\n%w", args[0], err)
			}
			err = store.AddContext(cmd.Context(), id)
			if errors.Is(err, context.Canceled) {
				return interrupted("the same command again", err)
			}
			if err != nil {
				return usage("choose another name", "%w", err)
			}
			return describeOne(p, id, dir)
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "pki", "`FOLDER` with the CA")
	f.StringVar(&w.Use, "use", "", "what it is for: client or server (default client)")
	f.StringVar(&w.Subject, "subject", "", "`NAME` as RFC 4514 writes it: CN=client,OU=production,O=company (default CN=NAME)")
	f.StringArrayVar(&w.SANs, "san", nil, "subject alternative `NAME` with its type: dns: ip: email: uri: dirname: other: raw:; may be repeated")
	f.StringArrayVar(&w.Usages, "usage", nil, "`USAGE` in the words of cfssl, such as client auth; may be repeated, and replaces the usual ones")
	f.StringVar(&w.For, "for", "", "how long it is valid: 12h, 90d, 2y (default 1y)")
	f.StringVar(&w.Key, "key", "", "`KIND` of key: p256, p384, p521, ed25519, rsa2048, rsa3072, rsa4096 (default p256)")
	f.BoolVar(&w.SelfSigned, "self-signed", false, "its own issuer, as RFC 8705 §2.2 has it")
	f.StringVar(&w.CSR, "csr", "", "certificate request of cfssl in JSON: `FILE`")
	f.StringVar(&w.Profile, "profile", "", "signing profile of cfssl: `FILE`, or FILE#PROFILE of a configuration")
	return cmd
}

// ending is a day, or a moment if the end of a validity is no end of a day.
func ending(t time.Time) string {
	if t = t.UTC(); t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04 UTC")
}

// describeOne says what was made, and the names under which products know it.
func describeOne(p place, id *pki.Identity, dir string) error {
	dotnet, err := id.DN().DotNet()
	if err != nil {
		dotnet = "none: " + err.Error()
	}
	t := id.Thumbprints()
	_, err = fmt.Fprintf(p.stdout, "%s/id/%s.pem   until %s\n  name        %s   (RFC 4514)\n              %s   (.NET: X509CertificateName)\n  thumbprint  %s   (SHA-1: X509CertificateThumbprint)\n              %s   (x5t#S256)\n",
		dir, id.Name(), ending(id.Certificate().NotAfter), harness.Printable(id.DN().String()), harness.Printable(dotnet), t.SHA1Upper, t.X5tS256)
	return err
}
