package fakeidp_test

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
	"math/big"
	"strings"
	"sync"
	"time"
)

// makers make the proofs and assertions that a recording describes.
type makers struct {
	proofs map[string]*ecdsa.PrivateKey // k1, k2
	client *rsa.PrivateKey              // jwt-key
	jti    *int
}

func newMakers() (makers, error) {
	m := makers{proofs: map[string]*ecdsa.PrivateKey{}, jti: new(int)}
	for _, name := range []string{"k1", "k2"} {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return m, err
		}
		m.proofs[name] = k
	}
	m.client = clientKey()
	return m, nil
}

// clientKey is the jwt-key of the recordings, made once.
var clientKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwk is the public key that clients register.
func (m makers) jwk() string {
	return fmt.Sprintf(`{"kty":"RSA","e":"%s","n":"%s"}`, encode(big.NewInt(int64(m.client.E)).Bytes()), encode(m.client.N.Bytes()))
}

// thumbprint is the JWK thumbprint (RFC 7638) of a proof key.
func (m makers) thumbprint(name string) (string, bool) {
	k := m.proofs[name]
	if k == nil {
		return "", false
	}
	x, y := coordinates(k)
	sum := sha256.Sum256([]byte(fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, x, y)))
	return encode(sum[:]), true
}

func coordinates(k *ecdsa.PrivateKey) (x, y string) {
	point, err := k.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return encode(point[1:33]), encode(point[33:])
}

// make makes what a placeholder of that name stands for.
func (s *script) make(name string) (string, bool) {
	kind, _, _ := strings.Cut(name, ":")
	v, ok := s.Values[name]
	if !ok {
		return "", false
	}
	*s.makers.jti++
	id := fmt.Sprintf("%s-%d", s.name, *s.makers.jti)
	now := s.now().Unix()
	switch kind {
	case "dpop_proof":
		k := s.makers.proofs[v.Key]
		x, y := coordinates(k)
		payload := map[string]any{"jti": id, "htm": v.HTM, "htu": s.fill(v.HTU), "iat": now}
		for name, over := range v.Over {
			if text, ok := over.(string); ok && strings.HasPrefix(text, "{{now") {
				var offset int64
				if _, err := fmt.Sscanf(text, "{{now%d}}", &offset); err != nil {
					return "", false
				}
				over = now + offset
			}
			payload[name] = over
		}
		header := map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": map[string]any{"kty": "EC", "crv": "P-256", "x": x, "y": y}}
		return signES256(k, header, payload), true
	case "client_assertion":
		header := map[string]any{"alg": v.Alg}
		if v.Typ != "" {
			header["typ"] = v.Typ
		}
		aud := v.Aud
		switch a := v.Aud.(type) {
		case string:
			aud = s.fill(a)
		case []any:
			list := []string{}
			for _, e := range a {
				list = append(list, s.fill(e.(string)))
			}
			aud = list
		}
		payload := map[string]any{"iss": v.Iss, "sub": v.Sub, "aud": aud, "jti": id, "iat": now, "nbf": now, "exp": now + 60}
		text := signRS256(s.makers.client, header, payload)
		if v.Signature != "good" {
			text = text[:strings.LastIndexByte(text, '.')+1] + encode(make([]byte, 256))
		}
		return text, true
	}
	return "", false
}

func signedPart(header, payload map[string]any) string {
	h, _ := json.Marshal(header)
	p, _ := json.Marshal(payload)
	return encode(h) + "." + encode(p)
}

func signES256(k *ecdsa.PrivateKey, header, payload map[string]any) string {
	text := signedPart(header, payload)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + encode(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func signRS256(k *rsa.PrivateKey, header, payload map[string]any) string {
	text := signedPart(header, payload)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + encode(signature)
}

// clock stands still unless the replay moves it, so that one exchange is one moment.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// pass lets time go by.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
