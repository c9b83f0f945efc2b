package admin_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/fakeidp/admin"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// stage is a server, its administration, and somebody who is registered.
type stage struct {
	*testing.T
	idp   *fakeidp.Server
	admin string
	ca    *pki.Authority
	alice *pki.Identity
}

func newStage(t *testing.T, o ...fakeidp.Option) *stage {
	t.Helper()
	ca := pki.New(pki.Options{}).Root("Root")
	plane := admin.New()
	app := fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name("CN=alice"), fakeidp.Shared("hidden-secret")}, Scopes: []string{"api1"}}
	idp := fakeidp.Start(t, append([]fakeidp.Option{fakeidp.Trust(ca.Certificate()), fakeidp.Clients(app), fakeidp.Watch(plane.Watch)}, o...)...)
	s := &stage{t, idp, "", ca, ca.Client("alice", trait.Subject("CN=alice"))}
	s.serve(plane)
	return s
}

// serve serves a plane of the server, instead of the one before.
func (s *stage) serve(plane *admin.Plane) {
	server := httptest.NewServer(plane.Handler(s.idp))
	s.Cleanup(server.Close)
	s.admin = server.URL
}

// token asks the server for a token and returns the status.
func (s *stage) token(shows *pki.Identity, form url.Values, header http.Header) int {
	s.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(s.idp.CA())
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if shows != nil {
		config.Certificates = []tls.Certificate{*shows.TLS()}
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	r, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.idp.MTLSURL+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		s.Fatal(err)
	}
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		s.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func credentials(id string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}}
}

// call sends a request to the administration and returns status and body.
func (s *stage) call(method, path, body string) (int, string) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, s.admin+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func pemOf(c *x509.Certificate) string {
	text, _ := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})))
	return string(text)
}

