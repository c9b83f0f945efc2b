package main

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/registration"
)

// registering is what pki register was asked to do.
type registering struct {
	dir, product, by, id string
	scopes               []string
	unbound              bool
}

func newPKIRegisterCommand(p place) *cobra.Command {
	s := &registering{}
	var products strings.Builder
	for _, one := range registration.Products() {
		fmt.Fprintf(&products, "  %-27s %s\n", one.Name, one.Doc)
	}
	cmd := &cobra.Command{
		Use:   "register CLIENT|FILE",
		Short: "Print how a client is registered at a product",
		Long: `Print the text that registers a client at a product, with its name or thumbprint spelled as that product compares it. The
client is a name in the folder, or a file with a certificate in any form that mtlscheck pki inspect reads; its key is not needed.
stdout holds the text alone; what has to be done beside it stands on stderr. Products:

` + products.String(),
		Example: `  mtlscheck pki register client --for keycloak > client.json
  mtlscheck pki register alone --for rfc7591         self-signed: registered by its certificate
  mtlscheck pki register san --for oidc-provider --by dns
  mtlscheck pki register own.pem --for identityserver-csharp --id own`,
		Args: oneName("mtlscheck pki register client --for keycloak"),
		RunE: func(_ *cobra.Command, args []string) error { return s.run(p, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&s.dir, "dir", "pki", "`FOLDER` of the certificates")
	f.StringVar(&s.product, "for", "", "`PRODUCT` that the client is registered at; must be given")
	f.StringVar(&s.by, "by", "", "`WHAT` is registered: name, dns, uri, ip, email, certificate (default: the certificate of a self-signed client, else its name)")
	f.StringVar(&s.id, "id", "", "client_id (default: the client's name in the folder)")
	f.StringSliceVar(&s.scopes, "scope", []string{"api1"}, "`SCOPES` that the client may ask for; empty: none")
	f.BoolVar(&s.unbound, "unbound", false, "do not ask for certificate-bound access tokens")
	cmd.ValidArgsFunction = completeIdentities(p, &s.dir)
	completeValues(cmd, map[string]func() []string{
		"for": func() []string {
			var out []string
			for _, one := range registration.Products() {
				out = append(out, one.Name+"\t"+one.Doc)
			}
			return out
		},
		"by": kinds,
	})
	return cmd
}

func kinds() []string {
	var out []string
	for _, k := range registration.Kinds() {
		out = append(out, string(k))
	}
	return out
}

// oneName wants exactly one argument.
func oneName(example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(example, "%s wants one argument, and was given %d", cmd.CommandPath(), len(args))
		}
		return nil
	}
}

func (s *registering) run(p place, name string) error {
	var names []string
	for _, one := range registration.Products() {
		names = append(names, one.Name)
	}
	if s.product == "" {
		return usage("--for rfc7591; known are: "+strings.Join(names, ", "), "no product was named")
	}
	product, known := registration.ProductNamed(s.product)
	if !known {
		return usage(didYouMean(s.product, names, "choose one of: "+strings.Join(names, ", ")), "--for %q is not known", s.product)
	}
	id, err := identityOf(p, s.dir, name)
	if err != nil {
		return err
	}
	kind := registration.ByName
	if selfSigned(id) {
		kind = registration.ByCertificate
	}
	if s.by != "" {
		if err := oneOf("--by", s.by, kinds()...); err != nil {
			return err
		}
		kind = registration.Kind(s.by)
	}
	client := registration.Client{ID: s.id, Grants: []string{"client_credentials"}, Scopes: s.scopes, Bound: !s.unbound, Credentials: []registration.Credential{{Kind: kind, Of: id}}}
	if client.ID == "" {
		client.ID = id.Name()
	}
	registry := registration.Registry{Clients: []registration.Client{client}, CAFile: path.Join(filepath.ToSlash(s.dir), "trust.pem")}
	text, err := product.Write(registry)
	if err != nil {
		return usage("choose what is registered with --by, or another client", "%w", err)
	}
	if _, err := fmt.Fprint(p.stdout, text); err != nil {
		return err
	}
	for _, note := range product.Notes(registry) {
		fmt.Fprintf(p.stderr, "note: %s\n", note)
	}
	switch {
	case kind == registration.ByCertificate:
	case id.Key() == nil: // a file from elsewhere
		issuer, err := pki.ParseDNDER(id.Certificate().RawIssuer)
		if err != nil {
			return usage("choose another certificate", "the issuer of %s: %w", name, err)
		}
		fmt.Fprintf(p.stderr, "note: the server must trust the issuer of the certificate for client certificates: %s\n", harness.Printable(issuer.String()))
	default:
		fmt.Fprintf(p.stderr, "note: the server must trust %s for client certificates\n", registry.CAFile)
	}
	return nil
}

// selfSigned tells whether an identity is its own trust anchor.
func selfSigned(id *pki.Identity) bool {
	roots := id.Roots()
	return len(roots) == 1 && bytes.Equal(roots[0], id.DER())
}
