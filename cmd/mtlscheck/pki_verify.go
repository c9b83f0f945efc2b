package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/report"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/inspect"
	"github.com/mtlscheck/mtlscheck/pki/verify"
)

// verifying is what pki verify was asked to do.
type verifying struct {
	dir, trust, untrusted, password, at, format string
	timeout                                     time.Duration
}

// A verdict is what the verifiers say of one certificate, as JSON.
type verdict struct {
	Schema   string           `json:"schema"` // "mtlscheck.verify/v1"
	Subject  string           `json:"subject"`
	SHA256   string           `json:"sha256"`
	At       time.Time        `json:"at"`
	Opinions []verify.Opinion `json:"opinions"`
	Missing  string           `json:"missing,omitempty"` // why a verifier was not asked
	Accepted bool             `json:"accepted"`          // by everybody who was asked
}

func newPKIVerifyCommand(p place) *cobra.Command {
	s := &verifying{}
	cmd := &cobra.Command{
		Use:   "verify FILE|-",
		Short: "Ask Go and OpenSSL whether a client certificate is good under a trust bundle",
		Long: `Ask two verifiers, the one of Go and, where it is installed, the one of OpenSSL, whether the first certificate of a file may be a
client's under the trust anchors of a bundle. The other certificates of the file are what the client sends with it.
Exit code 0: accepted by all who were asked; 1: refused; 3: nobody refused, and one could not be asked. Revocation is not looked at.`,
		Example: `  mtlscheck pki verify pki/id/client-chain.pem
  mtlscheck pki verify client.p12 --password env:P12_PASSWORD --trust ca.pem
  mtlscheck pki verify client.pem --trust ca.pem --untrusted issuing.pem --at 2027-01-31`,
		Args: oneName("mtlscheck pki verify pki/id/client-chain.pem"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), s.timeout)
			defer cancel()
			return s.run(ctx, p, args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.dir, "dir", "pki", "`FOLDER` whose trust.pem is the bundle where --trust is not given")
	f.StringVar(&s.trust, "trust", "", "`FILE` with the trust anchors")
	f.StringVar(&s.untrusted, "untrusted", "", "`FILE` with further intermediates that the client sends")
	f.StringVar(&s.password, "password", "", "`WHERE` the password of a PKCS#12 file is: env:NAME, file:PATH or prompt (default: changeit and the empty one are tried)")
	f.StringVar(&s.at, "at", "", "`TIME` to verify at: 2027-01-31 or RFC 3339 (default: now)")
	f.StringVarP(&s.format, "output", "o", "text", "`FORMAT` on stdout: text or json")
	f.DurationVar(&s.timeout, "timeout", 10*time.Second, "how long openssl may take")
	return cmd
}

func (s *verifying) run(ctx context.Context, p place, file string) error {
	if err := oneOf("--output", s.format, "text", "json"); err != nil {
		return err
	}
	at, err := timeOf("--at", s.at)
	if err != nil {
		return err
	}
	if s.trust == "" {
		s.trust = filepath.Join(s.dir, "trust.pem")
	}
	var lists [3][][]byte
	for n, name := range []string{file, s.untrusted, s.trust} {
		if name == "" {
			continue
		}
		found, err := findIn(ctx, p, name, s.password)
		if err != nil {
			return err
		}
		lists[n] = found.Certificates
	}
	chain, anchors := append(lists[0], lists[1]...), lists[2]
	first := inspect.Describe(&inspect.Found{Certificates: chain[:1]}, at).Certificates[0]
	v := verdict{Schema: "mtlscheck.verify/v1", Subject: first.Subject.RFC4514, SHA256: first.Thumbprints.SHA256Hex, At: at.UTC(), Opinions: []verify.Opinion{verify.Go(chain, anchors, at)}}
	theirs, unasked := verify.OpenSSL(ctx, chain, anchors, at)
	if unasked == nil {
		v.Opinions = append(v.Opinions, theirs)
	} else {
		v.Missing = unasked.Error()
	}
	v.Accepted = true
	for _, o := range v.Opinions {
		v.Accepted = v.Accepted && o.Accepts
	}
	if err := s.print(p, v); err != nil {
		return err
	}
	switch {
	case !v.Accepted:
		return exitCode(harness.ExitBroken)
	case unasked != nil && !errors.Is(unasked, verify.ErrNoOpenSSL):
		return exitCode(harness.ExitNotJudged)
	}
	return nil
}

// findIn reads certificates of a file or of stdin: a server is not asked.
func findIn(ctx context.Context, p place, name, password string) (*inspect.Found, error) {
	found, err := find(ctx, p, name, password)
	if err == nil && found.Form == "TLS server" {
		return nil, usage("mtlscheck pki inspect "+name+" looks at a server's chain", "%s is a server, not a file with a client certificate", name)
	}
	return found, err
}

func (s *verifying) print(p place, v verdict) error {
	if s.format == "json" {
		out, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return err
		}
		_, err = p.stdout.Write(append(report.SafeJSON(out), '\n'))
		return err
	}
	var b strings.Builder
	subject := v.Subject
	if subject == "" {
		subject = "(empty subject)"
	}
	fmt.Fprintf(&b, "%s as a client, under %s, at %s\n", harness.Printable(subject), harness.Printable(s.trust), v.At.Format("2006-01-02 15:04 UTC"))
	for _, o := range v.Opinions {
		text := "accepts it"
		if !o.Accepts {
			text = "refuses it: " + o.Says
			if o.Number > 0 {
				text = fmt.Sprintf("refuses it: error %d, %s", o.Number, o.Says)
			}
		}
		fmt.Fprintf(&b, "  %-16s %s\n", o.Verifier, harness.Printable(text))
	}
	if v.Missing != "" {
		fmt.Fprintf(&b, "  %-16s was not asked: %s\n", "OpenSSL", harness.Printable(v.Missing))
	}
	switch {
	case len(v.Opinions) == 2 && v.Opinions[0].Accepts != v.Opinions[1].Accepts:
		b.WriteString("REFUSED  the two disagree, and so will servers that are built on them\n")
	case !v.Accepted && v.Opinions[0].Class == pki.GoUnknownAuthority:
		b.WriteString("REFUSED  mtlscheck pki inspect says what the certificate is; a self-signed one is registered, not issued: it is its own --trust\n")
	case !v.Accepted:
		b.WriteString("REFUSED\n")
	default:
		b.WriteString("ACCEPTED  revocation was not looked at\n")
	}
	_, err := io.WriteString(p.stdout, b.String())
	return err
}
