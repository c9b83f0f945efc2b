// Package fakefile reads the file that describes a fake: clients, users, scopes, resources, trust and faults. It is read strictly;
// all mistakes are reported at once, with line, column and caret.
//
//	file, err := fakefile.Read("fakeidp.yaml", fakefile.Options{})
//	idp, err := fakeidp.New(file.Options...)
package fakefile

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/internal/strict"
)

// Options are what a file is read against.
type Options struct {
	Env     func(name string) (value string, set bool) // looks env: references up. Default value is os.LookupEnv if Env is nil
	Version string                                     // overrides the file's, if it is not empty
	// Scopes and Clients are what the fake has beside those of the file, which may name them.
	Scopes, Clients []string
}

// A File is a file that was read without a mistake.
type File struct {
	Version   string // the fake that it asks for; empty: not said
	Scopes    []fakeidp.Scope
	Resources []fakeidp.Resource
	Options   []fakeidp.Option // the rest of it
	// Idle are what the file says without an effect on the fake, as sentences.
	Idle []string
	// Files are all files that were read, and Contents what was in them then.
	Files    []string
	Contents [][]byte
}

// maxSize is how large a file may be: 1 MiB.
const maxSize = 1 << 20

// Read reads a file and those that it names. An error is a *strict.Mistakes, or says that the file cannot be read at all.
func Read(path string, o Options) (*File, error) {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	text, err := strict.Contents(path, "a file of clients and users", maxSize)
	if err != nil {
		return nil, err
	}
	root, r := strict.Parse(path, text)
	r.Mistakes.Private = true // secrets and passwords stand in it
	l := &loader{Reader: r, options: o, dir: filepath.Dir(path), file: &File{Files: []string{path}, Contents: [][]byte{text}}, names: newNames()}
	if root != nil || r.Err() == nil {
		r.Reveal(root, shown()...)
		l.read(root)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return l.file, nil
}

// loader reads one file.
type loader struct {
	*strict.Reader
	options Options
	dir     string
	file    *File
	names   names
}

func (l *loader) add(o fakeidp.Option) { l.file.Options = append(l.file.Options, o) }

// read is the whole file.
func (l *loader) read(root ast.Node) {
	f := l.Fields(root, "", "version", "fake", "clients", "duende", "scopes", "resources", "identity_resources", "users", "pages", "trust", "faults")
	if l.Integer(f["version"], "version", 1, 1, 0) == 0 && f["version"] == nil {
		l.Wrong(root, "", "add version: 1", "version is missing")
	}
	l.file.Version = l.OneOf(f["fake"], "fake", fakeidp.Versions())
	for i, n := range l.Items(f["clients"], "clients") {
		l.client(n, strict.At("clients", i))
	}
	for i, n := range l.Items(f["duende"], "duende") {
		l.duende(n, strict.At("duende", i))
	}
	scopes, nodes := l.Texts(f["scopes"], "scopes")
	for i, s := range scopes {
		if once(l.Reader, l.names.scopes, nodes[i], strict.At("scopes", i), "the scope", s) {
			l.file.Scopes = append(l.file.Scopes, fakeidp.Scope{Name: s})
		}
	}
	for i, n := range l.Items(f["resources"], "resources") {
		l.resource(n, strict.At("resources", i))
	}
	l.identities(f["identity_resources"])
	l.pages(f["pages"], l.users(f["users"]))
	for i, n := range l.Items(f["trust"], "trust") {
		l.trust(n, strict.At("trust", i))
	}
	for i, n := range l.Items(f["faults"], "faults") {
		l.fault(n, strict.At("faults", i))
	}
	l.resolve()
	if l.names.exchanges {
		l.add(fakeidp.ExtensionGrants(fakeidp.TokenExchange()))
	}
}

// client is one entry of clients.
func (l *loader) client(n ast.Node, path string) {
	f := l.Fields(n, path, "id", "secrets", "grants", "scopes", "redirect_uris", "disabled", "public", "offline_access", "no_pkce", "reference",
		"require_par", "require_dpop", "one_time_refresh", "bound", "lifetime", "post_logout_redirect_uris", "front_channel_logout_uri",
		"front_channel_logout_without_session", "back_channel_logout_uri", "require_consent")
	c := fakeidp.Client{ID: l.Required(n, f, "id", path, "app"), Disabled: l.Bool(f["disabled"], path+".disabled"), Public: l.Bool(f["public"], path+".public"),
		OfflineAccess: l.Bool(f["offline_access"], path+".offline_access"), NoPKCE: l.Bool(f["no_pkce"], path+".no_pkce"),
		Reference: l.Bool(f["reference"], path+".reference"), RequirePAR: l.Bool(f["require_par"], path+".require_par"),
		RequireDPoP: l.Bool(f["require_dpop"], path+".require_dpop"), OneTimeRefresh: l.Bool(f["one_time_refresh"], path+".one_time_refresh"),
		Bound: l.Bool(f["bound"], path+".bound"), Lifetime: l.duration(f["lifetime"], path+".lifetime")}
	c.Grants = l.grants(l.Reader, f["grants"], path+".grants", fmt.Sprintf("client %q", c.ID), "write offline_access: true")
	c.Scopes = l.uses(l.Reader, f["scopes"], path+".scopes")
	c.RedirectURIs = addresses(l.Reader, f["redirect_uris"], path+".redirect_uris")
	c.PostLogoutRedirectURIs = addresses(l.Reader, f["post_logout_redirect_uris"], path+".post_logout_redirect_uris")
	c.FrontChannelLogoutURI = webAddress(l.Reader, f["front_channel_logout_uri"], path+".front_channel_logout_uri")
	c.FrontChannelLogoutWithoutSession = l.Bool(f["front_channel_logout_without_session"], path+".front_channel_logout_without_session")
	c.BackChannelLogoutURI = webAddress(l.Reader, f["back_channel_logout_uri"], path+".back_channel_logout_uri")
	c.RequireConsent = l.Bool(f["require_consent"], path+".require_consent")
	c.Secrets = l.secrets(f["secrets"], path+".secrets")
	l.register(l.Reader, c, n, path)
}

// register notes a client, unless it is there already.
func (l *loader) register(in *strict.Reader, c fakeidp.Client, n ast.Node, path string) {
	if once(in, l.names.clients, n, path, "the client", c.ID) {
		l.unusable(in, c)
		l.add(fakeidp.Clients(c))
	}
}

func (l *loader) duration(n ast.Node, path string) time.Duration {
	text := l.Text(n, path)
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		l.Wrong(n, path, "write 10m or 1h30m", "%q is no duration", text)
	}
	return d
}