// TestAdministers walks every operation. Each answer fits the schema that the OpenAPI document gives for it, and no operation of the
// document is left out.
func TestAdministers(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	late := s.alice.With(trait.Expired)
	bob := s.ca.Client("bob", trait.Subject("CN=bob"))
	stranger := pki.New(pki.Options{}).Root("Other")
	_, text := s.call("GET", "/openapi.json", "")
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	walked := map[string]bool{}
	for _, step := range []struct {
		method, path, route, body string
		status                    int
		says                      string     // part of the answer
		then                      func() int // a status of the server itself afterwards; nil: not asked
		want                      int
	}{
		{"GET", "/", "", "", 200, `<h1>fakeidp`, nil, 0},
		{"GET", "/metrics", "", "", 200, `# TYPE fakeidp_requests_total counter`, nil, 0},
		{"GET", "/health", "", "", 200, `"issuer": "https://localhost:`, nil, 0},
		{"GET", "/openapi.json", "", "", 200, `"openapi": "3.1.0"`, nil, 0},
		{"GET", "/requests", "", "", 200, "[]", func() int { return s.token(s.alice, credentials("app"), nil) }, 200},
		{"GET", "/requests/wait?client=app&timeout=20s", "/requests/wait", "", 200, `"subject": "CN=alice"`, nil, 0},
		{"GET", "/requests/wait?n=2&timeout=1ns", "/requests/wait", "", 408, `1 of 2 requests (any) came: no more within 1ns`, nil, 0},
		{"GET", "/requests/wait?n=0", "/requests/wait", "", 400, `n: \"0\" is no number from 1 on`, nil, 0},
		{"GET", "/requests?certificate=CN%3Dbob", "/requests", "", 200, "[]", nil, 0},
		{"GET", "/requests?cleint=app", "/requests", "", 400, `no parameter \"cleint\"`, nil, 0},
		{"DELETE", "/requests", "", "", 200, "true", nil, 0},

		{"POST", "/faults", "", `{"fault":"accepts-expired","next":1,"client":"app"}`, 200, `"next": 1`, func() int { return s.token(late, credentials("app"), nil) }, 200},
		{"GET", "/faults", "", "", 200, `"active": []`, func() int { return s.token(late, credentials("app"), nil) }, 400},
		{"POST", "/faults", "", `{"fault":"accepts-expired"}`, 200, `"fault": "accepts-expired"`, func() int { return s.token(late, credentials("app"), nil) }, 200},
		{"DELETE", "/faults/accepts-expired", "/faults/{name}", "", 200, `"count": 1`, func() int { return s.token(late, credentials("app"), nil) }, 400},
		{"DELETE", "/faults/accepts-expired", "/faults/{name}", "", 404, `does not have the fault`, nil, 0},
		{"POST", "/faults", "", `{"fault":"accepts-everything"}`, 400, `no fault`, nil, 0},
		{"POST", "/faults", "", `{"fault":"names-public-authorities","next":1}`, 400, `below HTTP`, nil, 0},
		{"POST", "/faults", "", `{"falut":"accepts-expired"}`, 400, `falut: there is no such member; did you mean \"fault\"?`, nil, 0},
		{"DELETE", "/faults", "", "", 200, `"count": 0`, nil, 0},

		{"POST", "/clock", "", `{"freeze":"2020-01-01T00:00:00Z"}`, 200, `"now": "2020-01-01T00:00:00Z"`, func() int { return s.token(s.alice, credentials("app"), nil) }, 400},
		{"POST", "/clock", "", `{"advance":"1h"}`, 200, `"now": "2020-01-01T01:00:00Z"`, nil, 0},
		{"GET", "/clock", "", ``, 200, `"now": "2020-01-01T01:00:00Z"`, nil, 0},
		{"POST", "/clock", "", `{"advance":"1h","run":true}`, 400, `one of`, nil, 0},
		{"POST", "/clock", "", `{"advance":"soon"}`, 400, `advance: \"soon\" is no duration; write 10m or 1h30m`, nil, 0},
		{"POST", "/clock", "", `{"run":true}`, 200, `now`, func() int { return s.token(s.alice, credentials("app"), nil) }, 200},
		{"POST", "/clock", "", ``, 400, `the body is empty`, nil, 0},
		{"POST", "/clock", "", `{"run":true}{}`, 400, `more than one`, nil, 0},

		{"PUT", "/clients/new", "/clients/{id}", `{"secrets":[{"type":"X509Name","value":"CN=bob"}],"scopes":["api1"],"lifetime":"5m"}`, 200, `"lifetime": "5m0s"`, func() int { return s.token(bob, credentials("new"), nil) }, 200},
		{"GET", "/clients", "", "", 200, `"value": "CN=bob"`, nil, 0},
		{"PUT", "/clients/new", "/clients/{id}", `{"id":"old"}`, 400, `the path about`, nil, 0},
		{"PUT", "/clients/new", "/clients/{id}", `{"secrets":[{"type":"X509Name"}]}`, 400, `secrets[0].value: is missing`, nil, 0},
		{"DELETE", "/clients/new", "/clients/{id}", "", 200, "true", func() int { return s.token(bob, credentials("new"), nil) }, 400},
		{"DELETE", "/clients/new", "/clients/{id}", "", 404, "no client", nil, 0},

		{"GET", "/flaws", "", "", 200, "bad-signature", nil, 0},
		{"POST", "/tokens", "", `{"client":"app","certificate":` + pemOf(s.alice.Certificate()) + `,"flaws":["other-cnf"],"lifetime":"1m","claims":{"x":[1]}}`, 200, `"access_token": "ey`, nil, 0},
		{"POST", "/tokens", "", `{"client":"app","flaws":["other-cnf"]}`, 400, `it needs a certificate`, nil, 0},
		{"POST", "/tokens", "", `{"client":"app","flaws":["nice"]}`, 400, `no flaw`, nil, 0},

		{"POST", "/keys/rotate", "", "", 200, "true", nil, 0},
		{"POST", "/keys/retire", "", "", 200, "true", nil, 0},
		{"POST", "/connections/drop", "", "", 200, `"count": `, nil, 0},
		{"POST", "/connections/drain", "", "", 200, `"count": `, nil, 0},
		{"POST", "/certificates/revoke", "", `{"pem":` + pemOf(s.alice.Certificate()) + `}`, 200, `"count": 1`, func() int { return s.token(s.alice, credentials("app"), nil) }, 400},
		{"POST", "/certificates/revoke", "", `{"pem":"x"}`, 400, `no certificate`, nil, 0},
		{"PUT", "/trust", "", `{"pem":` + pemOf(stranger.Certificate()) + `}`, 200, `"count": 1`, func() int {
			return s.token(stranger.Client("a", trait.Subject("CN=alice")), credentials("app"), nil)
		}, 200},
	} {
		path := step.route
		if path == "" {
			path = step.path
		}
		operation, _ := document.Paths[path][strings.ToLower(step.method)].(map[string]any)
		if operation == nil {
			t.Errorf("%s %s is not in the OpenAPI document", step.method, path)
			continue
		}
		walked[step.method+" "+path] = true
		status, answer := s.call(step.method, step.path, step.body)
		if status != step.status || !strings.Contains(answer, step.says) {
			t.Errorf("%s %s: %d %.400s, want %d …%s…", step.method, step.path, status, answer, step.status, step.says)
		}
		if err := fits(operation["responses"].(map[string]any)[strconv.Itoa(step.status)], answer); err != nil {
			t.Errorf("%s %s: the answer does not fit the OpenAPI document: %v", step.method, step.path, err)
		}
		if step.then != nil {
			if got := step.then(); got != step.want {
				t.Errorf("after %s %s: %d, want %d", step.method, step.path, got, step.want)
			}
		}
	}
	for path, methods := range document.Paths {
		for method := range methods {
			if !walked[strings.ToUpper(method)+" "+path] {
				t.Errorf("%s %s was not walked", method, path)
			}
		}
	}
}

