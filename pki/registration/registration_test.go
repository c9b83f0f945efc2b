package registration_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/registration"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

var update = flag.Bool("update", false, "write the golden files anew")

// people are one client for each kind of registration, with a name in which the products' spellings differ.
func people(t *testing.T) map[registration.Kind]*pki.Identity {
	t.Helper()
	l := pki.New(pki.Options{Seed: "registration", Clock: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }})
	ca := l.Root("ca")
	client := ca.Client("client", trait.Subject(`CN=client.example,OU=R\,D \"x\",ST=Bern,O=company,C=CH`))
	san := ca.Client("san", trait.Subject("CN=san"), trait.DNS("client.example", "second.example"), trait.URI("spiffe://client.example/one"), trait.IP("192.0.2.1"), trait.Email("ops@client.example"))
	return map[registration.Kind]*pki.Identity{
		registration.ByName: client, registration.ByCertificate: l.SelfSigned("alone", trait.Key(trait.RSA2048)),
		registration.ByDNS: san, registration.ByURI: san, registration.ByIP: san, registration.ByEmail: san,
	}
}

func registry(kind registration.Kind, of *pki.Identity) registration.Registry {
	return registration.Registry{CAFile: "pki/trust.pem", Clients: []registration.Client{{
		ID: "mtls-client", Grants: []string{"client_credentials"}, Scopes: []string{"api1"}, Bound: true,
		Credentials: []registration.Credential{{Kind: kind, Of: of}},
	}}}
}

// Each product's text, by each kind of registration that it knows, is the committed one.
func TestRegistrationsAreWrittenAsEachProductWantsThem(t *testing.T) {
	t.Parallel()
	all := people(t)
	for _, product := range registration.Products() {
		if len(product.Kinds) == 0 || product.Doc == "" {
			t.Errorf("%s says neither what it is nor what it takes", product.Name)
		}
		for _, kind := range product.Kinds {
			of := all[kind]
			if product.Name == "openiddict" && kind == registration.ByName {
				of = all[registration.ByDNS] // a quoted comma is in no host name, but this one has a host
			}
			text, err := product.Write(registry(kind, of))
			if err != nil {
				t.Errorf("%s by %s: %v", product.Name, kind, err)
				continue
			}
			for _, n := range product.Notes(registry(kind, of)) {
				text += "note: " + n + "\n"
			}
			if strings.Contains(text, "PRIVATE KEY") {
				t.Errorf("%s by %s prints a key", product.Name, kind)
			}
			golden(t, product.Name+"."+string(kind), text)
		}
	}
}

func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (- file, + now; -update writes it):\n%s", file, diff)
	}
}

// What a product is not known to do, or known not to do, is refused and not guessed.
func TestWhatDoesNotWorkIsRefused(t *testing.T) {
	t.Parallel()
	all := people(t)
	l := pki.New(pki.Options{Seed: "refused"})
	ca := l.Root("ca")
	empty := ca.Client("empty", trait.SubjectName(pki.DN{}), trait.DNS("a.example"))
	tests := []struct {
		product string
		kind    registration.Kind
		of      *pki.Identity
		says    string
	}{
		{"keycloak", registration.ByCertificate, all[registration.ByCertificate], "only by name"},
		{"keycloak", registration.ByDNS, all[registration.ByDNS], "only by name"},
		{"identityserver-csharp", registration.ByDNS, all[registration.ByDNS], "only by name, certificate"},
		{"authlete", registration.ByCertificate, all[registration.ByCertificate], "cannot be registered by certificate"},
		{"go-oidc", registration.ByURI, all[registration.ByURI], "cannot be registered by uri"},
		{"openiddict", registration.ByCertificate, l.SelfSigned("ec"), "key that is not RSA"},
		{"openiddict", registration.ByName, ca.Client("no host", trait.Subject("CN=no host")), "has none"},
		{"openiddict", registration.ByName, ca.Client("mail", trait.Subject("CN=a.example"), trait.Email("a@a.example")), "has none"},
		{"rfc7591", registration.ByDNS, all[registration.ByName], "has no alternative name of kind dns"},
		{"rfc7591", registration.ByName, empty, "subject of empty is empty"},
		{"keycloak", registration.Secret, nil, "cannot be registered by secret"},
		{"spring", registration.ByName, nil, "exactly one certificate"},
	}
	for _, test := range tests {
		product, known := registration.ProductNamed(test.product)
		if !known {
			t.Fatalf("%s is not there", test.product)
		}
		text, err := product.Write(registry(test.kind, test.of))
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s by %s: %v, %q; expected an error with %q", test.product, test.kind, err, text, test.says)
		}
	}
	two := registry(registration.ByName, all[registration.ByName])
	two.Clients = append(two.Clients, two.Clients[0])
	for _, product := range registration.Products() {
		if _, err := product.Write(two); (err == nil) != product.Many {
			t.Errorf("two clients for %s: %v", product.Name, err)
		}
	}
}

