package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness/config"
	"github.com/mtlscheck/mtlscheck/internal/schematest"
	"github.com/mtlscheck/mtlscheck/pki"
)

const right = `version: 1
profile: identityserver
targets:
  staging:
    issuer: https://id.example/
    product: identityserver
    product_version: "7.4"
    trust: [file:pki/ca/ca.pem]
    resolve: {mtls.id.example: 127.0.0.1:8443}
pki:
  dir: pki
clients:
  - {role: name, client_id: mtls.name, certificate: client}
  - {role: thumbprint, client_id: mtls.tb, certificate: {cert: file:pki/id/alone.pem, key: file:pki/id/alone-key.pem}}
  - {role: secret, client_id: shared, secret: env:SHARED_SECRET}
scope: api1
`

func options() config.Options {
	return config.Options{
		Roles: []string{"name", "thumbprint", "secret"}, Profiles: []string{"identityserver", "rfc8705"}, Products: []string{"identityserver", "keycloak"},
		Env: func(name string) (string, bool) {
			return map[string]string{"SHARED_SECRET": "s3cret"}[name], name == "SHARED_SECRET"
		},
	}
}

// folder holds a PKI and the text as mtlscheck.yaml.
func folder(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := pki.Init(filepath.Join(dir, "pki"), pki.InitOptions{Seed: "config"}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "mtlscheck.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReadsEverything(t *testing.T) {
	c, err := config.Load(folder(t, right), options())
	if err != nil {
		t.Fatal(err)
	}
	target, err := c.Target("")
	if err != nil {
		t.Fatal(err)
	}
	if target.Issuer != "https://id.example/" || target.ProductVersion != "7.4" || target.Trust == nil || target.Scope != "api1" || target.Resolve["mtls.id.example"] != "127.0.0.1:8443" {
		t.Errorf("target %+v", target)
	}
	if len(c.Clients) != 3 || c.Clients[0].Identity == nil || c.Clients[1].Identity == nil || c.Clients[2].Secret != "s3cret" {
		t.Errorf("clients %+v", c.Clients)
	}
	if c.CA == nil || c.Profile != "identityserver" || len(c.TrustFiles("staging")) != 1 {
		t.Errorf("CA %v, profile %q, trust %v", c.CA, c.Profile, c.TrustFiles("staging"))
	}
	if _, err := c.Target("production"); err == nil || !strings.Contains(err.Error(), "staging") {
		t.Errorf("an unknown target: %v", err)
	}
}

// TestMistakes: each is reported at its place, with what would be right.
func TestMistakes(t *testing.T) {
	for _, m := range []struct{ old, with, want string }{
		{"version: 1", "version: 2", "mtlscheck.yaml:1:10  version: this program reads version 1, not 2"},
		{"version: 1\n", "", "version: version is missing"},
		{"profile: identityserver", "profile: identityservr", `did you mean "identityserver"?`},
		{"profile:", "profil:", `mtlscheck.yaml:2:1  profil: unknown key`},
		{"https://id.example/", "http://id.example", "http://id.example is not https"},
		{"https://id.example/", "id.example", `"id.example" is no URL`},
		{"    issuer: https://id.example/\n", "", "targets.staging: issuer is missing"},
		{"product: identityserver", "product: keyclok", `did you mean "keycloak"?`},
		{`"7.4"`, "7.4", `put it in quotes: "7.4"`},
		{`"7.4"`, `"newest"`, `mtlscheck.yaml:7:22  targets.staging.product_version: "newest" is no version that can be compared`},
		{`"7.4"`, `"7.4.0-preview.1"`, `write product_version: "7.4.0", or take the line out`},
		{`"7.4"`, `""`, `"" is no version that can be compared`},
		{"[file:pki/ca/ca.pem]", "file:pki/ca/ca.pem", "expected a list, found text"},
		{"[file:pki/ca/ca.pem]", "[pki/ca/ca.pem]", "write file:pki/ca/ca.pem"},
		{"[file:pki/ca/ca.pem]", "[file:pki/index.json]", "holds no certificate in PEM"},
		{"127.0.0.1:8443", "elsewhere:x", "resolve.mtls.id.example"},
		{"dir: pki", "dir: nowhere", "mtlscheck pki init makes one"},
		{"role: name,", "role: nam,", `clients[0].role: there is no "nam"`},
		{"role: thumbprint", "role: name", "the role name is given twice"},
		{"client_id: mtls.name, ", "", "clients[0]: client_id is missing"},
		{"certificate: client}", "certificate: cliet}", `did you mean "client"?`},
		{"key: file:pki/id/alone-key.pem", "key: file:pki/id/client-key.pem", "clients[1].certificate"},
		{", key: file:pki/id/alone-key.pem", "", "a certificate needs cert and key, or p12"},
		{"env:SHARED_SECRET", "env:MISSING", "the environment variable MISSING is not set"},
		{"env:SHARED_SECRET", "file:nope", "nope\n    15 | "},
		{"env:SHARED_SECRET", "file:nope", "write the secret into that file, or correct its name; it is looked for beside the configuration"},
		{"file:pki/ca/ca.pem", "file:nope.pem", "name a file with the certificate of the CA in PEM; it is looked for beside the configuration"},
		{"file:pki/ca/ca.pem", "file:pki", "pki is a folder, not certificates"},
		{"env:SHARED_SECRET", "s3cret", "a secret is named, not written"},
		{"scope: api1", "scope: [api1]", `write one text, with a blank between two scopes: scope: "api1"`},
		{"scope: api1", "scope:\n  - a\n  - b", `scope: "a b"`},
		{"scope: api1", "scope: true", `put it in quotes: "true"`},
		{"scope: api1", "scope:", "write a value, or take the line out"},
		{"client_id: mtls.name,", "client_id: [mtls.name],", "write one value, without brackets or dashes"},
		{"scope: api1", "scope: api1\nscope: api2", "scope"},
		{right, "", "the file is empty"},
		{right, "a: [", "this is no YAML"},
		{right, strings.Repeat("[", 100_000), "more than 100 deep"},
		{right, "version: \xff", "mtlscheck.yaml:1:10  byte 0xff is not UTF-8"},
		{"scope: api1", "scope: " + strings.Repeat("x", 20_000), "at most 16384 are read"},
		{right, "version: 1", "no target is named"},
	} {
		t.Run(m.with[:min(len(m.with), 60)], func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(folder(t, strings.Replace(right, m.old, m.with, 1)), options())
			var mistakes *config.Mistakes
			if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), m.want) {
				t.Errorf("got %v\nwant %s", err, m.want)
			}
		})
	}
}

