package fakeidp_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
)

// reader is an API that reads tokens as RFC 9068 and RFC 8705 ask, written apart from the server.
type reader struct {
	issuer, audience string
	kid              string
	key              *rsa.PublicKey
	now              time.Time
	certificate      *x509.Certificate
}

// complaints are everything that is wrong with a token.
func (v *reader) complaints(token string) []string {
	var out []string
	say := func(wrong bool, what string) {
		if wrong {
			out = append(out, what)
		}
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return []string{fmt.Sprint("parts ", len(parts))}
	}
	var header map[string]any
	var claims map[string]json.RawMessage
	for i, into := range []any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(text, into) != nil {
			return []string{"json"}
		}
		if i == 1 {
			say(strings.Count(string(text), `"cnf":`) > 1, "cnf twice")
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	say(err != nil || rsa.VerifyPKCS1v15(v.key, crypto.SHA256, sum[:], signature) != nil, "signature")
	say(header["alg"] != "RS256", "alg")
	say(header["kid"] != v.kid, "kid")
	say(header["typ"] != "at+jwt", "typ")
	say(header["jwk"] != nil, "jwk")
	say(header["crit"] != nil, "crit")

	number := func(name string) int64 {
		var n int64
		_ = json.Unmarshal(claims[name], &n)
		return n
	}
	say(string(claims["iss"]) != `"`+v.issuer+`"`, "iss")
	say(string(claims["aud"]) != `"`+v.audience+`"`, "aud")
	say(number("exp") <= v.now.Unix(), "exp")
	say(number("nbf") > v.now.Unix(), "nbf")
	var cnf map[string]string
	_ = json.Unmarshal(claims["cnf"], &cnf)
	say(cnf["x5t#S256"] != x5t(v.certificate), "cnf")
	say(claims["admin"] != nil, "admin")
	return out
}

// rsaKey is the first key of the key set.
func rsaKey(t *testing.T, idp *fakeidp.Server) (kid string, key *rsa.PublicKey) {
	t.Helper()
	res, err := client(idp, nil).Get(idp.URL + "/.well-known/openid-configuration/jwks")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var set struct{ Keys []struct{ Kid, N, E string } }
	if err := json.NewDecoder(res.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	integer := func(text string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(b)
	}
	return set.Keys[0].Kid, &rsa.PublicKey{N: integer(set.Keys[0].N), E: int(integer(set.Keys[0].E).Int64())}
}

// TestMintsFlawedTokens: a right token draws no complaint, and each flaw exactly its own.
func TestMintsFlawedTokens(t *testing.T) {
	t.Parallel()
	start := time.Now()
	idp, _, alice := company(t, introspecting(), fakeidp.Clock(func() time.Time { return start }))
	kid, key := rsaKey(t, idp)
	v := &reader{issuer: idp.URL, audience: "api", kid: kid, key: key, now: idp.Now(), certificate: alice.Certificate()}
	right := fakeidp.Token{Client: "app", Certificate: alice.Certificate()}
	token, err := idp.Mint(right)
	if got := v.complaints(token); err != nil || len(got) > 0 {
		t.Fatalf("a right token: %v, %v", got, err)
	}
	if !active(t, idp, token) {
		t.Error("introspection does not know the token")
	}
	wrong := map[string][]string{
		"expired": {"exp"}, "not-yet-valid": {"nbf"}, "no-exp": {"exp"}, "other-issuer": {"iss"}, "no-issuer": {"iss"},
		"other-audience": {"aud"}, "no-audience": {"aud"}, "other-type": {"typ"},
		"bad-signature": {"signature"}, "changed-claims": {"signature", "admin"}, "no-signature": {"signature"},
		"alg-none": {"signature", "alg"}, "alg-hs256": {"signature", "alg"}, "foreign-key": {"signature"},
		"key-in-header": {"signature", "kid", "jwk"}, "unknown-kid": {"kid"}, "no-kid": {"kid"}, "unknown-critical": {"crit"},
		"no-cnf": {"cnf"}, "other-cnf": {"cnf"}, "cnf-in-hex": {"cnf"}, "cnf-of-pem": {"cnf"}, "empty-cnf": {"cnf"}, "two-cnf": {"cnf twice"},
		"truncated": {"parts 2"}, "four-parts": {"parts 4"}, "not-json": {"json"},
	}
	for _, f := range fakeidp.Flaws() {
		token, err := idp.Mint(right, f)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		if diff := cmp.Diff(wrong[f.Name], v.complaints(token)); diff != "" || wrong[f.Name] == nil {
			t.Errorf("%s: complaints (- want, + got):\n%s", f.Name, diff)
		}
		delete(wrong, f.Name)
		if named, ok := fakeidp.FlawNamed(f.Name); !ok || named.Doc != f.Doc {
			t.Errorf("%s is not found by its name", f.Name)
		}
	}
	if len(wrong) > 0 {
		t.Errorf("no flaw makes %v", wrong)
	}
}

// TestMintsKeyConfusion: the token that is signed by HMAC verifies with the PEM of the public key, else it would attack nobody.
func TestMintsKeyConfusion(t *testing.T) {
	t.Parallel()
	idp, _, _ := company(t)
	_, key := rsaKey(t, idp)
	flaw, _ := fakeidp.FlawNamed("alg-hs256")
	token, err := idp.Mint(fakeidp.Token{Client: "app"}, flaw)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndexByte(token, '.')
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(token[:at]))
	if got := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)); got != token[at+1:] {
		t.Errorf("signature %s, want %s", token[at+1:], got)
	}
}

