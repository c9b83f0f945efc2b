package admin_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/fakeidp/admin"
)

// document is what the test reads of the OpenAPI document.
type document struct {
	OpenAPI string `json:"openapi"`
	Info    struct{ Title, Version, Description string }
	Paths   map[string]map[string]operation
}

type operation struct {
	OperationID string `json:"operationId"`
	Summary     string
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   map[string]any
	}
	RequestBody *struct {
		Required bool
		Content  map[string]struct{ Schema any }
	} `json:"requestBody"`
	Responses map[string]struct {
		Description string
		Content     map[string]struct{ Schema any }
	}
}

func (s *stage) document() document {
	s.Helper()
	_, text := s.call("GET", "/openapi.json", "")
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		s.Fatal(err)
	}
	return d
}

// ask sends a request with a header and returns status, body and header.
func (s *stage) ask(method, path, body string, header http.Header) (int, string, http.Header) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, s.admin+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
		if name == "Host" {
			r.Host = values[0]
		}
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
	return res.StatusCode, string(text), res.Header
}

// TestSaysWhatIsWrong: whatever is wrong with a request is answered by JSON with a sentence in the words of the request, with a
// status that the OpenAPI document has, and changes nothing.
func TestSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	d := s.document()
	deep := strings.Repeat("[", 150)
	kind := func(name string) http.Header { return http.Header{"Content-Type": {name}} }
	root := pemOf(s.ca.Certificate())
	for _, c := range []struct {
		method, path, route, body string
		header                    http.Header
		status                    int
		says                      string
	}{
		// What the server does not know.
		{"POST", "/faults", "", `{"fault":"accepts-expird"}`, nil, 400, `fault: there is no fault "accepts-expird"; did you mean "accepts-expired"?`},
		{"POST", "/faults", "", `{"fault":"accepts-expired","endpoint":"tokn"}`, nil, 400, `endpoint: there is no endpoint "tokn"; did you mean "token"?`},
		{"POST", "/faults", "", `{"fault":"accepts-expired","endpoint":"nosuchthing"}`, nil, 400, `endpoint: there is no endpoint "nosuchthing"; there are discovery, oauth-authorization-server, jwks, token`},
		{"POST", "/faults", "", `{"fault":"accepts-expired","client":"ap"}`, nil, 400, `client: there is no client "ap"; did you mean "app"?`},
		{"POST", "/faults", "", `{"fault":"be-very-wrong-in-everything-please"}`, nil, 400, `GET /faults lists all`},
		{"POST", "/faults", "", `{"fault":"ignores-path-length"}`, nil, 400, `makes no difference at 7.4`},
		{"GET", "/requests?endpoint=tokn", "/requests", "", nil, 400, `endpoint: there is no endpoint "tokn"; did you mean "token"?`},
		{"GET", "/requests/wait?endpoint=tokn", "/requests/wait", "", nil, 400, `endpoint: there is no endpoint "tokn"`},
		{"PUT", "/clients/new", "/clients/{id}", `{"scopes":["api9"],"grants":["implicit"],"secrets":[{"type":"X509","value":"x"},{"type":"X509Thumbprint","value":"9f:2c"}]}`, nil, 400,
			`secrets[0]: there is no type of secrets "X509" at 7.4; there are SharedSecret, X509Name, X509Thumbprint, JWK; secrets[1]: "9f:2c" is no thumbprint: IdentityServer compares the SHA-1 of the certificate, 40 hexadecimal digits and nothing else; ` +
				`grants: there is no grant type "implicit"; there are client_credentials, authorization_code, urn:ietf:params:oauth:grant-type:device_code, urn:openid:params:grant-type:ciba, password; scopes: there is no scope "api9"; there are openid, profile, api1`},
		{"PUT", "/clients/new", "/clients/{id}", `{"grants":["refresh_token"]}`, nil, 400, `refresh tokens come with offline_access`},
		{"PUT", "/clients/new", "/clients/{id}", `{"secrets":[{"type":"SharedSecret","value":"clear","hashed":true}]}`, nil, 400, `secrets[0]: a hashed secret is the SHA-256 or SHA-512 of the secret in base64`},
		{"PUT", "/clients/new", "/clients/{id}", `{"lifetime":"0s"}`, nil, 400, `lifetime: 0s is no time to live`},
		{"PUT", "/clients/new", "/clients/{id}", `{"lifetime":"an hour"}`, nil, 400, `lifetime: "an hour" is no duration; write 10m or 1h30m`},
		{"POST", "/tokens", "", `{"client":"ap","scopes":["api9"]}`, nil, 400, `client: there is no client "ap"; did you mean "app"?; claims can say client_id otherwise; scopes: there is no scope "api9"; there are openid, profile, api1; claims can say scope otherwise`},
		{"POST", "/tokens", "", `{"client":""}`, nil, 400, `client: this is empty`},
		{"POST", "/tokens", "", `{"client":"app","flaws":["expird"]}`, nil, 400, `flaws: there is no flaw "expird"; did you mean "expired"?`},
		{"POST", "/tokens", "", `{"client":"app","reference":true,"claims":{"a":1}}`, nil, 400, `a reference token has neither claims nor flaws of its own`},
		{"POST", "/tokens", "", `{"client":"app","certificate":"x"}`, nil, 400, `certificate: this holds no certificate`},
		{"POST", "/certificates/revoke", "", `{"pem":"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"}`, nil, 400, `pem: this holds a private key; only certificates are wanted`},
		{"POST", "/certificates/revoke", "", `{"pem":"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"}`, nil, 400, `pem: the certificate cannot be read: `},
		{"POST", "/certificates/revoke", "", `{"pem":` + strings.TrimSuffix(pemOf(s.alice.Certificate()), `"`) + strings.TrimPrefix(root, `"`) + `}`, nil, 400, `pem: CN=Root is self-signed`},
		{"DELETE", "/clients/nobody", "/clients/{id}", "", nil, 404, `there is no client "nobody"`},
		{"DELETE", "/faults/accepts-expired", "/faults/{name}", "", nil, 404, `the server does not have the fault "accepts-expired"`},

		// The form of the body.
		{"POST", "/faults", "", `{"fault":7,"next":"x","Client":"app","fault":"y"}`, nil, 400, `fault: expected text, found 7; next: expected a whole number, found text; Client: there is no such member; did you mean "client"?; fault: stands twice`},
		{"POST", "/faults", "", `{"fault":"accepts-expired","next":0}`, nil, 400, `next: 0 is less than 1`},
		{"POST", "/faults", "", `{"fault":"accepts-expired","next":1.5}`, nil, 400, `next: expected a whole number, found 1.5`},
		{"POST", "/faults", "", `{"fault":"accepts-expired","next":99999999999999999999}`, nil, 400, `next: expected a whole number, found 99999999999999999999`},
		{"POST", "/faults", "", `{}`, nil, 400, `fault: is missing`},
		{"POST", "/faults", "", `{"fault":null}`, nil, 400, `fault: expected text, found null`},
		{"POST", "/faults", "", `[]`, nil, 400, `the body: expected an object, found a list`},
		{"POST", "/faults", "", `null`, nil, 400, `the body: expected an object, found null`},
		{"POST", "/faults", "", `fault=accepts-expired`, nil, 400, `the body is no JSON from byte `},
		{"POST", "/faults", "", `{"fault":`, nil, 400, `the body is no JSON: it ends in the middle`},
		{"POST", "/faults", "", "{\"fault\":\"\xff\"}", nil, 400, `the body is not UTF-8`},
		{"POST", "/faults", "", `{"fault":` + deep, nil, 400, `more than 100 deep`},
		{"POST", "/faults", "", ``, nil, 400, `the body is empty; send a JSON object`},
		{"POST", "/faults", "", `{"fault":"` + strings.Repeat("a", 1<<20) + `"}`, nil, 413, `the body has more than 1048576 bytes`},
		{"POST", "/clock", "", `{"freeze":"tomorrow"}`, nil, 400, `freeze: expected a time such as "2030-01-31T00:00:00Z", found text`},
		{"POST", "/clock", "", `{"run":"yes"}`, nil, 400, `run: expected true or false, found text`},
		{"PUT", "/clients/new", "/clients/{id}", `{"scopes":"api1","secrets":[{"type":"X509Name","valeu":"x"},[]]}`, nil, 400,
			`scopes: expected a list, found text; secrets[0].valeu: there is no such member; did you mean "value"?; secrets[1]: expected an object, found a list`},
		{"POST", "/tokens", "", `{"client":"app","claims":[]}`, nil, 400, `claims: expected an object, found a list`},
		{"POST", "/tokens", "", `{"client":"app","claims":{"a":{"b":1,"b":2}}}`, nil, 400, `claims.a.b: stands twice`},
		{"POST", "/keys/rotate", "", `{"alg":"RS256"}`, nil, 400, `this takes no body`},

		// The request around it.
		{"POST", "/faults?next=2", "/faults", `{"fault":"accepts-expired"}`, nil, 400, `there is no parameter "next"; POST /faults takes none`},
		{"GET", "/requests?client=%zz", "/requests", "", nil, 400, `the parameters cannot be read`},
		{"GET", "/requests?n=2", "/requests", "", nil, 400, `there is no parameter "n"; there are endpoint, client, certificate`},
		{"GET", "/requests?client=a&client=b", "/requests", "", nil, 400, `the parameter client stands twice`},
		{"GET", "/requests/wait?timeout=5", "/requests/wait", "", nil, 400, `timeout: "5" is no duration; write 10m or 1h30m`},
		{"GET", "/requests/wait?n=two", "/requests/wait", "", nil, 400, `n: "two" is no number from 1 on`},
		{"GET", "/requests/wait?client=nobody&timeout=1ms", "/requests/wait", "", nil, 408, `0 of 1 requests (client nobody) came: no more within 1ms`},
		{"POST", "/faults", "", `<fault/>`, kind("application/xml"), 415, `the body is "application/xml"; send application/json`},
		{"POST", "/faults", "", `x`, kind("multipart/form-data; boundary=x"), 415, `send application/json`},
		{"POST", "/faults", "", `x`, http.Header{"Content-Encoding": {"gzip"}}, 415, `Content-Encoding`},
		{"POST", "/keys/rotate", "", ``, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}, 403, `another site's page may change nothing here`},
		{"GET", "/requests", "", ``, http.Header{"Host": {"evil.example"}}, 403, `a name without dots`},
		{"GET", "/metrics", "", ``, http.Header{"Host": {"evil.example"}}, 403, `a name without dots`},
		{"GET", "/nosuch", "-", ``, nil, 404, `there is nothing at /nosuch; GET /openapi.json tells what there is`},
		{"GET", "/clients/", "-", ``, nil, 404, `there is nothing at /clients/`},
		{"PATCH", "/clients/app", "-", `{}`, nil, 405, `/clients/app does not take PATCH; it takes PUT, DELETE`},
		{"POST", "/", "-", ``, nil, 405, `/ does not take POST; it takes GET, HEAD`},
		{"OPTIONS", "/faults", "-", ``, nil, 405, `it takes GET, POST, DELETE, HEAD`},
	} {
		status, body, header := s.ask(c.method, c.path, c.body, c.header)
		var answer map[string]string
		if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer) != 1 || header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %.80s: the answer is no JSON object with error alone: %.300s", c.method, c.path, c.body, body)
		}
		if status != c.status || !strings.Contains(answer["error"], c.says) {
			t.Errorf("%s %s %.80s:\n%d %.600s, want\n%d …%s…", c.method, c.path, c.body, status, answer["error"], c.status, c.says)
		}
		if word := regexp.MustCompile(`json:|fakeidp:|x509:|\btime:|strconv|unmarshal|struct|Go |\badmin\.|\n`).FindString(answer["error"]); word != "" {
			t.Errorf("%s %s %.80s: %q is no word of the request: %.300s", c.method, c.path, c.body, word, answer["error"])
		}
		switch route := c.route; route {
		case "-":
			if !strings.Contains(d.Info.Description, strconv.Itoa(c.status)) {
				t.Errorf("the OpenAPI document does not say that there is a %d", c.status)
			}
			if c.status == 405 && header.Get("Allow") == "" {
				t.Errorf("%s %s: no Allow", c.method, c.path)
			}
		default:
			if route == "" {
				route = c.path
			}
			if _, ok := d.Paths[route][strings.ToLower(c.method)].Responses[strconv.Itoa(c.status)]; !ok {
				t.Errorf("%d of %s %s is not in the OpenAPI document", c.status, c.method, route)
			}
		}
	}
	if broken := s.idp.Broken(); broken != nil {
		t.Errorf("a refused request broke the server: %v", broken)
	}
	if _, known := s.idp.Client("new"); known {
		t.Error("a refused client is registered")
	}
	if got := s.token(s.alice, credentials("app"), nil); got != 200 {
		t.Errorf("a refused revocation revoked: %d", got)
	}
}

