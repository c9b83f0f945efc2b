package scenarios

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// proving adds a DPoP proof by a new key to a question (RFC 9449 §4.2), with the nonce that the server gave, if it gave one.
func (w *World) proving(nonce string) change {
	ginkgo.GinkgoHelper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.Inconclusive("no key can be made: " + err.Error())
	}
	return func(q *wire.Question) {
		point, _ := key.PublicKey.Bytes() // 4, x, y: it is on the curve
		claims := map[string]any{"jti": rand.Text(), "htm": "POST", "htu": q.URL, "iat": time.Now().Unix()}
		if nonce != "" {
			claims["nonce"] = nonce
		}
		text := compactPart(map[string]any{"typ": "dpop+jwt", "alg": "ES256",
			"jwk": map[string]string{"kty": "EC", "crv": "P-256", "x": base64URL(point[1:33]), "y": base64URL(point[33:])}}) + "." + compactPart(claims)
		digest := sha256.Sum256([]byte(text))
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			return
		}
		signature := make([]byte, 64)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		header("DPoP", text+"."+base64URL(signature))(q)
	}
}

func compactPart(v map[string]any) string {
	text, _ := json.Marshal(v)
	return base64URL(text)
}

func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// confirmOneKey: cnf names one key (RFC 7800 §3.1), the certificate's or the proof's; or the server wants no proof beside a certificate.
func confirmOneKey() types.GomegaMatcher {
	return suite.Check("a token with one key in cnf, x5t#S256 or jkt, or an error", func(a suite.Answer) suite.Finding {
		var cnf map[string]json.RawMessage
		raw, there := a.Claims["cnf"]
		switch {
		case a.AccessToken() == "" && turnedAway(a) && a.Error() != "":
			return suite.HoldsAs("a proof beside a certificate is refused: " + a.String())
		case a.AccessToken() == "":
			return suite.Unclear("neither a token nor an error of OAuth: " + a.String())
		case a.Claims == nil:
			return suite.Unclear("the access token is no JWT, and introspection did not tell what it is bound to")
		case !there:
			return suite.HoldsAs("a token that is bound to nothing")
		case json.Unmarshal(raw, &cnf) != nil:
			return suite.Unclear("cnf is no object: " + string(raw))
		}
		_, certificate := cnf["x5t#S256"]
		_, proof := cnf["jkt"]
		switch {
		case certificate && proof:
			return suite.Broken("cnf %s, which names two keys", raw)
		case proof:
			return suite.HoldsAs("bound to the key of the proof")
		}
		return suite.HoldsAs("bound to the certificate")
	})
}
