package fakefile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/internal/strict"
)

// duende reads a file with clients as IdentityServer writes them in its configuration: a list of clients, or an appsettings.json
// with them. Names are compared without regard to case, as .NET's configuration does.
func (l *loader) duende(n ast.Node, path string) {
	content := l.named(n, path)
	if content == nil {
		l.names.unread = true
		return
	}
	root, r := strict.Parse(l.file.Files[len(l.file.Files)-1], content)
	r.Mistakes.Private = true
	l.Names(r)
	if r.Err() != nil && root == nil {
		l.names.unread = true
		return
	}
	r.Reveal(root, shownDuende()...)
	in := &duendeLoader{Reader: r, to: l}
	if root == nil {
		l.Wrong(n, path, "", "the file is empty")
		return
	}
	if strict.Kind(root) == "a list" {
		in.clients(root, "")
		return
	}
	all := map[string]ast.Node{}
	for _, pair := range in.Pairs(root, "") {
		all[strings.ToLower(strict.Key(pair))] = pair.Value
	}
	section, path := root, ""
	if n, there := all["identityserver"]; there {
		section, path = n, "IdentityServer"
	}
	f := in.fields(section, path, "Clients", "ApiScopes", "ApiResources")
	if f["Clients"] == nil {
		in.Wrong(section, path, `write a list of clients, or {"Clients": […]}`, "there are no clients")
	}
	in.clients(f["Clients"], strict.Join(path, "Clients"))
	for i, n := range in.Items(f["ApiScopes"], strict.Join(path, "ApiScopes")) {
		in.scope(n, strict.At(strict.Join(path, "ApiScopes"), i))
	}
	for i, n := range in.Items(f["ApiResources"], strict.Join(path, "ApiResources")) {
		in.resource(n, strict.At(strict.Join(path, "ApiResources"), i))
	}
}

// duendeLoader reads one such file.
type duendeLoader struct {
	*strict.Reader
	to *loader
}

// idle are the settings of a client that change something at IdentityServer and nothing at the fake.
func idle() []string {
	return []string{
		"AbsoluteRefreshTokenLifetime", "AllowAccessTokensViaBrowser", "AllowPlainTextPkce", "AllowRememberConsent", "AllowedCorsOrigins",
		"AllowedIdentityTokenSigningAlgorithms", "AlwaysIncludeUserClaimsInIdToken", "AlwaysSendClientClaims", "AuthorizationCodeLifetime",
		"BackChannelLogoutSessionRequired", "CibaLifetime", "Claims", "ClientClaimsPrefix", "ConsentLifetime",
		"CoordinateLifetimeWithUserSession", "DPoPClockSkew", "DPoPValidationMode", "DeviceCodeLifetime", "EnableLocalLogin",
		"IdentityProviderRestrictions", "IdentityTokenLifetime", "IncludeJwtId",
		"InitiateLoginUri", "PairWiseSubjectSalt", "PollingInterval", "ProtocolType", "PushedAuthorizationLifetime",
		"RefreshTokenExpiration", "RequireRequestObject", "SlidingRefreshTokenLifetime", "UpdateAccessTokenClaimsOnRefresh",
		"UserCodeType", "UserSsoLifetime",
	}
}

// fields are the members of a mapping under the names that are known, however they are written.
func (l *duendeLoader) fields(n ast.Node, path string, known ...string) map[string]ast.Node {
	out := map[string]ast.Node{}
	for _, pair := range l.Pairs(n, path) {
		key := strict.Key(pair)
		i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, key) })
		switch {
		case i < 0:
			l.Wrong(pair.Key, strict.Join(path, key), l.Suggestion(key, known), "unknown key")
		case out[known[i]] != nil:
			l.Wrong(pair.Key, strict.Join(path, key), "keep one of them", "the key stands twice")
		default:
			out[known[i]] = pair.Value
		}
	}
	return out
}

func (l *duendeLoader) clients(n ast.Node, path string) {
	for i, n := range l.Items(n, path) {
		l.client(n, strict.At(path, i))
	}
}

