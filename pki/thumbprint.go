package pki

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Thumbprints are the digests of one certificate in every spelling that a product asks for.
type Thumbprints struct {
	// SHA1Upper is what .NET calls Thumbprint and IdentityServer compares: 40 upper-case hexadecimal digits.
	SHA1Upper string `json:"sha1_upper"`
	// SHA1Lower is nginx's $ssl_client_fingerprint.
	SHA1Lower string `json:"sha1_lower"`
	// SHA256Hex is 64 lower-case hexadecimal digits.
	SHA256Hex string `json:"sha256_hex"`
	// SHA256Colons is what openssl x509 -fingerprint -sha256 prints: upper case, with colons.
	SHA256Colons string `json:"sha256_colons"`
	// X5tS256 is the member x5t#S256 of cnf (RFC 8705 §3.1): base64url without padding.
	X5tS256 string `json:"x5t#S256"`
	// SPKI is the SHA-256 of the public key, in base64url: equal for certificates with the same key. Empty where the
	// certificate cannot be read.
	SPKI string `json:"spki_sha256"`
}

// ThumbprintsOf computes the thumbprints of a certificate's DER, whether it is well-formed or not.
func ThumbprintsOf(der []byte) Thumbprints {
	one, two := sha1.Sum(der), sha256.Sum256(der)
	upper := strings.ToUpper(hex.EncodeToString(two[:]))
	var pairs []string
	for i := 0; i < len(upper); i += 2 {
		pairs = append(pairs, upper[i:i+2])
	}
	t := Thumbprints{
		SHA1Upper: strings.ToUpper(hex.EncodeToString(one[:])), SHA1Lower: hex.EncodeToString(one[:]), SHA256Hex: hex.EncodeToString(two[:]),
		SHA256Colons: strings.Join(pairs, ":"), X5tS256: base64.RawURLEncoding.EncodeToString(two[:]),
	}
	if cert, err := x509.ParseCertificate(der); err == nil {
		t.SPKI = digest256(cert.RawSubjectPublicKeyInfo)
	} else if p, err := dissect(der); err == nil {
		t.SPKI = digest256(p["spki"])
	}
	return t
}

func digest256(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
