package fakeidp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// clientName is the subject of the client that most tests register.
const clientName = "CN=client-1,OU=Conformance,O=mtlscheck,C=SE"

// strictLab is a PKI for the tests of the strict server, with the two clients that they all know.
type strictLab struct {
	*pki.Lab
	ca            *pki.Authority
	client, other *pki.Identity
	alone         *pki.Identity
}

func newStrictLab(t testing.TB) *strictLab {
	t.Helper()
	lab := pki.New(pki.Options{Seed: t.Name()})
	ca := lab.Root("Example Root")
	l := &strictLab{Lab: lab, ca: ca, client: ca.Client("client", trait.Subject(clientName)), other: ca.Client("other", trait.Subject("CN=client-2,O=mtlscheck")),
		alone: lab.SelfSigned("alone", trait.Subject("CN=alone"))}
	if err := lab.Err(); err != nil {
		t.Fatal(err)
	}
	return l
}

// start starts the strict server with everybody of the lab registered, and these options last.
func (l *strictLab) start(t testing.TB, o ...fakeidp.Option) *fakeidp.Server {
	t.Helper()
	return fakeidp.Start(t, append([]fakeidp.Option{
		fakeidp.Version("rfc8705"), fakeidp.Trust(l.ca.Certificate()),
		fakeidp.Clients(
			fakeidp.Client{ID: "named", Secrets: []fakeidp.Secret{fakeidp.Name(clientName)}, Scopes: []string{"api1"}},
			fakeidp.Client{ID: "named-2", Secrets: []fakeidp.Secret{fakeidp.Name("CN=client-2, O=mtlscheck")}, Scopes: []string{"api1"}},
			fakeidp.Client{ID: "alone", Secrets: []fakeidp.Secret{fakeidp.JWK(jwkOf(l.alone))}, Scopes: []string{"api1"}},
			fakeidp.Client{ID: "named-and-key", Secrets: []fakeidp.Secret{fakeidp.Name(clientName), fakeidp.JWK(jwkOf(l.alone))}, Scopes: []string{"api1"}},
			fakeidp.Client{ID: "shared", Secrets: []fakeidp.Secret{fakeidp.Shared("s3cret")}, Scopes: []string{"api1"}},
			fakeidp.Client{ID: "bound", Secrets: []fakeidp.Secret{fakeidp.Shared("s3cret")}, Scopes: []string{"api1"}, Bound: true},
			fakeidp.Client{ID: "public", Public: true, Scopes: []string{"api1"}},
			fakeidp.Client{ID: "public-but-named", Public: true, Secrets: []fakeidp.Secret{fakeidp.Name(clientName)}, Scopes: []string{"api1"}},
			fakeidp.Client{ID: "off", Disabled: true, Secrets: []fakeidp.Secret{fakeidp.Name(clientName)}, Scopes: []string{"api1"}},
			fakeidp.Client{ID: "coder", Grants: []string{fakeidp.AuthorizationCode}, Secrets: []fakeidp.Secret{fakeidp.Name(clientName)}, Scopes: []string{"api1"}},
			fakeidp.Client{ID: "opaque", Reference: true, Secrets: []fakeidp.Secret{fakeidp.Name(clientName)}, Scopes: []string{"api1"}},
		),
		fakeidp.Resources(fakeidp.Resource{Name: "api", Scopes: []string{"api1"}, Secrets: []fakeidp.Secret{fakeidp.Shared("of-the-api")}},
			fakeidp.Resource{Name: "api-by-name", Scopes: []string{"api1"}, Secrets: []fakeidp.Secret{fakeidp.Name("CN=client-2,O=mtlscheck")}}),
	}, o...)...)
}

// jwkOf is a JSON Web Key that conveys the certificates of these people, the first of which is the key's.
func jwkOf(people ...*pki.Identity) string {
	var chain []string
	for _, p := range people {
		chain = append(chain, base64.StdEncoding.EncodeToString(p.DER()))
	}
	text, err := json.Marshal(map[string]any{"x5c": chain})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	text   string
	err    error
}

// oauthError is the error code of a reply.
func (r reply) oauthError() string {
	e, _ := r.body["error"].(string)
	return e
}

// question is one request; the zero value of each field leaves it out.
type question struct {
	to     string
	shows  *tls.Certificate
	form   url.Values
	raw    string // instead of form
	kind   string // media type, if it is no form
	basic  [2]string
	method string
	tls    func(*tls.Config)
	host   string
	accept string
	dpop   string
	header [2]string // one more, by name and value
	// authorization is the whole header, instead of basic.
	authorization string
}

