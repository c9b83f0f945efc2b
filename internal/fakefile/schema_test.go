package fakefile_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/internal/fakefile"
	"github.com/mtlscheck/mtlscheck/internal/schematest"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// compiled is the schema of the file.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := fakefile.Schema()
	if err != nil {
		t.Fatal(err)
	}
	return schematest.Compile(t, fakefile.SchemaID, text)
}

// full has everything that a file can have.
const full = `version: 1
fake: "7.4"
clients:
  - id: app
    secrets:
      - {name: "CN=app, O=Example"}
      - {thumbprint: 0123456789abcdef0123456789ABCDEF01234567}
      - {shared: hush, until: "2030-01-01T00:00:00Z"}
      - {hashed: K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=}
      - {jwk: '{"kty":"EC"}'}
      - {certificate: file:ca.pem}
    grants: [client_credentials, "urn:ietf:params:oauth:grant-type:token-exchange", delegation]
    scopes: [api2, openid]
    redirect_uris: ["https://localhost/cb"]
    post_logout_redirect_uris: ["app:/out"]
    front_channel_logout_uri: https://localhost/front
    front_channel_logout_without_session: true
    back_channel_logout_uri: http://localhost:81/back
    require_consent: true
    disabled: false
    public: false
    offline_access: true
    no_pkce: true
    reference: true
    require_par: true
    require_dpop: true
    one_time_refresh: true
    bound: true
    lifetime: 1h30m
duende: [clients.json]
scopes: [api2]
resources:
  - {name: second, scopes: [api2], secrets: [{shared: api}]}
identity_resources: [openid, {name: email, claims: [email]}]
users:
  - {subject: "1", username: alice, password: wonder, claims: {email: a@example.test, role: [a, b]}}
pages: approve
trust: [ca.pem]
faults:
  - accepts-expired
  - {fault: accepts-any-chain, next: 2, endpoint: token, client: app, certificate: CN=a}
`