// TestTakesWhatToolsSend: curl says that JSON is a form, and others name what they send in other ways.
func TestTakesWhatToolsSend(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, kind := range []string{"", "application/json", "application/json; charset=utf-8", "application/merge-patch+json", "text/plain", "application/x-www-form-urlencoded"} {
		header := http.Header{}
		if kind != "" {
			header.Set("Content-Type", kind)
		}
		if status, body, _ := s.ask("POST", "/faults", `{"fault":"accepts-expired","next":1,"endpoint":"token","client":"app"}`, header); status != 200 {
			t.Errorf("%q: %d %s", kind, status, body)
		}
	}
	if status, body, _ := s.ask("POST", "/faults", `{"fault":"accepts-expired","next":1,"endpoint":null,"client":null,"certificate":null}`, nil); status != 200 {
		t.Errorf("null where a member may be left out: %d %s", status, body)
	}
	for _, body := range []string{"", " \n", "{}"} {
		if status, text, _ := s.ask("POST", "/keys/rotate", body, nil); status != 200 {
			t.Errorf("a body %q where none is wanted: %d %s", body, status, text)
		}
	}
	if status, body, header := s.ask("HEAD", "/health", "", nil); status != 200 || body != "" || header.Get("Content-Type") != "application/json" {
		t.Errorf("HEAD: %d %q", status, body)
	}
}

