package main

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/report"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// canaries are secrets that are easy to find, and hard to hide by accident: they change under every encoding.
func canaries() map[string]string {
	part := func(name string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"canary":"` + name + `"}`))
	}
	return map[string]string{
		"client secret":   "canary/secret+of a client?&=",
		"token signature": "canarySignatureOfAnAccessToken-0123456789_abcdefghijklmnop",
		"refresh token":   "canary-refresh-token-9f2c41d0a7b35e88",
		"cookie":          "canary-session-cookie-51f0c0ffee",
		"code":            "canary-authorization-code-70c0de",
		"password":        "canary/password+of a user?&=",
		"JWT":             part("head") + "." + part("claims") + ".canarySignatureOfAnAccessToken-0123456789_abcdefghijklmnop",
	}
}

// leaks looks for a secret in a text: raw, in base64 and its URL form, in hex, URL-encoded, and escaped as in JSON.
func leaks(text []byte, secret string) []string {
	quoted, _ := json.Marshal(secret)
	spellings := map[string]string{
		"raw": secret, "hex": hex.EncodeToString([]byte(secret)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"URL": url.QueryEscape(secret), "URL path": url.PathEscape(secret), "JSON": strings.Trim(string(quoted), `"`),
	}
	for shift := range 3 { // base64 of a longer text that holds the secret somewhere
		padded := append(bytes.Repeat([]byte{'x'}, shift), secret...)
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			encoded := encoding.EncodeToString(padded)
			spellings[fmt.Sprintf("%s at %d", name, shift)] = encoded[4 : len(encoded)-4]
		}
	}
	var found []string
	for name, spelling := range spellings {
		if bytes.Contains(text, []byte(spelling)) {
			found = append(found, name)
		}
	}
	return found
}

// parrot is a server that gives a token to everybody, and says back whatever it heard and all that it knows.
func parrot(t *testing.T, cast *builtin.Cast) *httptest.Server {
	t.Helper()
	secrets := canaries()
	var server *httptest.Server
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(r.URL.Path, "/.well-known/") {
			base := server.URL
			_ = json.NewEncoder(w).Encode(map[string]any{"issuer": base, "token_endpoint": base + "/connect/token", "jwks_uri": base + "/jwks",
				"authorization_endpoint": base + "/connect/authorize", "userinfo_endpoint": base + "/connect/userinfo",
				"pushed_authorization_request_endpoint": base + "/connect/par", "device_authorization_endpoint": base + "/connect/device",
				"introspection_endpoint": base + "/connect/introspect", "revocation_endpoint": base + "/connect/revocation",
				"token_endpoint_auth_methods_supported":      []string{"tls_client_auth", "self_signed_tls_client_auth", "client_secret_basic"},
				"tls_client_certificate_bound_access_tokens": true,
				"mtls_endpoint_aliases":                      map[string]string{"token_endpoint": base + "/connect/mtls/token", "introspection_endpoint": base + "/connect/mtls/introspect"}})
			return
		}
		if r.URL.Path == "/connect/authorize" {
			w.Header().Set("Location", scenarios.RedirectURI+"?code="+secrets["code"])
			w.Header().Set("Set-Cookie", "session="+secrets["cookie"])
			w.WriteHeader(http.StatusFound)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Set-Cookie", "session="+secrets["cookie"])
		w.Header().Set("X-Heard-Authorization", r.Header.Get("Authorization"))
		w.Header().Set("X-Heard-Body", strings.ReplaceAll(string(body), "\n", " "))
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": secrets["JWT"], "refresh_token": secrets["refresh token"], "token_type": "Bearer", "expires_in": 3600,
			"heard": string(body), "authorization": r.Header.Get("Authorization"), "nested": map[string]any{"token": secrets["JWT"], "secret": []string{secrets["client secret"]}}})
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{*cast.Server().TLS()}, ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	server.URL = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	t.Cleanup(server.Close)
	return server
}

// TestNoSecretLeavesInAnyFormat runs every case against a server that repeats every secret, so that most cases fail with
// evidence, and looks for the secrets in every format.
func TestNoSecretLeavesInAnyFormat(t *testing.T) {
	t.Parallel()
	cast := builtin.NewCast("canary")
	instance, err := builtin.Start(builtin.Options{Cast: cast})
	if err != nil {
		t.Fatal(err)
	}
	setup := instance.Setup()
	if err := instance.Close(); err != nil { // only its cast is needed
		t.Fatal(err)
	}
	server := parrot(t, cast)
	setup.Target.Issuer, setup.Target.Resolve = server.URL, nil
	for i := range setup.Members {
		if setup.Members[i].Secret != "" {
			setup.Members[i].Secret = canaries()["client secret"]
		}
	}
	profile, _ := scenarios.ProfileNamed("identityserver")
	for _, run := range []struct {
		user  scenarios.User
		terms []string // none: all
		fails int      // at least
	}{
		{scenarios.User{Username: "alice"}, nil, 20},
		{scenarios.User{Username: "alice", Password: canaries()["password"]}, []string{"RT", "EP"}, 5},
	} {
		setup.User = &run.user
		world, err := scenarios.NewWorld(setup)
		if err != nil {
			t.Fatal(err)
		}
		sample := suite.Options{Terms: run.terms}
		if testing.Short() && run.terms == nil {
			sample.Terms = []string{"IDS-PREC", "IDS-THUMB", "IDS-CC", "RT"} // secrets in headers and forms
		}
		outcome, err := scenarios.Suite(world, profile).Run(t.Context(), sample)
		if err != nil {
			t.Fatal(err)
		}
		if outcome.Summary.Fail < run.fails {
			t.Fatalf("the parrot kept too much: %+v %s", outcome.Summary, outcome.Reason)
		}
		leaksNothing(t, outcome)
	}
}

// leaksNothing looks for the secrets in every format of an outcome.
func leaksNothing(t *testing.T, outcome *harness.Outcome) {
	t.Helper()
	for _, format := range append(report.Formats(), report.Format{Name: "go", Write: func(w io.Writer, o *harness.Outcome) error { return json.NewEncoder(w).Encode(o) }}) {
		var text bytes.Buffer
		if err := format.Write(&text, outcome); err != nil {
			t.Fatal(err)
		}
		for name, secret := range canaries() {
			for _, spelling := range leaks(text.Bytes(), secret) {
				t.Errorf("the %s report holds the %s, spelled %s", format.Name, name, spelling)
			}
		}
		if bytes.Contains(text.Bytes(), []byte("PRIVATE KEY")) {
			t.Errorf("the %s report holds a private key", format.Name)
		}
	}
}

func TestLeaksAreFound(t *testing.T) {
	t.Parallel()
	const secret = "canary/secret+of a client?&="
	for _, text := range []string{
		secret, url.QueryEscape(secret), hex.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte("shared:" + secret)), base64.URLEncoding.EncodeToString([]byte("ab" + secret + "c")),
		`{"x":"canary/secret+of a client?\u0026="}`,
	} {
		if len(leaks([]byte("before "+text+" after"), secret)) == 0 {
			t.Errorf("%q is not found", text)
		}
	}
	if found := leaks([]byte("[secret 28 B sha256:9f2c41d0]"), secret); len(found) > 0 {
		t.Errorf("found where there is none: %v", found)
	}
}