// put asks one question on a connection of its own.
func put(t testing.TB, idp *fakeidp.Server, q question) reply {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(idp.CA())
	config := &tls.Config{RootCAs: roots, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if q.shows == nil {
			return &tls.Certificate{}, nil
		}
		return q.shows, nil
	}}
	if q.tls != nil {
		q.tls(config)
	}
	body := q.raw
	if q.form != nil {
		body = q.form.Encode()
	}
	method := q.method
	if method == "" {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(t.Context(), method, q.to, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Host = q.host
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if q.kind != "" {
		request.Header.Set("Content-Type", q.kind)
	}
	if q.accept != "" {
		request.Header.Set("Accept", q.accept)
	}
	if q.header[0] != "" {
		request.Header.Set(q.header[0], q.header[1])
	}
	if q.dpop != "" {
		request.Header.Set("DPoP", q.dpop)
	}
	if q.authorization != "" {
		request.Header.Set("Authorization", q.authorization)
	}
	if q.basic[0] != "" {
		request.SetBasicAuth(url.QueryEscape(q.basic[0]), url.QueryEscape(q.basic[1]))
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport, Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		return reply{err: err}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	r := reply{status: answer.StatusCode, header: answer.Header, text: string(text), err: err}
	_ = json.Unmarshal(text, &r.body) // a body that is no JSON has no members
	return r
}

// grant is the form of a client credentials request.
func grant(id string, more ...string) url.Values {
	v := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Add(more[i], more[i+1])
	}
	return v
}

func TestStrictServerAnswersTokenRequests(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	idp := l.start(t)
	alias, plain := idp.MTLSURL+"/token", idp.URL+"/token"
	client, other, alone := l.client.TLS(), l.other.TLS(), l.alone.TLS()
	unknown := l.SelfSigned("unknown", trait.Subject("CN=alone")).TLS()

	for name, c := range map[string]struct {
		question
		status int
		code   string
	}{
		"by name":                             {question{to: alias, shows: client, form: grant("named")}, 200, ""},
		"by name, two names apart":            {question{to: alias, shows: other, form: grant("named-2")}, 200, ""},
		"by certificate":                      {question{to: alias, shows: alone, form: grant("alone")}, 200, ""},
		"by secret in the form":               {question{to: plain, form: grant("shared", "client_secret", "s3cret")}, 200, ""},
		"by secret in the header":             {question{to: plain, basic: [2]string{"shared", "s3cret"}, form: url.Values{"grant_type": {"client_credentials"}}}, 200, ""},
		"header and the same client_id":       {question{to: plain, basic: [2]string{"shared", "s3cret"}, form: grant("shared")}, 200, ""},
		"secret at the alias":                 {question{to: alias, form: grant("shared", "client_secret", "s3cret")}, 200, ""},
		"secret, certificate for binding":     {question{to: alias, shows: unknown, form: grant("bound", "client_secret", "s3cret")}, 200, ""},
		"secret, certificate for nothing":     {question{to: alias, shows: client, form: grant("shared", "client_secret", "s3cret")}, 200, ""},
		"asked for bound, no certificate":     {question{to: plain, form: grant("bound", "client_secret", "s3cret")}, 400, "invalid_request"},
		"empty secret counts as left out":     {question{to: alias, shows: client, form: grant("named", "client_secret", "")}, 200, ""},
		"no certificate":                      {question{to: alias, form: grant("named")}, 401, "invalid_client"},
		"no certificate, by certificate":      {question{to: alias, form: grant("alone")}, 401, "invalid_client"},
		"certificate at the plain endpoint":   {question{to: plain, shows: client, form: grant("named")}, 401, "invalid_client"},
		"another's certificate":               {question{to: alias, shows: other, form: grant("named")}, 401, "invalid_client"},
		"the other way round":                 {question{to: alias, shows: client, form: grant("named-2")}, 401, "invalid_client"},
		"unregistered, same name":             {question{to: alias, shows: unknown, form: grant("alone")}, 401, "invalid_client"},
		"self-signed at a client by name":     {question{to: alias, shows: alone, form: grant("named-and-key")}, 401, "invalid_client"},
		"certificate of a CA, by certificate": {question{to: alias, shows: client, form: grant("alone")}, 401, "invalid_client"},
		"unknown client":                      {question{to: alias, shows: client, form: grant("nobody")}, 401, "invalid_client"},
		"disabled client":                     {question{to: alias, shows: client, form: grant("off")}, 401, "invalid_client"},
		"client_id in other case":             {question{to: alias, shows: client, form: grant("NAMED")}, 401, "invalid_client"},
		"no client_id":                        {question{to: alias, shows: client, form: url.Values{"grant_type": {"client_credentials"}}}, 401, "invalid_client"},
		"client_id in the query":              {question{to: alias + "?client_id=named", shows: client, form: url.Values{"grant_type": {"client_credentials"}}}, 401, "invalid_client"},
		"certificate alone, by secret":        {question{to: alias, shows: client, form: grant("shared")}, 401, "invalid_client"},
		"wrong secret":                        {question{to: plain, form: grant("shared", "client_secret", "wrong")}, 401, "invalid_client"},
		"secret instead of a certificate":     {question{to: alias, form: grant("named", "client_secret", "x")}, 401, "invalid_client"},
		"header instead of a certificate":     {question{to: alias, basic: [2]string{"named", "x"}, form: grant("named")}, 401, "invalid_client"},
		"empty header secret":                 {question{to: alias, basic: [2]string{"named", ""}, form: grant("named")}, 401, "invalid_client"},
		"public client":                       {question{to: plain, form: grant("public")}, 400, "unauthorized_client"},
		"public, but registered by name":      {question{to: plain, form: grant("public-but-named")}, 401, "invalid_client"},
		"certificate and secret":              {question{to: alias, shows: client, form: grant("named", "client_secret", "x")}, 400, "invalid_request"},
		"certificate and header":              {question{to: alias, shows: client, basic: [2]string{"named", "x"}, form: grant("named")}, 400, "invalid_request"},
		"certificate and assertion":           {question{to: alias, shows: client, form: grant("named", "client_assertion", "x", "client_assertion_type", "y")}, 400, "invalid_request"},
		"secret twice":                        {question{to: plain, basic: [2]string{"shared", "s3cret"}, form: grant("shared", "client_secret", "s3cret")}, 400, "invalid_request"},
		"header of another client":            {question{to: alias, shows: client, basic: [2]string{"shared", "s3cret"}, form: grant("named")}, 401, "invalid_client"},
		"client_id twice":                     {question{to: alias, shows: client, form: grant("named", "client_id", "named-2")}, 400, "invalid_request"},
		"client_id twice, other order":        {question{to: alias, shows: client, form: url.Values{"grant_type": {"client_credentials"}, "client_id": {"named-2", "named"}}}, 400, "invalid_request"},
		"scope twice":                         {question{to: alias, shows: client, form: grant("named", "scope", "api1", "scope", "api1")}, 400, "invalid_request"},
		"two resources":                       {question{to: alias, shows: client, form: grant("named", "resource", "urn:a", "resource", "urn:b")}, 200, ""},
		"unknown parameters":                  {question{to: alias, shows: client, form: grant("named", "Client_ID", "x", "foo", "bar")}, 200, ""},
		"no grant_type":                       {question{to: alias, shows: client, form: url.Values{"client_id": {"named"}}}, 400, "invalid_request"},
		"unknown grant":                       {question{to: alias, shows: client, form: url.Values{"client_id": {"named"}, "grant_type": {"urn:x"}}}, 400, "unsupported_grant_type"},
		"unknown grant, no certificate":       {question{to: alias, form: url.Values{"client_id": {"named"}, "grant_type": {"urn:x"}}}, 401, "invalid_client"},
		"grant not allowed":                   {question{to: alias, shows: client, form: grant("coder")}, 400, "unauthorized_client"},
		"unknown scope":                       {question{to: alias, shows: client, form: grant("named", "scope", "api2")}, 400, "invalid_scope"},
		"JSON":                                {question{to: alias, shows: client, raw: `{"client_id":"named"}`, kind: "application/json"}, 400, "invalid_request"},
		"empty form":                          {question{to: alias, shows: client, raw: "&&"}, 401, "invalid_client"},
	} {
		r := put(t, idp, c.question)
		if r.err != nil || r.status != c.status || r.oauthError() != c.code {
			t.Errorf("%s: got %d %q %v %s, want %d %q", name, r.status, r.oauthError(), r.err, r.text, c.status, c.code)
			continue
		}
		if kind := r.header.Get("Content-Type"); kind != "application/json" {
			t.Errorf("%s: Content-Type is %q", name, kind)
		}
		if store, pragma := r.header.Get("Cache-Control"), r.header.Get("Pragma"); store != "no-store" || pragma != "no-cache" {
			t.Errorf("%s: Cache-Control %q, Pragma %q", name, store, pragma)
		}
		if challenge := r.header.Get("WWW-Authenticate"); (challenge == `Basic realm="token"`) != (c.status == 401) {
			t.Errorf("%s: %d with the challenge %q", name, c.status, challenge)
		}
		if token, _ := r.body["access_token"].(string); (token != "") != (c.status == 200) {
			t.Errorf("%s: %d with the token %q", name, c.status, token)
		}
	}

	if r := put(t, idp, question{to: alias, shows: client, method: http.MethodGet}); r.status != 405 || r.header.Get("Allow") != "POST" {
		t.Errorf("GET: got %d, Allow %q; want 405, POST", r.status, r.header.Get("Allow"))
	}
}

// TestStrictServerJudgesCertificates shows the server every kind of faulty twin and holds it to what a server that keeps
// RFC 8705 and RFC 5280 does.
func TestStrictServerJudgesCertificates(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	// What the RFCs leave open, and how this server decides it.
	accepts := map[string]bool{
		"C-NOCHAIN": false, "C-ED25519": true, "C-EKUANY": true, "C-CA": false, "C-SHA1": false, "C-RSA1024": false, "C-V1": false, "C-MULTI2": true,
		"C-CASE": true, "C-SPACE": true, "C-BMP": true, "C-NFC": true, "C-NFD": true, "S-EXP": true, "S-EKUS": true, "S-CA": true, "S-V1": true, "S-ED": true,
		"C-REV": true, "C-REVCA": true, "C-DEEP": false, "C-SER0": true, "C-SERNEG": false, "C-SERLONG": true, "C-GENTIME": true,
		"C-BIG60": true, "C-BIG105": true, "C-RSAPSS": false, "C-REVO": true, "C-REVO2": true, "C-RSAHUGE": false, "C-POLICYMAP": false,
	}
	fixtures := map[string]pki.NameFixture{}
	for _, f := range pki.NameFixtures() {
		fixtures[f.Name] = f
	}
	type twin struct {
		fault pki.Fault
		shows *pki.Identity
	}
	var twins []twin
	var clients []fakeidp.Client
	for _, f := range pki.Faults() {
		if f.Like == pki.WithNames {
			continue // clients are registered here by subject, and these are about alternative names
		}
		if f.Code == "C-SHORT" || f.Code == "C-FRESH2" {
			continue // the clock may turn the one bad, and the other good, while this test runs
		}
		good := l.client
		switch {
		case f.SelfSigned:
			good = l.alone
		case f.Like != "":
			good = l.ca.Client("like "+f.Name, trait.SubjectName(fixtures[f.Like].Subject))
		}
		bad := l.ca.Fault(good, f.Name)
		if err := bad.Err(); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		secret := fakeidp.Name(good.DN().String())
		if f.SelfSigned {
			secret = fakeidp.JWK(jwkOf(good))
		}
		if f.Registered {
			secret = fakeidp.JWK(jwkOf(bad))
		}
		twins = append(twins, twin{f, bad})
		clients = append(clients, fakeidp.Client{ID: f.Code, Secrets: []fakeidp.Secret{secret}, Scopes: []string{"api1"}})
		if !f.Registered {
			clients = append(clients, fakeidp.Client{ID: "good " + f.Code, Secrets: []fakeidp.Secret{secret}, Scopes: []string{"api1"}})
			twins = append(twins, twin{pki.Fault{Code: "good " + f.Code, Expect: pki.Expect{Server: pki.Accept}}, good})
		}
	}
	idp := l.start(t, fakeidp.Clients(clients...))
	for _, w := range twins {
		t.Run(w.fault.Code, func(t *testing.T) {
			t.Parallel()
			want := w.fault.Expect.Server == pki.Accept
			if w.fault.Expect.Server == pki.Either {
				decided, ok := accepts[w.fault.Code]
				if !ok {
					t.Fatalf("%s is left open by the RFCs; say in the table how the server decides", w.fault.Name)
				}
				want = decided
			}
			r := put(t, idp, question{to: idp.MTLSURL + "/token", shows: w.shows.TLS(), form: grant(w.fault.Code)})
			got := fmt.Sprintf("%d %s", r.status, r.oauthError())
			if r.err != nil {
				if want || !strings.Contains(r.err.Error(), "remote error: tls:") {
					t.Fatalf("%s (%s): %v", w.fault.Name, w.fault.Doc, r.err)
				}
			} else if want && got != "200 " || !want && got != "401 invalid_client" {
				t.Errorf("%s (%s): got %s, want accepted = %v", w.fault.Name, w.fault.Doc, got, want)
			}
		})
	}
}
