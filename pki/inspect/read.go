package inspect

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

// Limits of what is read: more is no file of certificates, but an accident or an attack.
const (
	MaxSize         = 4 << 20 // bytes
	maxCertificates = 500
	maxIterations   = 5_000_000 // of a PKCS#12 file's integrity check
)

// ErrPassword tells that a PKCS#12 file needs another password.
var ErrPassword = errors.New("the password of the PKCS#12 file is wrong")

// A Found is what a file or a server held.
type Found struct {
	Form         string   // "PEM", "DER", "PKCS#12", "JSON Web Key", "JSON Web Key Set", "Kubernetes Secret", "TLS server"
	Certificates [][]byte // DER, or what should be DER, in the order found
	Notes        []string // what else is there, in words; text of the file itself is quoted in them as it is

	keys []crypto.PublicKey // the public halves of the private keys that are there
}

// Read finds out what form data has and takes the certificates out. The password is for PKCS#12 files. It fails if no
// certificate and no public key is in it, with what the data seems to be.
func Read(data []byte, password string) (*Found, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("more than %d MB: this is no file of certificates", MaxSize>>20)
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	var found *Found
	var err error
	switch {
	case len(text) == 0:
		return nil, errors.New("nothing is in it")
	case data[0] == 0x30:
		found, err = readDER(data, password)
	case text[0] == '{':
		found, err = readJSON(text)
	case isSecret(text):
		found, err = readSecret(text)
	case bytes.Contains(text, []byte("-----BEGIN ")):
		found, err = readPEM(text)
	default:
		return nil, errors.New("neither PEM, DER, PKCS#12, JSON Web Key, JSON Web Key Set nor Kubernetes Secret")
	}
	if err != nil {
		return nil, err
	}
	if len(found.Certificates) > maxCertificates {
		return nil, fmt.Errorf("%d certificates are too many: %d can be looked at", len(found.Certificates), maxCertificates)
	}
	return found, nil
}

// readPEM reads the blocks of a PEM file.
func readPEM(text []byte) (*Found, error) {
	f := &Found{Form: "PEM"}
	f.addPEM(text)
	if len(f.keys) > 0 && len(f.Certificates) == 0 {
		f.note("a private key")
	}
	return f, f.empty()
}

// empty is the error of a file without a certificate, which says what is in it instead.
func (f *Found) empty() error {
	if len(f.Certificates) > 0 {
		return nil
	}
	if len(f.Notes) == 0 {
		return errors.New("no certificate is in it, and nothing else")
	}
	return fmt.Errorf("no certificate is in it, but %s", strings.Join(f.Notes, "; "))
}

func (f *Found) addPEM(text []byte) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
			f.Certificates = append(f.Certificates, trimTrust(block))
		case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
			f.addKey(block)
		case "ENCRYPTED PRIVATE KEY":
			f.note("a private key, encrypted")
		case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
			f.note("a certificate request, which is no certificate yet")
		case "X509 CRL":
			f.note("a revocation list")
		case "EC PARAMETERS":
		default:
			f.note("a block of type %q", block.Type)
		}
	}
}

// trimTrust removes what OpenSSL appends to a TRUSTED CERTIFICATE.
func trimTrust(block *pem.Block) []byte {
	var first asn1.RawValue
	if block.Type == "TRUSTED CERTIFICATE" {
		if _, err := asn1.Unmarshal(block.Bytes, &first); err == nil {
			return first.FullBytes
		}
	}
	return block.Bytes
}

func (f *Found) note(format string, args ...any) {
	f.Notes = append(f.Notes, fmt.Sprintf(format, args...))
}

// addKey notes that a private key is there. Only its public half is kept.
func (f *Found) addKey(block *pem.Block) {
	if block.Headers["DEK-Info"] != "" {
		f.note("a private key, encrypted")
		return
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	signer, signs := key.(crypto.Signer)
	if err != nil || !signs {
		f.note("a private key that cannot be read")
		return
	}
	f.keys = append(f.keys, signer.Public())
}

// readDER tells a certificate from the other structures that begin with a SEQUENCE.
func readDER(data []byte, password string) (*Found, error) {
	var pfx struct {
		Version int
		Content asn1.RawValue
		Mac     struct {
			Mac        asn1.RawValue
			Salt       []byte
			Iterations int `asn1:"optional,default:1"`
		} `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(data, &pfx); err == nil && pfx.Version == 3 {
		if pfx.Mac.Iterations > maxIterations {
			return nil, fmt.Errorf("the PKCS#12 file asks for %d rounds to check its password, which nobody needs", pfx.Mac.Iterations)
		}
		return readP12(data, password)
	}
	if _, err := x509.ParsePKCS8PrivateKey(data); err == nil {
		return nil, errors.New("a private key in DER, and no certificate")
	}
	if _, err := x509.ParseECPrivateKey(data); err == nil {
		return nil, errors.New("a private key in DER, and no certificate")
	}
	if _, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		return nil, errors.New("a private key in DER, and no certificate")
	}
	if _, err := x509.ParseCertificateRequest(data); err == nil {
		return nil, errors.New("a certificate request in DER, which is no certificate yet")
	}
	if _, err := x509.ParseRevocationList(data); err == nil {
		return nil, errors.New("a revocation list in DER, and no certificate")
	}
	if _, err := dissect(data); err != nil {
		return nil, fmt.Errorf("it begins as DER does, and is no certificate: %w", err)
	}
	return &Found{Form: "DER", Certificates: [][]byte{data}}, nil
}

// readP12 reads a PKCS#12 file with a key, or a trust store.
func readP12(data []byte, password string) (*Found, error) {
	f := &Found{Form: "PKCS#12"}
	key, cert, above, err := pkcs12.DecodeChain(data, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, ErrPassword
	case err == nil:
		f.Certificates = append(f.Certificates, cert.Raw)
		if signer, signs := key.(crypto.Signer); signs {
			f.keys = append(f.keys, signer.Public())
		}
	default:
		trusted, second := pkcs12.DecodeTrustStore(data, password)
		if second != nil || len(trusted) == 0 {
			return nil, fmt.Errorf("a PKCS#12 file that cannot be read: %w", err)
		}
		f.note("a trust store: certificates to trust, and no key")
		above = trusted
	}
	for _, c := range above {
		f.Certificates = append(f.Certificates, c.Raw)
	}
	return f, nil
}

// kindOf names a public key: "RSA 2048", "EC P-256".
func kindOf(public crypto.PublicKey) string {
	switch p := public.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", p.N.BitLen())
	case *ecdsa.PublicKey:
		return "EC " + p.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	case nil:
		return "of a kind that Go does not know"
	}
	return fmt.Sprintf("%T", public)
}
