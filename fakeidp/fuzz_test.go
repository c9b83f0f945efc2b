package fakeidp

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
)

// FuzzDPoP: any header is a proof or is not, and none is one that nobody signed.
func FuzzDPoP(f *testing.F) {
	encoded := func(parts ...string) string {
		for i := range parts {
			parts[i] = base64URL([]byte(parts[i]))
		}
		return strings.Join(parts, ".")
	}
	const ec = `{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}}`
	claims := `{"jti":"1","htm":"POST","htu":"https://localhost/connect/token","iat":1}`
	for _, s := range []string{
		"", "..", encoded(ec, claims, strings.Repeat("\x01", 64)), encoded(`{"typ":"dpop+jwt","alg":"none","jwk":{}}`, claims, ""),
		encoded(`{"typ":"dpop+jwt","alg":"RS256","jwk":{"kty":"RSA","n":"AQAB","e":"AA"}}`, claims, "\x00"),
		encoded(strings.Replace(ec, `"x":"f`, `"x":"`, 1), claims, strings.Repeat("\x00", 64)), encoded(`{"typ":"dpop+jwt","alg":"HS256","jwk":{"kty":"oct","k":"AA"}}`, claims, "x"),
		encoded(`{"typ":"dpop+jwt","alg":"ES256","jwk":[[[]]]}`, `{"iat":1e999,"jti":{}}`, "x"),
	} {
		f.Add(s)
	}
	d := &decision{request: &request{method: "POST"}, state: newState(nil, ""), now: time.Unix(1, 0)}
	f.Fuzz(func(t *testing.T, text string) {
		if thumbprint, wrong := d.checkProof(text, "https://localhost/connect/token"); wrong == "" {
			t.Fatalf("%q proves %s", text, thumbprint)
		}
	})
}

// FuzzForwarded: any header holds certificates or none, and no more than was sent.
func FuzzForwarded(f *testing.F) {
	der := pki.New(pki.Options{Seed: "fuzz"}).Root("Root").Certificate().Raw
	text := base64.StdEncoding.EncodeToString(der)
	for _, s := range []string{
		"", " ", text, `"` + text + `"`, ":" + text + ":", ":" + text + ":;a=b", ":" + text + ":, :" + text + ":", text[:100], ":" + text[:100] + ":", "::", ":", "-----BEGIN CERTIFICATE-----",
		"-----BEGIN CERTIFICATE-----%0A" + text + "%0A-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE----------END CERTIFICATE-----", "%", "%zz", strings.Repeat(":", 1000),
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, header, chain string) {
		for format := ForwardBase64; format <= ForwardRFC9440; format++ {
			set := &settings{forwardHeader: "Client-Cert", forwardFormat: format, forwardedHeaders: true}
			r := &request{header: http.Header{"Client-Cert": {header}, "Client-Cert-Chain": {chain}, "X-Forwarded-Proto": {header}, "X-Forwarded-Host": {chain}}}
			set.forwarded(r, "127.0.0.1:1")
			for _, c := range r.presented {
				if len(c.Raw) > len(header)+len(chain) {
					t.Fatalf("format %d reads more out of %q, %q than is in it", format, header, chain)
				}
			}
		}
	})
}
