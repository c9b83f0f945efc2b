package fakeidp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mtlscheck/mtlscheck/fakeidp/internal/fourprime"
)

// accessTokenType is the type of JWT access tokens (RFC 9068 §2.1).
const accessTokenType = "at+jwt"

// keyring signs the server's tokens and knows them again.
type keyring struct {
	// alg is the JWS algorithm, typ the type of access tokens that are read again.
	alg, typ string
	// next makes the n-th key that comes after the first.
	next func(n int) *signingKey

	mu   sync.Mutex
	keys []*signingKey // those of the key set; the first signs
	made int           // how many came after the first
}

// signingKey is a key of the server. It is made when it is first needed: making an RSA key takes up to a fifth of a second, and
// many tests need none.
type signingKey struct {
	certificate *x509.Certificate
	create      func() (crypto.Signer, string)

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

func (k *signingKey) load() { k.once.Do(func() { k.key, k.kid = k.create() }) }

// all are the keys of the key set; the first signs.
func (k *keyring) all() []*signingKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range k.keys {
		key.load()
	}
	return slices.Clone(k.keys)
}

// current is the key that signs.
func (k *keyring) current() *signingKey { return k.all()[0] }

// named is the key that has this kid, else the one that signs.
func (k *keyring) named(kid string) *signingKey {
	all := k.all()
	for _, key := range all {
		if key.kid == kid {
			return key
		}
	}
	return all[0]
}

// rotate puts a new key before the others.
func (k *keyring) rotate() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.made++
	k.keys = append([]*signingKey{k.next(k.made)}, k.keys...)
}

// retire leaves only the key that signs.
func (k *keyring) retire() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = k.keys[:1:1]
}

// algorithm is the JWS algorithm of the key.
func (k *keyring) algorithm() string { return k.alg }

// public are the keys as the key set shows them.
func (k *keyring) public() []object {
	var out []object
	for _, key := range k.all() {
		out = append(out, key.public(k.alg))
	}
	return out
}

// public is the key as the key set shows it; members in IdentityServer's order.
func (k *signingKey) public(alg string) object {
	if key, ok := k.key.Public().(*ecdsa.PublicKey); ok {
		return k.publicEC(key, alg)
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
	return jwk.with("alg", alg)
}

// publicEC is an elliptic curve key as JWK (RFC 7518 §6.2).
func (k *signingKey) publicEC(key *ecdsa.PublicKey, alg string) object {
	point, err := key.Bytes()
	if err != nil {
		panic("fakeidp: the signing key is no point: " + err.Error())
	}
	encode := base64.RawURLEncoding.EncodeToString
	half := len(point) / 2
	return object{{"kty", "EC"}, {"use", "sig"}, {"kid", k.kid}, {"crv", key.Params().Name}, {"x", encode(point[1 : 1+half])}, {"y", encode(point[1+half:])},
		{"alg", alg}}
}

// x5t is the SHA-1 thumbprint of the signing certificate in base64url (RFC 7515 §4.1.7).
func (k *signingKey) x5t() string {
	sum := sha1.Sum(k.certificate.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sign makes a JWS in compact form of the two objects, written in this style, with the key that the header names.
func (k *keyring) sign(header, payload object, style jsonStyle) string {
	return compact(k.named(header.text("kid")).key, k.alg, header, payload, style)
}

// compact is a JWS in compact form.
func compact(key crypto.Signer, alg string, header, payload object, style jsonStyle) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode(appendJSON(nil, header, style)) + "." + encode(appendJSON(nil, payload, style))
	a, _ := algorithms(alg)
	h := a.hash.New()
	h.Write([]byte(text))
	sum := h.Sum(nil)
	var signature []byte
	var err error
	switch key := key.(type) {
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
		signature, err = key.Sign(rand.Reader, sum, how)
	}
	if err != nil {
		panic("fakeidp: signing failed: " + err.Error())
	}
	return text + "." + encode(signature)
}

// signed tells whether one of the keys signed a JWS.
func (k *keyring) signed(j *jws) bool {
	return slices.ContainsFunc(k.all(), func(key *signingKey) bool { return j.verifiedBy(key.key.Public()) })
}

// read is an access token that one of the keys signed, nil if it is none.
func (k *keyring) read(text string) *accessToken {
	j, err := parseJWS(text)
	if err != nil || j.header.text("typ") != k.typ {
		return nil
	}
	if !k.signed(j) {
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

// signingKeys are made when they are first needed.
func signingKeys(set *settings, p *profile) (*keyring, error) {
	ring := &keyring{alg: p.signing, typ: accessTokenType}
	if !slices.Contains(p.jwtHeader, "typ") {
		ring.typ = ""
	}
	elliptic := strings.HasPrefix(p.signing, "ES")
	ring.next = func(n int) *signingKey {
		return &signingKey{create: func() (crypto.Signer, string) { return plainKey(set, elliptic, n) }}
	}
	first := ring.next(0)
	if id := set.signing; id != nil {
		_, isRSA := id.Key().(*rsa.PrivateKey)
		if isRSA == elliptic {
			return nil, fmt.Errorf("fakeidp: the key of the signing identity does not fit %s, with which tokens are signed", p.signing)
		}
		c := id.Certificate()
		first = &signingKey{certificate: c, create: func() (crypto.Signer, string) { return id.Key(), thumbprintSHA1(c) + p.signing }}
	}
	ring.keys = []*signingKey{first}
	return ring, nil
}

// plainKey is the n-th key after the first, and its name.
func plainKey(set *settings, elliptic bool, n int) (crypto.Signer, string) {
	seed := set.seed
	if seed != "" && n > 0 {
		seed += "/" + strconv.Itoa(n)
	}
	kid := newSource(seed).hex(16)
	switch {
	case elliptic:
		return ellipticKey(seed, set.clock), kid
	case seed != "":
		return seededKey(seed), kid
	case n == 0:
		return processKey(), kid
	}
	return fourprime.Generate(), kid
}
