package fakeidp

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"sync"

	"github.com/mtlscheck/mtlscheck/fakeidp/internal/fourprime"
)

// Flaw is one way in which a minted token is wrong.
type Flaw struct {
	// Name selects it, such as bad-signature.
	Name string
	// Doc says in one sentence what is wrong with the token.
	Doc              string
	needsCertificate bool
	spoil            func(*minted)
}

// minted is a JWT while it is made.
type minted struct {
	header, payload object
	alg             string
	style           jsonStyle
	key             crypto.Signer
	now             int64
	certificate     *x509.Certificate
	// sign replaces the signature, and after changes the finished text; nil: not so.
	sign  func(signed string) []byte
	after []func(text string) string
}

// text is the finished token.
func (m *minted) text() string {
	text := compact(m.key, m.alg, m.header, m.payload, m.style)
	if m.sign != nil {
		body := text[:strings.LastIndexByte(text, '.')]
		text = body + "." + base64URL(m.sign(body))
	}
	for _, change := range m.after {
		text = change(text)
	}
	return text
}

func (m *minted) claim(name string, value any) { m.payload = m.payload.set(name, value) }
func (m *minted) member(name string, value any) {
	m.header = m.header.set(name, value)
}
func (m *minted) confirm(thumbprint string) {
	m.claim("cnf", object{{"x5t#S256", thumbprint}})
}

// anHour is more than any reasonable tolerance for clocks.
const anHour = 3600

// Flaws are all flaws, in the order in which they are documented.
func Flaws() []Flaw {
	return []Flaw{
		{"expired", "The token ran out an hour ago.", false, func(m *minted) {
			m.claim("nbf", m.now-2*anHour)
			m.claim("iat", m.now-2*anHour)
			m.claim("exp", m.now-anHour)
		}},
		{"not-yet-valid", "The token is good from an hour on.", false, func(m *minted) {
			m.claim("nbf", m.now+anHour)
			m.claim("exp", m.now+2*anHour)
		}},
		{"no-exp", "The token does not say when it runs out.", false, func(m *minted) { m.payload = m.payload.drop("exp") }},
		{"other-issuer", "The token names another issuer.", false, func(m *minted) { m.claim("iss", "https://other.invalid") }},
		{"no-issuer", "The token names no issuer.", false, func(m *minted) { m.payload = m.payload.drop("iss") }},
		{"other-audience", "The token is for another API.", false, func(m *minted) { m.claim("aud", "https://other.invalid/api") }},
		{"no-audience", "The token names no API.", false, func(m *minted) { m.payload = m.payload.drop("aud") }},
		{"other-type", "The token is not of the type of access tokens.", false, func(m *minted) { m.member("typ", "JWT") }},

		{"bad-signature", "One bit of the signature is wrong.", false, func(m *minted) {
			m.after = append(m.after, func(text string) string {
				j, err := parseJWS(text)
				if err != nil || len(j.signature) == 0 {
					return text
				}
				j.signature[len(j.signature)/2] ^= 1
				return j.signed + "." + base64URL(j.signature)
			})
		}},
		{"changed-claims", "A claim was added after the token was signed.", false, func(m *minted) {
			m.after = append(m.after, func(text string) string {
				parts := strings.Split(text, ".")
				parts[1] = base64URL(appendJSON(nil, m.payload.with("admin", true), m.style))
				return strings.Join(parts, ".")
			})
		}},
		{"no-signature", "The signature is missing.", false, func(m *minted) { m.sign = func(string) []byte { return nil } }},
		{"alg-none", "The header says that there is no signature, and there is none.", false, func(m *minted) {
			m.member("alg", "none")
			m.sign = func(string) []byte { return nil }
		}},
		{"alg-hs256", "The token is signed by HMAC with the public key as its secret.", false, func(m *minted) {
			m.member("alg", "HS256")
			der, err := x509.MarshalPKIXPublicKey(m.key.Public())
			if err != nil {
				panic("fakeidp: the signing key: " + err.Error())
			}
			secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
			m.sign = func(text string) []byte {
				mac := hmac.New(sha256.New, secret)
				mac.Write([]byte(text))
				return mac.Sum(nil)
			}
		}},
		{"foreign-key", "The token is signed with a key that is not in the key set, under the name of one that is.", false, func(m *minted) { m.key = foreignKey(m.key) }},
		{"key-in-header", "The token is signed with a foreign key, which it brings along in its header.", false, func(m *minted) {
			m.key = foreignKey(m.key)
			jwk := (&signingKey{key: m.key}).public(m.alg)
			m.member("jwk", jwk.drop("kid"))
			m.header = m.header.drop("kid")
		}},
		{"unknown-kid", "The header names a key that is not in the key set.", false, func(m *minted) { m.member("kid", "unknown") }},
		{"no-kid", "The header names no key.", false, func(m *minted) { m.header = m.header.drop("kid") }},
		{"unknown-critical", "The header has a critical member that nobody knows.", false, func(m *minted) {
			m.member("crit", []string{"urn:example:unknown"})
			m.member("urn:example:unknown", true)
		}},

		{"no-cnf", "The token does not say what it is bound to.", true, func(m *minted) { m.payload = m.payload.drop("cnf") }},
		{"other-cnf", "The token is bound to another certificate.", true, func(m *minted) {
			sum := sha256.Sum256(append([]byte("other"), m.certificate.Raw...))
			m.confirm(base64URL(sum[:]))
		}},
		{"cnf-in-hex", "The thumbprint is written in hexadecimal.", true, func(m *minted) {
			sum := sha256.Sum256(m.certificate.Raw)
			m.confirm(hex.EncodeToString(sum[:]))
		}},
		{"cnf-of-pem", "The thumbprint is that of the PEM, not of the DER.", true, func(m *minted) {
			sum := sha256.Sum256(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.certificate.Raw}))
			m.confirm(base64URL(sum[:]))
		}},
		{"empty-cnf", "The claim cnf is an empty object.", true, func(m *minted) { m.claim("cnf", object{}) }},
		{"two-cnf", "The claim cnf stands there twice: first for another certificate, then for the right one.", true, func(m *minted) {
			sum := sha256.Sum256(append([]byte("other"), m.certificate.Raw...))
			m.payload = append(object{{"cnf", object{{"x5t#S256", base64URL(sum[:])}}}}, m.payload...)
		}},

		{"truncated", "The second half of the token is missing.", false, func(m *minted) {
			m.after = append(m.after, func(text string) string { return text[:len(text)/2] })
		}},
		{"four-parts", "The token has a part too many.", false, func(m *minted) {
			m.after = append(m.after, func(text string) string { return text + "." })
		}},
		{"not-json", "The claims are no JSON, and are signed all the same.", false, func(m *minted) {
			m.payload = append(object{{"a", written("b")}}, m.payload...)
		}},
	}
}

// FlawNamed finds a flaw by its name.
func FlawNamed(name string) (Flaw, bool) {
	for _, f := range Flaws() {
		if f.Name == name {
			return f, true
		}
	}
	return Flaw{}, false
}

// foreignRSAKey is nobody's.
var foreignRSAKey = sync.OnceValue(fourprime.Generate)

// foreignKey is a key of the same kind that no server has.
func foreignKey(own crypto.Signer) crypto.Signer {
	if _, ok := own.Public().(*rsa.PublicKey); ok {
		return foreignRSAKey()
	}
	return ellipticKey("", nil)
}
