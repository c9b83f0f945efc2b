package pki

import (
	"crypto/x509"
	"fmt"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// An Index describes the certificates of a folder, for programs; it holds no secrets. It is the file index.json.
type Index struct {
	Schema string `json:"schema"` // "mtlscheck.pki/v1"
	// Manifest is the file that describes the folder, where there is one (package manifest); without its folder.
	Manifest string `json:"manifest,omitempty"`
	// Seeded tells that the keys derive from a seed: whoever knows it has them all.
	Seeded       bool    `json:"seeded,omitempty"`
	Certificates []Entry `json:"certificates"`
	// Revoked is everything that was ever revoked, also what is no longer in the folder.
	Revoked []RevokedEntry `json:"revoked,omitempty"`
	// Files are the SHA-256 digests, in hexadecimal digits, of files that belong to no one certificate.
	Files map[string]string `json:"files,omitempty"`
}

// A RevokedEntry is a certificate that its issuer took back.
type RevokedEntry struct {
	Name   string    `json:"name"`
	Issuer string    `json:"issuer"`
	Serial string    `json:"serial"` // hexadecimal
	At     time.Time `json:"at"`
}

// An Expectation says what verifiers make of a certificate with a fault; see Expect.
type Expectation struct {
	Server  string `json:"server"` // refuse, accept, either
	Go      string `json:"go"`
	OpenSSL int    `json:"openssl"` // error number of openssl verify; 0: OK
}

// Expectation is the fault's, in the form of an index.
func (f Fault) Expectation() *Expectation {
	return &Expectation{Server: string(f.Expect.Server), Go: string(f.Expect.Go), OpenSSL: f.Expect.OpenSSL}
}

// An Entry describes one certificate.
type Entry struct {
	Name        string      `json:"name"`
	File        string      `json:"file"` // within the folder, with slashes
	Kind        string      `json:"kind"` // root, sub, client, server, self-signed
	Issuer      string      `json:"issuer"`
	Serial      string      `json:"serial"`              // hexadecimal
	NotBefore   time.Time   `json:"not_before,omitzero"` // missing where Go cannot parse the certificate, as all up to Key
	NotAfter    time.Time   `json:"not_after,omitzero"`
	Subject     Spellings   `json:"subject"`
	DNS         []string    `json:"dns,omitempty"`
	IP          []string    `json:"ip,omitempty"`
	URI         []string    `json:"uri,omitempty"`
	Email       []string    `json:"email,omitempty"`
	OtherNames  []string    `json:"other_names,omitempty"` // subject alternative names of other kinds: directory:CN=client, or TAG:HEX
	Key         string      `json:"key"`
	Thumbprints Thumbprints `json:"thumbprints"`
	// Like is the certificate that this one is a twin of, Fault what is wrong on purpose, and Expect what verifiers make of it.
	Like   string       `json:"like,omitempty"`
	Fault  string       `json:"fault,omitempty"`
	Expect *Expectation `json:"expect,omitempty"`
	// Made, Spec and Files are there where a manifest describes the folder: the present by which the certificate was made, the
	// digest of its description, and of each of its files.
	Made  time.Time         `json:"made,omitzero"`
	Spec  string            `json:"spec,omitempty"`
	Files map[string]string `json:"files,omitempty"`
}

// Spellings are one subject in the forms that products compare. DotNet is empty where .NET cannot load the certificate.
type Spellings struct {
	RFC4514        string `json:"rfc4514"`
	DotNet         string `json:"dotnet"`
	DotNetWindows  string `json:"dotnet_windows"`
	OpenSSL        string `json:"openssl"`
	OpenSSLRFC2253 string `json:"openssl_rfc2253"`
	Java           string `json:"java"`
}

// SpellingsOf writes a name in every form.
func SpellingsOf(name DN) Spellings {
	s := Spellings{RFC4514: name.String(), OpenSSL: name.OpenSSL(), OpenSSLRFC2253: name.OpenSSLRFC2253(), Java: name.Java()}
	if text, err := name.DotNet(); err == nil {
		s.DotNet = text
	}
	if text, err := name.DotNetFor(dn.Windows, 10); err == nil {
		s.DotNetWindows = text
	}
	return s
}

// Entry describes the identity. It fails if the identity could not be made or if Go cannot parse its certificate.
func (i *Identity) Entry(file string) (Entry, error) {
	m, err := i.made()
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Name: i.Name(), File: file, Kind: string(i.recipe.kind), Issuer: i.Name(), Subject: SpellingsOf(i.DN()), Thumbprints: i.Thumbprints()}
	if m.issuer != nil {
		e.Issuer = m.issuer.Name()
	}
	if c := m.cert; c != nil {
		e.Serial, e.NotBefore, e.NotAfter = c.SerialNumber.Text(16), c.NotBefore, c.NotAfter
		e.DNS, e.Email, e.IP, e.URI = AlternativeNames(c, "dns"), AlternativeNames(c, "email"), AlternativeNames(c, "ip"), AlternativeNames(c, "uri")
		e.Key = string(i.recipe.lab.kindOf(m.key))
		e.OtherNames = otherNames(c)
	}
	return e, nil
}

// AlternativeNames are the subject alternative names of one kind, as they are written in the certificate's order: "dns", "email", "ip"
// (as in 192.0.2.1, 2001:db8::1) or "uri". There are none of any other kind, and none where there is no certificate.
func AlternativeNames(c *x509.Certificate, kind string) []string {
	if c == nil {
		return nil
	}
	var out []string
	switch kind {
	case "dns":
		return c.DNSNames
	case "email":
		return c.EmailAddresses
	case "ip":
		for _, ip := range c.IPAddresses {
			out = append(out, ip.String())
		}
	case "uri":
		for _, uri := range c.URIs {
			out = append(out, uri.String())
		}
	}
	return out
}

// otherNames are the subject alternative names that crypto/x509 does not list.
func otherNames(c *x509.Certificate) []string {
	var out []string
	for _, x := range c.Extensions {
		if !x.Id.Equal(trait.SubjectAltName()) {
			continue
		}
		list, err := readNames(x.Value)
		if err != nil {
			return nil
		}
		for _, n := range list {
			switch n.Tag {
			case 1, 2, 6, 7: // e-mail, DNS, URI, IP address
				continue
			case 4:
				if name, err := dn.ParseDER(n.Bytes); err == nil {
					out = append(out, "directory:"+name.String())
					continue
				}
			}
			out = append(out, fmt.Sprintf("%d:%x", n.Tag, n.Bytes))
		}
	}
	return out
}
