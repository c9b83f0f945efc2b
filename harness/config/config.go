package config

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki"
)

// Mistakes are everything that is wrong in a file; Error prints each with its line, a caret, and what would be right.
type Mistakes = strict.Mistakes

// Options are what the file is read against.
type Options struct {
	Env      func(name string) (value string, set bool) // looks env: references up. Default value is os.LookupEnv if Env is nil
	Roles    []string                                   // known roles; empty: any
	Profiles []string                                   // known profiles; empty: any
	Products []string                                   // known products; empty: any
	Prompt   func(what string) (string, error)          // asks a person for a secret; nil: nobody is there to be asked
}

// A Config is a file that was read without a mistake.
type Config struct {
	Path    string // the file
	Profile string // name of the profile; empty: not said
	Scope   string
	Clients []Client
	CA      *pki.Authority // of pki.dir; nil: none, or without its key
	User    *User          // who signs in; nil: nobody

	targets map[string]*harness.Target
	trust   map[string][]string
}

// A Client is one entry of clients, with what it names read in.
type Client struct {
	Role     harness.Role
	ClientID string
	Secret   string
	Identity *pki.Identity // nil: it shows no certificate
	File     string        // its certificate's file, if it has one
	KeyFile  string
}

// maxSize is how large a file may be: 1 MiB.
const maxSize = 1 << 20

// Load reads a file. An error is a *Mistakes, or says that the file cannot be read at all.
func Load(path string, o Options) (*Config, error) {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	text, err := strict.Contents(path, "a configuration", maxSize)
	if err != nil {
		return nil, err
	}
	return Parse(path, text, o)
}

// Parse reads the text of a file; path says where it stands, for messages and relative paths.
func Parse(path string, text []byte, o Options) (*Config, error) {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	root, r := strict.Parse(path, text)
	if err := r.Err(); err != nil && root == nil {
		return nil, err
	}
	l := &loader{Reader: r, options: o, dir: filepath.Dir(path), said: map[string]bool{}}
	c := l.config(root)
	c.Path = path
	if err := r.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// Targets are the names of the targets, sorted.
func (c *Config) Targets() []string { return slices.Sorted(maps.Keys(c.targets)) }

// Target is a copy of a target by its name; an empty name means the only one. An error says which names there are.
func (c *Config) Target(name string) (*harness.Target, error) {
	names := c.Targets()
	switch {
	case name == "" && len(names) == 1:
		name = names[0]
	case name == "":
		return nil, fmt.Errorf("%s names several targets: %s", c.Path, strings.Join(names, ", "))
	case c.targets[name] == nil:
		return nil, fmt.Errorf("%s names no target %q: %s", c.Path, name, strings.Join(names, ", "))
	}
	copied := *c.targets[name]
	return &copied, nil
}

// TrustFiles are the files of a target's trust, for commands that name them.
func (c *Config) TrustFiles(name string) []string { return slices.Clone(c.trust[name]) }

// address reports whether text is an IP address, or one with a port.
func address(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return net.ParseIP(strings.Trim(text, "[]")) != nil
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil && net.ParseIP(host) != nil
}

// A loader reads the tree into a Config.
type loader struct {
	*strict.Reader
	options Options
	dir     string
	store   *pki.Store
	said    map[string]bool // causes of mistakes
}

func (l *loader) config(root ast.Node) *Config {
	c := &Config{targets: map[string]*harness.Target{}, trust: map[string][]string{}}
	if root == nil {
		l.Wrong(nil, "", "mtlscheck init writes one", "the file is empty")
		return c
	}
	f := l.Fields(root, "", "version", "profile", "targets", "pki", "clients", "scope", "user")
	l.version(root, f["version"])
	c.Profile = l.OneOf(f["profile"], "profile", l.options.Profiles)
	c.Scope = l.scope(f["scope"])
	targets := l.Pairs(f["targets"], "targets")
	if len(targets) == 0 {
		l.Wrong(root, "targets", "add targets: {mine: {issuer: https://id.example}}", "no target is named")
	}
	for name, node := range l.Fields(f["targets"], "targets") {
		c.targets[name], c.trust[name] = l.target(node, "targets."+name, name)
		c.targets[name].Scope = c.Scope
	}
	if node := f["pki"]; node != nil {
		l.openPKI(node)
		l.said[noStore] = l.store == nil
		if l.store != nil {
			c.CA = l.store.CA()
		}
	}
	c.User = l.user(f["user"])
	seen := map[harness.Role]bool{}
	for i, node := range l.Items(f["clients"], "clients") {
		client := l.client(node, "clients["+strconv.Itoa(i)+"]")
		if seen[client.Role] && client.Role != "" {
			l.Wrong(node, "clients["+strconv.Itoa(i)+"]", "keep one of them", "the role %s is given twice", client.Role)
		}
		seen[client.Role] = true
		c.Clients = append(c.Clients, client)
	}
	return c
}

// scope is one text. A list of scopes gets the advice how to write several.
func (l *loader) scope(n ast.Node) string {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return l.Text(n, "scope")
	}
	var names []string
	for _, item := range list.Values {
		if name, ok := item.(*ast.StringNode); ok {
			names = append(names, name.Value)
		}
	}
	if len(names) == 0 {
		names = []string{"api1", "api2"}
	}
	l.Wrong(n, "scope", `write one text, with a blank between two scopes: scope: "`+strings.Join(names, " ")+`"`, "expected text, found a list")
	return ""
}