// TestDocumentIsOpenAPI: what a reader of OpenAPI 3.1 needs is there, and each operation is described alike.
func TestDocumentIsOpenAPI(t *testing.T) {
	t.Parallel()
	d := newStage(t).document()
	if d.OpenAPI != "3.1.0" || d.Info.Title == "" || d.Info.Version == "" || len(d.Paths) < 10 {
		t.Errorf("document %s %+v, %d paths", d.OpenAPI, d.Info, len(d.Paths))
	}
	ids := map[string]bool{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			if o.OperationID == "" || ids[o.OperationID] || !regexp.MustCompile(`^[a-zA-Z]+$`).MatchString(o.OperationID) || o.Summary == "" {
				t.Errorf("%s %s: operationId %q, summary %q", method, path, o.OperationID, o.Summary)
			}
			ids[o.OperationID] = true
			var named []string
			for _, p := range o.Parameters {
				if p.Schema == nil || p.In == "path" && !p.Required || p.In != "path" && p.In != "query" {
					t.Errorf("%s %s: parameter %+v", method, path, p)
				}
				if p.In == "path" {
					named = append(named, "{"+p.Name+"}")
				}
			}
			if want := regexp.MustCompile(`\{\w+\}`).FindAllString(path, -1); !slices.Equal(named, want) {
				t.Errorf("%s %s: path parameters %v", method, path, named)
			}
			for status, r := range o.Responses {
				if r.Description == "" || len(r.Content) != 1 {
					t.Errorf("%s %s %s: %+v", method, path, status, r)
				}
				for media, content := range r.Content {
					if media == "application/json" {
						if err := compiles(content.Schema); err != nil {
							t.Errorf("%s %s %s: %v", method, path, status, err)
						}
					}
				}
			}
			if o.RequestBody != nil {
				if content, ok := o.RequestBody.Content["application/json"]; !ok || !o.RequestBody.Required || compiles(content.Schema) != nil {
					t.Errorf("%s %s: body %+v", method, path, o.RequestBody)
				}
			}
		}
	}
}