// TestSchemaAgreesWithTheReader: the schema takes what the reader takes, and refuses what is wrong in form. What only the reader can
// know is told apart.
func TestSchemaAgreesWithTheReader(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	dir := folder(t, map[string]string{"ca.pem": string(pki.PEM(pki.New(pki.Options{}).Root("Root").Certificate().Raw)), "clients.json": `[]`})
	const form, names = false, true // who refuses: both, or the reader alone
	for i, c := range []struct {
		old, with string
		says      string // empty: it is right
		only      bool
	}{
		{"", "", "", form},
		{"version: 1", "version: 2", "version: 2 is not between 1 and 1", form},
		{"version: 1\n", "", "version is missing", form},
		{`fake: "7.4"`, `fake: "9.9"`, `fake: there is no "9.9"`, form},
		{`fake: "7.4"`, "fake: 7.4", "fake: expected text, found a number", form},
		{"scopes: [api2]\nresources", "scopse: [api2]\nresources", "scopse: unknown key", form},
		{"id: app", "ID: app", "clients[0].ID: unknown key", form},
		{"id: app", `id: ""`, "id is empty", form},
		{"{shared: hush, until", "{shared: hush, jwk: x, until", "a secret is one thing, found 2", form},
		{"{shared: hush, until", "{dns: a.example, until", `there is no type of secrets "tls_client_auth_san_dns" at 7.4`, names},
		{"{shared: hush, until", "{until", "a secret is one thing, found 0", form},
		{"{shared: hush,", `{shared: "",`, "secrets[2].shared: this is empty", form},
		{"{shared: hush,", `{shared: env:UNSET,`, "the environment variable UNSET is not set", names},
		{"thumbprint: 01234567", "thumbprint: 01:23:45:67", `did you mean "0123456789abcdef0123456789ABCDEF01234567"?`, form},
		{"thumbprint: 01234567", "thumbprint: 0123456", "40 hexadecimal digits and nothing else", form},
		{"thumbprint: 0123456789abcdef0123456789ABCDEF01234567", "thumbprint: env:SET", "", form},
		{"hashed: K7gNU3sd", "hashed: K7gNU3", "secrets[3].hashed: a hashed secret is the SHA-256 or SHA-512 of the secret in base64", form},
		{"hashed: K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", "hashed: " + strings.Repeat("0a", 32), "this one is in hexadecimal", form},
		{"hashed: K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", "hashed: " + strings.Repeat("A", 86) + "==", "", form},
		{`{"kty":"EC"}`, `{}`, "no JSON Web Key", names},
		{"2030-01-01T00:00:00Z", "2030-01-01", `"2030-01-01" is no time`, form},
		{"file:ca.pem", "file:nosuch.pem", "there is no file", names},
		{"[client_credentials,", "client_credentials #", "clients[0].grants: expected a list, found text", form},
		{"[client_credentials,", "[refresh_token,", "write offline_access: true", form},
		{"[client_credentials,", "[client_credential,", `there is no grant type "client_credential"`, names},
		{"[client_credentials,", "[ClientCredentials,", `did you mean "client_credentials"?`, names},
		{"[client_credentials,", "[code,", `did you mean "authorization_code"?`, names},
		{"[client_credentials,", "[device_code,", `did you mean "urn:ietf:params:oauth:grant-type:device_code"?`, names},
		{"[client_credentials,", `["client_credentials password",`, "is no grant type", form},
		{"[client_credentials,", `["urn:ietf:params:oauth:grant-type:jwt-bearer",`, "", form},
		{"scopes: [api2, openid]", "scopes: [api, openid]", `clients[0].scopes[0]: there is no scope "api"`, names},
		{"scopes: [api2, openid]", "scopes: [api2, profile]", `clients[0].scopes[1]: there is no scope "profile"`, names},
		{"scopes: [api2, openid]", "scopes: [beside]", "", form},
		{"{name: second, scopes: [api2]", "{name: second, scopes: [api3]", `resources[0].scopes[0]: there is no scope "api3"`, names},
		{"scopes: [api2]\nresources", "scopes: [api2, api2]\nresources", `scopes[1]: the scope "api2" stands there twice`, names},
		{"https://localhost/cb", "/cb", `redirect_uris[0]: "/cb" is no absolute URI`, form},
		{"app:/out", "out", `post_logout_redirect_uris[0]: "out" is no absolute URI`, form},
		{"https://localhost/front", "app:/front", `front_channel_logout_uri: "app:/front" is no http or https address`, form},
		{"https://localhost/front", `""`, `front_channel_logout_uri: "" is no http or https address`, form},
		{"http://localhost:81/back", "localhost:81/back", `back_channel_logout_uri: "localhost:81/back" is no http or https address`, form},
		{"reference: true", "reference: 1", "expected true or false", form},
		{"lifetime: 1h30m", "lifetime: 1 hour", "is no duration", form},
		{"lifetime: 1h30m", "lifetime: 90", "expected text", form},
		{"lifetime: 1h30m", "lifetime: 0s", "is no duration", names},
		{"lifetime: 1h30m\n", "lifetime: 1h30m\n  - {id: app}\n", `clients[1]: the client "app" stands there twice`, names},
		{"name: second", `name: ""`, "name is empty", form},
		{"[openid, {name: email", "[openid, {claims: [x]}, {name: email", "name is missing", form},
		{"[openid, {name: email", "[opneid, {name: email", `did you mean "openid"?`, form},
		{"[openid, {name: email", "[openid, openid, {name: email", `the identity resource "openid" stands there twice`, names},
		{"[openid, {name: email", "[openid, {name: api2", `"api2" is the name of a scope, too`, names},
		{`subject: "1", `, "", "subject is missing", form},
		{`subject: "1"`, "subject: 1", "expected text, found a number", form},
		{"password: wonder", `password: ""`, "this is empty", form},
		{"claims: {email: a@example.test", "claims: {email: {a: b}", "expected text, found a mapping", form},
		{"users:\n", "users:\n  - {subject: \"1\", username: bob}\n", `the subject "1" stands there twice`, names},
		{"users:\n", "users:\n  - {subject: \"2\", username: alice}\n", `the user name "alice" stands there twice`, names},
		{"pages: approve", "pages: people", "", form},
		{"pages: approve", "pages: none", "", form},
		{"pages: approve", "pages: aprove", `did you mean "approve"?`, form},
		{"pages: approve", "pages: true", "pages: expected text", form},
		{"users:\n  - {", "users: []\nx-users:\n  - {", "pages: there is nobody who can sign in", form},
		{"- accepts-expired", "- accepts-expird", `did you mean "accepts-expired"?`, form},
		{"next: 2", "next: 0", "0 is not between", form},
		{"endpoint: token", "endpoint: tokn", `faults[1].endpoint: there is no "tokn"`, form},
		{"client: app", "client: ap", `faults[1].client: there is no client "ap"`, names},
		{"client: app", "client: beside-client", "", form},
		{"fault: accepts-any-chain, ", "", "fault is missing", form},
		{`fake: "7.4"`, "fake: rfc8705", "knows nobody by a SHA-1 thumbprint", names},
	} {
		changed := strings.Replace(full, c.old, c.with, 1)
		if c.old != "" && changed == full {
			t.Errorf("%q is not in the file", c.old)
		}
		path := filepath.Join(dir, "fake.yaml")
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		_, wrong := fakefile.Read(path, fakefile.Options{Env: func(name string) (string, bool) { return strings.Repeat("a", 40), name == "SET" },
			Scopes: []string{"beside"}, Clients: []string{"beside-client"}})
		if (wrong == nil) != (c.says == "") || wrong != nil && !strings.Contains(wrong.Error(), c.says) {
			t.Errorf("%d: %s → %s: the reader says %v, want %q", i, c.old, c.with, wrong, c.says)
		}
		if wrong != nil && (!regexp.MustCompile(`fake\.yaml:\d+:\d+  `).MatchString(wrong.Error()) || strings.Contains(wrong.Error(), "hush")) {
			t.Errorf("%d: %s → %s: no place, or a secret: %v", i, c.old, c.with, wrong)
		}
		if err := schematest.Validate(t, schema, changed); (err == nil) != (c.says == "" || c.only == names) {
			t.Errorf("%d: %s → %s: the schema says %v", i, c.old, c.with, err)
		}
	}
}

