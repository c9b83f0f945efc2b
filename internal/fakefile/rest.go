package fakefile

import (
	"crypto/x509"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki"
)

func sha1Of(c *x509.Certificate) string { return pki.ThumbprintsOf(c.Raw).SHA1Upper }

// resource is one entry of resources.
func (l *loader) resource(n ast.Node, path string) {
	f := l.Fields(n, path, "name", "scopes", "secrets")
	r := fakeidp.Resource{Name: l.Required(n, f, "name", path, "api"), Secrets: l.secrets(f["secrets"], path+".secrets")}
	r.Scopes = l.uses(l.Reader, f["scopes"], path+".scopes")
	if once(l.Reader, l.names.apis, n, path, "the resource", r.Name) {
		l.file.Resources = append(l.file.Resources, r)
	}
}

// identities are identity_resources: names of those of OpenID Connect, or a name with claims.
func (l *loader) identities(n ast.Node) {
	if n == nil {
		return
	}
	var all []fakeidp.IdentityResource
	taken := map[string]bool{}
	for i, n := range l.Items(n, "identity_resources") {
		path := strict.At("identity_resources", i)
		if strict.Kind(n) == "text" {
			name := l.OneOf(n, path, []string{"openid", "profile"})
			once(l.Reader, taken, n, path, "the identity resource", name)
			switch name {
			case "openid":
				all = append(all, fakeidp.OpenID())
			case "profile":
				all = append(all, fakeidp.Profile())
			}
			continue
		}
		f := l.Fields(n, path, "name", "claims")
		r := fakeidp.IdentityResource{Name: l.Required(n, f, "name", path, "email")}
		r.Claims, _ = l.Texts(f["claims"], path+".claims")
		once(l.Reader, taken, n, path, "the identity resource", r.Name)
		if l.names.scopes[r.Name] {
			l.Wrong(n, path, "give one of them another name", "%q is the name of a scope, too", r.Name)
		}
		all = append(all, r)
	}
	l.names.identities = nil
	for _, r := range all {
		l.names.identities = append(l.names.identities, r.Name)
	}
	l.add(fakeidp.IdentityResources(all...))
}

// users are those who can sign in. It tells how many.
func (l *loader) users(n ast.Node) int {
	if n == nil {
		return 0
	}
	var all []fakeidp.User
	for i, n := range l.Items(n, "users") {
		path := strict.At("users", i)
		f := l.Fields(n, path, "subject", "username", "password", "claims")
		u := fakeidp.User{Subject: l.Required(n, f, "subject", path, `"1"`), Username: l.Required(n, f, "username", path, "alice"), Password: l.value(f["password"], path+".password")}
		once(l.Reader, l.names.subjects, n, path, "the subject", u.Subject)
		once(l.Reader, l.names.usernames, n, path, "the user name", u.Username)
		for _, pair := range l.Pairs(f["claims"], path+".claims") {
			name := strict.Key(pair)
			at := strict.Join(path+".claims", name)
			if strict.Kind(pair.Value) != "a list" {
				u.Claims = append(u.Claims, fakeidp.Claim{Type: name, Value: l.Text(pair.Value, at)})
				continue
			}
			values, _ := l.Texts(pair.Value, at)
			for _, v := range values {
				u.Claims = append(u.Claims, fakeidp.Claim{Type: name, Value: v})
			}
		}
		all = append(all, u)
	}
	l.add(fakeidp.Users(all...))
	return len(all)
}

// pages are what somebody sees whom a client sends to the fake. Where there is anybody who can sign in, there are pages for people
// unless the file says otherwise: nobody else serves any.
func (l *loader) pages(n ast.Node, users int) {
	style := l.OneOf(n, "pages", []string{"none", "approve", "people"})
	if style != "" && style != "none" && users == 0 {
		l.Wrong(n, "pages", "add users", "there is nobody who can sign in")
		return
	}
	if style == "" && n == nil && users > 0 {
		style = "people"
	}
	switch style {
	case "approve":
		l.add(fakeidp.Pages(fakeidp.ApproveAtOnce))
	case "people":
		l.add(fakeidp.Pages(fakeidp.AskPeople))
	}
}

// trust is a file of roots.
func (l *loader) trust(n ast.Node, path string) {
	if roots := l.certificates(n, path); roots != nil {
		l.add(fakeidp.Trust(roots...))
	}
}

// fault is one entry of faults: a name, or a mapping with a limit.
func (l *loader) fault(n ast.Node, path string) {
	var names []string
	version := l.version()
	for _, f := range fakeidp.Faults() {
		if f.Fits(version) {
			names = append(names, f.Name)
		}
	}
	if strict.Kind(n) == "text" {
		if f, ok := fakeidp.FaultNamed(l.OneOf(n, path, names)); ok {
			l.add(fakeidp.Breaks(f))
		}
		return
	}
	fields := l.Fields(n, path, "fault", "next", "endpoint", "client", "certificate")
	if fields["fault"] == nil {
		if strict.Kind(n) == "a mapping" {
			l.Wrong(n, path, "add fault: accepts-expired", "fault is missing")
		}
		return
	}
	const most = 1_000_000
	limit := fakeidp.Limit{Next: l.Integer(fields["next"], path+".next", 1, most, 0), Match: fakeidp.Match{
		Endpoint: l.OneOf(fields["endpoint"], path+".endpoint", fakeidp.Endpoints()), Client: l.Text(fields["client"], path+".client"), Certificate: l.Text(fields["certificate"], path+".certificate"),
	}}
	l.names.usedClients = append(l.names.usedClients, mention{l.Reader, fields["client"], path + ".client", limit.Client})
	if f, ok := fakeidp.FaultNamed(l.OneOf(fields["fault"], path+".fault", names)); ok {
		if limit != (fakeidp.Limit{}) && f.BelowHTTP(version) {
			l.Wrong(fields["fault"], path+".fault", "write its name alone", "this fault lies below HTTP and cannot be limited to requests")
			return
		}
		l.add(fakeidp.BreaksOnly(limit, f))
	}
}