// TestChecksSecrets: each version has its own, and the sentence shows no shared secret.
func TestChecksSecrets(t *testing.T) {
	t.Parallel()
	const thumb = "0123456789ABCDEF0123456789abcdef01234567"
	for _, c := range []struct {
		version string
		secret  fakeidp.Secret
		says    string // empty: fine
	}{
		{"7.4", fakeidp.Name("CN=app, O=Example"), ""},
		{"7.4", fakeidp.Name("app"), `"app" is no subject name`},
		{"7.4", fakeidp.Name("CN=app,O=Example"), `did you mean "CN=app, O=Example"?`},
		{"7.4", fakeidp.Name("CN=app,O="), "no name as .NET prints it"},
		{"7.4", fakeidp.Name(`CN=app, O="Example,Inc"`), ""},
		{"7.4", fakeidp.Name(`CN=a + OU=b, O="say ""a,b"""`), ""},
		{"7.4", fakeidp.Name("/O=Example/CN=app"), "no name as .NET prints it"},
		{"7.4", fakeidp.Name(" "), "empty"},
		{"7.4", fakeidp.Thumbprint(thumb), ""},
		{"7.4", fakeidp.Thumbprint("\u200e" + thumb), `did you mean "` + thumb + `"?`},
		{"7.4", fakeidp.Thumbprint("01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef:01:23:45:67"), `did you mean "` + thumb + `"?`},
		{"7.4", fakeidp.Thumbprint(strings.Repeat("ab", 32)), "this one is of SHA-256"},
		{"7.4", fakeidp.Thumbprint("bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"), "this one is of SHA-256"},
		{"7.4", fakeidp.Shared("x"), ""},
		{"7.4", fakeidp.Shared(""), "empty"},
		{"7.4", fakeidp.Hashed("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="), ""},
		{"7.4", fakeidp.Hashed("K7gNU3sdo-OL0wNhqoVWhr3g6s1xYv72ol_pe_Unols"), "in base64url, or has no padding"},
		{"7.4", fakeidp.Hashed(strings.Repeat("0a", 32)), "in hexadecimal"},
		{"7.4", fakeidp.Hashed("HUSHHUSH"), "SHA-256 or SHA-512"},
		{"7.4", fakeidp.Secret{Type: fakeidp.X509Name, Value: "CN=a", Hashed: true}, "only a SharedSecret is hashed"},
		{"7.4", fakeidp.JWK(`{"kty":"EC"}`), ""},
		{"7.4", fakeidp.JWK(`HUSHHUSH`), "no JSON Web Key"},
		{"7.4", fakeidp.NameDNS("a.example"), "there is no type"},
		{"rfc8705", fakeidp.NameDNS("a.example"), ""},
		{"rfc8705", fakeidp.NameIP("192.0.2.1"), ""},
		{"rfc8705", fakeidp.NameIP("192.0.2"), "no IP address"},
		{"rfc8705", fakeidp.JWKSetAt("http://localhost:1/jwks"), ""},
		{"rfc8705", fakeidp.JWKSetAt("/jwks"), "no http or https address"},
		{"rfc8705", fakeidp.Name("CN=app,O=Example"), ""},
		{"rfc8705", fakeidp.Name("app"), "no name of RFC 4514"},
		{"rfc8705", fakeidp.Thumbprint(thumb), "knows nobody by a SHA-1 thumbprint"},
	} {
		err := c.secret.Check(c.version)
		if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "HUSHHUSH")) {
			t.Errorf("%s %+v: %v, want %q", c.version, c.secret, err, c.says)
		}
	}
}