func (l *duendeLoader) client(n ast.Node, path string) {
	known := append([]string{
		"ClientId", "ClientName", "Description", "ClientUri", "LogoUri", "Properties", "Enabled", "ClientSecrets", "AllowedGrantTypes", "AllowedScopes", "RedirectUris",
		"RequireClientSecret", "RequirePkce", "AllowOfflineAccess", "AccessTokenType", "AccessTokenLifetime", "RequirePushedAuthorization",
		"RequireDPoP", "RefreshTokenUsage", "PostLogoutRedirectUris", "FrontChannelLogoutUri", "FrontChannelLogoutSessionRequired", "BackChannelLogoutUri", "RequireConsent",
	}, idle()...)
	f := l.fields(n, path, known...)
	c := fakeidp.Client{
		ID: l.Required(n, f, "ClientId", path, `"app"`), Secrets: l.secrets(f["ClientSecrets"], path+".ClientSecrets"),
		Disabled: !l.flag(f, "Enabled", path, true), Public: !l.flag(f, "RequireClientSecret", path, true), NoPKCE: !l.flag(f, "RequirePkce", path, true),
		OfflineAccess: l.flag(f, "AllowOfflineAccess", path, false), RequirePAR: l.flag(f, "RequirePushedAuthorization", path, false),
		RequireDPoP: l.flag(f, "RequireDPoP", path, false), Reference: l.choice(f, "AccessTokenType", path, "Jwt", "Reference") == 1,
		OneTimeRefresh: l.choice(f, "RefreshTokenUsage", path, "ReUse", "OneTimeOnly") == 1,
	}
	const year = 365 * 24 * 3600
	c.Lifetime = time.Duration(l.Integer(f["AccessTokenLifetime"], path+".AccessTokenLifetime", 1, 100*year, 0)) * time.Second
	c.Grants = l.to.grants(l.Reader, f["AllowedGrantTypes"], path+".AllowedGrantTypes", fmt.Sprintf("client %q", c.ID), `write "AllowOfflineAccess": true`)
	if c.Grants == nil {
		c.Grants = []string{} // IdentityServer has no default
	}
	c.Scopes = l.to.uses(l.Reader, f["AllowedScopes"], path+".AllowedScopes")
	c.RedirectURIs = addresses(l.Reader, f["RedirectUris"], path+".RedirectUris")
	c.PostLogoutRedirectURIs = addresses(l.Reader, f["PostLogoutRedirectUris"], path+".PostLogoutRedirectUris")
	c.FrontChannelLogoutURI = l.maybe(f, "FrontChannelLogoutUri", path)
	c.FrontChannelLogoutWithoutSession = !l.flag(f, "FrontChannelLogoutSessionRequired", path, true)
	c.BackChannelLogoutURI = l.maybe(f, "BackChannelLogoutUri", path)
	c.RequireConsent = l.flag(f, "RequireConsent", path, false)
	l.idle(f, "client "+strconv.Quote(c.ID), idle()...)
	l.to.register(l.Reader, c, n, path)
}

// idle notes what stands there without an effect.
func (l *duendeLoader) idle(f map[string]ast.Node, whose string, names ...string) {
	for _, name := range names {
		if f[name] != nil {
			l.to.note(l.Reader, "%s: %s has no effect on the fake", whose, name)
		}
	}
}

func (l *duendeLoader) flag(f map[string]ast.Node, name, path string, otherwise bool) bool {
	if f[name] == nil {
		return otherwise
	}
	return l.Bool(f[name], path+"."+name)
}

// maybe is the address of a client that may be null.
func (l *duendeLoader) maybe(f map[string]ast.Node, name, path string) string {
	if f[name] == nil || strict.Kind(f[name]) == "nothing" {
		return ""
	}
	return webAddress(l.Reader, f[name], path+"."+name)
}

// choice is a member of an enumeration, by name or by number.
func (l *duendeLoader) choice(f map[string]ast.Node, name, path string, values ...string) int {
	n := f[name]
	if n == nil {
		return 0
	}
	if strict.Kind(n) == "a number" {
		return l.Integer(n, path+"."+name, 0, len(values)-1, 0)
	}
	text := l.Text(n, path+"."+name)
	i := slices.IndexFunc(values, func(v string) bool { return strings.EqualFold(v, text) })
	if i < 0 && strict.Kind(n) == "text" {
		l.Wrong(n, path+"."+name, l.Suggestion(text, values), "there is no %q", text)
	}
	return max(i, 0)
}

