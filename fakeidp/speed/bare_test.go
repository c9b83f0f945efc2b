package speed_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp/internal/fourprime"
)

// bare is the least that gives a bound token: TLS has verified the certificate, so it reads the form, looks the client up
// by thumbprint, signs and writes. Without a key it refuses everybody.
type bare struct {
	clients map[string]string // client_id → x5t#S256
	sign    func(text string) (string, error)
	header  string
}

func newBare(alg string, c cast) (*bare, error) {
	b := &bare{clients: map[string]string{"client": c.client.Thumbprints().X5tS256}}
	encode := base64.RawURLEncoding.EncodeToString
	b.header = encode([]byte(`{"alg":"` + alg + `","kid":"1","typ":"at+jwt"}`))
	switch alg {
	case "":
		return b, nil
	case "ES256":
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		b.sign = func(text string) (string, error) {
			sum := sha256.Sum256([]byte(text))
			r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
			if err != nil {
				return "", err
			}
			signature := make([]byte, 64)
			r.FillBytes(signature[:32])
			s.FillBytes(signature[32:])
			return encode(signature), nil
		}
		return b, err
	case "RS256", usualRSA:
		key, err := newRSA(alg)
		b.sign = func(text string) (string, error) {
			sum := sha256.Sum256([]byte(text))
			signature, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
			return encode(signature), err
		}
		return b, err
	}
	return nil, fmt.Errorf("no algorithm %q", alg)
}

// usualRSA is RS256 with a key of crypto/rsa instead of the kind that the fake has.
const usualRSA = "RS256 crypto/rsa"

func newRSA(alg string) (crypto.Signer, error) {
	if alg == usualRSA {
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return fourprime.Generate(), nil
}

type claims struct {
	Issuer       string            `json:"iss"`
	Subject      string            `json:"sub"`
	Audience     []string          `json:"aud"`
	Client       string            `json:"client_id"`
	Scope        string            `json:"scope"`
	IssuedAt     int64             `json:"iat"`
	Expires      int64             `json:"exp"`
	ID           string            `json:"jti"`
	Confirmation map[string]string `json:"cnf"`
}

type tokenAnswer struct {
	AccessToken string `json:"access_token,omitempty"`
	ExpiresIn   int    `json:"expires_in,omitempty"`
	TokenType   string `json:"token_type,omitempty"`
	Scope       string `json:"scope,omitempty"`
	Error       string `json:"error,omitempty"`
}

func (b *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
	shown := base64.RawURLEncoding.EncodeToString(sum[:])
	id := r.PostFormValue("client_id")
	if registered, ok := b.clients[id]; !ok || registered != shown || b.sign == nil {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(tokenAnswer{Error: "invalid_client"})
		return
	}
	now := time.Now().Unix()
	payload, err := json.Marshal(claims{"https://localhost", id, []string{"api"}, id, r.PostFormValue("scope"), now, now + 3600, rand.Text(), map[string]string{"x5t#S256": shown}})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	text := b.header + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature, err := b.sign(text)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(tokenAnswer{AccessToken: text + "." + signature, ExpiresIn: 3600, TokenType: "Bearer", Scope: "api1"})
}
