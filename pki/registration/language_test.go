package registration_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/registration"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// Each text is what a reader of its language takes, also where names and IDs hold quotes, line breaks and code, and it holds
// them unchanged. C# and Java have no reader here.
func TestTextsAreOfTheirLanguage(t *testing.T) {
	t.Parallel()
	const evil = "a\"b'c\\d\ne${f}`g`*/<!--</script>"
	ca := pki.New(pki.Options{Seed: "language"}).Root("ca")
	named := ca.Client("named", trait.SubjectName(commonName(t, evil)))
	alone := people(t)[registration.ByCertificate]
	readers := map[string]func(t *testing.T, text string) string{
		"rfc7591": jsonReader, "keycloak": jsonReader, "glewlwyd": jsonReader, "authlete": jsonReader, "auth0": jsonReader, "pingam": jsonReader, "identityserver-appsettings": jsonReader,
		"keycloak-kcadm": shellReader, "oidc-provider": nodeReader, "go-oidc": goReader, "envoy": yamlReader,
	}
	for name, read := range readers {
		product, known := registration.ProductNamed(name)
		if !known {
			t.Fatalf("there is no product %s", name)
		}
		for _, kind := range product.Kinds {
			if kind != registration.ByName && kind != registration.ByCertificate {
				continue
			}
			of := named
			if kind == registration.ByCertificate {
				of = alone
			}
			r := registry(kind, of)
			r.Clients[0].ID = evil
			text, err := product.Write(r)
			if err != nil {
				t.Errorf("%s by %s: %v", name, kind, err)
				continue
			}
			said := read(t, text)
			if name != "envoy" && name != "authlete" && name != "pingam" && !strings.Contains(said, marked(t, evil)) {
				t.Errorf("%s by %s: the reader does not see the client_id:\n%s\n%s", name, kind, said, text)
			}
		}
	}
}

// marked is a string as JSON writes it, which is how the readers say what they read.
func marked(t *testing.T, s string) string {
	t.Helper()
	out, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func jsonReader(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%v:\n%s", err, text)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Error(err)
	}
	return string(out)
}

func yamlReader(t *testing.T, text string) string {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil || len(v) != 3 {
		t.Errorf("%v: %d members\n%s", err, len(v), text)
	}
	return text
}

// goReader parses the text as the body of a function and evaluates the client's ID.
func goReader(t *testing.T, text string) string {
	t.Helper()
	if _, err := parser.ParseFile(token.NewFileSet(), "client.go", "package p\nfunc f() error {\n"+text+"\n_ = client\nreturn nil\n}\n", 0); err != nil {
		t.Errorf("%v:\n%s", err, text)
		return ""
	}
	_, after, _ := strings.Cut(text, "goidc.Client{ID: ")
	var id string
	if err := json.NewDecoder(strings.NewReader(after)).Decode(&id); err != nil {
		t.Error(err)
	}
	return marked(t, id)
}

// nodeReader evaluates the text as an expression.
func nodeReader(t *testing.T, text string) string {
	t.Helper()
	return jsonReader(t, output(t, text, "node", "-e", `const c = eval('(' + require('fs').readFileSync(0) + ')'); if (!c.features.mTLS.enabled) throw c; console.log(JSON.stringify(c.clients))`))
}

// shellReader runs the text with a kcadm.sh that prints what it is given.
func shellReader(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kcadm.sh"), []byte("#!/bin/sh\nexec cat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return jsonReader(t, output(t, "PATH="+shellWord(dir)+":$PATH\n"+text, "sh"))
}

func output(t *testing.T, in, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("%s is needed for this test: ./task install installs it", program)
	}
	if err != nil {
		t.Errorf("%s: %v\n%s\n%s", program, err, out, in)
	}
	return string(out)
}

func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
