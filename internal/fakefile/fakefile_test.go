package fakefile_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/internal/fakefile"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// folder holds files by name and is the test's own.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func noEnv(string) (string, bool) { return "", false }

// status is what the token endpoint answers.
func status(t *testing.T, idp *fakeidp.Server, shows *pki.Identity, form url.Values) int {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(idp.CA())
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	to := idp.URL + "/connect/token"
	if shows != nil {
		config.Certificates = []tls.Certificate{*shows.TLS()}
		to = idp.MTLSURL + "/token"
	}
	res, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}).PostForm(to, form)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func form(pairs ...string) url.Values {
	out := url.Values{"grant_type": {"client_credentials"}}
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

const everything = `version: 1
fake: "7.4"
clients:
  - id: by-name
    secrets: [{name: "CN=app, O=Example"}]
    scopes: [api2]
    lifetime: 10m
  - id: by-certificate
    secrets: [{certificate: file:alone.pem}]
    scopes: [api2]
  - id: by-secret
    secrets: [{shared: env:APP_SECRET}, {hashed: file:hash.txt}, {shared: old, until: "2020-01-01T00:00:00Z"}]
    scopes: [api2]
  - {id: people, secrets: [{shared: s}], grants: [password], scopes: [openid, api2], reference: true}
scopes: [api2]
resources:
  - {name: second, scopes: [api2], secrets: [{shared: api-secret}]}
identity_resources: [openid, {name: email, claims: [email]}]
users:
  - {subject: "1", username: alice, password: wonder, claims: {email: a@example.test, role: [a, b]}}
trust: [file:ca.pem]
faults:
  - ids-no-door
  - {fault: accepts-expired, next: 1, client: by-name}
`

func TestReadsAFile(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	app := ca.Client("app", trait.Subject("CN=app,O=Example"))
	alone := lab.SelfSigned("alone")
	dir := folder(t, map[string]string{"fake.yaml": strings.Replace(everything, "  - ids-no-door\n", "", 1), "ca.pem": string(pki.PEM(ca.Certificate().Raw)),
		"alone.pem": string(pki.PEM(alone.Certificate().Raw)), "hash.txt": "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=\n"})
	file, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: func(name string) (string, bool) { return "from-env", name == "APP_SECRET" }})
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Files) != 4 || file.Version != "7.4" {
		t.Errorf("files %v, version %q", file.Files, file.Version)
	}
	idp := fakeidp.Start(t, append(file.Options, fakeidp.Scopes(file.Scopes...), fakeidp.Resources(file.Resources...))...)
	for _, c := range []struct {
		who   string
		shows *pki.Identity
		form  url.Values
		want  int
	}{
		{"by name, out of date, once", app.With(trait.Expired), form("client_id", "by-name"), 200},
		{"by name, out of date, twice", app.With(trait.Expired), form("client_id", "by-name"), 400},
		{"by name", app, form("client_id", "by-name"), 200},
		{"by certificate", alone, form("client_id", "by-certificate"), 200},
		{"by another's certificate", app, form("client_id", "by-certificate"), 400},
		{"by the secret of the environment", nil, form("client_id", "by-secret", "client_secret", "from-env"), 200},
		{"by the hashed secret", nil, form("client_id", "by-secret", "client_secret", "secret"), 200},
		{"by the secret that ended", nil, form("client_id", "by-secret", "client_secret", "old"), 400},
		{"a user", nil, form("grant_type", "password", "client_id", "people", "client_secret", "s", "username", "alice", "password", "wonder", "scope", "openid api2"), 200},
		{"a scope that nobody has", nil, form("client_id", "by-secret", "client_secret", "secret", "scope", "api1"), 400},
	} {
		if got := status(t, idp, c.shows, c.form); got != c.want {
			t.Errorf("%s: %d, want %d", c.who, got, c.want)
		}
	}
	if c, _ := idp.Client("by-name"); c.Lifetime.Minutes() != 10 {
		t.Errorf("lifetime %v", c.Lifetime)
	}
}

const duende = `{
	"Logging": { "LogLevel": "None" },
	"IdentityServer": {
		"ApiScopes": [ "api2", { "name": "api3", "UserClaims": [ "x" ] } ],
		"ApiResources": [ { "Name": "second", "Scopes": [ "api2" ], "ApiSecrets": [ { "Value": "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=" } ] } ],
		"Clients": [
			{
				"ClientId": "hashed", "ClientName": "Hashed", "Enabled": true,
				"ClientSecrets": [ { "Value": "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", "Expiration": null } ],
				"AllowedGrantTypes": [ "client_credentials" ], "AllowedScopes": [ "api2" ], "accesstokenlifetime": 60,
				"Claims": [ { "Type": "a", "Value": "b" } ]
			},
			{ "ClientId": "clear", "ClientSecrets": [ "plain" ], "AllowedGrantTypes": [ "client_credentials" ], "AllowedScopes": [ "api3" ], "AccessTokenType": 1,
				"FrontChannelLogoutUri": "https://clear.example/out", "FrontChannelLogoutSessionRequired": false,
				"BackChannelLogoutUri": "http://localhost:81/back" },
			{ "ClientId": "mtls", "ClientSecrets": [ { "Type": "X509Name", "Value": "CN=app, O=Example" } ], "AllowedGrantTypes": [ "client_credentials" ], "AllowedScopes": [ "api2" ], "AccessTokenType": "Reference", "FrontChannelLogoutUri": null },
			{ "ClientId": "none", "ClientSecrets": [ "plain" ], "AllowedScopes": [ "api2" ] },
			{ "ClientId": "off", "Enabled": false, "ClientSecrets": [ "plain" ], "AllowedGrantTypes": [ "client_credentials" ], "AllowedScopes": [ "api2" ] }
		]
	}
}
`

