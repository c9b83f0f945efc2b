package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// starting is what the init command was asked to do.
type starting struct {
	issuer, product, form string
	file, dir, trust      string
	scope                 string
	roles                 []string
	force                 bool
}

func newInitCommand(p place) *cobra.Command {
	s := &starting{}
	cmd := &cobra.Command{
		Use:   "init ISSUER",
		Short: "Write a configuration, and print what to register at the server",
		Long: `Write mtlscheck.yaml for a server, make the certificates and shared secrets that it names, and print the registrations
of the clients as the product wants them. Register what is printed; then mtlscheck run -c mtlscheck.yaml judges the server.
The roles that most cases need come first; --roles all adds those that a single case needs, and a run then leaves nothing out.
Run again with --force, init keeps the certificates and secrets that are there.`,
		Example: `  mtlscheck init https://id.example --product identityserver > Clients.cs
  mtlscheck init https://id.example --for rfc7591 > clients.json
  mtlscheck init https://id.example --roles all --force      when the first roles are registered`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("mtlscheck init https://id.example", "mtlscheck init wants the issuer, and was given %d arguments", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if s.issuer, err = issuerURL(args[0]); err != nil {
				return err
			}
			return s.run(cmd.Context(), p)
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.product, "product", "", "what the server is: identityserver, keycloak, …")
	f.StringVar(&s.form, "for", "", "`FORM` of the registrations: identityserver-csharp, identityserver-appsettings, rfc7591 (default: by product)")
	f.StringVar(&s.file, "file", "mtlscheck.yaml", "`FILE` to write")
	f.StringVar(&s.dir, "dir", "pki", "`FOLDER` of the certificates; made if it is not there")
	f.StringVar(&s.trust, "trust", "", "`FILE` with the CA of the server's certificate in PEM (default: the system's)")
	f.StringVar(&s.scope, "scope", "api1", "scope that the clients may ask for, or several with blanks between them; empty: none")
	f.StringSliceVar(&s.roles, "roles", []string{"minimal"}, "minimal (the roles that most cases need), all, or a list of `ROLES`")
	f.BoolVar(&s.force, "force", false, "replace the configuration file")
	return cmd
}

// minimal are the roles without which little can be judged.
func minimal() []string {
	return []string{"name", "name-2", "thumbprint", "thumbprint-2", "secret", "secret-bound", "api"}
}

func (s *starting) run(ctx context.Context, p place) error {
	if s.product != "" {
		if err := oneOf("--product", s.product, products()...); err != nil {
			return err
		}
	}
	written, err := printerFor(s.form, s.product)
	if err != nil {
		return err
	}
	product := s.product
	if product == "" && strings.HasPrefix(written.Name, "identityserver") {
		product = "identityserver"
	}
	cast, err := s.cast(product)
	if err != nil {
		return err
	}
	file := p.path(s.file)
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return usage("choose another with --file", "%s is a folder", s.file)
	} else if err == nil && info.Mode().IsRegular() && !s.force {
		return usage("choose another with --file, or replace it with --force", "%s is there already", s.file)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usage("choose another with --file", "%w", err)
	}
	if err := p.placeable(file); err != nil { // before anything is made
		return usage("choose another with --file", "%s cannot be written: %w", s.file, err)
	}
	if s.trust != "" {
		if _, err := pool(p, s.trust); err != nil {
			return err
		}
	}
	store, err := s.store(ctx, p)
	if err != nil {
		return err
	}
	ca, issuer := filepath.Join(s.dir, "trust.pem"), "ISSUER"
	if store.CA() != nil {
		issuer = store.CA().Name()
		ca = filepath.Join(s.dir, "ca", issuer+".pem")
	}
	if names := missing(store, cast); len(names) > 0 {
		return lacking(s.dir, issuer, describedFolder(p, s.dir), names)
	}
	secrets, err := makeSecrets(ctx, p, filepath.Join(filepath.Dir(file), "secrets"), cast)
	if ctx.Err() != nil {
		return interrupted("the same command again; certificates and secrets that are there stay",
			fmt.Errorf("the certificates are in %s, and %s is not written", s.dir, s.file))
	}
	if err != nil {
		return usage("choose a folder that can be written, with --file", "%w", err)
	}
	clients, err := registry{roles: cast, store: store, secrets: secrets, product: product, scope: s.scope}.clients(written)
	if err != nil {
		return err
	}
	text, err := written.Write(clients)
	if err != nil {
		return err
	}
	to, err := p.open(ctx, file, 0o644)
	if err != nil {
		return usage("choose another with --file", "%w", err)
	}
	if _, err := fmt.Fprint(p.stdout, text); err != nil { // without the registrations the file is of no use
		to.discard()
		return usage("run it again with stdout in a file that can be written; certificates and secrets stay as they are", "%s is not written: %w", s.file, unwritable(err))
	}
	_, err = to.Write(s.yaml(product, cast, filepath.Dir(file), p))
	if err := to.finish(err); err != nil {
		return usage("choose another with --file", "%w", err)
	}
	more := ""
	if s.isMinimal() {
		more = " (those that most cases need; --roles all adds the others)"
	}
	_, err = fmt.Fprintf(p.stderr, "wrote %s: %d roles%s, certificates in %s\nregister the clients that stdout holds, and let the server trust %s for client certificates\nnext: mtlscheck run -c %s\n",
		s.file, len(cast), more, s.dir, ca, shellWord(s.file))
	return err
}

