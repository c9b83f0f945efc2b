package inspect

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
)

// Schema names the form of a Report as JSON.
const Schema = "mtlscheck.inspect/v1"

// A Report says what was found. Text in it comes from certificates, so from anybody: escape it for the sink.
type Report struct {
	Schema       string        `json:"schema"`
	Form         string        `json:"form"`
	At           time.Time     `json:"at"` // the present that dates were compared with
	Certificates []Certificate `json:"certificates"`
	Keys         []Key         `json:"private_keys"`
	Notes        []string      `json:"notes"`
}

// A Key is a private key that was found. It is not in the report.
type Key struct {
	Kind        string `json:"kind"`
	Certificate int    `json:"certificate,omitempty"` // number of the certificate that it belongs to; 0: none of them
}

// A Certificate is one certificate in words.
type Certificate struct {
	Number      int             `json:"number"`          // from 1
	Unread      string          `json:"error,omitempty"` // why Go cannot parse it
	Subject     pki.Spellings   `json:"subject"`
	Issuer      string          `json:"issuer"` // RFC 4514
	SelfSigned  bool            `json:"self_signed"`
	IssuedBy    int             `json:"issued_by,omitempty"` // number of the certificate that signed it; 0: not found
	Authority   bool            `json:"authority"`
	Serial      string          `json:"serial"` // hexadecimal
	NotBefore   time.Time       `json:"not_before"`
	NotAfter    time.Time       `json:"not_after"`
	Names       []string        `json:"alternative_names"` // dns:…, ip:…, email:…, uri:…, dirname:…
	Key         string          `json:"key"`
	Signature   string          `json:"signature"`
	Usages      []string        `json:"key_usage"`
	Purposes    []string        `json:"extended_key_usage"`
	Thumbprints pki.Thumbprints `json:"thumbprints"`
	// Client says whether it can be a client certificate, as far as it shows that itself: whether a server trusts its issuer
	// and whether it was revoked, it does not show.
	Client   Usable    `json:"client"`
	Findings []Finding `json:"findings"`
}

// Usable is an answer to a question that a certificate cannot fully answer by itself.
type Usable string

// The answers.
const (
	Yes     Usable = "yes"
	Perhaps Usable = "perhaps"
	No      Usable = "no"
)

// Describe puts what was found into words, for somebody who asks at a time.
func Describe(f *Found, at time.Time) Report {
	r := Report{Schema: Schema, Form: f.Form, At: at.UTC(), Certificates: []Certificate{}, Keys: []Key{}, Notes: append([]string{}, f.Notes...)}
	all := look(f.Certificates)
	for _, s := range all {
		r.Certificates = append(r.Certificates, s.describe(at))
	}
	for _, public := range f.keys {
		r.Keys = append(r.Keys, Key{kindOf(public), owner(all, public)})
	}
	if strangers := notAbove(all); strangers != "" && (f.Form == "PEM" || f.Form == "TLS server") {
		r.Notes = append(r.Notes, strangers)
	}
	return r
}

func (s *seen) describe(at time.Time) Certificate {
	c := Certificate{
		Number: s.position, Subject: pki.SpellingsOf(s.subject), Issuer: s.issuer.String(), SelfSigned: s.selfSigned, Serial: hex.EncodeToString(s.serial),
		NotBefore: s.begins(), NotAfter: s.ends(), Names: s.typed(), Usages: []string{}, Purposes: []string{}, Thumbprints: pki.ThumbprintsOf(s.der),
		Client: Yes, Findings: s.findings(at),
	}
	if s.spki == nil {
		c.Subject = pki.Spellings{}
	}
	if n := new(big.Int).SetBytes(s.serial); n.BitLen() > 0 {
		c.Serial = n.Text(16)
	}
	if len(s.above) > 0 {
		c.IssuedBy = s.above[0].position
	}
	if s.cert != nil {
		c.Authority = s.cert.BasicConstraintsValid && s.cert.IsCA
		c.Key, c.Signature = kindOf(s.cert.PublicKey), s.cert.SignatureAlgorithm.String()
		c.Usages = append(c.Usages, usageNames(s.cert.KeyUsage)...)
		c.Purposes = append(c.Purposes, s.purposes()...)
	}
	if s.parseErr != nil {
		c.Unread = s.parseErr.Error()
		c.Client = Perhaps // others may read it
	}
	for _, f := range c.Findings {
		if f.Weight == Unusable {
			c.Client = No
		} else if c.Client == Yes {
			c.Client = Perhaps
		}
	}
	return c
}

// owner is the number of the certificate that a key belongs to.
func owner(all []*seen, key crypto.PublicKey) int {
	for _, s := range all {
		if s.cert == nil {
			continue
		}
		if public, ok := s.cert.PublicKey.(interface{ Equal(x crypto.PublicKey) bool }); ok && public.Equal(key) {
			return s.position
		}
	}
	return 0
}

// notAbove tells which certificates have nothing to do with the first one, where that one is not an authority: a program that
// sends such a list sends strangers.
func notAbove(all []*seen) string {
	if len(all) < 2 || all[0].cert == nil || isAuthority(all[0].cert) {
		return ""
	}
	related := map[*seen]bool{all[0]: true}
	for next := all[:1]; len(next) > 0; next = next[1:] {
		for _, up := range next[0].signers {
			if !related[up] {
				related[up] = true
				next = append(next[:len(next):len(next)], up)
			}
		}
	}
	for _, s := range all {
		if !related[s] {
			return fmt.Sprintf("certificate %d does not stand above certificate 1: as a chain to be sent, this is wrong", s.position)
		}
	}
	return ""
}

func isAuthority(c *x509.Certificate) bool { return c.BasicConstraintsValid && c.IsCA }