// TestSchemaTakesTheDocs: so does the reader, as TestDocsShowAFileThatIsRight says.
func TestSchemaTakesTheDocs(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/fakeidp.md")
	if err != nil {
		t.Fatal(err)
	}
	schema, found := compiled(t), 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(guide), -1) {
		found++
		if err := schematest.Validate(t, schema, block[1]); err != nil {
			t.Errorf("%v\n%s", err, block[1])
		}
	}
	if found == 0 {
		t.Error("the guide shows no file")
	}
	for _, text := range []string{everything, everyField} {
		if err := schematest.Validate(t, schema, text); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

// TestExchangesTokensWhereAClientMay: a client with the grant of RFC 8693 has it at the fake, and the fake has it only then.
func TestExchangesTokensWhereAClientMay(t *testing.T) {
	t.Parallel()
	for grants, served := range map[string]bool{`[client_credentials, "urn:ietf:params:oauth:grant-type:token-exchange"]`: true, "[client_credentials]": false} {
		dir := folder(t, map[string]string{"fake.yaml": "version: 1\nscopes: [api1]\nclients: [{id: a, secrets: [{shared: x}], scopes: [api1], grants: " + grants + "}]\n"})
		file, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: noEnv})
		if err != nil {
			t.Fatal(err)
		}
		idp := fakeidp.Start(t, append(file.Options, fakeidp.Scopes(file.Scopes...))...)
		token, err := idp.Mint(fakeidp.Token{Client: "a", Subject: "1", Scopes: []string{"api1"}})
		if err != nil {
			t.Fatal(err)
		}
		got := status(t, idp, nil, form("client_id", "a", "client_secret", "x", "grant_type", fakeidp.TokenExchangeGrant, "subject_token", token,
			"subject_token_type", "urn:ietf:params:oauth:token-type:access_token"))
		if (got == 200) != served {
			t.Errorf("%s: %d, served should be %v", grants, got, served)
		}
	}
}

// TestShowsPages: where the file has users somebody whom a client sends comes to a page, and back at once if it says so.
func TestShowsPages(t *testing.T) {
	t.Parallel()
	for pages, want := range map[string]string{"": "200 /login", "pages: people\n": "200 /login", "pages: none\n": "404 /login", "pages: approve\n": "302 /connect/authorize/callback"} {
		dir := folder(t, map[string]string{"fake.yaml": "version: 1\n" + pages + "users: [{subject: \"1\", username: alice}]\n" +
			"clients: [{id: web, public: true, no_pkce: true, grants: [authorization_code], scopes: [openid], redirect_uris: [\"https://web.example/cb\"]}]\n"})
		file, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: noEnv})
		if err != nil {
			t.Fatal(err)
		}
		idp := fakeidp.Start(t, file.Options...)
		roots := x509.NewCertPool()
		roots.AddCert(idp.CA())
		cookies, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser := &http.Client{Jar: cookies, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if r.URL.Host == "web.example" {
				return http.ErrUseLastResponse
			}
			return nil
		}}
		res, err := browser.Get(idp.URL + "/connect/authorize?client_id=web&response_type=code&scope=openid&state=s&redirect_uri=https://web.example/cb")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := strconv.Itoa(res.StatusCode) + " " + res.Request.URL.Path; got != want {
			t.Errorf("%q: ended at %s, want %s", pages, got, want)
		}
	}
}

