package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/registration"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// A registry is who is to be registered, with the certificates and secrets that are meant.
type registry struct {
	roles   []scenarios.RoleSpec
	store   *pki.Store
	secrets map[string]string // client_id → shared secret
	product string
	scope   string
}

// printerFor finds how registrations of many roles are written.
func printerFor(form, product string) (registration.Product, error) {
	if form == "" {
		form = "rfc7591"
		if product == "identityserver" {
			form = "identityserver-csharp"
		}
	}
	if written, known := registration.ProductNamed(form); known && written.Many {
		return written, nil
	}
	var names []string
	for _, p := range registration.Products() {
		if p.Many {
			names = append(names, p.Name)
		}
	}
	return registration.Product{}, usage("choose one of: "+strings.Join(names, ", ")+"; mtlscheck pki register writes one client for others", "registrations cannot be written for %q", form)
}

func (g registry) scopes(r scenarios.RoleSpec) []string {
	if r.Registration.Scopes != nil {
		return r.Registration.Scopes
	}
	return strings.Fields(g.scope)
}

func grants(r scenarios.RoleSpec) []string {
	if r.Registration.Grants != nil {
		return r.Registration.Grants
	}
	return []string{"client_credentials"}
}

// clients are the roles as registrations, with every name and key written as its role wants it.
func (g registry) clients(written registration.Product) (registration.Registry, error) {
	var out registration.Registry
	for _, r := range g.roles {
		reg := r.Registration
		c := registration.Client{
			ID: reg.ClientID, About: string(r.Role) + ": " + r.Doc, Grants: grants(r), Scopes: g.scopes(r),
			Public: reg.Public, Disabled: reg.Disabled, Bound: reg.Bound, Reference: reg.Reference, Resource: reg.Resource,
			SignsIn: reg.SignsIn, Rotating: reg.Rotating,
		}
		if slices.Contains(reg.Grants, "authorization_code") {
			c.RedirectURIs = []string{scenarios.RedirectURI}
		}
		for _, x := range reg.Credentials {
			proof, err := g.proof(written, r, x)
			if err != nil {
				return registration.Registry{}, err
			}
			c.Credentials = append(c.Credentials, proof)
		}
		out.Clients = append(out.Clients, c)
	}
	return out, nil
}

// proof is one credential. IdentityServer compares its own spelling of a name, whatever product was named.
func (g registry) proof(written registration.Product, r scenarios.RoleSpec, x scenarios.Credential) (registration.Credential, error) {
	if x.Kind == scenarios.Secret {
		return registration.Credential{Kind: registration.Secret, Text: g.secrets[r.Registration.ClientID], Expired: x.Expired}, nil
	}
	out := registration.Credential{Kind: kindOf(x.Kind), Expired: x.Expired}
	id, err := g.store.Identity(x.Of)
	if err != nil {
		return out, err
	}
	out.Of = id
	product := g.product
	if strings.HasPrefix(written.Name, "identityserver") {
		product = "identityserver"
	} else if x.Kind == scenarios.ByCertificate {
		key, err := scenarios.WrittenKey(x, g.store.Identity)
		out.Key = json.RawMessage(key)
		return out, err
	}
	if out.Text, err = scenarios.Written(x, id, product); err != nil {
		return out, err
	}
	if s, ok := scenarios.SpellingNamed(x.Spelling); ok && x.Kind == scenarios.ByName {
		out.Type = s.Type
	}
	return out, nil
}

// kindOf is what package registration calls a kind of proof by a certificate.
func kindOf(k scenarios.CredentialKind) registration.Kind {
	return map[scenarios.CredentialKind]registration.Kind{
		scenarios.ByName: registration.ByName, scenarios.ByDNS: registration.ByDNS, scenarios.ByURI: registration.ByURI, scenarios.ByIP: registration.ByIP,
		scenarios.ByEmail: registration.ByEmail, scenarios.ByCertificate: registration.ByCertificate,
		scenarios.ByKeySet: registration.ByKeySet,
	}[k]
}
