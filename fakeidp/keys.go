package fakeidp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"sync"

	"github.com/mtlscheck/mtlscheck/fakeidp/internal/fourprime"
)

// accessTokenType is the type of JWT access tokens (RFC 9068 §2.1).
const accessTokenType = "at+jwt"

// keyring signs the server's tokens and knows them again. The key is made when it is first needed: making an RSA key
// takes up to a fifth of a second, and many tests need none.
type keyring struct {
	certificate *x509.Certificate
	create      func() (crypto.Signer, string)
	// alg is the JWS algorithm, typ the type of access tokens that are read again.
	alg, typ string

	once sync.Once
	key  crypto.Signer
	kid  string
}

// processKey is the RSA key that every server of this process without a seed signs with; it dies with the process.
var processKey = sync.OnceValue(fourprime.Generate)

// seededKey is the RSA key of a seed.
func seededKey(seed string) crypto.Signer {
	return fourprime.From(&stream{source: newSource("token signing key " + seed)})
}

// stream reads a source as bytes without end.
type stream struct {
	*source
	rest []byte
}

func (s *stream) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		if len(s.rest) == 0 {
			s.rest = s.bytes(32)
		}
		k := copy(b[n:], s.rest)
		n, s.rest = n+k, s.rest[k:]
	}
	return n, nil
}

func (k *keyring) load() {
	k.once.Do(func() { k.key, k.kid = k.create() })
}

// algorithm is the JWS algorithm of the key.
func (k *keyring) algorithm() string { return k.alg }

// public is the key as the key set shows it; members in IdentityServer's order.
func (k *keyring) public() object {
	k.load()
	if key, ok := k.key.Public().(*ecdsa.PublicKey); ok {
		return k.publicEC(key)
	}
	key := k.key.Public().(*rsa.PublicKey)
	jwk := object{{"kty", "RSA"}, {"use", "sig"}, {"kid", k.kid}}
	if k.certificate != nil {
		jwk = jwk.with("x5t", k.x5t())
	}
	jwk = jwk.with("e", base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())).
		with("n", base64.RawURLEncoding.EncodeToString(key.N.Bytes()))
	if k.certificate != nil {
		jwk = jwk.with("x5c", []string{base64.StdEncoding.EncodeToString(k.certificate.Raw)})
	}
	return jwk.with("alg", k.algorithm())
}

// publicEC is an elliptic curve key as JWK (RFC 7518 §6.2).
func (k *keyring) publicEC(key *ecdsa.PublicKey) object {
	point, err := key.Bytes()
	if err != nil {
		panic("fakeidp: the signing key is no point: " + err.Error())
	}
	encode := base64.RawURLEncoding.EncodeToString
	half := len(point) / 2
	return object{{"kty", "EC"}, {"use", "sig"}, {"kid", k.kid}, {"crv", key.Params().Name}, {"x", encode(point[1 : 1+half])}, {"y", encode(point[1+half:])},
		{"alg", k.algorithm()}}
}

// x5t is the SHA-1 thumbprint of the signing certificate in base64url (RFC 7515 §4.1.7).
func (k *keyring) x5t() string {
	sum := sha1.Sum(k.certificate.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sign makes a JWS in compact form of the two objects, written in this style.
func (k *keyring) sign(header, payload object, style jsonStyle) string {
	k.load()
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode(appendJSON(nil, header, style)) + "." + encode(appendJSON(nil, payload, style))
	a, _ := algorithms(k.algorithm())
	h := a.hash.New()
	h.Write([]byte(signed))
	sum := h.Sum(nil)
	var signature []byte
	var err error
	switch key := k.key.(type) {
	case *ecdsa.PrivateKey:
		r, s, e := ecdsa.Sign(rand.Reader, key, sum)
		if err = e; err == nil {
			signature = append(r.FillBytes(make([]byte, a.size)), s.FillBytes(make([]byte, a.size))...)
		}
	default:
		var how crypto.SignerOpts = a.hash
		if a.pss {
			how = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.hash}
		}
		signature, err = k.key.Sign(rand.Reader, sum, how)
	}
	if err != nil {
		panic("fakeidp: signing failed: " + err.Error())
	}
	return signed + "." + encode(signature)
}

// read is an access token that this key signed, nil if it is none.
func (k *keyring) read(text string) *accessToken {
	j, err := parseJWS(text)
	if err != nil || j.header.text("typ") != k.typ {
		return nil
	}
	k.load()
	if !j.verifiedBy(k.key.Public()) {
		return nil
	}
	p := j.payload
	t := &accessToken{issuer: p.text("iss"), clientID: p.text("client_id"), id: p.text("jti"), subject: p.text("sub"), session: p.text("sid")}
	t.notBefore, _ = p.seconds("nbf")
	t.issuedAt, _ = p.seconds("iat")
	t.expires, _ = p.seconds("exp")
	t.authTime, _ = p.seconds("auth_time")
	t.audiences, t.scopes, t.methods = p.list("aud", ""), p.list("scope", " "), p.list("amr", "")
	t.confirmation, _ = p.get("cnf")
	t.actor, _ = p.get("act")
	return t
}
