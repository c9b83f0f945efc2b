package pki

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

// Load reads a client certificate and its key from PEM files. The certificate's file may hold intermediates after it; both
// may be one file. Errors say which file, what is wrong with it, and what to try.
func Load(certFile, keyFile string) (*Identity, error) {
	certs, err := readCertificates(certFile)
	if err != nil {
		return nil, err
	}
	key, err := readKey(keyFile)
	if err != nil {
		return nil, err
	}
	i, err := New(Options{}).given(nameOf(certs[0]), certs[0], key, certs[1:])
	if err != nil {
		return nil, fmt.Errorf("%s and %s: %w", certFile, keyFile, err)
	}
	return i, nil
}

// ErrPassword is the error of LoadP12 where the file cannot be opened with the password.
var ErrPassword = errors.New("the password is wrong")

// LoadP12 reads a client certificate, its key and its intermediates from a PKCS#12 file (.p12, .pfx).
func LoadP12(file, password string) (*Identity, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading a PKCS#12 file: %w", err)
	}
	key, cert, above, err := pkcs12.DecodeChain(data, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, fmt.Errorf("%s: %w", file, ErrPassword)
	case err != nil:
		return nil, fmt.Errorf("%s: not a PKCS#12 file with one certificate and its key (%w); was it made with openssl pkcs12 -export?", file, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s: a key of type %T cannot sign", file, key)
	}
	i, err := New(Options{}).given(nameOf(cert), cert, signer, above)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return i, nil
}

// readCertificates reads the certificates of a PEM file, at least one.
func readCertificates(file string) ([]*x509.Certificate, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading a certificate: %w", err)
	}
	var certs []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: certificate %d cannot be read: %w", file, len(certs)+1, err)
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return nil, fmt.Errorf("%s: no certificate in PEM form (-----BEGIN CERTIFICATE-----) is in this file; %s", file, advice(data))
	}
	return certs, nil
}

// readKey reads the one private key of a PEM file: PKCS#8, PKCS#1 or SEC 1.
func readKey(file string) (crypto.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading a key: %w", err)
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		var key any
		switch block.Type {
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			if block.Headers["DEK-Info"] != "" {
				return nil, encrypted(file)
			}
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			if block.Headers["DEK-Info"] != "" {
				return nil, encrypted(file)
			}
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			return nil, encrypted(file)
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: the key cannot be read: %w", file, err)
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("%s: a key of type %T cannot sign", file, key)
		}
		return signer, nil
	}
	return nil, fmt.Errorf("%s: no private key in PEM form (-----BEGIN PRIVATE KEY-----) is in this file; %s", file, advice(data))
}

func encrypted(file string) error {
	return fmt.Errorf("%s: the key is encrypted; decrypt it with openssl pkey -in %s -out key.pem, or give certificate and key as a .p12 file", file, file)
}

// advice guesses what a file is that is not the PEM that was expected.
func advice(data []byte) string {
	block, _ := pem.Decode(data)
	if block != nil {
		return fmt.Sprintf("it holds %q", block.Type)
	}
	if len(data) == 0 {
		return "it is empty"
	}
	if _, err := x509.ParseCertificate(data); err == nil {
		return "it is a certificate in DER form: convert it with openssl x509 -inform der"
	}
	if data[0] == 0x30 {
		return "it is binary: if it is a .p12 or .pfx file, give it as p12"
	}
	return "was the right file given?"
}
