package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/report"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/inspect"
)

func newPKIInspectCommand(p place) *cobra.Command {
	var password, at, format string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "inspect FILE|-|HOST:PORT",
		Short: "Say what a certificate is, and what is wrong with it",
		Long: `Say what certificates are: their names and thumbprints as each product writes them, whether they can be client certificates,
and which fault they have. Reads PEM, DER, PKCS#12, JSON Web Keys, Kubernetes Secrets, and the chain of a live TLS server;
private keys are never shown. Whether a server trusts a certificate, mtlscheck pki verify tells.`,
		Example: `  mtlscheck pki inspect pki/id/client.pem
  mtlscheck pki inspect client.p12 --password env:P12_PASSWORD
  kubectl get secret client -o yaml | mtlscheck pki inspect -
  mtlscheck pki inspect id.example:443 -o json`,
		Args: oneName("mtlscheck pki inspect pki/id/client.pem"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--output", format, "text", "json"); err != nil {
				return err
			}
			now, err := timeOf("--at", at)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			found, err := find(ctx, p, args[0], password)
			if err != nil {
				return err
			}
			described := inspect.Describe(found, now)
			if format == "json" {
				out, err := json.MarshalIndent(described, "", "  ")
				if err != nil {
					return err
				}
				_, err = p.stdout.Write(append(report.SafeJSON(out), '\n'))
				return err
			}
			_, err = io.WriteString(p.stdout, inWords(args[0], described))
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&password, "password", "", "`WHERE` the password of a PKCS#12 file is: env:NAME, file:PATH or prompt (default: changeit and the empty one are tried)")
	f.StringVar(&at, "at", "", "`TIME` to compare dates with: 2027-01-31 or RFC 3339 (default: now)")
	f.StringVarP(&format, "output", "o", "text", "`FORMAT` on stdout: text or json")
	f.DurationVar(&timeout, "timeout", 10*time.Second, "how long a server may take")
	return cmd
}

// timeOf reads a time; nothing is now.
func timeOf(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage(flag+" 2027-01-31 or "+flag+" 2027-01-31T12:00:00Z", "%s %q is no time", flag, text)
}