func TestReadsDuendesClients(t *testing.T) {
	t.Parallel()
	ca := pki.New(pki.Options{}).Root("Root")
	app := ca.Client("app", trait.Subject("CN=app,O=Example"))
	dir := folder(t, map[string]string{"fake.yaml": "version: 1\nduende: [appsettings.json, list.json]\ntrust: [ca.pem]\n", "appsettings.json": duende,
		"list.json": `[{"ClientId": "listed", "ClientSecrets": ["x"], "AllowedGrantTypes": ["client_credentials"], "AllowedScopes": ["api2", "openid"]}]`,
		"ca.pem":    string(pki.PEM(ca.Certificate().Raw))})
	file, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: noEnv})
	if err != nil {
		t.Fatal(err)
	}
	idp := fakeidp.Start(t, append(file.Options, fakeidp.Scopes(file.Scopes...), fakeidp.Resources(file.Resources...))...)
	for _, c := range []struct {
		id, secret string
		want       int
	}{
		{"hashed", "secret", 200}, {"hashed", "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", 400}, {"clear", "plain", 200}, {"none", "plain", 400},
		{"off", "plain", 400}, {"listed", "x", 200},
	} {
		if got := status(t, idp, nil, form("client_id", c.id, "client_secret", c.secret)); got != c.want {
			t.Errorf("%s with %s: %d, want %d", c.id, c.secret, got, c.want)
		}
	}
	if got := status(t, idp, app, form("client_id", "mtls")); got != 200 {
		t.Errorf("by certificate: %d", got)
	}
	if c, _ := idp.Client("hashed"); c.Lifetime.Seconds() != 60 {
		t.Errorf("lifetime %v", c.Lifetime)
	}
	if c, _ := idp.Client("clear"); c.FrontChannelLogoutURI != "https://clear.example/out" || !c.FrontChannelLogoutWithoutSession ||
		c.BackChannelLogoutURI != "http://localhost:81/back" {
		t.Errorf("logout: %+v", c)
	}
	if c, _ := idp.Client("mtls"); c.FrontChannelLogoutURI != "" || c.FrontChannelLogoutWithoutSession {
		t.Errorf("no front-channel logout: %+v", c)
	}
	name := filepath.Join(dir, "appsettings.json")
	want := []string{name + `: client "none" has no grant types, so it is never served`, name + `: IdentityServer.ApiScopes[1]: UserClaims has no effect on the fake`, name + `: client "hashed": Claims has no effect on the fake`}
	less := cmp.Transformer("sort", func(l []string) map[string]bool {
		m := map[string]bool{}
		for _, s := range l {
			m[s] = true
		}
		return m
	})
	if diff := cmp.Diff(want, file.Idle, less); diff != "" {
		t.Errorf("without effect (- want, + got):\n%s", diff)
	}
}

// TestReportsEveryMistake: each with its place, and nothing else.
func TestReportsEveryMistake(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"none.pem": "x", "clients.json": `{"Clients": [
  {"ClientId": "twice", "ClientSecret": "x", "ClientSecrets": [{"Value": "in the clear"}, {"Type": "X509", "Value": "x"}]},
  {"AccessTokenType": "Opaque"}
]}`, "fake.yaml": `fake: "9.9"
cleints: []
clients:
  - id: twice
    secrets: [{name: CN=a, thumbprint: b}, {shared: env:NONE}, {certificate: none.pem}, {}]
    lifetime: soon
    public: "yes"
  - id: twice
  - secrets: [{jwk: file:missing.json}]
duende: [clients.json, none.json]
users: [{username: a, claims: {n: 1}}]
faults:
  - accepts-expird
  - {fault: names-public-authorities, next: 1}
  - {fault: accepts-expired, next: 0}
  - {next: 1}
trust: [none.pem]
`})
	_, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: noEnv})
	if err == nil {
		t.Fatal("no mistake was found")
	}
	for _, want := range []string{
		"fake.yaml:1:7  fake: there is no \"9.9\"", "version is missing", "fake.yaml:2:1  cleints: unknown key", `did you mean "clients"?`,
		"clients[0].secrets[0]: a secret is one thing, found 2", "clients[0].secrets[1].shared: the environment variable NONE is not set",
		"clients[0].secrets[2].certificate: the file holds no certificate", "clients[0].secrets[3]: a secret is one thing, found 0",
		`clients[0].lifetime: "soon" is no duration`, "clients[0].public: expected true or false", `clients[1]: the client "twice" stands there twice`,
		"clients[2]: id is missing", "clients[2].secrets[0].jwk: there is no file", "duende[1]: there is no file",
		"users[0]: subject is missing", "users[0].claims.n: expected text, found a number",
		`faults[0]: there is no "accepts-expird"`, "faults[1].fault: this fault lies below HTTP", "faults[2].next: 0 is not between", "faults[3]: fault is missing",
		"trust[0]: the file holds no certificate",
		"clients.json:2:25  Clients[0].ClientSecret: unknown key", "Clients[0].ClientSecrets[0].Value: a hashed secret is the SHA-256",
		`Clients[0]: the client "twice" stands there twice`,
		"Clients[1]: ClientId is missing", `Clients[1].AccessTokenType: there is no "Opaque"`,
		"25 mistakes",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

// TestRefusesWhatTheStrictServerDoesNotKnow: a registration that could never be served is a mistake.
func TestRefusesWhatTheStrictServerDoesNotKnow(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"fake.yaml": "version: 1\nclients: [{id: a, secrets: [{thumbprint: 0123456789abcdef0123456789abcdef01234567}]}]\n"})
	for version, right := range map[string]bool{"7.4": true, "rfc8705": false} {
		if _, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: noEnv, Version: version}); (err == nil) != right {
			t.Errorf("%s: %v", version, err)
		}
	}
}

