package oidcprovider_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/interop"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// The launcher itself: chains are OpenSSL's business, bindings oidc-provider's, names its own; and --careless stops looking
// at chains, and at nothing else.
func TestLauncherServesWhomItShould(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{Seed: "interop/oidc-provider"})
	root := lab.Root("Clients")
	subject := trait.Subject("CN=client,OU=production,O=company")
	client := root.Client("client", subject)
	below := root.Sub("Intermediate").Client("below", subject)
	other := root.Client("other", trait.Subject("CN=client-2,OU=production,O=company"))
	alone, alone2 := lab.SelfSigned("alone", subject), lab.SelfSigned("alone-2", subject)
	registrations := []map[string]any{
		registration("name", map[string]any{"token_endpoint_auth_method": "tls_client_auth",
			"tls_client_auth_subject_dn": "CN=client,OU=production,O=company"}),
		registration("alone", map[string]any{"token_endpoint_auth_method": "self_signed_tls_client_auth",
			"jwks": map[string]any{"keys": []any{jwk(t, alone)}}}),
	}
	tests := []struct {
		name             string
		id               string // client_id
		shows            *pki.Identity
		honest, careless bool // is it served?
	}{
		{"the registered certificate", "name", client, true, true},
		{"an intermediate that is sent", "name", below, true, true},
		{"an intermediate that is kept back", "name", below.With(trait.NoChain), false, true},
		{"another authority", "name", lab.Root("Others").Client("rogue", subject), false, true},
		{"a self-signed certificate with the registered name", "name", alone, false, true},
		{"an expired certificate", "name", client.With(trait.Expired), false, true},
		{"a certificate that is not yet valid", "name", client.With(trait.NotYetValid), false, true},
		{"a certificate for servers", "name", client.With(trait.ServerAuthOnly), false, true},
		{"another name", "name", other, false, false},
		{"no certificate", "name", nil, false, false},
		{"the registered self-signed certificate", "alone", alone, true, true},
		{"another self-signed certificate with the same name", "alone", alone2, false, false},
		{"a certificate of the authority for a self-signed client", "alone", client, false, false},
	}
	for _, careless := range []bool{false, true} {
		endpoint, trust := launch(t, root, registrations, careless)
		for _, test := range tests {
			want := test.honest
			if careless {
				want = test.careless
			}
			t.Run(fmt.Sprintf("careless=%t/%s", careless, test.name), func(t *testing.T) {
				status, answer := ask(t, endpoint, trust, test.id, test.shows)
				bound := ""
				if test.shows != nil {
					bound = test.shows.Thumbprints().X5tS256
				}
				switch {
				case want && (status != http.StatusOK || confirmation(t, answer.AccessToken) != bound):
					t.Errorf("%d %+v, expected a token bound to %s", status, answer, bound)
				case !want && (status != http.StatusUnauthorized || answer.Error != "invalid_client"):
					t.Errorf("%d %+v, expected 401 invalid_client", status, answer)
				}
			})
		}
	}
}

func registration(id string, more map[string]any) map[string]any {
	out := map[string]any{"client_id": id, "grant_types": []string{"client_credentials"}, "scope": "api1", "tls_client_certificate_bound_access_tokens": true}
	for member, value := range more {
		out[member] = value
	}
	return out
}

func jwk(t *testing.T, of *pki.Identity) map[string]any {
	t.Helper()
	if of.Err() != nil {
		t.Fatal(of.Err())
	}
	ecdh, err := of.Certificate().PublicKey.(interface{ Bytes() ([]byte, error) }).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return map[string]any{"kty": "EC", "crv": "P-256", "x": encode(ecdh[1:33]), "y": encode(ecdh[33:]), "use": "sig",
		"x5c": []string{base64.StdEncoding.EncodeToString(of.DER())}}
}

// launch starts the launcher and returns its alias of the token endpoint and the CA of its own certificate.
func launch(t *testing.T, clientCA *pki.Authority, registrations any, careless bool) (endpoint string, trust *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	server := pki.New(pki.Options{Seed: "interop/oidc-provider/server"}).Root("Server CA").Server("server", trait.DNS("localhost"))
	key, err := x509.MarshalPKCS8PrivateKey(server.Key())
	if err != nil {
		t.Fatal(err)
	}
	clients, err := json.Marshal(registrations)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"server.pem":    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.DER()}),
		"server.key":    pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"client-ca.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: clientCA.DER()}),
		"clients.json":  clients,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ports, err := interop.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	process := start(t, &interop.Launch{Port: strconv.Itoa(ports[0]), MTLSPort: strconv.Itoa(ports[1]),
		Cert: file("server.pem"), Key: file("server.key"), ClientCA: file("client-ca.pem"), Clients: file("clients.json")}, careless)
	var ready struct {
		Endpoint string `json:"token_endpoint"`
		Careless bool   `json:"careless"`
	}
	if err := json.Unmarshal([]byte(process.Ready), &ready); err != nil || ready.Careless != careless {
		t.Fatalf("ready line %q (%v), expected JSON with careless %t", process.Ready, err, careless)
	}
	trust = x509.NewCertPool()
	for _, root := range server.Roots() {
		cert, err := x509.ParseCertificate(root)
		if err != nil {
			t.Fatal(err)
		}
		trust.AddCert(cert)
	}
	return ready.Endpoint, trust
}

// start runs server.mjs until the test ends. What it printed is shown if the test failed.
func start(t *testing.T, l *interop.Launch, careless bool) *interop.Server {
	t.Helper()
	node, err := interop.Node(".")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"server.mjs", "--port", l.Port, "--mtls-port", l.MTLSPort, "--cert", l.Cert, "--key", l.Key, "--client-ca", l.ClientCA, "--clients", l.Clients}
	if careless {
		args = append(args, "--careless")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	process, err := interop.Start(ctx, "ready ", node, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Stop()
		if t.Failed() {
			t.Logf("oidc-provider printed:\n%s", process.Output())
		}
	})
	return process
}

type answer struct {
	AccessToken string `json:"access_token"`
	Error       string `json:"error"`
}

// ask asks for a token on a connection of its own.
func ask(t *testing.T, endpoint string, trust *x509.CertPool, id string, shows *pki.Identity) (int, answer) {
	t.Helper()
	config := &tls.Config{RootCAs: trust}
	if shows != nil {
		if shows.Err() != nil {
			t.Fatal(shows.Err())
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shows.TLS(), nil }
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "scope": {"api1"}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatalf("%d with a body that is no JSON: %s", response.StatusCode, body)
	}
	return response.StatusCode, a
}

// confirmation is x5t#S256 of a JWT's cnf; empty if there is none.
func confirmation(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("the access token is no JWT: %q", token)
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Confirmation map[string]string `json:"cnf"`
	}
	if err := json.NewDecoder(bytes.NewReader(claims)).Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c.Confirmation["x5t#S256"]
}
