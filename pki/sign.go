package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
)

// signAs signs a message with the algorithm that an AlgorithmIdentifier names. It knows more than crypto/x509 signs with:
// MD5 too. RSA-PSS is read for its hash only where SHA-256, SHA-384 or SHA-512 stand in its parameters.
func signAs(algorithm []byte, key crypto.Signer, message []byte) ([]byte, error) {
	sign, err := signerAs(algorithm, key)
	if err != nil {
		return nil, err
	}
	return sign(message)
}

// signerAs is signAs for many messages.
func signerAs(algorithm []byte, key crypto.Signer) (func(message []byte) ([]byte, error), error) {
	var id pkix.AlgorithmIdentifier
	if _, err := asn1.Unmarshal(algorithm, &id); err != nil {
		return nil, fmt.Errorf("reading the signature algorithm: %w", err)
	}
	hash, known := signatureHashes()[id.Algorithm.String()]
	if !known {
		return nil, fmt.Errorf("cannot sign with algorithm %s", id.Algorithm)
	}
	var opts crypto.SignerOpts = hash
	if id.Algorithm.String() == oidPSS {
		var parameters struct {
			Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
		}
		if _, err := asn1.Unmarshal(id.Parameters.FullBytes, &parameters); err != nil {
			return nil, fmt.Errorf("reading the parameters of RSA-PSS: %w", err)
		}
		hash = map[string]crypto.Hash{"2.16.840.1.101.3.4.2.1": crypto.SHA256, "2.16.840.1.101.3.4.2.2": crypto.SHA384, "2.16.840.1.101.3.4.2.3": crypto.SHA512}[parameters.Hash.Algorithm.String()]
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
	}
	return func(message []byte) ([]byte, error) {
		digest := message
		if hash != 0 {
			h := hash.New()
			h.Write(message)
			digest = h.Sum(nil)
		}
		return steady{key}.Sign(rand.Reader, digest, opts)
	}, nil
}

const oidPSS = "1.2.840.113549.1.1.10"

func signatureHashes() map[string]crypto.Hash {
	return map[string]crypto.Hash{
		"1.2.840.113549.1.1.4":  crypto.MD5,
		"1.2.840.113549.1.1.5":  crypto.SHA1,
		oidPSS:                  crypto.SHA256,
		"1.2.840.113549.1.1.11": crypto.SHA256,
		"1.2.840.113549.1.1.12": crypto.SHA384,
		"1.2.840.113549.1.1.13": crypto.SHA512,
		"1.2.840.10045.4.1":     crypto.SHA1,
		"1.2.840.10045.4.3.2":   crypto.SHA256,
		"1.2.840.10045.4.3.3":   crypto.SHA384,
		"1.2.840.10045.4.3.4":   crypto.SHA512,
		"1.3.101.112":           0,
	}
}

// md5WithRSA is the AlgorithmIdentifier that no maker of certificates writes any more (RFC 3279 §2.2.1).
func md5WithRSA() ([]byte, error) {
	return asn1.Marshal(pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}, Parameters: asn1.NullRawValue})
}

func isMD5(a x509.SignatureAlgorithm) bool { return a == x509.MD5WithRSA }
