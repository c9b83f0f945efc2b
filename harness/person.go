package harness

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
)

// A Role is a place in the cast: what the operator registered at the target, and what the person shows. The roles and
// their registrations are listed by package scenarios.
type Role string

// A Person is who knocks: a registered client or a stranger, with the certificate it shows.
type Person struct {
	Role        Role
	Name        string       // how reports call this person: "client", "client, expired"
	ClientID    string       // empty: the person names no client
	Secret      string       // shared secret; never enters evidence
	Certificate *Certificate // nil: an empty hand
}

// Showing is the same person with another certificate; nil takes the certificate away.
func (p Person) Showing(c *Certificate) Person {
	p.Certificate = c
	if c == nil {
		p.Name = "nobody (no certificate)"
	} else {
		p.Name = c.Name
	}
	return p
}

// As is the same person under another client_id.
func (p Person) As(clientID string) Person {
	p.ClientID = clientID
	return p
}

// A Certificate is what a person can show: DER, leaf first, and the key that proves it. The key may live in hardware.
type Certificate struct {
	Name    string   // "client, expired": what it is, for reports
	Chain   [][]byte // DER; the leaf first, then whatever is sent with it
	Key     crypto.Signer
	File    string // certificate file it was read from, for the curl line; empty: minted in memory
	KeyFile string
}

// Leaf is the DER of the certificate that identifies the person.
func (c *Certificate) Leaf() []byte {
	if c == nil || len(c.Chain) == 0 {
		return nil
	}
	return c.Chain[0]
}

// X5tS256 is the thumbprint that a bound token carries: base64url, without padding, of SHA-256 over the DER of the leaf
// (RFC 8705 §3.1). It is 43 characters long.
func (c *Certificate) X5tS256() string { return X5tS256(c.Leaf()) }

// X5tS256 is the RFC 8705 §3.1 thumbprint of a DER certificate.
func X5tS256(der []byte) string {
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// A CertificateSummary describes a certificate in a report. It holds nothing secret.
type CertificateSummary struct {
	Name      string    `json:"name"`
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before,omitzero"`
	NotAfter  time.Time `json:"not_after,omitzero"`
	Key       string    `json:"key,omitempty"`    // "P-256", "RSA-2048"
	Usages    []string  `json:"usages,omitempty"` // extended key usages
	SHA1      string    `json:"sha1"`             // upper-case hex: IdentityServer's X509Thumbprint
	SHA256    string    `json:"sha256"`           // lower-case hex
	X5tS256   string    `json:"x5t_s256"`
	Sent      int       `json:"sent"`              // certificates sent, leaf included
	Problem   string    `json:"problem,omitempty"` // why it could not be read
}

// Summary describes the certificate for a report.
func (c *Certificate) Summary() CertificateSummary {
	s := Summarize(c.Leaf())
	s.Name, s.Sent = c.Name, len(c.Chain)
	return s
}

// Summarize describes a DER certificate. One that Go cannot parse has thumbprints and a problem.
func Summarize(der []byte) CertificateSummary {
	one, two := sha1.Sum(der), sha256.Sum256(der)
	s := CertificateSummary{SHA1: strings.ToUpper(hex.EncodeToString(one[:])), SHA256: hex.EncodeToString(two[:]), X5tS256: X5tS256(der)}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		s.Problem = err.Error()
		return s
	}
	s.Subject, s.Issuer = cert.Subject.String(), cert.Issuer.String()
	s.NotBefore, s.NotAfter = cert.NotBefore, cert.NotAfter
	s.Key, s.Usages = keyKind(cert), usages(cert)
	return s
}
