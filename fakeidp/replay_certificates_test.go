package fakeidp_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// shown is a certificate of a recording, made anew.
type shown struct {
	certificate *x509.Certificate
	key         crypto.Signer
	// chain is what is sent, leaf first.
	chain [][]byte
}

// wardrobe holds the certificates of a recording by name.
type wardrobe map[string]*shown

// rsaKeys are shared between certificates: nothing compares the keys of two of them, and making one takes long. Authorities have
// keys of their own.
var rsaKeys = struct {
	sync.Mutex
	made map[string]crypto.Signer
}{made: map[string]crypto.Signer{}}

func keyFor(kind, name string, ca bool) (crypto.Signer, error) {
	if !ca {
		name = ""
	}
	rsaKeys.Lock()
	defer rsaKeys.Unlock()
	if k := rsaKeys.made[kind+name]; k != nil {
		return k, nil
	}
	var k crypto.Signer
	var err error
	switch kind {
	case "RSA-2048":
		k, err = rsa.GenerateKey(rand.Reader, 2048)
	case "RSA-1024":
		k, err = rsa.GenerateKey(rand.Reader, 1024)
	case "EC-256":
		k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EC-384":
		k, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "1.3.101.112":
		_, k, err = ed25519.GenerateKey(rand.Reader)
	default:
		return nil, fmt.Errorf("keys of kind %s cannot be made", kind)
	}
	rsaKeys.made[kind+name] = k
	return k, err
}

// dress makes all certificates that Go can make.
func dress(described map[string]recordedCertificate) (wardrobe, error) {
	w := wardrobe{}
	var make func(name string) (*shown, error)
	serial := int64(1000)
	make = func(name string) (*shown, error) {
		if s := w[name]; s != nil {
			return s, nil
		}
		d, ok := described[name]
		if !ok {
			return nil, fmt.Errorf("no certificate %s", name)
		}
		if d.LeafOf != "" {
			leaf, err := make(d.LeafOf)
			if err != nil {
				return nil, err
			}
			issuer, err := make(d.SignedBy)
			if err != nil {
				return nil, err
			}
			w[name] = &shown{leaf.certificate, leaf.key, [][]byte{leaf.certificate.Raw, issuer.certificate.Raw}}
			return w[name], nil
		}
		template, err := d.template()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		key, err := keyFor(d.Key, name, d.CA != nil && *d.CA)
		if err != nil {
			return nil, err
		}
		serial++
		template.SerialNumber = big.NewInt(serial)
		parent, signer := template, key
		if d.SignedBy != "itself" {
			issuer, err := make(d.SignedBy)
			if err != nil {
				return nil, err
			}
			parent, signer = issuer.certificate, issuer.key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		w[name] = &shown{c, key, [][]byte{der}}
		return w[name], nil
	}
	for name, d := range described {
		if d.Key == rsaPSS {
			continue
		}
		if _, err := make(name); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// rsaPSS is the OID of a key that is for RSASSA-PSS only; Go's TLS cannot use one.
const rsaPSS = "1.2.840.113549.1.1.10"

// template is the certificate as its description says.
func (d recordedCertificate) template() (*x509.Certificate, error) {
	subject, err := hex.DecodeString(d.SubjectDER)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	c := &x509.Certificate{RawSubject: subject, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(1, 0, 0)}
	switch d.Validity {
	case "expired":
		c.NotBefore, c.NotAfter = now.AddDate(0, 0, -20), now.AddDate(0, 0, -10)
	case "future":
		c.NotBefore, c.NotAfter = now.AddDate(0, 0, 10), now.AddDate(0, 0, 20)
	}
	if d.CA != nil {
		c.IsCA, c.BasicConstraintsValid = *d.CA, true
	}
	if d.KeyUsage != nil {
		for _, u := range strings.Split(*d.KeyUsage, ", ") {
			bit, ok := map[string]x509.KeyUsage{"DigitalSignature": x509.KeyUsageDigitalSignature, "KeyCertSign": x509.KeyUsageCertSign,
				"CrlSign": x509.KeyUsageCRLSign}[u]
			if !ok {
				return nil, fmt.Errorf("key usage %s", u)
			}
			c.KeyUsage |= bit
		}
	}
	for _, u := range d.ExtendedKeyUsage {
		oid, err := parseOID(u)
		if err != nil {
			return nil, err
		}
		c.UnknownExtKeyUsage = append(c.UnknownExtKeyUsage, oid)
	}
	if d.SAN != "" {
		c.ExtraExtensions, err = alternativeNames(d.SAN)
	}
	if slices.Contains(d.ExtendedKeyUsage, "1.3.6.1.5.5.7.3.1") && d.CA == nil {
		c.DNSNames = []string{"localhost", "mtls.localhost", "mtls.example.test"}
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	return c, err
}

func parseOID(text string) (asn1.ObjectIdentifier, error) {
	var oid asn1.ObjectIdentifier
	for _, p := range strings.Split(text, ".") {
		n := 0
		if _, err := fmt.Sscan(p, &n); err != nil {
			return nil, fmt.Errorf("OID %s: %w", text, err)
		}
		oid = append(oid, n)
	}
	return oid, nil
}

// alternativeNames reads "DNS:client, dirName:O=company/OU=production/CN=client".
func alternativeNames(text string) ([]pkix.Extension, error) {
	var names []asn1.RawValue
	for _, part := range strings.Split(text, ", ") {
		kind, value, _ := strings.Cut(part, ":")
		switch kind {
		case "DNS":
			names = append(names, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2, Bytes: []byte(value)})
		case "dirName":
			var rdns pkix.RDNSequence
			for _, a := range strings.Split(value, "/") {
				label, v, _ := strings.Cut(a, "=")
				oid := map[string]asn1.ObjectIdentifier{"O": {2, 5, 4, 10}, "OU": {2, 5, 4, 11}, "CN": {2, 5, 4, 3}}[label]
				rdns = append(rdns, pkix.RelativeDistinguishedNameSET{{Type: oid, Value: v}})
			}
			der, err := asn1.Marshal(rdns)
			if err != nil {
				return nil, err
			}
			names = append(names, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: der})
		default:
			return nil, fmt.Errorf("alternative name %s", part)
		}
	}
	der, err := asn1.Marshal(names)
	return []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: der}}, err
}
