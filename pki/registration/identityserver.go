package registration

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// A proof is one credential in IdentityServer's words.
type proof struct {
	kind, value string
	expired     bool
}

// The secret types of IdentityServer, as IdentityServerConstants.SecretTypes names them, and how C# writes them.
const (
	nameType       = "X509Name"
	thumbprintType = "X509Thumbprint"
	sharedType     = "SharedSecret"
)

// proofs are the credentials of a client as IdentityServer stores them: secrets are hashed.
func (p Product) proofs(c Client) ([]proof, error) {
	var out []proof
	for _, x := range c.Credentials {
		text, err := p.text(x)
		if err != nil {
			return nil, err
		}
		kind := map[Kind]string{ByName: nameType, ByCertificate: thumbprintType, Secret: sharedType}[x.Kind]
		if x.Kind == Secret {
			sum := sha256.Sum256([]byte(text))
			text = base64.StdEncoding.EncodeToString(sum[:])
		}
		if x.Type != "" {
			kind = x.Type
		}
		out = append(out, proof{kind, text, x.Expired})
	}
	return out, nil
}

// apiScopes are the scopes that must be there, identity scopes aside.
func (r Registry) apiScopes() []string {
	var out []string
	for _, c := range r.Clients {
		for _, s := range c.Scopes {
			if s != "openid" && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// ownScopes are the scopes that a client may ask for, offline_access aside, which is a property of its own.
func (c Client) ownScopes() []string {
	if c.SignsIn {
		return append(slices.Clone(c.Scopes), "openid")
	}
	return c.Scopes
}

// csharp writes the in-memory configuration of IdentityServer4 and Duende IdentityServer.
func csharp(p Product, r Registry) (string, error) {
	var b strings.Builder
	b.WriteString("// using Duende.IdentityServer; using Duende.IdentityServer.Models;   (IdentityServer4: IdentityServer4, IdentityServer4.Models)\n")
	b.WriteString("// services.AddIdentityServer(o => o.MutualTls.Enabled = true).AddMutualTlsSecretValidators()\n")
	b.WriteString("//     .AddInMemoryApiScopes(MtlsCheck.ApiScopes).AddInMemoryApiResources(MtlsCheck.ApiResources).AddInMemoryClients(MtlsCheck.Clients);\n")
	if slices.ContainsFunc(r.Clients, func(c Client) bool { return c.SignsIn }) {
		b.WriteString("// Users sign in: add .AddInMemoryIdentityResources([new IdentityResources.OpenId()])\n")
	}
	b.WriteString("public static class MtlsCheck\n{\n    public static IEnumerable<ApiScope> ApiScopes =>\n    [\n")
	for _, s := range r.apiScopes() {
		fmt.Fprintf(&b, "        new ApiScope(%s),\n", verbatim(s))
	}
	b.WriteString("    ];\n\n    public static IEnumerable<ApiResource> ApiResources =>\n    [\n")
	for _, c := range r.Clients {
		if !c.Resource {
			continue
		}
		proofs, err := p.proofs(c)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "        new ApiResource(%s)%s\n        {\n            Scopes = { %s },\n            ApiSecrets = { %s },\n        },\n", verbatim(c.ID), remark(c), verbatims(r.apiScopes()), secretsInCSharp(proofs))
	}
	b.WriteString("    ];\n\n    public static IEnumerable<Client> Clients =>\n    [\n")
	for _, c := range r.Clients {
		if c.Resource {
			continue
		}
		proofs, err := p.proofs(c)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "        new Client%s\n        {\n            ClientId = %s,\n            AllowedGrantTypes = { %s },\n            AllowedScopes = { %s },\n",
			remark(c), verbatim(c.ID), verbatims(c.Grants), verbatims(c.ownScopes()))
		if len(proofs) > 0 {
			fmt.Fprintf(&b, "            ClientSecrets = { %s },\n", secretsInCSharp(proofs))
		}
		for _, option := range options(c) {
			fmt.Fprintf(&b, "            %s,\n", option)
		}
		b.WriteString("        },\n")
	}
	b.WriteString("    ];\n}\n")
	return b.String(), nil
}

func remark(c Client) string {
	if c.About == "" {
		return ""
	}
	return "   // " + comment(c.About)
}

// options are the properties of a client that differ from the defaults.
func options(c Client) []string {
	var out []string
	if c.Public {
		out = append(out, "RequireClientSecret = false")
	}
	if c.Disabled {
		out = append(out, "Enabled = false")
	}
	if c.Reference {
		out = append(out, "AccessTokenType = AccessTokenType.Reference")
	}
	if len(c.RedirectURIs) > 0 {
		out = append(out, "RedirectUris = { "+verbatims(c.RedirectURIs)+" }")
	}
	if c.SignsIn {
		out = append(out, "AllowOfflineAccess = true")
	}
	if c.Rotating {
		out = append(out, "RefreshTokenUsage = TokenUsage.OneTimeOnly")
	}
	return out
}

func secretsInCSharp(proofs []proof) string {
	var out []string
	for _, p := range proofs {
		expiry := ""
		if p.expired {
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
func appsettings(p Product, r Registry) (string, error) {
	clients, resources, scopes := []map[string]any{}, []map[string]any{}, []map[string]any{}
	for _, s := range r.apiScopes() {
		scopes = append(scopes, map[string]any{"Name": s})
	}
	for _, c := range r.Clients {
		proofs, err := p.proofs(c)
		if err != nil {
			return "", err
		}
		secrets := []map[string]string{}
		for _, x := range proofs {
			one := map[string]string{"Type": x.kind, "Value": x.value}
			if x.expired {
				one["Expiration"] = "2001-01-01T00:00:00Z"
			}
			secrets = append(secrets, one)
		}
		if c.Resource {
			resources = append(resources, map[string]any{"Name": c.ID, "Scopes": r.apiScopes(), "ApiSecrets": secrets})
			continue
		}
		m := map[string]any{"ClientId": c.ID, "AllowedGrantTypes": c.Grants, "AllowedScopes": c.ownScopes(), "ClientSecrets": secrets}
		if c.About != "" {
			m["Description"] = c.About
		}
		if c.Public {
			m["RequireClientSecret"] = false
		}
		if c.Disabled {
			m["Enabled"] = false
		}
		if c.Reference {
			m["AccessTokenType"] = "Reference"
		}
		if len(c.RedirectURIs) > 0 {
			m["RedirectUris"] = c.RedirectURIs
		}
		if c.SignsIn {
			m["AllowOfflineAccess"] = true
		}
		if c.Rotating {
			m["RefreshTokenUsage"] = "OneTimeOnly"
		}
		clients = append(clients, m)
	}
	return document(map[string]any{"IdentityServer": map[string]any{"ApiScopes": scopes, "ApiResources": resources, "Clients": clients}})
}