// TestRevokesAuthorities: with an authority's certificate go those below it; all certificates of a body are revoked, or none.
func TestRevokesAuthorities(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakeidp.Version("rfc8705"))
	below := s.ca.Sub("Below")
	deep := below.Client("deep", trait.Subject("CN=alice"))
	if got := s.token(deep, credentials("app"), nil); got != 200 {
		t.Fatalf("before: %d", got)
	}
	if status, body := s.call("POST", "/certificates/revoke", `{"pem":`+pemOf(below.Certificate())+`}`); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	if a, b := s.token(deep, credentials("app"), nil), s.token(s.alice, credentials("app"), nil); a != 401 || b != 200 {
		t.Errorf("below the revoked authority %d, beside it %d; want 401, 200", a, b)
	}
}

// compiles tells whether something is a JSON Schema.
func compiles(schema any) error {
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", schema); err != nil {
		return err
	}
	_, err := c.Compile("schema.json")
	return err
}

// fits validates an answer with the schema of a response.
func fits(response any, answer string) error {
	r, ok := response.(map[string]any)
	if !ok {
		return errors.New("the document has no such status")
	}
	media, ok := r["content"].(map[string]any)["application/json"].(map[string]any)
	if !ok {
		return nil // for people, or for Prometheus
	}
	schema := media["schema"]
	c := jsonschema.NewCompiler()
	if err := c.AddResource("answer.json", schema); err != nil {
		return err
	}
	compiled, err := c.Compile("answer.json")
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(answer))
	if err != nil {
		return err
	}
	return compiled.Validate(v)
}

// TestSetsEveryFieldOfAClient: what a client can be in Go, it can be over HTTP.
func TestSetsEveryFieldOfAClient(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	status, body := s.call("PUT", "/clients/all", `{"secrets":[{"type":"SharedSecret","value":"K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=","hashed":true}],"grants":["password"],"scopes":["api1"],"redirect_uris":["r"],
		"post_logout_redirect_uris":["p"],"front_channel_logout_uri":"f","front_channel_logout_without_session":true,"back_channel_logout_uri":"b","require_consent":true,"disabled":true,"public":true,"offline_access":true,"no_pkce":true,"reference":true,"require_par":true,
		"require_dpop":true,"one_time_refresh":true,"bound":true,"lifetime":"1m"}`)
	c, known := s.idp.Client("all")
	if status != 200 || !known {
		t.Fatalf("%d %s", status, body)
	}
	if v := reflect.ValueOf(c); !c.Secrets[0].Hashed {
		t.Error("the secret is not hashed")
	} else {
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s cannot be set", v.Type().Field(i).Name)
			}
		}
	}
}

// TestKeepsSecrets: nothing that proves anything is seen at any place of the administration.
func TestKeepsSecrets(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	canary := func(what string) string { return "canary-" + what }
	form := credentials("app")
	var planted []string
	for _, name := range []string{"client_secret", "client_assertion", "code", "refresh_token", "password", "code_verifier", "token", "device_code"} {
		form.Set(name, canary(name))
		planted = append(planted, canary(name))
	}
	header := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("app:canary-basic"))}, "Cookie": {"idsrv=canary-cookie"}, "Dpop": {"canary-dpop"}}
	planted = append(planted, "canary-basic", base64.StdEncoding.EncodeToString([]byte("app:canary-basic")), "canary-cookie", "canary-dpop", "hidden-secret")
	s.token(s.alice, form, header)
	s.token(nil, form, nil)
	for _, path := range []string{"/", "/requests", "/metrics", "/clients", "/health", "/requests/wait"} {
		_, body := s.call("GET", path, "")
		if !strings.Contains(body, "app") && path != "/metrics" && path != "/health" {
			t.Errorf("%s shows nothing, so this proves nothing", path)
		}
		for _, secret := range planted {
			if strings.Contains(body, secret) {
				t.Errorf("%s shows %s", path, secret)
			}
		}
	}
}

