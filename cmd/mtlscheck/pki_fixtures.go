package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/pki"
)

// fixturing is what pki fixtures was asked to do.
type fixturing struct {
	dir, out string
	options  pki.TwinOptions
}

func newPKIFixturesCommand(p place) *cobra.Command {
	s := &fixturing{}
	cmd := &cobra.Command{
		Use:   "fixtures [FAULT]…",
		Short: "Write good and bad twins of certificates into a folder, with an index",
		Long: `Write twins of the folder's certificates, of every kind or of those named, and the good ones beside them. Each has its
certificate (NAME.pem), what to send (NAME.chain.pem) and its key (NAME.key.pem); index.json says what each is and what a right
server, Go and OpenSSL make of it. The same folder gives the same twins on the same day, but for those
that are measured from the moment. What is revoked stands in crl/ then. Twins in a folder that pki.yaml describes stand in that file.`,
		Example: `  mtlscheck pki fixtures
  mtlscheck pki fixtures expired server-auth-only --of client-2
  mtlscheck pki fixtures --ocsp-url http://127.0.0.1:8888 --crl-url http://127.0.0.1:8888/ca.crl`,
		ValidArgsFunction: func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			return beginning(pkiFaultNames(), word), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return s.run(cmd.Context(), p, args) },
	}
	f := cmd.Flags()
	f.StringVar(&s.dir, "dir", "pki", "`FOLDER` that pki init made")
	f.StringVar(&s.out, "out", "", "`FOLDER` for the twins (default: faults in the folder of --dir)")
	f.StringVar(&s.options.Of, "of", "client", "`NAME` of the client whose twins are made")
	f.StringVar(&s.options.CRL, "crl-url", "", "`URL` of a list of revoked certificates, to be named in the certificates")
	f.StringVar(&s.options.OCSP, "ocsp-url", "", "`URL` to ask whether they are revoked, to be named in the certificates")
	return cmd
}

func (s *fixturing) run(ctx context.Context, p place, names []string) error {
	if _, err := pkiFaultsNamed(names); err != nil {
		return err
	}
	for flag, url := range map[string]string{"--crl-url": s.options.CRL, "--ocsp-url": s.options.OCSP} {
		if url != "" && !strings.HasPrefix(url, "http://") {
			return usage(flag+" http://127.0.0.1:8888", "%s %q: servers fetch revocation by plain HTTP", flag, url)
		}
	}
	if index := describedFolder(p, s.dir); index != nil {
		set := "all"
		if len(names) > 0 {
			set = "[" + strings.Join(names, ", ") + "]"
		}
		return usage(fmt.Sprintf("write faults: {of: %s, set: %s} into it, and run %s", s.options.Of, set, onManifest("apply", index.Manifest, s.dir)),
			"%s holds what %s describes, the bad twins too", s.dir, index.Manifest)
	}
	store, err := pki.Open(p.path(s.dir))
	if err != nil {
		return usage("make one with mtlscheck pki init, or choose one with --dir", "%w", err)
	}
	out := s.out
	if out == "" {
		out = filepath.Join(s.dir, "faults")
	}
	s.options.Faults = names
	index, register, err := store.WriteTwins(p.path(out), s.options)
	switch {
	case errors.Is(err, pki.ErrNotTwins):
		return usage("choose an empty folder with --out", "%w", err)
	case err != nil:
		return usage("mtlscheck pki fixtures --help", "%w", err)
	}
	revoking := &revoking{dir: s.dir}
	if err := revoking.note(ctx, p, register); err != nil {
		return err
	}
	good := 0
	for _, t := range index.Twins {
		if t.Fault == "" {
			good++
		}
	}
	for _, l := range index.LeftOut {
		fmt.Fprintf(p.stderr, "left out %s: %s\n", l.Fault, l.Because)
	}
	_, err = fmt.Fprintf(p.stdout, "%s/   %d twins of %d certificates; index.json describes them\n\nnext: mtlscheck pki faults   (says what each is)\n", out, len(index.Twins)-good, good)
	return err
}
