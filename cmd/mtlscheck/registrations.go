package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
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

// printerFor finds how registrations are written.
func printerFor(form, product string) (func(registry) (string, error), string, error) {
	if form == "" {
		form = "rfc7591"
		if product == "identityserver" {
			form = "identityserver-csharp"
		}
	}
	printers := map[string]func(registry) (string, error){
		"identityserver-csharp":      csharp,
		"identityserver-appsettings": appsettings,
		"rfc7591":                    rfc7591,
	}
	write, ok := printers[form]
	if !ok {
		return nil, "", usage("choose one of: identityserver-csharp, identityserver-appsettings, rfc7591", "registrations cannot be written for %q", form)
	}
	return write, form, nil
}

// A proof is one credential in a product's words.
type proof struct{ kind, value string }

// The secret types of IdentityServer, as IdentityServerConstants.SecretTypes names them, and how C# writes them.
const (
	nameType       = "X509Name"
	thumbprintType = "X509Thumbprint"
	sharedType     = "SharedSecret"
)

// proofs are the credentials of a role as IdentityServer stores them; credentials that have run out are left to the reader
// to expire.
func (g registry) proofs(r scenarios.RoleSpec) ([]proof, error) {
	var out []proof
	for _, c := range r.Registration.Credentials {
		if c.Kind == scenarios.Secret {
			sum := sha256.Sum256([]byte(g.secrets[r.Registration.ClientID]))
			out = append(out, proof{sharedType, base64.StdEncoding.EncodeToString(sum[:])})
			continue
		}
		id, err := g.store.Identity(c.Of)
		if err != nil {
			return nil, err
		}
		text, err := scenarios.Written(c, id, "identityserver")
		if err != nil {
			return nil, err
		}
		kind := thumbprintType
		if c.Kind == scenarios.ByName {
			kind = nameType
			if s, ok := scenarios.SpellingNamed(c.Spelling); ok && s.Type != "" {
				kind = s.Type
			}
		}
		out = append(out, proof{kind, text})
	}
	return out, nil
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

// apiScopes are the scopes that must be there, identity scopes aside.
func (g registry) apiScopes() []string {
	var out []string
	for _, r := range g.roles {
		for _, s := range g.scopes(r) {
			if s != "openid" && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// csharp writes the in-memory configuration of IdentityServer4 and Duende IdentityServer.
func csharp(g registry) (string, error) {
	var b strings.Builder
	b.WriteString("// using Duende.IdentityServer; using Duende.IdentityServer.Models;   (IdentityServer4: IdentityServer4, IdentityServer4.Models)\n")
	b.WriteString("// services.AddIdentityServer(o => o.MutualTls.Enabled = true).AddMutualTlsSecretValidators()\n")
	b.WriteString("//     .AddInMemoryApiScopes(MtlsCheck.ApiScopes).AddInMemoryApiResources(MtlsCheck.ApiResources).AddInMemoryClients(MtlsCheck.Clients);\n")
	b.WriteString("public static class MtlsCheck\n{\n    public static IEnumerable<ApiScope> ApiScopes =>\n    [\n")
	for _, s := range g.apiScopes() {
		fmt.Fprintf(&b, "        new ApiScope(%s),\n", verbatim(s))
	}
	b.WriteString("    ];\n\n    public static IEnumerable<ApiResource> ApiResources =>\n    [\n")
	for _, r := range g.roles {
		if !r.Registration.Resource {
			continue
		}
		proofs, err := g.proofs(r)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "        new ApiResource(%s)   // %s\n        {\n            Scopes = { %s },\n            ApiSecrets = { %s },\n        },\n", verbatim(r.Registration.ClientID), r.Doc, verbatims(g.apiScopes()), secretsInCSharp(r, proofs))
	}
	b.WriteString("    ];\n\n    public static IEnumerable<Client> Clients =>\n    [\n")
	for _, r := range g.roles {
		if r.Registration.Resource {
			continue
		}
		proofs, err := g.proofs(r)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "        new Client   // %s: %s\n        {\n            ClientId = %s,\n            AllowedGrantTypes = { %s },\n            AllowedScopes = { %s },\n",
			r.Role, r.Doc, verbatim(r.Registration.ClientID), verbatims(grants(r)), verbatims(g.scopes(r)))
		if len(proofs) > 0 {
			fmt.Fprintf(&b, "            ClientSecrets = { %s },\n", secretsInCSharp(r, proofs))
		}
		for _, option := range options(r) {
			fmt.Fprintf(&b, "            %s,\n", option)
		}
		b.WriteString("        },\n")
	}
	b.WriteString("    ];\n}\n")
	return b.String(), nil
}

// options are the properties of a client that differ from the defaults.
func options(r scenarios.RoleSpec) []string {
	var out []string
	reg := r.Registration
	if reg.Public {
		out = append(out, "RequireClientSecret = false")
	}
	if reg.Disabled {
		out = append(out, "Enabled = false")
	}
	if reg.Reference {
		out = append(out, "AccessTokenType = AccessTokenType.Reference")
	}
	if slices.Contains(reg.Grants, "authorization_code") {
		out = append(out, "RedirectUris = { "+verbatim(scenarios.RedirectURI)+" }")
	}
	return out
}

func secretsInCSharp(r scenarios.RoleSpec, proofs []proof) string {
	var out []string
	for i, p := range proofs {
		expiry := ""
		if r.Registration.Credentials[i].Expired {
			expiry = ", new DateTime(2001, 1, 1)"
		}
		if p.kind == sharedType {
			out = append(out, "new Secret("+verbatim(p.value)+expiry+")")
			continue
		}
		out = append(out, "new Secret("+verbatim(p.value)+expiry+") { Type = "+verbatim(p.kind)+" }")
	}
	return strings.Join(out, ", ")
}

// verbatim is a C# verbatim string.
func verbatim(s string) string { return `@"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func verbatims(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = verbatim(s)
	}
	return strings.Join(out, ", ")
}

// appsettings writes the sections that AddInMemoryClients(configuration.GetSection("IdentityServer:Clients")) and its like read.
func appsettings(g registry) (string, error) {
	clients, resources, scopes := []map[string]any{}, []map[string]any{}, []map[string]any{}
	for _, s := range g.apiScopes() {
		scopes = append(scopes, map[string]any{"Name": s})
	}
	for _, r := range g.roles {
		proofs, err := g.proofs(r)
		if err != nil {
			return "", err
		}
		secrets := []map[string]string{}
		for i, p := range proofs {
			one := map[string]string{"Type": p.kind, "Value": p.value}
			if r.Registration.Credentials[i].Expired {
				one["Expiration"] = "2001-01-01T00:00:00Z"
			}
			secrets = append(secrets, one)
		}
		if r.Registration.Resource {
			resources = append(resources, map[string]any{"Name": r.Registration.ClientID, "Scopes": g.apiScopes(), "ApiSecrets": secrets})
			continue
		}
		c := map[string]any{"ClientId": r.Registration.ClientID, "Description": string(r.Role) + ": " + r.Doc, "AllowedGrantTypes": grants(r), "AllowedScopes": g.scopes(r), "ClientSecrets": secrets}
		if r.Registration.Public {
			c["RequireClientSecret"] = false
		}
		if r.Registration.Disabled {
			c["Enabled"] = false
		}
		if r.Registration.Reference {
			c["AccessTokenType"] = "Reference"
		}
		if slices.Contains(r.Registration.Grants, "authorization_code") {
			c["RedirectUris"] = []string{scenarios.RedirectURI}
		}
		clients = append(clients, c)
	}
	return document(map[string]any{"IdentityServer": map[string]any{"ApiScopes": scopes, "ApiResources": resources, "Clients": clients}})
}

// rfc7591 writes client metadata: a JSON array, one member a client.
func rfc7591(g registry) (string, error) {
	out := []map[string]any{}
	for _, r := range g.roles {
		c := map[string]any{"client_id": r.Registration.ClientID, "client_name": string(r.Role) + ": " + r.Doc, "grant_types": grants(r), "response_types": []string{}, "redirect_uris": []string{}}
		if scopes := g.scopes(r); len(scopes) > 0 {
			c["scope"] = strings.Join(scopes, " ")
		}
		if slices.Contains(grants(r), "authorization_code") {
			c["response_types"], c["redirect_uris"] = []string{"code"}, []string{scenarios.RedirectURI}
		}
		if r.Registration.Bound {
			c["tls_client_certificate_bound_access_tokens"] = true
		}
		if err := g.method(r, c); err != nil {
			return "", err
		}
		out = append(out, c)
	}
	return document(out)
}

// method sets how a client authenticates.
func (g registry) method(r scenarios.RoleSpec, c map[string]any) error {
	keys := []json.RawMessage{}
	for _, x := range r.Registration.Credentials {
		switch x.Kind {
		case scenarios.Secret:
			c["token_endpoint_auth_method"], c["client_secret"] = "client_secret_post", g.secrets[r.Registration.ClientID]
		case scenarios.ByName:
			id, err := g.store.Identity(x.Of)
			if err != nil {
				return err
			}
			name, err := scenarios.Written(x, id, g.product)
			if err != nil {
				return err
			}
			c["token_endpoint_auth_method"], c["tls_client_auth_subject_dn"] = "tls_client_auth", name
		case scenarios.ByCertificate:
			key, err := scenarios.WrittenKey(x, g.store.Identity)
			if err != nil {
				return err
			}
			keys = append(keys, json.RawMessage(key))
		}
	}
	if len(keys) > 0 {
		c["token_endpoint_auth_method"], c["jwks"] = "self_signed_tls_client_auth", map[string]any{"keys": keys}
	}
	return nil
}

func document(v any) (string, error) {
	out, err := json.MarshalIndent(v, "", "  ")
	return string(out) + "\n", err
}