// secrets are what proves who a client or an API is.
func (l *loader) secrets(n ast.Node, path string) []fakeidp.Secret {
	var out []fakeidp.Secret
	for i, n := range l.Items(n, path) {
		at := strict.At(path, i)
		f := l.Fields(n, at, append(keysOfWays(), "certificate", "until")...)
		var found []fakeidp.Secret
		var stands string // the key under which it stands
		for _, way := range ways() {
			if f[way.key] != nil {
				found, stands = append(found, way.make(l.value(f[way.key], strict.Join(at, way.key)))), way.key
			}
		}
		if f["certificate"] != nil {
			if all := l.certificates(f["certificate"], at+".certificate"); len(all) > 0 {
				found, stands = append(found, fakeidp.Thumbprint(sha1Of(all[0]))), "certificate"
			}
		}
		if len(found) != 1 {
			if n != nil && strict.Kind(n) == "a mapping" && (len(found) > 1 || f["certificate"] == nil) {
				l.Wrong(n, at, "write one of "+strings.Join(keysOfWays(), ", ")+" and certificate", "a secret is one thing, found %d", len(found))
			}
			continue
		}
		if text := l.Text(f["until"], at+".until"); text != "" {
			end, err := time.Parse(time.RFC3339, text)
			if err != nil {
				l.Wrong(f["until"], at+".until", `write "2030-01-31T00:00:00Z"`, "%q is no time", text)
			}
			found[0] = found[0].Until(end)
		}
		l.provable(l.Reader, found[0], f[stands], strict.Join(at, stands))
		out = append(out, found[0])
	}
	return out
}

// ways are how a secret is written.
func ways() []struct {
	key  string
	make func(string) fakeidp.Secret
} {
	return []struct {
		key  string
		make func(string) fakeidp.Secret
	}{
		{"name", fakeidp.Name}, {"thumbprint", fakeidp.Thumbprint}, {"shared", fakeidp.Shared}, {"hashed", fakeidp.Hashed}, {"jwk", fakeidp.JWK},
		{"jwks_uri", fakeidp.JWKSetAt}, {"dns", fakeidp.NameDNS}, {"uri", fakeidp.NameURI}, {"ip", fakeidp.NameIP}, {"email", fakeidp.NameEmail},
	}
}

func keysOfWays() []string {
	var out []string
	for _, way := range ways() {
		out = append(out, way.key)
	}
	return out
}

// provable reports a secret that nobody could ever prove.
func (l *loader) provable(in *strict.Reader, s fakeidp.Secret, n ast.Node, path string) {
	if s.Value == "" {
		return // said before
	}
	if err := s.Check(l.version()); err != nil {
		if in != l.Reader && !s.Hashed { // IdentityServer takes it without a word, and so does the fake
			l.note(in, "%s: nobody can prove it: %v", path, err)
			return
		}
		try := ""
		if s.Hashed {
			try = "a secret in the clear is written as shared"
			if in != l.Reader {
				try = "a secret in the clear is written alone, without Value"
			}
		}
		in.Wrong(n, path, try, "%v", err)
	}
}

// value is a text, or what an env: or file: reference holds.
func (l *loader) value(n ast.Node, path string) string {
	text := l.Text(n, path)
	if name, ok := strings.CutPrefix(text, "env:"); ok {
		value, set := l.options.Env(name)
		if !set || value == "" {
			l.Wrong(n, path, "set it, or write file:PATH", "the environment variable %s is not set", name)
		}
		return value
	}
	if _, ok := strings.CutPrefix(text, "file:"); ok {
		return strings.TrimSpace(string(l.named(n, path)))
	}
	if text == "" && n != nil && strict.Kind(n) == "text" {
		l.Wrong(n, path, "", "this is empty")
	}
	return text
}

// named is the content of a file that a node names, as file:PATH or PATH, relative to the file.
func (l *loader) named(n ast.Node, path string) []byte {
	text := l.Text(n, path)
	if text == "" {
		return nil
	}
	name := strings.TrimPrefix(text, "file:")
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.dir, name)
	}
	content, err := strict.Contents(name, "a file of clients or keys", maxSize)
	if err != nil {
		l.Wrong(n, path, "paths are relative to this file", "%v", err)
		return nil
	}
	l.file.Files, l.file.Contents = append(l.file.Files, name), append(l.file.Contents, content)
	return content
}

// certificates are those of a PEM file.
func (l *loader) certificates(n ast.Node, path string) []*x509.Certificate {
	content := l.named(n, path)
	if content == nil {
		return nil
	}
	var out []*x509.Certificate
	for rest := content; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			l.Wrong(n, path, "", "a certificate in the file cannot be read: %v", err)
			return nil
		}
		out = append(out, c)
	}
	if out == nil {
		l.Wrong(n, path, "", "the file holds no certificate in PEM")
	}
	return out
}
