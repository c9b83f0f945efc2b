package registration

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	texttemplate "text/template"

	"github.com/mtlscheck/mtlscheck/pki"
)

//go:embed templates/*.tmpl
var templates embed.FS

// A view is what a template sees of a registry with one client.
type view struct {
	Client
	Kind     Kind
	Text     string // the name or thumbprint as the product writes it
	PEM      string
	Key      string // JSON Web Key
	Host     string // by which OpenIddict recognises the certificate
	CAFile   string
	Metadata string // RFC 7591, indented
	SHA1     string
	SHA256   string
	OneScope string // all scopes with blanks between
	Keycloak string
}

// template writes by one of the files in templates.
func template(name string) func(Product, Registry) (string, error) {
	return func(p Product, r Registry) (string, error) {
		v, err := p.view(r)
		if err != nil {
			return "", err
		}
		t, err := texttemplate.New(name+".tmpl").Option("missingkey=error").Funcs(texttemplate.FuncMap{
			"csharp": verbatim, "json": jsonText, "comment": comment, "shell": shell, "conf": conf,
		}).ParseFS(templates, "templates/"+name+".tmpl")
		if err != nil {
			return "", err
		}
		var b strings.Builder
		if err := t.Execute(&b, v); err != nil {
			return "", fmt.Errorf("%s: %w", p.Name, err)
		}
		return b.String(), nil
	}
}

func (p Product) view(r Registry) (view, error) {
	c := r.Clients[0]
	if len(c.Credentials) != 1 || c.Credentials[0].Of == nil {
		return view{}, fmt.Errorf("a text for %s registers a client with exactly one certificate", p.Name)
	}
	x := c.Credentials[0]
	text, err := p.text(x)
	if err != nil {
		return view{}, err
	}
	v := view{Client: c, Kind: x.Kind, Text: text, PEM: string(pki.PEM(x.Of.DER())), CAFile: r.CAFile, SHA1: x.Of.Thumbprints().SHA1Lower, SHA256: x.Of.Thumbprints().SHA256Hex, OneScope: strings.Join(c.Scopes, " ")}
	if p.Name == "openiddict" && x.Kind == ByName {
		if v.Host, err = hostOf(x.Of); err != nil {
			return view{}, err
		}
	}
	if x.Kind == ByCertificate {
		k, err := key(x)
		if err != nil {
			return view{}, err
		}
		v.Key = string(k)
	}
	switch p.Name {
	case "oidc-provider":
		m, err := p.metadata(c)
		if err != nil {
			return view{}, err
		}
		delete(m, "scope") // only scopes that the provider itself knows may stand there
		if v.Metadata, err = document(m); err != nil {
			return view{}, err
		}
		v.Metadata = strings.TrimSuffix(strings.ReplaceAll(v.Metadata, "\n", "\n    "), "\n    ")
	case "keycloak-kcadm":
		if v.Keycloak, err = keycloak(p, r); err != nil {
			return view{}, err
		}
	}
	return v, nil
}

// jsonText is a string as JSON writes it, which Go, Java and JavaScript read as well.
func jsonText(s string) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// shell is one word of a POSIX shell.
func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// conf is one word of the configuration of nginx, HAProxy and Apache. It refuses what they cannot quote alike.
func conf(s string) (string, error) {
	if strings.ContainsAny(s, "\"\\$\r\n\x00") {
		return "", fmt.Errorf("the file name %q cannot stand in the configuration: choose one without quotes, backslashes and dollar signs", s)
	}
	return `"` + s + `"`, nil
}
