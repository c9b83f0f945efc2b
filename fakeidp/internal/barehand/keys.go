package barehand

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// nothing is the hash of an empty transcript.
func nothing() []byte {
	sum := sha256.Sum256(nil)
	return sum[:]
}

// sum is the hash of the handshake so far.
func (s *session) sum() []byte { return s.transcript.Sum(nil) }

// extract is HKDF-Extract of the key schedule (RFC 8446 §7.1); nil is a string of zeros.
func extract(secret, salt []byte) ([]byte, error) {
	if secret == nil {
		secret = make([]byte, sha256.Size)
	}
	return hkdf.Extract(sha256.New, secret, salt)
}

// derive is Derive-Secret of the key schedule.
func derive(secret []byte, label string, transcript []byte) []byte {
	return expand(secret, label, transcript, sha256.Size)
}

// expand is HKDF-Expand-Label.
func expand(secret []byte, label string, context []byte, length int) []byte {
	info := slices.Concat(u16(uint16(length)), vector(1, []byte("tls13 "+label)), vector(1, context))
	out, err := hkdf.Expand(sha256.New, secret, string(info), length)
	if err != nil { // only for lengths that do not occur
		panic(err)
	}
	return out
}

// finishing is the body of a Finished message of the side whose secret it is.
func (s *session) finishing(secret []byte) []byte {
	mac := hmac.New(sha256.New, expand(secret, "finished", nil, sha256.Size))
	mac.Write(s.sum())
	return mac.Sum(nil)
}

// protected is one direction of a connection with its keys (RFC 8446 §5.2).
type protected struct {
	aead   cipher.AEAD
	iv     []byte
	number uint64
}

func protection(secret []byte) *protected {
	block, err := aes.NewCipher(expand(secret, "key", nil, 16))
	if err != nil { // only for keys of another length
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return &protected{aead: aead, iv: expand(secret, "iv", nil, aead.NonceSize())}
}

// nonce is that of the next record.
func (p *protected) nonce() []byte {
	n := make([]byte, len(p.iv))
	binary.BigEndian.PutUint64(n[len(n)-8:], p.number)
	p.number++
	for i := range n {
		n[i] ^= p.iv[i]
	}
	return n
}

func (p *protected) seal(kind byte, body []byte) []byte {
	inner := append(slices.Clone(body), kind)
	head := append([]byte{recordData, 3, 3}, u16(uint16(len(inner)+p.aead.Overhead()))...)
	return append(head, p.aead.Seal(nil, p.nonce(), inner, head)...)
}

func (p *protected) open(body []byte) (kind byte, plain []byte, err error) {
	head := append([]byte{recordData, 3, 3}, u16(uint16(len(body)))...)
	inner, err := p.aead.Open(nil, p.nonce(), body, head)
	if err != nil {
		return 0, nil, err
	}
	inner = []byte(strings.TrimRight(string(inner), "\x00"))
	if len(inner) == 0 {
		return 0, nil, errUnreadable
	}
	return inner[len(inner)-1], inner[:len(inner)-1], nil
}

// signed is what a CertificateVerify signs (RFC 8446 §4.4.3).
func signed(context string, transcript []byte) []byte {
	return slices.Concat([]byte(strings.Repeat(" ", 64)), []byte(context), []byte{0}, transcript)
}

// schemeOf is how a key signs.
func schemeOf(key crypto.PrivateKey) (tls.SignatureScheme, error) {
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		if s, ok := map[elliptic.Curve]tls.SignatureScheme{elliptic.P256(): tls.ECDSAWithP256AndSHA256, elliptic.P384(): tls.ECDSAWithP384AndSHA384,
			elliptic.P521(): tls.ECDSAWithP521AndSHA512}[k.Curve]; ok {
			return s, nil
		}
	case *rsa.PrivateKey:
		return tls.PSSWithSHA256, nil
	case ed25519.PrivateKey:
		return tls.Ed25519, nil
	}
	return 0, fmt.Errorf("a key of the type %T cannot sign in TLS 1.3", key)
}

// hashOf is the hash of a scheme; none for Ed25519.
func hashOf(s tls.SignatureScheme) crypto.Hash {
	return map[tls.SignatureScheme]crypto.Hash{tls.ECDSAWithP256AndSHA256: crypto.SHA256, tls.ECDSAWithP384AndSHA384: crypto.SHA384,
		tls.ECDSAWithP521AndSHA512: crypto.SHA512, tls.PSSWithSHA256: crypto.SHA256, tls.PSSWithSHA384: crypto.SHA384, tls.PSSWithSHA512: crypto.SHA512}[s]
}

// digest is what is signed of a message.
func digest(s tls.SignatureScheme, message []byte) []byte {
	h := hashOf(s)
	if h == 0 {
		return message
	}
	sum := h.New()
	sum.Write(message)
	return sum.Sum(nil)
}

func sign(key crypto.PrivateKey, s tls.SignatureScheme, message []byte) ([]byte, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the server's key cannot sign")
	}
	var options crypto.SignerOpts = hashOf(s)
	if s == tls.PSSWithSHA256 {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	return signer.Sign(rand.Reader, digest(s, message), options)
}

// Verifies tells whether the signature over a message was made by the private half of a key.
func Verifies(public crypto.PublicKey, s tls.SignatureScheme, message, signature []byte) bool {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		return hashOf(s) != 0 && ecdsa.VerifyASN1(k, digest(s, message), signature)
	case *rsa.PublicKey:
		return hashOf(s) != 0 && rsa.VerifyPSS(k, hashOf(s), digest(s, message), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	case ed25519.PublicKey:
		return s == tls.Ed25519 && ed25519.Verify(k, message, signature)
	}
	return false
}