// TestKeysBesideANameAreNoMethod: in metadata a client has the method of its first credential, and may have keys as well.
func TestKeysBesideANameAreNoMethod(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{Seed: "beside"})
	byName := registration.Credential{Kind: registration.ByName, Of: lab.Root("ca").Client("client")}
	byKey := registration.Credential{Kind: registration.ByCertificate, Of: lab.SelfSigned("alone")}
	p, _ := registration.ProductNamed("rfc7591")
	for method, credentials := range map[string][]registration.Credential{"tls_client_auth": {byName, byKey}, "self_signed_tls_client_auth": {byKey, byKey}} {
		text, err := p.Write(registration.Registry{Clients: []registration.Client{{ID: "client", Credentials: credentials}}})
		if err != nil || !strings.Contains(text, fmt.Sprintf(`"token_endpoint_auth_method": %q`, method)) || !strings.Contains(text, `"x5c"`) {
			t.Errorf("want the method %s and a key: %v\n%s", method, err, text)
		}
	}
}

// A name or client_id that holds code of the text's language stays a string there, and ends no comment.
func TestNamesCannotEscape(t *testing.T) {
	t.Parallel()
	ca := pki.New(pki.Options{Seed: "hostile"}).Root("ca")
	const evil = "\"); evil();//\n'; evil\nCLIENT\nevil $(evil) `evil` */"
	id := ca.Client("client", trait.Subject("CN=a.example,O=x"), trait.DNS("a.example"))
	named := ca.Client("named", trait.SubjectName(commonName(t, evil)))
	for _, product := range registration.Products() {
		if !slices.Contains(product.Kinds, registration.ByName) {
			continue
		}
		for _, of := range []*pki.Identity{id, named} {
			r := registry(registration.ByName, of)
			r.Clients[0].ID, r.Clients[0].About = evil, evil
			text, err := product.Write(r)
			if err != nil {
				if product.Name == "openiddict" && of == named {
					continue // no host
				}
				t.Errorf("%s: %v", product.Name, err)
			}
			for line := range strings.Lines(text) {
				// C# verbatim strings may span lines; every other line break of the name must have gone.
				if !strings.HasPrefix(product.Name, "identityserver-csharp") && product.Name != "openiddict" && strings.HasPrefix(line, "evil") {
					t.Errorf("%s: the name ends its string or comment:\n%s", product.Name, text)
				}
			}
		}
	}
	for _, product := range []string{"nginx", "haproxy", "apache"} {
		p, _ := registration.ProductNamed(product)
		r := registry(registration.ByName, id)
		r.CAFile = "a\" b"
		if _, err := p.Write(r); err == nil {
			t.Errorf("%s takes a file name with a quote", product)
		}
	}
}

func commonName(t *testing.T, text string) pki.DN {
	t.Helper()
	name, err := pki.ParseDN(fmt.Sprintf("CN=%s,O=x", hexed(text)))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// hexed writes every byte as RFC 4514 may.
func hexed(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "\\%02x", c)
	}
	return b.String()
}