func (l *loader) version(root, n ast.Node) {
	number, ok := n.(*ast.IntegerNode)
	switch {
	case n == nil:
		l.Wrong(root, "version", "add version: 1", "version is missing")
	case !ok || number.String() != "1":
		l.Wrong(n, "version", "write version: 1", "this program reads version 1, not %s", n.String())
	}
}

// productVersion is a version that can be compared. Another would be equal to every version, and each rule would hold for it.
func (l *loader) productVersion(n ast.Node, path string) string {
	text := l.Text(n, path)
	if n == nil || strict.Kind(n) != "text" || harness.CheckVersion(text) == nil {
		return text
	}
	try := `write the numbers alone, like "7.4" or "7.4.2", or take the line out if the version is not known`
	if numbers := regexp.MustCompile(`[0-9]+([.][0-9]+)+`).FindString(text); numbers != "" && harness.CheckVersion(numbers) == nil {
		try = "write product_version: \"" + numbers + `", or take the line out if the version is not known`
	}
	l.Wrong(n, path, try, "%q is no version that can be compared", text)
	return ""
}

func (l *loader) target(n ast.Node, path, name string) (*harness.Target, []string) {
	f := l.Fields(n, path, "issuer", "product", "product_version", "trust", "resolve")
	t := &harness.Target{Name: name, Issuer: l.Required(n, f, "issuer", path, "https://id.example")}
	if node := f["issuer"]; t.Issuer != "" {
		u, err := url.Parse(t.Issuer)
		switch {
		case err != nil || u.Host == "":
			l.Wrong(node, path+".issuer", "write the issuer as it stands in the discovery document, like https://id.example", "%q is no URL", t.Issuer)
		case u.Scheme != "https":
			l.Wrong(node, path+".issuer", "mutual TLS needs https", "%s is not https", t.Issuer)
		case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
			l.Wrong(node, path+".issuer", "", "an issuer has no query, fragment or user name")
		}
	}
	t.Product = l.OneOf(f["product"], path+".product", l.options.Products)
	t.ProductVersion = l.productVersion(f["product_version"], path+".product_version")
	for host, node := range l.Fields(f["resolve"], path+".resolve") {
		to := l.Text(node, path+".resolve."+host)
		if !address(to) {
			l.Wrong(node, path+".resolve."+host, "write an address, or address:port, like 127.0.0.1:8443", "%q is no address", to)
			continue
		}
		if t.Resolve == nil {
			t.Resolve = map[string]string{}
		}
		t.Resolve[host] = to
	}
	files := l.trustFiles(f["trust"], path+".trust", t)
	return t, files
}