// secrets are texts, which are shared secrets in the clear, or secrets as IdentityServer stores them.
func (l *duendeLoader) secrets(n ast.Node, path string) []fakeidp.Secret {
	var out []fakeidp.Secret
	for i, n := range l.Items(n, path) {
		at := strict.At(path, i)
		if strict.Kind(n) == "text" {
			out = append(out, fakeidp.Shared(l.Text(n, at)))
			continue
		}
		f := l.fields(n, at, "Value", "Type", "Expiration", "Description")
		s := fakeidp.Secret{Type: fakeidp.SharedSecret, Value: l.Required(n, f, "Value", at, `"…"`)}
		if f["Type"] != nil {
			s.Type = fakeidp.SecretType(l.Text(f["Type"], at+".Type"))
			if known := []string{"SharedSecret", "X509Name", "X509Thumbprint", "JWK"}; s.Type != "" && !slices.Contains(known, string(s.Type)) {
				note := fmt.Sprintf("%s.Type: there is no %q, so nobody can prove it", at, s.Type)
				if try := l.Suggestion(string(s.Type), known); try != "" {
					note += "; " + try
				}
				l.to.note(l.Reader, "%s", note)
				out = append(out, s)
				continue
			}
		}
		s.Hashed = s.Type == fakeidp.SharedSecret
		if s.Type != "" {
			l.to.provable(l.Reader, s, f["Value"], at+".Value")
		}
		if f["Expiration"] != nil && strict.Kind(f["Expiration"]) != "nothing" {
			text := l.Text(f["Expiration"], at+".Expiration")
			end, err := time.Parse(time.RFC3339, text)
			if err != nil {
				l.Wrong(f["Expiration"], at+".Expiration", `write "2030-01-31T00:00:00Z"`, "%q is no time", text)
			}
			s = s.Until(end)
		}
		out = append(out, s)
	}
	return out
}

func (l *duendeLoader) scope(n ast.Node, path string) {
	if strict.Kind(n) == "text" {
		l.addScope(n, path, fakeidp.Scope{Name: l.Text(n, path)})
		return
	}
	f := l.fields(n, path, "Name", "DisplayName", "Description", "Enabled", "Required", "Emphasize", "ShowInDiscoveryDocument", "UserClaims", "Properties")
	l.addScope(n, path, fakeidp.Scope{Name: l.Required(n, f, "Name", path, `"api1"`), Disabled: !l.flag(f, "Enabled", path, true)})
	l.idle(f, path, "Required", "ShowInDiscoveryDocument", "UserClaims")
}

func (l *duendeLoader) addScope(n ast.Node, path string, s fakeidp.Scope) {
	if once(l.Reader, l.to.names.scopes, n, path, "the scope", s.Name) {
		l.to.file.Scopes = append(l.to.file.Scopes, s)
	}
}

func (l *duendeLoader) resource(n ast.Node, path string) {
	f := l.fields(n, path, "Name", "DisplayName", "Description", "Enabled", "Scopes", "ApiSecrets", "ShowInDiscoveryDocument", "UserClaims", "Properties",
		"RequireResourceIndicator", "AllowedAccessTokenSigningAlgorithms")
	r := fakeidp.Resource{Name: l.Required(n, f, "Name", path, `"api"`), Secrets: l.secrets(f["ApiSecrets"], path+".ApiSecrets")}
	r.Scopes = l.to.uses(l.Reader, f["Scopes"], path+".Scopes")
	l.idle(f, path, "ShowInDiscoveryDocument", "UserClaims", "RequireResourceIndicator", "AllowedAccessTokenSigningAlgorithms")
	if once(l.Reader, l.to.names.apis, n, path, "the resource", r.Name) && l.flag(f, "Enabled", path, true) {
		l.to.file.Resources = append(l.to.file.Resources, r)
	}
}
