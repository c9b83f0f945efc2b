package pki

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cloudflare/cfssl/config"
	"github.com/cloudflare/cfssl/csr"
	"github.com/cloudflare/cfssl/log"
	"github.com/cloudflare/cfssl/signer"
	"github.com/cloudflare/cfssl/signer/local"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// This is the one file that talks to cfssl.

// silence keeps cfssl from writing to stderr. Its level is a variable of a package, so it is set once in a program.
var silence = sync.OnceFunc(func() { log.Level = log.LevelFatal })

// signedBy is what issuing needs of the issuer.
type signedBy struct {
	key   crypto.Signer
	name  DN
	keyID []byte // nil for a self-signed certificate
}

// issue makes the certificate of a draft: cfssl issues it, then what cfssl cannot express is cut in.
func (l *Lab) issue(d *trait.Draft, key crypto.Signer, by signedBy) ([]byte, error) {
	if err := d.Err(); err != nil {
		return nil, err
	}
	asked := slices.Clone(d.Extensions)
	if alt, err := altNames(d); err != nil {
		return nil, err
	} else if alt != nil && !hasExtension(asked, alt.Id) {
		asked = append(asked, *alt)
	}
	serial := d.Serial
	if serial == nil {
		var err error
		if serial, err = l.serial(d, key, by); err != nil {
			return nil, err
		}
	}
	der, err := l.byCFSSL(d, key, by, asked, serial)
	if err != nil {
		return nil, err
	}
	return l.correct(der, d, key, by, asked, serial)
}

// byCFSSL lets cfssl issue as much of the draft as it can.
func (l *Lab) byCFSSL(d *trait.Draft, key crypto.Signer, by signedBy, asked []pkix.Extension, serial []byte) ([]byte, error) {
	silence()
	request, err := l.request(key)
	if err != nil {
		return nil, err
	}
	profile := &config.SigningProfile{
		Usage: usages(d), Expiry: time.Hour, ClientProvidesSerialNumbers: true, ExtensionWhitelist: map[string]bool{},
		CAConstraint: config.CAConstraint{IsCA: d.CA, MaxPathLen: max(d.PathLen, 0), MaxPathLenZero: d.PathLen == 0},
	}
	if d.CA && d.PathLen < 0 {
		profile.CAConstraint.MaxPathLen = -1
	}
	var extensions []signer.Extension
	for _, e := range asked {
		profile.ExtensionWhitelist[e.Id.String()] = true
		extensions = append(extensions, signer.Extension{ID: config.OID(e.Id), Critical: e.Critical, Value: hex.EncodeToString(e.Value)})
	}
	algorithm := d.Signature
	if algorithm == x509.UnknownSignatureAlgorithm || isMD5(algorithm) {
		algorithm = usualAlgorithm(by.key)
	}
	parent := &x509.Certificate{RawSubject: by.name.DER(), SubjectKeyId: by.keyID}
	ca, err := local.NewSigner(steady{by.key}, parent, algorithm, &config.Signing{Default: profile, Profiles: map[string]*config.SigningProfile{}})
	if err != nil {
		return nil, fmt.Errorf("preparing to issue: %w", translate(err))
	}
	number := new(big.Int).SetBytes(serial)
	if number.Sign() <= 0 || len(serial) > 20 {
		number = big.NewInt(1) // cut in afterwards
	}
	issued, err := ca.Sign(signer.SignRequest{Request: string(request), Serial: number, NotBefore: d.NotBefore, NotAfter: d.NotAfter, Extensions: extensions})
	if err != nil {
		return nil, fmt.Errorf("issuing: %w", translate(err))
	}
	block, _ := pem.Decode(issued)
	if block == nil {
		return nil, fmt.Errorf("issuing: cfssl returned no certificate")
	}
	return block.Bytes, nil
}

// request asks cfssl for a certificate for a key. All that it says beside the key is replaced, so that one serves all twins.
func (l *Lab) request(key crypto.Signer) ([]byte, error) {
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	l.mu.Lock()
	get, known := l.requests[string(public)]
	if !known {
		get = sync.OnceValues(func() ([]byte, error) {
			request, err := csr.Generate(steady{key}, &csr.CertificateRequest{CN: "to be replaced"})
			if err != nil {
				return nil, fmt.Errorf("asking for a certificate: %w", translate(err))
			}
			return request, nil
		})
		l.requests[string(public)] = get
	}
	l.mu.Unlock()
	return get()
}