func (s *starting) isMinimal() bool { return slices.Equal(s.roles, []string{"minimal"}) }

// cast are the roles that were asked for and that the product can register.
func (s *starting) cast(product string) ([]scenarios.RoleSpec, error) {
	wanted := s.roles
	switch {
	case slices.Equal(wanted, []string{"all"}):
		wanted = nil
	case s.isMinimal():
		wanted = minimal()
	}
	var known []string
	var out []scenarios.RoleSpec
	for _, r := range scenarios.Roles() {
		known = append(known, string(r.Role))
		if (wanted == nil || slices.Contains(wanted, string(r.Role))) && r.Registration.PossibleAt(product) {
			out = append(out, r)
		}
	}
	for _, name := range wanted {
		if !slices.Contains(known, name) {
			return nil, usage(didYouMean(name, known, "choose minimal, all, or roles such as "+strings.Join(minimal(), ", ")+"; mtlscheck schema config names all"), "there is no role %q", name)
		}
	}
	if len(out) == 0 {
		return nil, usage("--roles minimal", "no role is left that %s can register", product)
	}
	return out, nil
}

// store opens the folder of certificates, or makes it.
func (s *starting) store(ctx context.Context, p place) (*pki.Store, error) {
	dir := p.path(s.dir)
	store, err := pki.Open(dir)
	if _, gone := os.Stat(filepath.Join(dir, "index.json")); errors.Is(gone, fs.ErrNotExist) {
		store, err = pki.InitContext(ctx, dir, pki.InitOptions{})
	}
	if errors.Is(err, context.Canceled) {
		return nil, interrupted("the same command again", err)
	}
	if err != nil {
		return nil, usage("choose another folder with --dir", "%w", err)
	}
	return store, nil
}

// makeSecrets makes a file with a random secret for each client that has one, unless it is there. It returns client_id → secret.
func makeSecrets(ctx context.Context, p place, dir string, cast []scenarios.RoleSpec) (map[string]string, error) {
	out := map[string]string{}
	for _, r := range cast {
		if !hasSecret(r) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id := r.Registration.ClientID
		file := filepath.Join(dir, id+".txt")
		if text, err := os.ReadFile(file); err == nil {
			out[id] = strings.TrimSpace(string(text))
			continue
		}
		if err := secretFolder(ctx, p, dir); err != nil {
			return nil, err
		}
		random := make([]byte, 24)
		_, _ = rand.Read(random) // never fails
		out[id] = base64.RawURLEncoding.EncodeToString(random)
		if err := p.write(ctx, file, []byte(out[id]+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// secretFolder makes a folder of which git takes nothing.
func secretFolder(ctx context.Context, p place, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Stat(ignore); err == nil {
		return nil
	}
	return p.write(ctx, ignore, []byte("*\n"), 0o644)
}

func hasSecret(r scenarios.RoleSpec) bool {
	return slices.ContainsFunc(r.Registration.Credentials, func(c scenarios.Credential) bool { return c.Kind == scenarios.Secret })
}

// yaml is the configuration.
func (s *starting) yaml(product string, cast []scenarios.RoleSpec, folder string, p place) []byte {
	var b strings.Builder
	relative := func(name string) string {
		if r, err := filepath.Rel(folder, p.path(name)); err == nil {
			return filepath.ToSlash(r)
		}
		return name
	}
	fmt.Fprintf(&b, "# Written by mtlscheck init. Keys and secrets are in files beside it.\nversion: 1\n")
	fmt.Fprintf(&b, "targets:\n  server:\n    issuer: %s\n", s.issuer)
	if product != "" {
		fmt.Fprintf(&b, "    product: %s\n    # product_version: \"7.4\"   # chooses between what versions do differently\n", product)
	}
	if s.trust != "" {
		fmt.Fprintf(&b, "    trust: [%q]\n", "file:"+relative(s.trust))
	} else {
		fmt.Fprintf(&b, "    # trust: [file:server-ca.pem]   # the CA of the server's own certificate, where the system does not know it\n")
	}
	fmt.Fprintf(&b, "pki:\n  dir: %q   # its CA must be trusted by the server for client certificates\n", relative(s.dir))
	if s.scope != "" {
		fmt.Fprintf(&b, "scope: %q\n", s.scope)
	}
	fmt.Fprintf(&b, "# Take out the roles that you do not register: their cases then do not apply.\n")
	if s.isMinimal() {
		fmt.Fprintf(&b, "# mtlscheck init --roles all adds the roles of all other cases.\n")
	}
	if slices.ContainsFunc(cast, func(r scenarios.RoleSpec) bool { return r.Registration.SignsIn }) {
		fmt.Fprintf(&b, "# user:                 # who signs in; without it the cases of clients that act for a user do not apply\n#   sign_in: redirects  # or a command: docs/configuration.md\n#   username: alice\n")
	}
	b.WriteString("clients:\n")
	for _, r := range cast {
		fmt.Fprintf(&b, "  - {role: %q, client_id: %q", r.Role, r.Registration.ClientID)
		if r.Certificate != "" {
			fmt.Fprintf(&b, ", certificate: %q", r.Certificate)
		}
		if hasSecret(r) {
			fmt.Fprintf(&b, ", secret: %q", "file:secrets/"+r.Registration.ClientID+".txt")
		}
		b.WriteString("}\n")
	}
	return []byte(b.String())
}