// find reads a file, stdin or a server.
func find(ctx context.Context, p place, what, password string) (*inspect.Found, error) {
	secret, err := secretFrom(ctx, p, "--password", password)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(p.path(what))
	switch {
	case what == "-":
		return readFrom(p.stdin, "stdin", secret)
	case err == nil:
		defer file.Close()
		return readFrom(file, what, secret)
	}
	if _, _, no := net.SplitHostPort(what); no != nil || strings.ContainsAny(what, `/\`) {
		return nil, usage("name a file, - for stdin, or a server as HOST:PORT", "%w", err)
	}
	if err := portOf(what); err != nil {
		return nil, usage("name a file, - for stdin, or a server as HOST:PORT", "%w", err)
	}
	found, err := inspect.Live(ctx, what)
	if err != nil {
		return nil, &failure{code: harness.ExitNotJudged, err: unanswered(what, err), try: "is the server up, and does it speak TLS on this port?"}
	}
	return found, nil
}

func readFrom(r io.Reader, name, password string) (*inspect.Found, error) {
	data, err := io.ReadAll(io.LimitReader(r, inspect.MaxSize+1))
	if err != nil {
		return nil, usage("name a file that can be read", "%s: %w", name, err)
	}
	found, err := inspect.Read(data, password)
	if errors.Is(err, inspect.ErrPassword) && password == "" {
		found, err = inspect.Read(data, "changeit")
	}
	switch {
	case errors.Is(err, inspect.ErrPassword):
		return nil, usage("--password env:NAME, file:PATH or prompt", "%s: %w", name, err)
	case err != nil:
		return nil, usage("name a file with a certificate: PEM, DER, PKCS#12, JSON Web Key, JWK Set or Kubernetes Secret", "%s: %s", name, harness.Printable(err.Error()))
	}
	return found, nil
}

// inWords is a report for people. Everything in it that comes from a certificate is made fit for a terminal.
func inWords(name string, r inspect.Report) string {
	var b strings.Builder
	line := func(label, text string) { fmt.Fprintf(&b, "  %-11s %s\n", label, harness.Printable(text)) }
	fmt.Fprintf(&b, "%s: %s, %s\n", harness.Printable(name), r.Form, counted(len(r.Certificates), "certificate"))
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", harness.Printable(n))
	}
	for _, k := range r.Keys {
		whose := "that belongs to no certificate here"
		if k.Certificate > 0 {
			whose = fmt.Sprintf("of certificate %d", k.Certificate)
		}
		fmt.Fprintf(&b, "private key: %s, %s; it is not shown\n", k.Kind, whose)
	}
	for _, c := range r.Certificates {
		fmt.Fprintf(&b, "\ncertificate %d\n", c.Number)
		if c.Unread != "" {
			line("unreadable", "Go cannot parse it: "+c.Unread)
		}
		spelled(&b, c.Subject)
		for n, text := range c.Names {
			line(map[bool]string{true: "names"}[n == 0], text)
		}
		line("issuer", c.Issuer+issuedBy(c))
		line("valid", c.NotBefore.UTC().Format("2006-01-02 15:04")+" to "+c.NotAfter.UTC().Format("2006-01-02 15:04 UTC"))
		line("serial", c.Serial)
		if c.Key != "" {
			line("key", c.Key+"; signed with "+c.Signature)
			line("usage", usages(c))
		}
		printed(&b, c.Thumbprints)
		line("client", map[inspect.Usable]string{
			inspect.Yes: "yes, as far as it shows itself; trust, revocation and registration are the server's", inspect.Perhaps: "perhaps: not every server takes it", inspect.No: "no, it cannot be a client certificate",
		}[c.Client])
		for _, f := range c.Findings {
			text := f.Text
			if len(f.Faults) > 0 {
				text += " (" + strings.Join(f.Faults, " or ") + ")"
			}
			line(string(f.Weight), text)
		}
	}
	return b.String()
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func issuedBy(c inspect.Certificate) string {
	switch {
	case c.SelfSigned:
		return "   (self-signed)"
	case c.IssuedBy > 0:
		return fmt.Sprintf("   (certificate %d)", c.IssuedBy)
	}
	return ""
}

func usages(c inspect.Certificate) string {
	list := func(names []string) string {
		if len(names) == 0 {
			return "unrestricted"
		}
		return strings.Join(names, ", ")
	}
	text := list(c.Usages) + "; purpose " + list(c.Purposes)
	if c.Authority {
		text += "; an authority"
	}
	return text
}

// spelled writes a subject in each product's form.
func spelled(b *strings.Builder, s pki.Spellings) {
	if s == (pki.Spellings{}) {
		return
	}
	dotnet := s.DotNet
	if dotnet == "" && s.RFC4514 != "" {
		dotnet = "(not known: .NET may not load this certificate)"
	}
	rows := []struct{ who, text string }{
		{"RFC 4514, as RFC 8705 registers it", s.RFC4514}, {".NET: IdentityServer's X509CertificateName", dotnet}, {".NET on Windows", s.DotNetWindows},
		{"OpenSSL RFC2253: nginx's $ssl_client_s_dn", s.OpenSSLRFC2253}, {"OpenSSL", s.OpenSSL}, {"Java: Spring", s.Java},
	}
	label := "subject"
	for _, row := range rows {
		if row.who == ".NET on Windows" && (row.text == s.DotNet || row.text == "") {
			continue
		}
		text := row.text
		if text == "" {
			text = "(empty)"
		}
		fmt.Fprintf(b, "  %-11s %-43s %s\n", label, row.who, harness.Printable(text))
		label = ""
	}
}

// printed writes thumbprints, each with who wants it.
func printed(b *strings.Builder, t pki.Thumbprints) {
	label := "thumbprints"
	for _, row := range []struct{ who, text string }{
		{"SHA-1: IdentityServer's X509CertificateThumbprint", t.SHA1Upper}, {"SHA-1: nginx's $ssl_client_fingerprint", t.SHA1Lower},
		{"x5t#S256: cnf of RFC 8705, JSON Web Keys", t.X5tS256}, {"SHA-256", t.SHA256Hex}, {"SHA-256: OpenSSL, Java", t.SHA256Colons},
		{"of the key alone: stays when it is renewed so", t.SPKI},
	} {
		fmt.Fprintf(b, "  %-11s %-50s %s\n", label, row.who, row.text)
		label = ""
	}
}