// TestShowsOnlyWhatIsPublic: under a type that the server does not know may stand a secret.
func TestShowsOnlyWhatIsPublic(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, kind := range []string{"SharedSecret", "Shared", "sharedsecret", "SharedSecret ", "Nosuch"} {
		status, body := s.call("PUT", "/clients/typo", `{"secrets":[{"type":"`+kind+`","value":"HUSHHUSH"}],"scopes":["api1"]}`)
		if wrong := status == 400; wrong != (kind != "SharedSecret") || wrong && !strings.Contains(body, "there is no type of secrets") {
			t.Errorf("the type %q: %d %s", kind, status, body)
		}
		s.idp.SetClient(fakeidp.Client{ID: "typo", Secrets: []fakeidp.Secret{{Type: fakeidp.SecretType(kind), Value: "HUSHHUSH"}}}) // in Go, nobody looks
		_, list := s.call("GET", "/clients", "")
		_, page := s.call("GET", "/", "")
		if strings.Contains(body+list+page, "HUSHHUSH") {
			t.Errorf("the type %q shows the secret (status %d)", kind, status)
		}
	}
	if _, body := s.call("PUT", "/clients/named", `{"secrets":[{"type":"X509Name","value":"CN=named"}],"scopes":["api1"]}`); !strings.Contains(body, "CN=named") {
		t.Errorf("a name is not shown: %s", body)
	}
}

// TestClockStaysInRange: a time that cannot be written, or that went round, is refused, and the clock stays.
func TestClockStaysInRange(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, body := range []string{`{"advance":"-2540400h"}`, `{"freeze":"0001-01-01T00:00:00Z"}`, `{"freeze":"9999-12-31T23:59:59Z"}`} {
		if status, text := s.call("POST", "/clock", body); status != 400 || !strings.Contains(text, "1970") {
			t.Errorf("%s: %d %s, want 400 with the range", body, status, text)
		}
	}
	before := s.idp.Now()
	for _, body := range []string{`{"advance":"2562047h"}`, `{"advance":"100h"}`} {
		if status, text := s.call("POST", "/clock", body); status != 200 {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
	if now := s.idp.Now(); now.Before(before.Add(2562047 * time.Hour)) {
		t.Errorf("moved on from %v, the clock says %v", before, now)
	}
	if status, text := s.call("POST", "/clock", `{"advance":"999999999h"}`); status != 400 || !strings.Contains(text, "too long") {
		t.Errorf("%d %s", status, text)
	}
	for range 60 { // 290 years each, until the end is near
		if status, _ := s.call("POST", "/clock", `{"advance":"2540400h"}`); status != 200 {
			break
		}
	}
	if status, text := s.call("GET", "/clock", ""); status != 200 || !strings.Contains(text, "T") || s.idp.Now().Year() > 9998 {
		t.Errorf("%d %q", status, text)
	}
}

// TestKeepsOtherSitesOut: a page of another site in a browser can neither change nor read anything.
func TestKeepsOtherSitesOut(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, c := range []struct {
		name, method, host string
		header             http.Header
		want               int
	}{
		{"a program", "POST", "", nil, 200},
		{"a name within a container network", "POST", "fakeidp:8081", nil, 200},
		{"localhost", "GET", "localhost:8081", nil, 200},
		{"an IPv6 address", "GET", "[::1]:8081", nil, 200},
		{"another site's form", "POST", "", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}, 403},
		{"another site whose name leads here", "GET", "evil.example", nil, 403},
	} {
		path := map[string]string{"POST": "/keys/rotate", "GET": "/requests"}[c.method]
		r, err := http.NewRequestWithContext(t.Context(), c.method, s.admin+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		maps.Copy(r.Header, c.header)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.name, res.StatusCode, c.want)
		}
	}
}

// TestJournalIsBounded: what one request writes is cut.
func TestJournalIsBounded(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	form := url.Values{"grant_type": {strings.Repeat("g", 1<<20)}, "client_id": {"app"}}
	for i := range 1000 {
		form.Set(fmt.Sprint(strings.Repeat("p", 1000), i), "x")
	}
	s.token(s.alice, form, nil)
	if _, body := s.call("GET", "/requests", ""); len(body) > 20_000 || len(body) < 1000 {
		t.Errorf("one request takes %d bytes", len(body))
	}
}

func Example() {
	plane := admin.New()
	idp, err := fakeidp.New(fakeidp.Watch(plane.Watch))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer idp.Close()
	server := httptest.NewServer(plane.Handler(idp))
	defer server.Close()
	res, err := http.Post(server.URL+"/faults", "application/json", strings.NewReader(`{"fault": "accepts-expired", "next": 2}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status, idp.Broken()[0].Name, idp.Broken()[0].Next)
	// Output: 200 OK accepts-expired 2
}
