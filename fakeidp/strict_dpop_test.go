package fakeidp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// proofKey makes DPoP proofs.
type proofKey struct {
	testing.TB
	key  *ecdsa.PrivateKey
	jti  atomic.Int64
	x, y string
}

func newProofKey(t testing.TB) *proofKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return &proofKey{TB: t, key: key, x: encode(point[1:33]), y: encode(point[33:])}
}

// thumbprint is the one of RFC 7638.
func (k *proofKey) thumbprint() string {
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + k.x + `","y":"` + k.y + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// proves is a proof for a request, with these further claims.
func (k *proofKey) proves(method, address string, more ...string) string {
	k.Helper()
	claims := map[string]any{"htm": method, "htu": address, "iat": time.Now().Unix(), "jti": k.x + strconv.FormatInt(k.jti.Add(1), 10)}
	for i := 0; i+1 < len(more); i += 2 {
		claims[more[i]] = more[i+1]
	}
	var text []string
	for _, part := range []any{map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": map[string]string{"kty": "EC", "crv": "P-256", "x": k.x, "y": k.y}}, claims} {
		b, err := json.Marshal(part)
		if err != nil {
			k.Fatal(err)
		}
		text = append(text, base64.RawURLEncoding.EncodeToString(b))
	}
	sum := sha256.Sum256([]byte(strings.Join(text, ".")))
	r, s, err := ecdsa.Sign(rand.Reader, k.key, sum[:])
	if err != nil {
		k.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return strings.Join(append(text, base64.RawURLEncoding.EncodeToString(signature)), ".")
}

// TestStrictServerTakesProofsBesideCertificates: a client that authenticates by certificate may bind its token to another key.
func TestStrictServerTakesProofsBesideCertificates(t *testing.T) {
	t.Parallel()
	l, idp := userLab(t, fakeidp.Clients(
		fakeidp.Client{ID: "prover", Secrets: []fakeidp.Secret{fakeidp.Name(clientName)}, Scopes: []string{"api1"}, RequireDPoP: true},
		fakeidp.Client{ID: "wants-both", Secrets: []fakeidp.Secret{fakeidp.Name(clientName)}, Scopes: []string{"api1"}, Bound: true}))
	k, other := newProofKey(t), newProofKey(t)
	at := idp.MTLSURL + "/token"
	used := k.proves("POST", at)
	for _, c := range []struct {
		name, id, proof, code string
	}{
		{"a proof", "named", used, ""},
		{"the same proof", "named", used, "invalid_dpop_proof"},
		{"for the plain endpoint", "named", k.proves("POST", idp.URL+"/token"), "invalid_dpop_proof"},
		{"for another method", "named", k.proves("GET", at), "invalid_dpop_proof"},
		{"cut", "named", used[:len(used)-4] + "AAAA", "invalid_dpop_proof"},
		{"needed and sent", "prover", k.proves("POST", at), ""},
		{"needed and not sent", "prover", "", "invalid_dpop_proof"},
		{"beside a wish for the certificate", "wants-both", k.proves("POST", at), "invalid_request"},
	} {
		r := put(t, idp, question{to: at, shows: l.client.TLS(), dpop: c.proof, form: grant(c.id)})
		if r.oauthError() != c.code {
			t.Errorf("%s: %d %s, want %q", c.name, r.status, r.text, c.code)
			continue
		}
		if c.code != "" {
			continue
		}
		_, claims, err := decoded(text(r, "access_token"))
		if err != nil || r.body["token_type"] != "DPoP" || !reflect.DeepEqual(claims["cnf"], map[string]any{"jkt": k.thumbprint()}) {
			t.Errorf("%s: %v %v %s", c.name, err, claims, r.text)
		}
		told := put(t, idp, question{to: idp.URL + "/introspect", basic: [2]string{"api", "of-the-api"}, form: url.Values{"token": {text(r, "access_token")}}})
		if told.body["token_type"] != "DPoP" {
			t.Errorf("%s: introspection says %s", c.name, told.text)
		}
	}

	got := put(t, idp, question{to: idp.URL + "/token", dpop: k.proves("POST", idp.URL+"/token"), form: signsIn(t, idp, "app-public")})
	access := text(got, "access_token")
	sum := sha256.Sum256([]byte(access))
	ath := base64.RawURLEncoding.EncodeToString(sum[:])
	info := idp.URL + "/userinfo"
	for _, c := range []struct {
		name, scheme, proof string
		status              int
	}{
		{"with a proof", "DPoP", k.proves("POST", info, "ath", ath), 200},
		{"with another's proof", "DPoP", other.proves("POST", info, "ath", ath), 401},
		{"with a proof for another token", "DPoP", k.proves("POST", info, "ath", "x"), 401},
		{"without a proof", "DPoP", "", 401},
		{"as a bearer token", "Bearer", k.proves("POST", info, "ath", ath), 401},
	} {
		if r := put(t, idp, question{to: info, authorization: c.scheme + " " + access, dpop: c.proof, form: url.Values{}}); r.status != c.status {
			t.Errorf("userinfo %s: %d %s, want %d", c.name, r.status, r.text, c.status)
		}
	}
	refresh := func(proof string) reply {
		return put(t, idp, question{to: idp.URL + "/token", dpop: proof, form: form("refresh_token", "app-public", "refresh_token", text(got, "refresh_token"))})
	}
	if r := refresh(other.proves("POST", idp.URL+"/token")); r.oauthError() != "invalid_grant" {
		t.Errorf("refresh with another's proof: %d %s", r.status, r.text)
	}
	if r := refresh(""); r.oauthError() != "invalid_grant" {
		t.Errorf("refresh without a proof: %d %s", r.status, r.text)
	}
	if r := refresh(k.proves("POST", idp.URL+"/token")); r.status != 200 || r.body["token_type"] != "DPoP" {
		t.Errorf("refresh with its proof: %d %s", r.status, r.text)
	}
}
