package speed_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/mtlscheck/mtlscheck/interop"
	"github.com/mtlscheck/mtlscheck/pki"
)

// launch writes the files that the launchers of other servers take, with the client as its only registration.
func launch(b testing.TB, c cast) *interop.Launch {
	b.Helper()
	dir := b.TempDir()
	key, err := c.server.KeyPEM()
	if err != nil {
		b.Fatal(err)
	}
	clients, err := json.Marshal([]map[string]any{{
		"client_id": "client", "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=client,O=speed",
		"tls_client_certificate_bound_access_tokens": true, "grant_types": []string{"client_credentials"}, "scope": "api1",
	}})
	if err != nil {
		b.Fatal(err)
	}
	ports, err := interop.FreePorts(2)
	if err != nil {
		b.Fatal(err)
	}
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			b.Fatal(err)
		}
		return path
	}
	return &interop.Launch{Port: strconv.Itoa(ports[0]), MTLSPort: strconv.Itoa(ports[1]), Cert: file("server.pem", c.server.ChainPEM()), Key: file("server-key.pem", key),
		ClientCA: file("ca.pem", pki.PEM(c.ca.Certificate().Raw)), Clients: file("clients.json", clients)}
}

// startOIDCProvider starts npm oidc-provider, startGoOIDC github.com/luikyv/go-oidc; both return the token endpoint.
func startOIDCProvider(b testing.TB, alg string, c cast) (string, *interop.Server) {
	b.Helper()
	const folder = "../../interop/oidc-provider"
	node, err := interop.Node(folder)
	if err != nil {
		b.Fatal(err)
	}
	l := launch(b, c)
	return peer(b, l, node, folder+"/server.mjs", "--alg", alg, "--port", l.Port, "--mtls-port", l.MTLSPort, "--cert", l.Cert, "--key", l.Key, "--client-ca", l.ClientCA, "--clients", l.Clients)
}

func startGoOIDC(b testing.TB, alg string, c cast) (string, *interop.Server) {
	b.Helper()
	program := filepath.Join(b.TempDir(), "go-oidc")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-C", "../../interop/go-oidc/server", "-o", program).CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	l := launch(b, c)
	return peer(b, l, program, "-alg", alg, "-port", l.Port, "-mtls-port", l.MTLSPort, "-cert", l.Cert, "-key", l.Key, "-client-ca", l.ClientCA, "-clients", l.Clients)
}

func peer(b testing.TB, l *interop.Launch, program string, args ...string) (string, *interop.Server) {
	b.Helper()
	process, err := interop.Start(b.Context(), "ready ", program, args...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(process.Stop)
	return "https://localhost:" + l.MTLSPort + "/token", process
}
