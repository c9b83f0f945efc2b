package clients_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// An attempt is what a program reads: who asks whom, and with which files. Cert and Key are empty if it shows no certificate.
type attempt struct {
	Issuer        string `json:"issuer"`
	TokenEndpoint string `json:"tokenEndpoint"`
	ClientID      string `json:"clientId"`
	Scope         string `json:"scope"`
	Method        string `json:"method"`
	CA            string `json:"ca"`
	Cert          string `json:"cert"`
	Key           string `json:"key"`

	thumbprint string // of Cert: x5t#S256; empty if there is none
	served     bool   // does this certificate belong to the client?
}

// A result is what a program prints of an attempt.
type result struct {
	AccessToken string `json:"access_token"`
	Error       string `json:"error"`
	Message     string `json:"message"`
}

// TestClientsGetBoundTokens: with both methods of RFC 8705 §2 each client gets a token that is bound to its certificate, and
// is refused as soon as it does the same with another's or with none. The journal of the fake tells what it saw and answered.
func TestClientsGetBoundTokens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := pki.Init(filepath.Join(dir, "pki"), pki.InitOptions{ServerNames: []string{builtin.Domain}})
	if err != nil {
		t.Fatal(err)
	}
	programs := programs(t)
	for _, server := range []struct {
		version string
		refusal int // the status for those who show no certificate, or another's
	}{
		{"7.4", http.StatusBadRequest},
		{"rfc8705", http.StatusUnauthorized},
	} {
		for _, program := range programs {
			t.Run(server.version+"/"+program.name, func(t *testing.T) {
				t.Parallel()
				fake, err := builtin.Start(builtin.Options{Version: server.version, Cast: builtin.CastOf(store)})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = fake.Close() }()
				attempts := attempts(t, fake, store)
				results := run(t, program.command, attempts)
				seen := tokenRequests(fake.Server)
				for i, a := range attempts {
					status := server.refusal
					switch {
					case a.served:
						status = http.StatusOK
						checkToken(t, a, results[i])
					case results[i].AccessToken != "" || results[i].Error+results[i].Message == "":
						t.Errorf("%s with %q: %+v, expected an error", a.Method, a.Cert, results[i])
					}
					if program.refusesItself && a.Cert == "" {
						continue
					}
					if len(seen) == 0 {
						t.Fatalf("%s with %q: the fake was not asked: %+v", a.Method, a.Cert, results[i])
					}
					checkSeen(t, a, seen[0], status)
					seen = seen[1:]
				}
				if len(seen) > 0 {
					t.Errorf("the fake was asked once more: %+v", seen)
				}
			})
		}
	}
}

// attempts are those of both methods: with the client's certificate, with another's, and with none.
func attempts(t *testing.T, fake *builtin.Instance, store *pki.Store) []attempt {
	t.Helper()
	file := func(parts ...string) string { return filepath.Join(append([]string{store.Dir()}, parts...)...) }
	var out []attempt
	for _, method := range []struct {
		name, another string
		role          harness.Role
	}{{"tls_client_auth", "client-2", "name"}, {"self_signed_tls_client_auth", "alone-2", "thumbprint"}} {
		i := slices.IndexFunc(fake.Setup().Members, func(m scenarios.Member) bool { return m.Role == method.role })
		if i < 0 {
			t.Fatalf("nobody has the role %s", method.role)
		}
		m := fake.Setup().Members[i]
		for _, shown := range []string{m.Identity.Name(), method.another, ""} {
			a := attempt{Issuer: fake.Server.URL, TokenEndpoint: fake.Server.MTLSURL + "/token", ClientID: m.ClientID, Scope: "api1", Method: method.name,
				CA: file("ca", "ca.pem"), served: shown == m.Identity.Name()}
			if shown != "" {
				id, err := store.Identity(shown)
				if err != nil {
					t.Fatal(err)
				}
				a.Cert, a.Key, a.thumbprint = file("id", shown+".pem"), file("id", shown+"-key.pem"), id.Thumbprints().X5tS256
			}
			out = append(out, a)
		}
	}
	return out
}

// tokenRequests are the requests for tokens in the journal; those that IdentityServer turns away at its door belong to no endpoint.
func tokenRequests(fake *fakeidp.Server) []fakeidp.Request {
	return slices.DeleteFunc(fake.Requests(), func(r fakeidp.Request) bool { return r.Endpoint != "token" && r.Endpoint != "" })
}

// checkToken asks that the client printed a token that is bound to its certificate.
func checkToken(t *testing.T, a attempt, got result) {
	t.Helper()
	if got.Error != "" || got.AccessToken == "" {
		t.Fatalf("%s: %s %s, expected a token", a.Method, got.Error, got.Message)
	}
	if diff := cmp.Diff(map[string]string{"x5t#S256": a.thumbprint}, confirmation(t, got.AccessToken)); diff != "" {
		t.Errorf("%s: cnf (- expected, + got):\n%s", a.Method, diff)
	}
}

// checkSeen asks that the fake answered with this status to whoever showed this certificate.
func checkSeen(t *testing.T, a attempt, seen fakeidp.Request, status int) {
	t.Helper()
	shown := ""
	if len(seen.TLS.Presented) > 0 {
		shown = seen.TLS.Presented[0].X5TS256
	}
	if seen.Status != status || shown != a.thumbprint {
		t.Errorf("%s with %q: the fake answered %d to %q, expected %d to %q", a.Method, a.Cert, seen.Status, shown, status, a.thumbprint)
	}
}

// confirmation is cnf of a JWT.
func confirmation(t *testing.T, token string) map[string]string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("the access token is no JWT: %q", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Confirmation map[string]string `json:"cnf"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.Confirmation
}

// run gives the attempts to a program and reads one result for each.
func run(t *testing.T, program []string, attempts []attempt) []result {
	t.Helper()
	in, err := json.Marshal(attempts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program[0], program[1:]...)
	var out, story bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &story
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s%s", program, err, out.Bytes(), story.Bytes())
	}
	var results []result
	for lines := json.NewDecoder(&out); lines.More(); {
		var r result
		if err := lines.Decode(&r); err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	if len(results) != len(attempts) {
		t.Fatalf("%v printed %d results, expected %d\n%s", program, len(results), len(attempts), story.Bytes())
	}
	return results
}
