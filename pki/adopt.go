package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// Adopt makes an authority of a certificate and key from elsewhere, in a lab of its own that starts now. What stands above it
// may follow, nearest first; a root among these is the trust anchor and is not sent. It fails if key and certificate do not belong together, or if the
// certificate may not issue.
func Adopt(cert *x509.Certificate, key crypto.Signer, above ...*x509.Certificate) (*Authority, error) {
	return New(Options{}).Adopt(cert, key, above...)
}

// Adopt is the function Adopt in this lab: keys of further identities come from the lab's secret.
func (l *Lab) Adopt(cert *x509.Certificate, key crypto.Signer, above ...*x509.Certificate) (*Authority, error) {
	if cert == nil || key == nil {
		return nil, errors.New("adopting an authority needs its certificate and its key")
	}
	if cert.Version == 3 && !cert.IsCA {
		return nil, fmt.Errorf("%s is not an authority: its certificate says CA:FALSE; a certificate with basicConstraints CA:TRUE is needed", cert.Subject)
	}
	i, err := l.given(nameOf(cert), cert, key, above)
	if err != nil {
		return nil, err
	}
	return &Authority{i}, nil
}

// Issued takes in a certificate that this authority issued elsewhere, with its key, so that it can have twins and faults.
// It fails if the authority did not sign it, or if key and certificate do not belong together.
func (a *Authority) Issued(cert *x509.Certificate, key crypto.Signer) (*Identity, error) {
	return a.issued(nameOf(cert), cert, key)
}

func (a *Authority) issued(name string, cert *x509.Certificate, key crypto.Signer) (*Identity, error) {
	m, err := a.made()
	if err != nil {
		return nil, err
	}
	if m.cert == nil || cert.CheckSignatureFrom(m.cert) != nil {
		return nil, fmt.Errorf("%s was not issued by %s: its signature does not fit that authority's key", name, a.Name())
	}
	i, err := a.recipe.lab.given(name, cert, key, nil)
	if err != nil {
		return nil, err
	}
	i.recipe.issuer = a
	g := i.recipe.given
	g.issuer, g.chain, g.roots = a, append([][]byte{g.der}, m.above...), m.roots
	g.above = g.chain
	return i, nil
}

// Known is the identity of a certificate whose key is not at hand, under a name of one's choice: it can be described and
// registered, and neither shown nor twinned. What stands above it may follow, nearest first. It fails if the certificate cannot
// be taken apart.
func Known(name string, cert *x509.Certificate, above ...*x509.Certificate) (*Identity, error) {
	if cert == nil {
		return nil, errors.New("knowing an identity needs its certificate")
	}
	return New(Options{}).given(name, cert, nil, above)
}

// given is an identity that exists already. A self-signed one can have twins; another needs its issuer.
func (l *Lab) given(name string, cert *x509.Certificate, key crypto.Signer, above []*x509.Certificate) (*Identity, error) {
	if key != nil {
		if err := belongTogether(cert, key); err != nil {
			return nil, err
		}
	}
	base, err := draftOf(l, name, cert, key)
	if err != nil {
		return nil, err
	}
	g := &made{der: cert.Raw, cert: cert, key: key, selfMade: base.SelfMade, chain: [][]byte{cert.Raw}}
	if base.SelfMade || cert.IsCA {
		g.roots = [][]byte{cert.Raw}
	}
	for _, c := range above {
		if bytes.Equal(c.RawSubject, c.RawIssuer) {
			g.roots = [][]byte{c.Raw}
			break
		}
		g.chain = append(g.chain, c.Raw)
		g.roots = [][]byte{c.Raw} // the highest that is known
	}
	if !base.SelfMade {
		g.above = g.chain
	}
	return newIdentity(&recipe{lab: l, name: name, given: g, base: base}), nil
}

func nameOf(cert *x509.Certificate) string {
	if cert.Subject.CommonName != "" {
		return cert.Subject.CommonName
	}
	return "serial " + cert.SerialNumber.Text(16)
}

// belongTogether compares the public key of a certificate with that of a private key.
func belongTogether(cert *x509.Certificate, key crypto.Signer) error {
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("the key is of a kind that cannot be used: %w", err)
	}
	if !bytes.Equal(public, cert.RawSubjectPublicKeyInfo) && !samePublicKey(cert, key) {
		return fmt.Errorf("the key does not belong to the certificate of %s: the certificate has public key %s, the key %s; take the key that was made with this certificate",
			nameOf(cert), digest256(cert.RawSubjectPublicKeyInfo), digest256(public))
	}
	return nil
}

