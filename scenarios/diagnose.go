package scenarios

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
)

// diagnose says how a wrong thumbprint came about: which input was hashed, with what, in which encoding. RFC 8705 §3.1
// wants base64url, without padding, of SHA-256 over the DER of the leaf.
func diagnose(got string, c *harness.Certificate) string {
	for i, der := range c.Chain {
		whose := "the certificate"
		if i > 0 {
			whose = fmt.Sprintf("certificate %d of the chain, not the leaf", i+1)
		}
		for what, input := range inputs(der) {
			for how, value := range encodings(input) {
				if got == value && (i > 0 || what != "DER" || how != "SHA-256, base64url") {
					return fmt.Sprintf("%s of the %s of %s", how, what, whose)
				}
			}
		}
	}
	return "none of the usual mistakes; it may be another certificate's"
}

func inputs(der []byte) map[string][]byte {
	in := map[string][]byte{
		"DER":         der,
		"PEM":         pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		"base64 text": []byte(base64.StdEncoding.EncodeToString(der)),
	}
	if cert, err := x509.ParseCertificate(der); err == nil {
		in["public key"] = cert.RawSubjectPublicKeyInfo
		in["subject"] = cert.RawSubject
	}
	return in
}

func encodings(input []byte) map[string]string {
	long, short := sha256.Sum256(input), sha1.Sum(input)
	out := map[string]string{}
	for name, sum := range map[string][]byte{"SHA-256": long[:], "SHA-1": short[:]} {
		x := hex.EncodeToString(sum)
		out[name+", base64url"] = base64.RawURLEncoding.EncodeToString(sum)
		out[name+", base64url with padding"] = base64.URLEncoding.EncodeToString(sum)
		out[name+", base64"] = base64.StdEncoding.EncodeToString(sum)
		out[name+", hexadecimal"] = x
		out[name+", upper-case hexadecimal"] = strings.ToUpper(x)
		out[name+", base64url of the hexadecimal text"] = base64.RawURLEncoding.EncodeToString([]byte(x))
	}
	return out
}
