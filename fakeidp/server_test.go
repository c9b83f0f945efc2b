package fakeidp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// trusted are the authorities of the server's certificate.
func trusted(idp *fakeidp.Server) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(idp.CA())
	return roots
}

// client is an HTTP client that trusts the server and shows this person's certificate, if any. Whatever the host is
// called, it is dialled at the server's address.
func client(idp *fakeidp.Server, shows *pki.Identity) *http.Client {
	config := &tls.Config{RootCAs: trusted(idp), MinVersion: tls.VersionTLS12, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if shows == nil {
			return &tls.Certificate{}, nil
		}
		return shows.TLS(), nil
	}}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig: config, DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", idp.Addr().String())
		},
	}}
}

// ask posts a form and returns status and body.
func ask(t testing.TB, c *http.Client, to string, form url.Values) (int, string) {
	t.Helper()
	r, err := c.PostForm(to, form)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

// granted asks for a token and returns it.
func granted(t testing.TB, c *http.Client, to string, form url.Values) string {
	t.Helper()
	status, body := ask(t, c, to, form)
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK || answer.Token == "" {
		t.Fatalf("no token: %d %s", status, body)
	}
	return answer.Token
}

func clientCredentials(id string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}}
}

func TestServesAClientByTheNameOfItsCertificate(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	alice := ca.Client("alice", trait.Subject(`CN=alice,O=Acme\, Inc.`))
	app := fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name(`CN=alice, O="Acme, Inc."`)}, Scopes: []string{"api1"}}
	idp := fakeidp.Start(t, fakeidp.Trust(ca.Certificate()), fakeidp.Clients(app))

	const shut = `{"error":"invalid_client","error_description":"mTLS authentication failed."}`
	for _, c := range []struct {
		shows  *pki.Identity
		who    string
		status int
		body   string
	}{
		{alice, "its certificate", 200, `"token_type":"Bearer","scope":"api1"}`},
		{ca.Client("mallory"), "another's certificate", 400, `{"error":"invalid_client"}`},
		{alice.With(trait.Expired), "an expired certificate", 400, shut},
		{lab.Root("Stranger").Client("alice", trait.Subject(`CN=alice,O=Acme\, Inc.`)), "a stranger's certificate of that name", 400, shut},
		{nil, "no certificate", 400, shut},
	} {
		status, body := ask(t, client(idp, c.shows), idp.MTLSURL+"/token", clientCredentials("app"))
		if status != c.status || !strings.HasSuffix(body, c.body) {
			t.Errorf("%s: got %d %s, want %d …%s", c.who, status, body, c.status, c.body)
		}
	}

	last := idp.Requests()
	if len(last) != 5 {
		t.Fatalf("%d requests in the journal, want 5", len(last))
	}
	first := last[0]
	if first.ClientID != "app" || first.Endpoint != "token" || !first.MTLS || first.Status != 200 || first.GrantType != "client_credentials" ||
		first.TLS.Version != "TLS 1.3" || len(first.TLS.Presented) != 1 || first.TLS.Presented[0].Subject != `CN=alice, O="Acme, Inc."` {
		t.Errorf("journal: %+v", first)
	}
	if last[1].Error != "invalid_client" || last[4].TLS.Presented != nil || last[4].Connection == last[0].Connection {
		t.Errorf("journal: %+v, %+v", last[1], last[4])
	}
}

func TestPutsTheMTLSEndpointsWhereItIsTold(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	alone := lab.SelfSigned("alone")
	app := fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Thumbprint(alone.Thumbprints().SHA1Upper)}, Scopes: []string{"api1"}}
	for _, c := range []struct {
		name    string
		options []fakeidp.Option
		alias   string // of the token endpoint, P is the port
	}{
		{"path", nil, "https://localhost:P/connect/mtls/token"},
		{"sub-domain", []fakeidp.Option{fakeidp.Mode(fakeidp.SubDomain("mtls"))}, "https://mtls.localhost:P/connect/token"},
		{"domain of a version that ignores its port", []fakeidp.Option{fakeidp.Version("6.3"), fakeidp.Mode(fakeidp.Domain("mtls.example.test"))},
			"https://mtls.example.test/connect/token"},
		{"path base", []fakeidp.Option{fakeidp.PathBase("/ids")}, "https://localhost:P/ids/connect/mtls/token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			idp := fakeidp.Start(t, append(c.options, fakeidp.Trust(ca.Certificate()), fakeidp.Clients(app))...)
			r, err := client(idp, nil).Get(idp.URL + "/.well-known/openid-configuration")
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			var document struct {
				Issuer  string
				Aliases map[string]string `json:"mtls_endpoint_aliases"`
			}
			if err := json.NewDecoder(r.Body).Decode(&document); err != nil {
				t.Fatal(err)
			}
			_, port, err := net.SplitHostPort(idp.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if got, want := document.Aliases["token_endpoint"], strings.ReplaceAll(c.alias, "P", port); got != want {
				t.Errorf("alias %s, want %s", got, want)
			}
			if document.Issuer != idp.URL {
				t.Errorf("issuer %s, want %s", document.Issuer, idp.URL)
			}
			if status, body := ask(t, client(idp, alone), idp.MTLSURL+"/token", clientCredentials("app")); status != http.StatusOK {
				t.Errorf("token at %s: %d %s", idp.MTLSURL, status, body)
			}
			if status, _ := ask(t, client(idp, nil), idp.MTLSURL+"/token", clientCredentials("app")); status == http.StatusOK {
				t.Error("a token without a certificate")
			}
		})
	}
}

