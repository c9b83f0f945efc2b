package fakefile

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/internal/strict"
)

// names are what the files name, and where they use it: what is used may stand below its use, or in another file.
type names struct {
	clients, apis, scopes map[string]bool // scopes are those of the files
	subjects, usernames   map[string]bool
	identities            []string // the scopes of OpenID Connect
	usedScopes            []mention
	usedClients           []mention
	exchanges             bool // somebody has the grant of RFC 8693
	unread                bool // a file could not be read, so that nobody knows what it names
}

func newNames() names {
	return names{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, []string{"openid", "profile"}, nil, nil, false, false}
}

// mention is where a name is used.
type mention struct {
	in   *strict.Reader
	node ast.Node
	path string
	name string
}

// once notes a name of which there may be one, and reports one that is there already.
func once(in *strict.Reader, taken map[string]bool, n ast.Node, path, what, name string) bool {
	if name == "" {
		if strict.Kind(n) == "text" { // else it was said before
			in.Wrong(n, path, "", "this is empty")
		}
		return false
	}
	if taken[name] {
		in.Wrong(n, path, "keep one of them", "%s %q stands there twice", what, name)
		return false
	}
	taken[name] = true
	return true
}

// uses notes the scopes of a list.
func (l *loader) uses(in *strict.Reader, list ast.Node, path string) []string {
	texts, nodes := in.Texts(list, path)
	for i, name := range texts {
		l.names.usedScopes = append(l.names.usedScopes, mention{in, nodes[i], strict.At(path, i), name})
	}
	return texts
}

// resolve reports what is used and is nowhere.
func (l *loader) resolve() {
	if l.names.unread {
		return
	}
	scopes := slices.Concat(l.names.identities, l.options.Scopes, slices.Sorted(maps.Keys(l.names.scopes)))
	for _, m := range l.names.usedScopes {
		if m.name != "" && !slices.Contains(scopes, m.name) {
			try := "add it to scopes, or to identity_resources"
			if near := strict.Near(m.name, scopes); near != "" {
				try = fmt.Sprintf("did you mean %q?", near)
			}
			m.in.Wrong(m.node, m.path, try, "there is no scope %q", m.name)
		}
	}
	clients := slices.Concat(l.options.Clients, slices.Sorted(maps.Keys(l.names.clients)))
	for _, m := range l.names.usedClients {
		if m.name != "" && !slices.Contains(clients, m.name) {
			m.in.Wrong(m.node, m.path, m.in.Suggestion(m.name, clients), "there is no client %q", m.name)
		}
	}
}

// grants are the grant types of a client. One that nobody knows is an extension grant, which is noted; one that is nearly known is
// misspelt. refresh is how a client is allowed refresh tokens.
func (l *loader) grants(in *strict.Reader, list ast.Node, path, whose, refresh string) []string {
	known := append(fakeidp.GrantTypes(), fakeidp.TokenExchangeGrant)
	texts, nodes := in.Texts(list, path)
	for i, name := range texts {
		at := strict.At(path, i)
		near := strict.Near(name, known)
		if name == "code" {
			near = fakeidp.AuthorizationCode
		}
		switch {
		case name == fakeidp.TokenExchangeGrant:
			l.names.exchanges = true
		case slices.Contains(known, name):
		case name == "" && strict.Kind(nodes[i]) != "text": // said before
		case name == "refresh_token":
			in.Wrong(nodes[i], at, refresh, "refresh_token is no grant type that a client has")
		case near != "":
			in.Wrong(nodes[i], at, fmt.Sprintf("did you mean %q?", near), "there is no grant type %q", name)
		case name == "" || slices.ContainsFunc([]rune(name), func(r rune) bool { return r <= ' ' }):
			in.Wrong(nodes[i], at, "write one grant type an item", "%q is no grant type", name)
		default:
			l.note(in, "%s: the fake has no grant type %q", whose, name)
		}
	}
	return texts
}

// addresses are those to which a browser is sent: absolute ones, since they are compared as they stand.
func addresses(in *strict.Reader, list ast.Node, path string) []string {
	texts, nodes := in.Texts(list, path)
	for i, text := range texts {
		u, err := url.Parse(text)
		if text != "" && (err != nil || u.Scheme == "") || text == "" && strict.Kind(nodes[i]) == "text" {
			in.Wrong(nodes[i], strict.At(path, i), "write https://localhost/callback", "%q is no absolute URI", text)
		}
	}
	return texts
}

// webAddress is a URL that a browser or the fake itself asks, "" if there is none.
func webAddress(in *strict.Reader, n ast.Node, path string) string {
	text := in.Text(n, path)
	u, err := url.Parse(text)
	if text != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") || text == "" && n != nil && strict.Kind(n) == "text" {
		in.Wrong(n, path, "write https://localhost/logout", "%q is no http or https address", text)
	}
	return text
}

// note says what stands in a file without an effect.
func (l *loader) note(in *strict.Reader, format string, args ...any) {
	l.file.Idle = append(l.file.Idle, in.Mistakes.File+": "+fmt.Sprintf(format, args...))
}

// unusable notes a client that the fake would take, as IdentityServer does, and then never serve.
func (l *loader) unusable(in *strict.Reader, c fakeidp.Client) {
	switch {
	case c.Disabled:
	case c.Grants != nil && len(c.Grants) == 0:
		l.note(in, "client %q has no grant types, so it is never served", c.ID)
	case !c.Public && len(c.Secrets) == 0:
		l.note(in, "client %q has no secrets and is not public, so it is never served", c.ID)
	case slices.Contains(c.Grants, fakeidp.AuthorizationCode) && len(c.RedirectURIs) == 0:
		l.note(in, "client %q has %s without redirect URIs, so it is never served", c.ID, fakeidp.AuthorizationCode)
	}
}

// version is that of the fake for which the file is read.
func (l *loader) version() string {
	for _, v := range []string{l.options.Version, l.file.Version} {
		if v != "" {
			return v
		}
	}
	return "7.4"
}