const everyField = `version: 1
clients:
  - {id: all, secrets: [{shared: x}], grants: [g], scopes: [openid], redirect_uris: ["https://localhost/cb"], post_logout_redirect_uris: [app:/out], require_consent: true, disabled: true,
     front_channel_logout_uri: "https://localhost/out", front_channel_logout_without_session: true, back_channel_logout_uri: "http://localhost:81/out",
     public: true, offline_access: true, no_pkce: true, reference: true, require_par: true, require_dpop: true, one_time_refresh: true, bound: true, lifetime: 1m}
`

// TestSetsEveryFieldOfAClient: what a client can be in Go, it can be in the file.
func TestSetsEveryFieldOfAClient(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"fake.yaml": everyField})
	file, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: noEnv})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := fakeidp.Start(t, file.Options...).Client("all")
	for v, i := reflect.ValueOf(c), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("%s cannot be set", v.Type().Field(i).Name)
		}
	}
}

func TestRefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"empty": "", "broken": "{", "large": strings.Repeat("#", 1<<20+1)})
	for name, want := range map[string]string{"absent": "there is no file", ".": "is a folder", "empty": "version is missing", "broken": "this is no YAML", "large": "at most"} {
		if _, err := fakefile.Read(filepath.Join(dir, name), fakefile.Options{Env: noEnv}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// TestDocsShowAFileThatIsRight: the example of the guide can be read.
func TestDocsShowAFileThatIsRight(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/fakeidp.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(guide), "```yaml\n")
	text, _, found := strings.Cut(text, "```")
	ca := string(pki.PEM(pki.New(pki.Options{}).Root("Root").Certificate().Raw))
	dir := folder(t, map[string]string{"fake.yaml": text, "app.pem": ca, "company-ca.pem": ca, "appsettings.json": duende})
	file, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: func(string) (string, bool) { return "x", true }})
	if err != nil || !found {
		t.Fatal(err)
	}
	fakeidp.Start(t, append(file.Options, fakeidp.Scopes(file.Scopes...), fakeidp.Resources(file.Resources...))...)
}

// TestTakesWhatNobodyCanProve: IdentityServer takes secrets of a kind or a form that nobody can prove, and a run has such clients
// registered on purpose; the fake takes them, too, and says so.
func TestTakesWhatNobodyCanProve(t *testing.T) {
	t.Parallel()
	clients := `[{"ClientId": "a", "AllowedGrantTypes": ["client_credentials"], "ClientSecrets": [
  {"Type": "x509name", "Value": "CN=a"}, {"Type": "X509Name", "Value": "CN=a,O=b"}, {"Type": "X509Thumbprint", "Value": "01:02"}]}]`
	dir := folder(t, map[string]string{"clients.json": clients, "fake.yaml": "version: 1\nduende: [clients.json]\n"})
	file, err := fakefile.Read(filepath.Join(dir, "fake.yaml"), fakefile.Options{Env: noEnv})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`[0].ClientSecrets[0].Type: there is no "x509name", so nobody can prove it; did you mean "X509Name"?`,
		`[0].ClientSecrets[1].Value: nobody can prove it: "CN=a,O=b" is no name as .NET prints it`, `[0].ClientSecrets[2].Value: nobody can prove it: "01:02" is no thumbprint`} {
		if len(file.Idle) != 3 || !strings.Contains(file.Idle[i], want) {
			t.Errorf("no note says %s in\n%s", want, strings.Join(file.Idle, "\n"))
		}
	}
	idp := fakeidp.Start(t, file.Options...)
	if c, _ := idp.Client("a"); len(c.Secrets) != 3 || c.Secrets[0].Type != "x509name" {
		t.Errorf("registered: %+v", c)
	}
}