func TestMintsWhatIsAsked(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"is4-4.1", "5.2", "7.4", "rfc8705"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			idp, _, _ := company(t, fakeidp.Version(version))
			token, err := idp.Mint(fakeidp.Token{Client: "x", Subject: "42", Scopes: []string{"s1", "s2"}, Audience: []string{"a"}, Lifetime: time.Minute,
				Claims: map[string]any{"role": []string{"admin"}, "tenant": map[string]int{"id": 7}, "jti": nil}})
			if err != nil {
				t.Fatal(err)
			}
			claims := tokenPart(t, token, 1)
			if got := claims["exp"].(float64) - claims["iat"].(float64); got != 60 {
				t.Errorf("lifetime %v", got)
			}
			want := map[string]any{"iss": idp.URL, "aud": "a", "client_id": "x", "sub": "42", "role": []any{"admin"}, "tenant": map[string]any{"id": 7.0}}
			for name, value := range want {
				if diff := cmp.Diff(value, claims[name]); diff != "" {
					t.Errorf("%s (- want, + got):\n%s", name, diff)
				}
			}
			if _, there := claims["jti"]; there || !slices.Contains([]string{"s1 s2", "[s1 s2]"}, fmt.Sprint(claims["scope"])) {
				t.Errorf("claims %v", claims)
			}
		})
	}
}

func TestMintRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	idp, _, alice := company(t, introspecting())
	noCnf, _ := fakeidp.FlawNamed("no-cnf")
	for name, try := range map[string]func() (string, error){
		"a flaw of cnf without a certificate": func() (string, error) { return idp.Mint(fakeidp.Token{Client: "app"}, noCnf) },
		"a flaw of nothing":                   func() (string, error) { return idp.Mint(fakeidp.Token{}, fakeidp.Flaw{Name: "x"}) },
		"a reference with a flaw": func() (string, error) {
			return idp.Mint(fakeidp.Token{Reference: true, Certificate: alice.Certificate()}, noCnf)
		},
		"a claim that JSON cannot say": func() (string, error) { return idp.Mint(fakeidp.Token{Claims: map[string]any{"f": func() {}}}) },
	} {
		if token, err := try(); err == nil {
			t.Errorf("%s: %s", name, token)
		}
	}
	handle, err := idp.Mint(fakeidp.Token{Client: "app", Reference: true, Certificate: alice.Certificate()})
	if err != nil || strings.Contains(handle, ".") || !active(t, idp, handle) {
		t.Errorf("reference %q, %v", handle, err)
	}
	status, body := ask(t, client(idp, nil), idp.URL+"/connect/introspect", map[string][]string{"token": {handle}, "client_id": {"api"}, "client_secret": {"x"}})
	if status != http.StatusOK || !strings.Contains(body, pki.ThumbprintsOf(alice.Certificate().Raw).X5tS256) {
		t.Errorf("introspection: %d %s", status, body)
	}
}
