package scenarios

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/pki"
)

// A KeyWriting is a way to write a JSON Web Key other than the one that conveys the certificate rightly. For each there is
// a role jwk:<name>, whose client is registered so. Servers that register thumbprints, as IdentityServer, have no such roles.
type KeyWriting struct {
	Name  string // "bare"
	Doc   string // what is different
	Write func(key, other map[string]any)
}

// KeyWritings are written from the key of the identity alone; other is the key of alone-2.
func KeyWritings() []KeyWriting {
	return []KeyWriting{
		{"bare", "without x5c: a key, and no certificate", func(key, _ map[string]any) {
			delete(key, "x5c")
			delete(key, "x5t#S256")
		}},
		{"mixed-up", "with the members of another key than that of the certificate in x5c", func(key, other map[string]any) {
			for _, member := range []string{"kty", "crv", "x", "y", "n", "e"} {
				delete(key, member)
				if value, has := other[member]; has {
					key[member] = value
				}
			}
		}},
		{"two-certificates", "with a second certificate in x5c that has nothing to do with the first", func(key, other map[string]any) {
			key["x5c"] = slices.Concat(key["x5c"].([]string), other["x5c"].([]string))
		}},
		{"declared-thumbprints", "with x5t and x5t#S256 of another certificate than that in x5c", func(key, other map[string]any) {
			der, _ := base64.StdEncoding.DecodeString(other["x5c"].([]string)[0]) // jsonWebKey encoded it
			sum := sha1.Sum(der)
			key["x5t"], key["x5t#S256"] = base64.RawURLEncoding.EncodeToString(sum[:]), other["x5t#S256"]
		}},
		{"base64url", "with x5c in base64url, where RFC 7517 wants base64", func(key, _ map[string]any) {
			plain := key["x5c"].([]string)[0]
			key["x5c"] = []string{strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(plain), "=")}
		}},
		{"for-encryption", `with "use":"enc": a key for encryption`, func(key, _ map[string]any) { key["use"] = "enc" }},
	}
}

// keyRoles are the roles whose registration is written in one of the KeyWritings.
func keyRoles() []RoleSpec {
	var out []RoleSpec
	for _, k := range KeyWritings() {
		out = append(out, RoleSpec{Role: harness.Role("jwk:" + k.Name), Doc: "a client registered with a JSON Web Key " + k.Doc, Certificate: "alone",
			Registration: Registration{ClientID: "mtls.jwk." + k.Name, Credentials: []Credential{{Kind: ByCertificate, Of: "alone", Key: k.Name}}}})
	}
	return out
}

// PossibleAt reports whether a product knows this kind of registration: some are a product's own, and IdentityServer
// registers thumbprints, not JSON Web Keys; not every product registers alternative names. An unknown product (empty, or auto)
// may know all.
func (r Registration) PossibleAt(product string) bool {
	if product == "" || product == "auto" {
		return true
	}
	if slices.ContainsFunc(r.Credentials, func(c Credential) bool {
		return product == "identityserver" && c.Key != "" || c.Kind.alternative() && !c.Kind.registeredAt(product)
	}) {
		return false
	}
	return len(r.Products) == 0 || slices.Contains(r.Products, product)
}

// WrittenKey is the JSON Web Key with which a certificate is registered (RFC 8705 §2.2.2, RFC 7517 §4.7), as JSON. named
// finds identities by name.
func WrittenKey(c Credential, named func(string) (*pki.Identity, error)) (string, error) {
	id, err := named(c.Of)
	if err != nil {
		return "", err
	}
	key, err := jsonWebKey(id)
	if err != nil {
		return "", err
	}
	if c.Key != "" {
		i := slices.IndexFunc(KeyWritings(), func(k KeyWriting) bool { return k.Name == c.Key })
		if i < 0 {
			return "", fmt.Errorf("there is no way %q to write a JSON Web Key", c.Key)
		}
		second, err := named("alone-2")
		if err != nil {
			return "", err
		}
		other, err := jsonWebKey(second)
		if err != nil {
			return "", err
		}
		KeyWritings()[i].Write(key, other)
	}
	out, err := json.Marshal(key)
	return string(out), err
}

// jsonWebKey is the key of an identity, conveying its certificate.
func jsonWebKey(id *pki.Identity) (map[string]any, error) {
	if err := id.Err(); err != nil {
		return nil, err
	}
	cert := id.Certificate()
	if cert == nil {
		return nil, fmt.Errorf("the certificate of %s cannot be read", id.Name())
	}
	number := func(n *big.Int, size int) string {
		return base64.RawURLEncoding.EncodeToString(n.FillBytes(make([]byte, size)))
	}
	key := map[string]any{"x5c": []string{base64.StdEncoding.EncodeToString(id.DER())}, "x5t#S256": id.Thumbprints().X5tS256}
	switch public := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		key["kty"], key["n"] = "RSA", number(public.N, (public.N.BitLen()+7)/8)
		e := big.NewInt(int64(public.E))
		key["e"] = number(e, (e.BitLen()+7)/8)
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return nil, err
		}
		half := len(point) / 2 // one byte 04, then both coordinates
		key["kty"], key["crv"] = "EC", public.Params().Name
		key["x"], key["y"] = base64.RawURLEncoding.EncodeToString(point[1:1+half]), base64.RawURLEncoding.EncodeToString(point[1+half:])
	case ed25519.PublicKey:
		key["kty"], key["crv"], key["x"] = "OKP", "Ed25519", base64.RawURLEncoding.EncodeToString(public)
	default:
		return nil, fmt.Errorf("%s has a key of a kind that no JSON Web Key can say", id.Name())
	}
	return key, nil
}