func TestClosesWithoutAnAlertWhereACertificateIsRequired(t *testing.T) {
	t.Parallel()
	idp := fakeidp.Start(t, fakeidp.ClientCertificates(fakeidp.RequireCertificate))
	// Not net/http: its client has words of its own for a connection that ends before the first request.
	conn, err := tls.Dial("tcp", idp.Addr().String(), &tls.Config{RootCAs: trusted(idp), ServerName: "localhost", MinVersion: tls.VersionTLS12})
	if err == nil {
		defer conn.Close()
		_, err = conn.Read(make([]byte, 1))
	}
	var op *net.OpError
	if err == nil || errors.As(err, &op) && op.Op == "remote error" || !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want the end of the connection and no alert", err)
	}
	if last := idp.Requests(); len(last) != 1 || last[0].Handshake == "" || last[0].Status != 0 {
		t.Errorf("journal: %+v", last)
	}
}

func TestBreaksOneRuleAndNoOther(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	good := ca.Client("app", trait.Subject("CN=app"))
	app := fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name("CN=app")}, Scopes: []string{"api1"}}
	shows := map[string]*pki.Identity{
		"accepts-expired": good.With(trait.Expired), "accepts-any-chain": lab.Root("Stranger").Client("app", trait.Subject("CN=app")),
		"ignores-usage": good.With(trait.ServerAuthOnly),
	}
	for name := range shows {
		fault, ok := fakeidp.FaultNamed(name)
		if !ok {
			t.Fatalf("no fault %s", name)
		}
		idp := fakeidp.Start(t, fakeidp.Trust(ca.Certificate()), fakeidp.Clients(app), fakeidp.Breaks(fault))
		for other, certificate := range shows {
			status, body := ask(t, client(idp, certificate), idp.MTLSURL+"/token", clientCredentials("app"))
			if served := status == http.StatusOK; served != (other == name) {
				t.Errorf("%s, shown what %s lets in: %d %s", name, other, status, body)
			}
		}
		if status, body := ask(t, client(idp, good), idp.MTLSURL+"/token", clientCredentials("app")); status != http.StatusOK {
			t.Errorf("%s, shown a good certificate: %d %s", name, status, body)
		}
	}
}

func TestSaysTheSameWithTheSameSeed(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	options := []fakeidp.Option{
		fakeidp.Seed("a seed"), fakeidp.Clock(func() time.Time { return moment }), fakeidp.IssuerURI("https://id.example"),
		fakeidp.Clients(fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Shared("s")}, Scopes: []string{"api1"}}),
	}
	form := clientCredentials("app")
	form.Set("client_secret", "s")
	var tokens []string
	for range 2 {
		idp := fakeidp.Start(t, options...)
		tokens = append(tokens, granted(t, client(idp, nil), idp.URL+"/connect/token", form))
	}
	if tokens[0] != tokens[1] {
		t.Errorf("two servers of one seed:\n%s\n%s", tokens[0], tokens[1])
	}
	other := fakeidp.Start(t, append(slices.Clone(options), fakeidp.Seed("another seed"))...)
	if granted(t, client(other, nil), other.URL+"/connect/token", form) == tokens[0] {
		t.Error("another seed, the same token")
	}
}

func TestRefusesWhatItCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		option fakeidp.Option
		says   string
	}{
		{fakeidp.Version("3.1"), `no version "3.1"; there are is4-4.1, 5.2`},
		{fakeidp.PathBase("ids/"), `path base "ids/"`},
		{fakeidp.Listen("256.0.0.1:0"), "cannot listen"},
		{fakeidp.SigningIdentity(pki.New(pki.Options{}).SelfSigned("ec")), "does not fit RS256"},
	} {
		idp, err := fakeidp.New(c.option)
		if err == nil {
			idp.Close()
			t.Errorf("%s: no error", c.says)
		} else if !strings.Contains(err.Error(), c.says) {
			t.Errorf("got %v, want …%s…", err, c.says)
		}
	}
}

func TestKeepsNoSecretInTheJournal(t *testing.T) {
	t.Parallel()
	idp := fakeidp.Start(t, fakeidp.Clients(fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Shared("canary-secret")}, Scopes: []string{"api1"}}))
	form := clientCredentials("app")
	form.Set("client_secret", "canary-secret")
	token := granted(t, client(idp, nil), idp.URL+"/connect/token", form)
	ask(t, client(idp, nil), idp.URL+"/connect/introspect", url.Values{"token": {token}, "client_id": {"app"}, "client_secret": {"canary-secret"}})
	b, err := json.Marshal(idp.Requests())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"canary-secret", token} {
		if strings.Contains(string(b), secret) {
			t.Errorf("the journal holds %q: %s", secret, b)
		}
	}
}