func samePublicKey(cert *x509.Certificate, key crypto.Signer) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && cert.PublicKey != nil && public.Equal(cert.PublicKey)
}

// draftOf reads a certificate back into the draft from which its twins are made.
func draftOf(l *Lab, name string, cert *x509.Certificate, key crypto.Signer) (*trait.Draft, error) {
	subject, err := dn.ParseDER(cert.RawSubject)
	if err != nil {
		return nil, err
	}
	d := &trait.Draft{
		Name: name, Now: l.now, Subject: subject, NotBefore: cert.NotBefore, NotAfter: cert.NotAfter, Key: l.kindOf(key), KeyLabel: name, OtherKey: key,
		KeyUsage: cert.KeyUsage, CA: cert.IsCA, PathLen: -1, Signature: cert.SignatureAlgorithm, Criticality: map[string]bool{},
		SelfMade: bytes.Equal(cert.RawSubject, cert.RawIssuer) && selfSigned(cert),
	}
	if d.SelfMade && key != nil && d.Signature == usualAlgorithm(key) {
		d.Signature = x509.UnknownSignatureAlgorithm // it follows the key, which a twin may change
	}
	if cert.IsCA && (cert.MaxPathLen > 0 || cert.MaxPathLenZero) {
		d.PathLen = cert.MaxPathLen
	}
	if cert.Version == 1 {
		trait.V1(d)
	}
	there := map[string]bool{}
	for _, e := range cert.Extensions {
		there[e.Id.String()] = true
		d.Order = append(d.Order, e.Id)
		d.Criticality[e.Id.String()] = e.Critical
		switch {
		case e.Id.Equal(trait.KeyUsageOID()), e.Id.Equal(trait.BasicConstraints()):
		case e.Id.Equal(trait.ExtKeyUsageOID()):
			if _, err := asn1.Unmarshal(e.Value, &d.ExtKeyUsage); err != nil {
				return nil, fmt.Errorf("extended key usage of %s: %w", name, err)
			}
		case e.Id.Equal(trait.SubjectAltName()):
			if d.Names, err = readNames(e.Value); err != nil {
				return nil, fmt.Errorf("subject alternative name of %s: %w", name, err)
			}
		default:
			d.Extend(e)
		}
	}
	for _, usual := range []asn1.ObjectIdentifier{trait.SubjectKeyID(), trait.AuthorityKeyID(), trait.BasicConstraints()} {
		if !there[usual.String()] {
			d.Drop(usual)
		}
	}
	return d, nil
}

func selfSigned(cert *x509.Certificate) bool {
	return cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil
}

// kindOf is the kind of a key from outside, or the lab's own where there is no name for it.
func (l *Lab) kindOf(key crypto.Signer) trait.KeyKind {
	if key == nil {
		return l.key
	}
	kinds := map[string]trait.KeyKind{
		"P-224": trait.P224, "P-256": trait.P256, "P-384": trait.P384, "P-521": trait.P521,
		"1024": trait.RSA1024, "2048": trait.RSA2048, "3072": trait.RSA3072, "4096": trait.RSA4096,
	}
	kind := l.key
	switch public := key.Public().(type) {
	case *ecdsa.PublicKey:
		kind = kinds[public.Params().Name]
	case *rsa.PublicKey:
		kind = kinds[fmt.Sprint(public.N.BitLen())]
	case ed25519.PublicKey:
		kind = trait.Ed25519
	}
	if kind == "" {
		return l.key
	}
	return kind
}

// readNames takes a subject alternative name apart.
func readNames(value []byte) ([]trait.GeneralName, error) {
	in := cryptobyte.String(value)
	var list cryptobyte.String
	if !in.ReadASN1(&list, cryptobyteasn1.SEQUENCE) || !in.Empty() {
		return nil, errors.New("not a SEQUENCE of names")
	}
	var out []trait.GeneralName
	for !list.Empty() {
		var content cryptobyte.String
		var tag cryptobyteasn1.Tag
		if !list.ReadAnyASN1(&content, &tag) {
			return nil, errors.New("a name is cut off")
		}
		out = append(out, trait.GeneralName{Tag: int(tag & 0x1f), Bytes: bytes.Clone(content)})
	}
	return out, nil
}

// keyID reads the subject key identifier of a certificate, or nil.
func keyID(m *made) []byte {
	p, err := dissect(m.der)
	if err != nil {
		return nil
	}
	list, err := p.extensions()
	if err != nil {
		return nil
	}
	for _, e := range list {
		var id []byte
		if e.Id.Equal(trait.SubjectKeyID()) {
			if _, err := asn1.Unmarshal(e.Value, &id); err == nil {
				return id
			}
		}
	}
	return nil
}