// A repeated key is one mistake among others, and hides none of them.
func TestARepeatedKeyHidesNothing(t *testing.T) {
	t.Parallel()
	_, err := config.Load(folder(t, strings.Replace(right, "scope: api1", "scope: api1\nscope: api2\nfoo: bar", 1)), options())
	if err == nil {
		t.Fatal("no mistake was found")
	}
	for _, want := range []string{"scope: the key stands twice\n", " | scope: api2\n", "keep one of them", "foo: unknown key", "2 mistakes"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

func TestReportsAllMistakesAtOnceWithLineAndCaret(t *testing.T) {
	text := strings.NewReplacer("profile: identityserver", "profile: x", "role: name,", "role: nam,", "env:SHARED_SECRET", "env:MISSING").Replace(right)
	_, err := config.Load(folder(t, text), options())
	if err == nil {
		t.Fatal("no mistake was found")
	}
	for _, want := range []string{"mtlscheck.yaml:2:10  profile", "mtlscheck.yaml:13:12  clients[0].role", "mtlscheck.yaml:15:47  clients[2].secret", "     2 | profile: x\n       |          ^\n", "3 mistakes"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(right)
	f.Add("version: 1\ntargets: {a: {issuer: https://a}}\n")
	f.Add("a: &x [*x]\n")
	f.Add("? {a: b}\n: c\n---\nd\n")
	f.Add("\t: \x00")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Parse(filepath.Join(t.TempDir(), "mtlscheck.yaml"), []byte(text), options())
		if (c == nil) == (err == nil) {
			t.Errorf("config %v, error %v", c, err)
		}
	})
}

// TestSchemaAgreesWithTheLoader: the schema takes what the loader takes, and refuses what is wrong in form.
func TestSchemaAgreesWithTheLoader(t *testing.T) {
	text, err := config.Schema(options())
	if err != nil {
		t.Fatal(err)
	}
	schema := schematest.Compile(t, config.SchemaID, text)
	for _, c := range []struct {
		old, with string
		valid     bool
	}{
		{"", "", true},
		{"certificate: client}", "certificate: {p12: file:a.p12, password: env:P}}", true},
		{"profile: identityserver", "profile: other", false},
		{"profile:", "profil:", false},
		{"version: 1", "version: 2", false},
		{"https://id.example/", "http://id.example/", false},
		{"    issuer: https://id.example/\n", "", false},
		{"product: identityserver", "product: unknown", false},
		{"role: name,", "role: nobody,", false},
		{"client_id: mtls.name, ", "", false},
		{"env:SHARED_SECRET", "s3cret", false},
		{", key: file:pki/id/alone-key.pem", "", false},
		{"dir: pki", "folder: pki", false},
		{"resolve:", "resolves:", false},
		{`"7.4"`, `"is4-4.1"`, true},
		{`"7.4"`, `"7.x"`, false},
		{"scope: api1", "user: {sign_in: redirects, username: alice}", true},
		{"scope: api1", "user: {sign_in: [./sign-in.sh, --headless]}", true},
		{"scope: api1", "user: {username: alice, password: env:P}", true},
		{"scope: api1", "user: {sign_in: automatically}", false},
		{"scope: api1", "user: {sign_in: []}", false},
		{"scope: api1", "user: {username: alice, password: s3cret}", false},
	} {
		if err := schematest.Validate(t, schema, strings.Replace(right, c.old, c.with, 1)); (err == nil) != c.valid {
			t.Errorf("%q → %q: %v, want valid = %t", c.old, c.with, err, c.valid)
		}
	}
}

func TestAsksAPersonForASecret(t *testing.T) {
	o := options()
	file := folder(t, strings.Replace(right, "env:SHARED_SECRET", "prompt", 1))
	if _, err := config.Load(file, o); err == nil || !strings.Contains(err.Error(), "nobody is there to be asked") {
		t.Errorf("without a person: %v", err)
	}
	o.Prompt = func(what string) (string, error) { return "answer to " + what, nil }
	c, err := config.Load(file, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Clients[2].Secret; got != "answer to clients[2].secret" {
		t.Errorf("secret %q", got)
	}
}
