package verifiers_test

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/interop"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A jwk is a published key, and its text.
type jwk struct {
	Modulus  string `json:"n"`
	Exponent string `json:"e"`
	text     string
}

// A verifier tells whether a token is signed with the key.
type verifier struct {
	name    string
	command func(t *testing.T, key jwk, token string) []string
	says    func(output string) bool
}

func TestOthersVerifyTheTokensOfTheFake(t *testing.T) {
	t.Parallel()
	for name, seed := range map[string]string{"random key": "", "key of a seed": "verifiers"} {
		token, key := issue(t, seed)
		parts := strings.Split(token, ".")
		forged := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"https://elsewhere.example"}`)) + "." + parts[2]
		for _, v := range verifiers(t) {
			t.Run(v.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				for text, want := range map[string]bool{token: true, forged: false} {
					command := v.command(t, key, text)
					out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput()
					if got := v.says(string(out)); got != want {
						t.Errorf("the verdict on %s is %t, expected %t (%v)\n%s", text, got, want, err, out)
					}
				}
			})
		}
	}
}

func verifiers(t *testing.T) []verifier {
	t.Helper()
	node, err := interop.Node("../oidc-provider")
	if err != nil {
		t.Fatal(err)
	}
	isTrue := func(output string) bool { return strings.TrimSpace(output) == "true" }
	all := []verifier{
		{"node", func(_ *testing.T, key jwk, token string) []string {
			return []string{node, "verify.mjs", key.text, token}
		}, isTrue},
		{"openssl", openssl, func(output string) bool { return strings.TrimSpace(output) == "Verified OK" }},
	}
	// Java is tried where its compiler is, which is large and which nothing else here needs.
	if _, err := exec.LookPath("javac"); err == nil {
		all = append(all, verifier{"java", func(_ *testing.T, key jwk, token string) []string {
			return []string{"java", "-XX:TieredStopAtLevel=1", "Verify.java", key.Modulus, key.Exponent, token}
		}, isTrue})
	}
	return all
}

// openssl takes the key as PEM, and text and signature from files.
func openssl(t *testing.T, key jwk, token string) []string {
	t.Helper()
	number := func(text string) *big.Int { return new(big.Int).SetBytes(decode(t, text)) }
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: number(key.Modulus), E: int(number(key.Exponent).Int64())})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	dot := strings.LastIndex(token, ".")
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return []string{"openssl", "dgst", "-sha256", "-verify", file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"-signature", file("signature", decode(t, token[dot+1:])), file("text", []byte(token[:dot]))}
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// issue gets a token from a fake IdentityServer, and its key.
func issue(t *testing.T, seed string) (token string, key jwk) {
	t.Helper()
	ca := pki.New(pki.Options{}).Root("root")
	client := ca.Client("client", trait.Subject("CN=client"))
	idp := fakeidp.Start(t, fakeidp.Seed(seed), fakeidp.Trust(ca.Certificate()),
		fakeidp.Clients(fakeidp.Client{ID: "client", Secrets: []fakeidp.Secret{fakeidp.Name("CN=client")}, Scopes: []string{"api1"}}))
	roots := x509.NewCertPool()
	roots.AddCert(idp.CA())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{*client.TLS()}}}
	t.Cleanup(transport.CloseIdleConnections)
	ask := func(method, endpoint string, form url.Values, into any) {
		request, err := http.NewRequestWithContext(t.Context(), method, endpoint, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		if err == nil {
			err = json.Unmarshal(body, into)
		}
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v\n%s", endpoint, answer.Status, err, body)
		}
	}
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	var set struct{ Keys []json.RawMessage }
	ask(http.MethodPost, idp.MTLSURL+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}}, &tokens)
	ask(http.MethodGet, idp.URL+"/.well-known/openid-configuration/jwks", nil, &set)
	if len(set.Keys) != 1 || json.Unmarshal(set.Keys[0], &key) != nil || strings.Count(tokens.AccessToken, ".") != 2 {
		t.Fatalf("%d keys, and the token %q", len(set.Keys), tokens.AccessToken)
	}
	key.text = string(set.Keys[0])
	return tokens.AccessToken, key
}