// TestKnowsAlternativeNames: the strict server's ways to know a client can be written, too.
func TestKnowsAlternativeNames(t *testing.T) {
	t.Parallel()
	ca := pki.New(pki.Options{}).Root("Root")
	dir := folder(t, map[string]string{"ca.pem": string(pki.PEM(ca.Certificate().Raw)), "fake.yaml": `version: 1
fake: rfc8705
trust: [ca.pem]
scopes: [api1]
clients:
  - {id: dns, secrets: [{dns: app.example}], scopes: [api1]}
  - {id: uri, secrets: [{uri: "https://app.example/a"}], scopes: [api1]}
  - {id: ip, secrets: [{ip: 192.0.2.1}], scopes: [api1]}
  - {id: email, secrets: [{email: ops@app.example}], scopes: [api1]}
  - {id: set, secrets: [{jwks_uri: "http://localhost:1/jwks"}], scopes: [api1]}
`})
	path := filepath.Join(dir, "fake.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := schematest.Validate(t, compiled(t), string(text)); err != nil {
		t.Error(err)
	}
	file, err := fakefile.Read(path, fakefile.Options{Env: noEnv})
	if err != nil {
		t.Fatal(err)
	}
	idp := fakeidp.Start(t, append(file.Options, fakeidp.Version(file.Version), fakeidp.Scopes(file.Scopes...))...)
	shows := ca.Client("app", trait.DNS("app.example"), trait.URI("https://app.example/a"), trait.IP("192.0.2.1"), trait.Email("ops@app.example"))
	for id, want := range map[string]int{"dns": 200, "uri": 200, "ip": 200, "email": 200, "set": 401} {
		if got := status(t, idp, shows, form("client_id", id)); got != want {
			t.Errorf("%s: %d, want %d", id, got, want)
		}
	}
}

// TestNotesWhatIsNeverServed: the fake takes such clients, as IdentityServer does, and whoever wrote them is told.
func TestNotesWhatIsNeverServed(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"fake.yaml": `version: 1
clients:
  - {id: bare}
  - {id: off, disabled: true}
  - {id: open, public: true, grants: [authorization_code]}
  - {id: own, secrets: [{shared: x}], grants: ["urn:example:own"]}
`})
	file, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: noEnv})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "fake.yaml") + ": "
	want := []string{name + `client "bare" has no secrets and is not public, so it is never served`,
		name + `client "open" has authorization_code without redirect URIs, so it is never served`,
		name + `client "own": the fake has no grant type "urn:example:own"`}
	if strings.Join(file.Idle, "\n") != strings.Join(want, "\n") {
		t.Errorf("notes\n%s\nwant\n%s", strings.Join(file.Idle, "\n"), strings.Join(want, "\n"))
	}
}

// TestNamesAcrossFiles: scopes, clients and resources of a Duende file and of the file that names it are one set.
func TestNamesAcrossFiles(t *testing.T) {
	t.Parallel()
	const clients = `{"ApiScopes": ["api2", "api2"], "ApiResources": [{"Name": "r", "Scopes": ["api3", "api9"]}],
  "Clients": [{"ClientId": "a", "ClientSecrets": ["x", {"Type": "X509Thumbprint", "Value": "01:02"}], "AllowedGrantTypes": ["client-credentials", "refresh_token"],
    "AllowedScopes": ["api2", "api3", "apy3", "openid"], "RedirectUris": ["cb"]}]}`
	dir := folder(t, map[string]string{"clients.json": clients, "fake.yaml": "version: 1\nduende: [clients.json]\nscopes: [api3]\nresources: [{name: r}]\nfaults: [{fault: accepts-expired, client: a}]\n"})
	_, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: noEnv})
	if err == nil {
		t.Fatal("no mistake was found")
	}
	for _, want := range []string{
		`clients.json:1:24  ApiScopes[1]: the scope "api2" stands there twice`, `ApiResources[0].Scopes[1]: there is no scope "api9"`,
		`fake.yaml:4:13  resources[0]: the resource "r" stands there twice`,
		`Clients[0].AllowedGrantTypes[0]: there is no grant type "client-credentials"`, `did you mean "client_credentials"?`,
		`Clients[0].AllowedGrantTypes[1]: refresh_token is no grant type that a client has`, `write "AllowOfflineAccess": true`,
		`Clients[0].AllowedScopes[2]: there is no scope "apy3"`, `did you mean "api3"?`, `Clients[0].RedirectUris[0]: "cb" is no absolute URI`, "7 mistakes",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}

	// Where a file cannot be read nobody knows what stands in it, so nothing is said of names.
	if err := os.WriteFile(filepath.Join(dir, "clients.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: noEnv}); err == nil || strings.Contains(err.Error(), "there is no client") {
		t.Errorf("got %v", err)
	}
}

// FuzzRead: no text ends the program, and what was read makes a server's options without a mistake.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{full, everyField, "version: 1\nclients: [{id: a, secrets: [{}]}]\n", "clients: {a: b}\nfaults: [{}, x, 1]\nusers: [[]]\n", `{"version":1,"scopes":["a"],"duende":["fake.yaml"]}`, ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "fake.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := fakefile.Read(path, fakefile.Options{Env: noEnv})
		if err == nil && file == nil || err != nil && err.Error() == "" {
			t.Errorf("%v, %v", file, err)
		}
	})
}
