package pki

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

// A JWK is the public key of a certificate as JSON Web Key (RFC 7517), with the certificate in x5c.
type JWK struct {
	KeyType string   `json:"kty"`
	Use     string   `json:"use,omitempty"`
	ID      string   `json:"kid,omitempty"`
	Curve   string   `json:"crv,omitempty"`
	X       string   `json:"x,omitempty"`
	Y       string   `json:"y,omitempty"`
	N       string   `json:"n,omitempty"`
	E       string   `json:"e,omitempty"`
	X5c     []string `json:"x5c,omitempty"`      // standard base64, unlike all else
	X5t     string   `json:"x5t,omitempty"`      // SHA-1
	X5tS256 string   `json:"x5t#S256,omitempty"` // SHA-256
}

// A JWKS is a JSON Web Key Set, as a client registers it for self_signed_tls_client_auth (RFC 8705 §2.2.2).
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// JWK returns the key and certificate for a registration; its kid is the certificate's x5t#S256. It fails for keys that
// Go cannot read.
func (i *Identity) JWK() (JWK, error) {
	m, err := i.made()
	if err != nil {
		return JWK{}, err
	}
	if m.key == nil && m.cert == nil {
		return JWK{}, fmt.Errorf("the public key of %s cannot be read", i.Name())
	}
	var public any
	if m.key != nil {
		public = m.key.Public()
	} else {
		public = m.cert.PublicKey
	}
	k, err := PublicJWK(public)
	if err != nil {
		return JWK{}, fmt.Errorf("%s: %w", i.Name(), err)
	}
	t := ThumbprintsOf(m.der)
	sum, err := hex.DecodeString(t.SHA1Lower)
	if err != nil {
		return JWK{}, err
	}
	k.Use, k.ID, k.X5tS256 = "sig", t.X5tS256, t.X5tS256
	k.X5t = base64.RawURLEncoding.EncodeToString(sum)
	k.X5c = []string{base64.StdEncoding.EncodeToString(m.der)}
	return k, nil
}

// PublicJWK writes a public key without a certificate: kty and the members of RFC 7518 §6 or RFC 8037. It fails for keys that
// are neither RSA, ECDSA nor Ed25519.
func PublicJWK(public any) (JWK, error) {
	b64 := base64.RawURLEncoding.EncodeToString
	switch p := public.(type) {
	case *ecdsa.PublicKey:
		point, err := p.Bytes() // 04, x, y
		if err != nil {
			return JWK{}, err
		}
		half := (len(point) - 1) / 2
		return JWK{KeyType: "EC", Curve: p.Params().Name, X: b64(point[1 : 1+half]), Y: b64(point[1+half:])}, nil
	case *rsa.PublicKey:
		return JWK{KeyType: "RSA", N: b64(p.N.Bytes()), E: b64(big.NewInt(int64(p.E)).Bytes())}, nil
	case ed25519.PublicKey:
		return JWK{KeyType: "OKP", Curve: "Ed25519", X: b64(p)}, nil
	}
	return JWK{}, fmt.Errorf("a key of type %T has no JSON Web Key", public)
}

// JWKSOf writes the keys of several identities as a JSON Web Key Set.
func JWKSOf(ids ...*Identity) ([]byte, error) {
	set := JWKS{Keys: []JWK{}}
	for _, i := range ids {
		k, err := i.JWK()
		if err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, k)
	}
	return json.MarshalIndent(set, "", "  ")
}

// A P12Format is a way of encrypting a PKCS#12 file. None is read by everything.
type P12Format string

// Modern is read by OpenSSL 3, Node, Java 17, GnuTLS and Windows from Server 2019; Legacy also by Windows Server 2016 and
// the keychain of macOS.
const (
	Modern P12Format = "modern"
	Legacy P12Format = "legacy"
)

// P12 writes certificate, key, intermediates and roots as a PKCS#12 file. The password must be printable ASCII, because
// readers disagree about anything else. It fails for a certificate that Go cannot parse.
func (i *Identity) P12(password string, f P12Format) ([]byte, error) {
	m, err := i.made()
	if err != nil {
		return nil, err
	}
	for _, r := range password {
		if r < 0x20 || r > 0x7e {
			return nil, errors.New("the password of a .p12 file must be printable ASCII: readers disagree about other characters")
		}
	}
	encoders := map[P12Format]*pkcs12.Encoder{Modern: pkcs12.Modern2023, Legacy: pkcs12.LegacyDES}
	encoder, known := encoders[f]
	if !known {
		return nil, fmt.Errorf("there is no PKCS#12 format %q: modern or legacy", f)
	}
	if m.cert == nil || m.key == nil {
		return nil, fmt.Errorf("%s cannot be written as .p12: Go cannot parse its certificate, or its key is not at hand", i.Name())
	}
	var above []*x509.Certificate
	list := m.chain[1:]
	if !m.selfMade {
		list = append(list[:len(list):len(list)], m.roots...)
	}
	for _, der := range list {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("a certificate above %s: %w", i.Name(), err)
		}
		above = append(above, c)
	}
	return encoder.Encode(exportable(m.key), m.cert, above, password)
}

// publicKeyBits are the bits of a SubjectPublicKeyInfo, of which identifiers of keys are digests.
func publicKeyBits(cert *x509.Certificate) ([]byte, error) {
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(cert.RawSubjectPublicKeyInfo, &info); err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	return info.Key.RightAlign(), nil
}