// FuzzBody: whatever is sent is answered by JSON, and by none of Go's words.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"fault":"accepts-expired","next":1}`, `{"client":"app","claims":{"a":[1,{"b":null}]}}`, `{"advance":"1h"}`, `{"secrets":[{"type":"X509Name","value":"CN=a"}]}`, `[`, `{"a":1,"a":2}`, "\xff", ""} {
		f.Add(seed)
	}
	idp, err := fakeidp.New()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { idp.Close() })
	handler := admin.New().Handler(idp)
	f.Fuzz(func(t *testing.T, body string) {
		for _, to := range []string{"POST /faults", "POST /tokens", "POST /clock", "PUT /clients/a", "PUT /trust"} {
			method, path, _ := strings.Cut(to, " ")
			r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost"+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			w := &answer{header: http.Header{}}
			handler.ServeHTTP(w, r)
			var said map[string]any
			if err := json.Unmarshal(w.body, &said); err != nil || w.status != 200 && w.status != 400 && w.status != 413 || strings.Contains(string(w.body), "json:") || strings.Contains(string(w.body), "cannot be read\"") {
				t.Errorf("%s: %d %s", to, w.status, w.body)
			}
		}
	})
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   []byte
}

func (a *answer) Header() http.Header { return a.header }
func (a *answer) WriteHeader(status int) {
	a.status = status
}
func (a *answer) Write(b []byte) (int, error) {
	a.body = append(a.body, b...)
	return len(b), nil
}
