package pki

import (
	"time"

	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// An Index describes the certificates of a folder, for programs; it holds no secrets. It is the file index.json.
type Index struct {
	Schema       string  `json:"schema"` // "mtlscheck.pki/v1"
	Certificates []Entry `json:"certificates"`
}

// An Entry describes one certificate.
type Entry struct {
	Name        string      `json:"name"`
	File        string      `json:"file"` // within the folder, with slashes
	Kind        string      `json:"kind"` // root, client, server, self-signed
	Issuer      string      `json:"issuer"`
	Serial      string      `json:"serial"` // hexadecimal
	NotBefore   time.Time   `json:"not_before"`
	NotAfter    time.Time   `json:"not_after"`
	Subject     Spellings   `json:"subject"`
	DNS         []string    `json:"dns,omitempty"`
	IP          []string    `json:"ip,omitempty"`
	URI         []string    `json:"uri,omitempty"`
	Email       []string    `json:"email,omitempty"`
	Key         string      `json:"key"`
	Thumbprints Thumbprints `json:"thumbprints"`
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
		e.DNS, e.Email, e.Key = c.DNSNames, c.EmailAddresses, string(i.recipe.lab.kindOf(m.key))
		for _, ip := range c.IPAddresses {
			e.IP = append(e.IP, ip.String())
		}
		for _, uri := range c.URIs {
			e.URI = append(e.URI, uri.String())
		}
	}
	return e, nil
}
