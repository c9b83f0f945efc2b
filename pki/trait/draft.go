// Package trait holds the properties that a certificate can have, right and wrong, as values that are put together:
//
//	ca.Client("alice", trait.Subject("CN=client,OU=production,O=company"), trait.Email("alice@example.test"))
//	alice.With(trait.Expired)
//
// A trait edits a [Draft]; later traits win. Traits know nothing of each other, and nothing is signed while they run.
package trait

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// A Trait edits the draft of a certificate.
type Trait func(*Draft)

// A KeyKind names an algorithm and a size of key.
type KeyKind string

// The kinds of key that can be made. RSA keys take time (about 50 ms for 2048 bits, 400 ms for 4096), the others none.
const (
	P224    KeyKind = "p224"
	P256    KeyKind = "p256"
	P384    KeyKind = "p384"
	P521    KeyKind = "p521"
	Ed25519 KeyKind = "ed25519"
	RSA1024 KeyKind = "rsa1024"
	RSA2048 KeyKind = "rsa2048"
	RSA3072 KeyKind = "rsa3072"
	RSA4096 KeyKind = "rsa4096"
)

// KeyKinds returns every kind of key.
func KeyKinds() []KeyKind {
	return []KeyKind{P224, P256, P384, P521, Ed25519, RSA1024, RSA2048, RSA3072, RSA4096}
}

// A Draft is everything that makes up a certificate before it is signed. It is plain data, so that the same draft always
// gives the same certificate.
type Draft struct {
	Name    string    // of the identity; traits only read it
	Now     time.Time // the day on which the lab began, at midnight; traits only read it
	Moment  time.Time // the lab's clock when the draft was made, to the second; traits only read it
	Subject dn.Name

	NotBefore, NotAfter time.Time

	Key       KeyKind
	KeyLabel  string        // two identities with the same label and kind have the same key
	OtherKey  crypto.Signer // a key from outside, which wins
	BaseLabel string        // KeyLabel and OtherKey of the identity that this one was made like
	BaseKey   crypto.Signer
	Serial    []byte // contents of the INTEGER; nil: derived from all the rest
	Salt      string // makes certificates differ that are otherwise equal
	Signature x509.SignatureAlgorithm

	KeyUsage    x509.KeyUsage
	ExtKeyUsage []asn1.ObjectIdentifier
	CA          bool
	PathLen     int // -1: no limit
	Names       []GeneralName
	NamesAlways bool             // the subject alternative name is critical even beside a subject
	Extensions  []pkix.Extension // further ones; one of these replaces what the fields above say about the same OID
	Doubled     []pkix.Extension // added at the end whether or not the OID is there already
	Dropped     []asn1.ObjectIdentifier
	Order       []asn1.ObjectIdentifier // the order of extensions to keep, as far as they are there
	Criticality map[string]bool         // by dotted OID, where it is not the usual one

	Issuer   Issuer // nil: as made
	SelfMade bool   // signed by its own key

	Cuts     map[Part][]byte // parts that replace what was issued; a nil value removes the part
	SignWith string          // label of a key that signs in the issuer's place
	SignKey  crypto.Signer   // a key from outside that does so, which wins
	Spoiled  bool            // the signature is one over other bytes
	Encoding Encoding
	PSSKey   bool // the key's algorithm is written as id-RSASSA-PSS

	NoChain  bool     // sends the certificate alone
	Appended [][]byte // sent after the chain

	errs []error
}

// An Issuer is who signs: an authority of package pki.
type Issuer interface {
	DER() []byte
	Key() crypto.Signer
	DN() dn.Name
	Err() error
}

// A Part is one of the parts that a certificate consists of.
type Part string

// The parts of a TBSCertificate in their order, and the signature algorithm that is written outside of it.
const (
	PartVersion        Part = "version"
	PartSerial         Part = "serial"
	PartSignature      Part = "sigalg"
	PartIssuer         Part = "issuer"
	PartValidity       Part = "validity"
	PartSubject        Part = "subject"
	PartKey            Part = "spki"
	PartExtensions     Part = "exts"
	PartOuterSignature Part = "outeralg"
)

// An Encoding is how the finished certificate is written down.
type Encoding string

// Encodings that are not DER.
const (
	DER              Encoding = ""
	TrailingBytes    Encoding = "trailing-bytes"    // three bytes after the certificate
	IndefiniteLength Encoding = "indefinite-length" // BER: the outer SEQUENCE ends with an end-of-contents mark
	LongLength       Encoding = "long-length"       // BER: the length of the outer SEQUENCE has a leading zero
)

// Fail notes that a trait could not do its work: the identity's Err reports the first.
func (d *Draft) Fail(err error) {
	if err != nil {
		d.errs = append(d.errs, err)
	}
}

// Err returns the first error that a trait noted.
func (d *Draft) Err() error {
	if len(d.errs) == 0 {
		return nil
	}
	return d.errs[0]
}

// Cut replaces a part of the issued certificate by other DER, or removes it if der is nil.
func (d *Draft) Cut(part Part, der []byte) {
	if d.Cuts == nil {
		d.Cuts = map[Part][]byte{}
	}
	d.Cuts[part] = der
}

// Drop leaves out an extension, whoever wants it.
func (d *Draft) Drop(oid asn1.ObjectIdentifier) {
	d.Extensions = slices.DeleteFunc(d.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oid) })
	if !slices.ContainsFunc(d.Dropped, oid.Equal) {
		d.Dropped = append(d.Dropped, oid)
	}
}

// Extend adds an extension, or replaces one of the same OID.
func (d *Draft) Extend(e pkix.Extension) {
	d.Extensions = slices.DeleteFunc(d.Extensions, func(old pkix.Extension) bool { return old.Id.Equal(e.Id) })
	d.Dropped = slices.DeleteFunc(d.Dropped, e.Id.Equal)
	d.Extensions = append(d.Extensions, e)
}

func (d *Draft) undrop(oid asn1.ObjectIdentifier) {
	d.Dropped = slices.DeleteFunc(d.Dropped, oid.Equal)
	d.Extensions = slices.DeleteFunc(d.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oid) })
}

// rekey changes the key, and with it what a certificate read from a file said of its old key.
func (d *Draft) rekey(label string, key crypto.Signer) {
	d.KeyLabel, d.OtherKey = label, key
	d.undrop(SubjectKeyID())
}

// reissue forgets what a certificate read from a file said of its old issuer.
func (d *Draft) reissue() {
	d.Signature = x509.UnknownSignatureAlgorithm
	d.undrop(AuthorityKeyID())
}