// usages names key usage and purposes as cfssl does. It wants at least one; purposes beyond its names are cut in later.
func usages(d *trait.Draft) []string {
	bits := []struct {
		name string
		bit  x509.KeyUsage
	}{
		{"digital signature", x509.KeyUsageDigitalSignature}, {"content commitment", x509.KeyUsageContentCommitment},
		{"key encipherment", x509.KeyUsageKeyEncipherment}, {"data encipherment", x509.KeyUsageDataEncipherment},
		{"key agreement", x509.KeyUsageKeyAgreement}, {"cert sign", x509.KeyUsageCertSign}, {"crl sign", x509.KeyUsageCRLSign},
		{"encipher only", x509.KeyUsageEncipherOnly}, {"decipher only", x509.KeyUsageDecipherOnly},
	}
	purposes := map[string]string{
		"1.3.6.1.5.5.7.3.1": "server auth", "1.3.6.1.5.5.7.3.2": "client auth", "1.3.6.1.5.5.7.3.3": "code signing",
		"1.3.6.1.5.5.7.3.4": "email protection", "1.3.6.1.5.5.7.3.8": "timestamping", "1.3.6.1.5.5.7.3.9": "ocsp signing", "2.5.29.37.0": "any",
	}
	var out []string
	for _, b := range bits {
		if d.KeyUsage&b.bit != 0 {
			out = append(out, b.name)
		}
	}
	for _, oid := range d.ExtKeyUsage {
		if name, known := purposes[oid.String()]; known {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		return []string{"digital signature"}
	}
	return out
}

// correct cuts into the issued certificate what the draft wants and cfssl did not write, and signs again if anything changed.
func (l *Lab) correct(der []byte, d *trait.Draft, key crypto.Signer, by signedBy, asked []pkix.Extension, serial []byte) ([]byte, error) {
	p, err := dissect(der)
	if err != nil {
		return nil, err
	}
	before, err := p.tbs()
	if err != nil {
		return nil, err
	}
	p[trait.PartSubject] = d.Subject.DER()
	p[trait.PartSerial] = append([]byte{0x02, byte(len(serial))}, serial...)
	if err := correctExtensions(p, d, asked); err != nil {
		return nil, err
	}
	if d.PSSKey {
		if p[trait.PartKey], err = pssKey(key); err != nil {
			return nil, err
		}
	}
	if isMD5(d.Signature) {
		id, err := md5WithRSA()
		if err != nil {
			return nil, err
		}
		p[trait.PartSignature], p[trait.PartOuterSignature] = id, id
	}
	signing := by.key
	if d.SignKey != nil {
		signing = d.SignKey
	} else if d.SignWith != "" {
		if signing, err = l.keyNamed(l.kindOf(by.key), d.SignWith); err != nil {
			return nil, err
		}
	}
	algorithm := p[trait.PartSignature]
	for part, cut := range d.Cuts {
		if cut == nil {
			delete(p, part)
		} else {
			p[part] = cut
		}
	}
	after, err := p.tbs()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(before, after) || d.SignKey != nil || d.SignWith != "" || d.Spoiled || len(d.Cuts) > 0 {
		if d.Spoiled {
			after = append(bytes.Clone(after), "and not this"...)
		}
		signature, err := signAs(algorithm, signing, after)
		if err != nil {
			return nil, err
		}
		if der, err = p.sew(signature); err != nil {
			return nil, err
		}
	}
	return encode(der, d.Encoding)
}

// correctExtensions leaves out what the draft does not want, adds what cfssl has no words for, and restores order and
// criticality where the draft was read from a certificate.
func correctExtensions(p parts, d *trait.Draft, asked []pkix.Extension) error {
	list, err := p.extensions()
	if err != nil {
		return err
	}
	drop := slices.Clone(d.Dropped)
	if d.KeyUsage == 0 && !hasExtension(asked, trait.KeyUsageOID()) {
		drop = append(drop, trait.KeyUsageOID())
	}
	if !hasExtension(asked, trait.ExtKeyUsageOID()) {
		list = slices.DeleteFunc(list, func(e pkix.Extension) bool { return len(d.ExtKeyUsage) == 0 && e.Id.Equal(trait.ExtKeyUsageOID()) })
		if len(d.ExtKeyUsage) > 0 {
			value, err := asn1.Marshal(d.ExtKeyUsage)
			if err != nil {
				return fmt.Errorf("extended key usage: %w", err)
			}
			list = replaceExtension(list, pkix.Extension{Id: trait.ExtKeyUsageOID(), Value: value})
		}
	}
	list = slices.DeleteFunc(list, func(e pkix.Extension) bool { return slices.ContainsFunc(drop, e.Id.Equal) })
	for i := range list {
		if critical, said := d.Criticality[list[i].Id.String()]; said && !hasExtension(d.Extensions, list[i].Id) {
			list[i].Critical = critical
		}
	}
	if d.Order != nil {
		rank := func(e pkix.Extension) int {
			if i := slices.IndexFunc(d.Order, e.Id.Equal); i >= 0 {
				return i
			}
			return len(d.Order)
		}
		slices.SortStableFunc(list, func(a, b pkix.Extension) int { return rank(a) - rank(b) })
	}
	return p.setExtensions(append(list, d.Doubled...))
}

func hasExtension(list []pkix.Extension, oid asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(list, func(e pkix.Extension) bool { return e.Id.Equal(oid) })
}

// replaceExtension puts a value in the place of the extension with the same OID, keeping its criticality, or at the end.
func replaceExtension(list []pkix.Extension, e pkix.Extension) []pkix.Extension {
	for i := range list {
		if list[i].Id.Equal(e.Id) {
			list[i].Value = e.Value
			return list
		}
	}
	return append(list, e)
}

func altNames(d *trait.Draft) (*pkix.Extension, error) {
	if len(d.Names) == 0 || slices.ContainsFunc(d.Dropped, trait.SubjectAltName().Equal) {
		return nil, nil
	}
	value, err := trait.AltNames(d.Names)
	if err != nil {
		return nil, fmt.Errorf("subject alternative name: %w", err)
	}
	return &pkix.Extension{Id: trait.SubjectAltName(), Critical: d.NamesAlways || d.Subject.IsEmpty(), Value: value}, nil
}

// serial derives a serial number of 20 bytes from everything else, so that equal drafts give equal certificates and
// different ones never share a number. The top bits are 01: positive, and always of the same length.
func (l *Lab) serial(d *trait.Draft, key crypto.Signer, by signedBy) ([]byte, error) {
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	issuer, err := x509.MarshalPKIXPublicKey(by.key.Public())
	if err != nil {
		return nil, fmt.Errorf("issuer's public key: %w", err)
	}
	h := sha256.New()
	describe(h, d)
	fmt.Fprintf(h, "key %x\nissuer %x %x\n", public, issuer, by.name.DER())
	serial, err := l.derive("serial/"+hex.EncodeToString(h.Sum(nil)), 20)
	if err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	serial[0] = serial[0]&0x3f | 0x40
	return serial, nil
}

// describe writes down what makes up a draft, and leaves out what has its zero value, so that a kind of trait that comes
// later does not change the serial numbers of certificates without it.
func describe(w io.Writer, d *trait.Draft) {
	fmt.Fprintf(w, "subject %x\nfrom %d until %d\nusage %d %v\nca %v %d\n", d.Subject.DER(), d.NotBefore.Unix(), d.NotAfter.Unix(), d.KeyUsage, d.ExtKeyUsage, d.CA, d.PathLen)
	for _, n := range d.Names {
		fmt.Fprintf(w, "name %d %x\n", n.Tag, n.Bytes)
	}
	for _, e := range slices.Concat(d.Extensions, d.Doubled) {
		fmt.Fprintf(w, "extension %v %v %x\n", e.Id, e.Critical, e.Value)
	}
	for _, part := range slices.Sorted(maps.Keys(d.Cuts)) {
		fmt.Fprintf(w, "cut %s %x\n", part, d.Cuts[part])
	}
	for _, more := range []struct {
		name string
		set  bool
		is   any
	}{
		{"named", true, d.Name}, {"salt", d.Salt != "", d.Salt}, {"signature", d.Signature != 0, d.Signature}, {"critical names", d.NamesAlways, ""},
		{"without", len(d.Dropped) > 0, d.Dropped}, {"signed by", d.SignWith != "", d.SignWith}, {"spoiled", d.Spoiled, ""},
		{"encoding", d.Encoding != trait.DER, d.Encoding}, {"pss", d.PSSKey, ""}, {"alone", d.NoChain, ""}, {"before", len(d.Appended) > 0, d.Appended},
	} {
		if more.set {
			fmt.Fprintf(w, "%s %v\n", more.name, more.is)
		}
	}
}

// pssKey writes an RSA key's SubjectPublicKeyInfo with the algorithm id-RSASSA-PSS and without parameters (RFC 4055 §1.2).
func pssKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	var info struct {
		Algorithm struct {
			OID        asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	if !info.Algorithm.OID.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}) {
		return nil, fmt.Errorf("only an RSA key can be written as id-RSASSA-PSS: ask for one with trait.Key(trait.RSA2048)")
	}
	return asn1.Marshal(struct {
		Algorithm struct{ OID asn1.ObjectIdentifier }
		Key       asn1.BitString
	}{struct{ OID asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}}, info.Key})
}

// translate turns cfssl's errors, which are JSON, into a sentence.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var e struct {
		Message string `json:"message"`
	}
	if json.Unmarshal([]byte(err.Error()), &e) != nil || e.Message == "" {
		return err
	}
	return fmt.Errorf("%s", strings.ToLower(e.Message[:1])+e.Message[1:])
}
