package pki

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// An OCSPStatus is what an OCSP answer says.
type OCSPStatus int

// The statuses of RFC 6960 §2.2; Registered is what the register says. TryLater is an error of RFC 6960 §2.3, which is not
// signed and says nothing of the certificate.
const (
	Registered OCSPStatus = iota
	Good
	Revoked
	Unknown
	TryLater
)

func ocspStatusNames() []string {
	return []string{"registered", "good", "revoked", "unknown", "try-later"}
}

// String is registered, good, revoked, unknown or try-later.
func (s OCSPStatus) String() string {
	if names := ocspStatusNames(); s >= 0 && int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("OCSPStatus(%d)", int(s))
}

// MarshalText is String.
func (s OCSPStatus) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String writes. It fails, with the names there are, for anything else.
func (s *OCSPStatus) UnmarshalText(text []byte) error {
	i := slices.Index(ocspStatusNames(), string(text))
	if i < 0 {
		return fmt.Errorf("there is no OCSP answer %q: choose one of %s", text, strings.Join(ocspStatusNames(), ", "))
	}
	*s = OCSPStatus(i)
	return nil
}

// OCSPOptions change an answer. The zero value says what the register says, now, signed by the authority itself.
type OCSPOptions struct {
	Timing
	Status    OCSPStatus
	Delegated bool      // signed by a responder's certificate that the authority issued for it (RFC 6960 §4.2.2.2)
	Forged    bool      // signed by another key in the authority's name
	By        *Identity // signed by this identity, whose certificate goes along, whoever issued it and whatever for
}

// OCSP returns the answer about one identity as DER (RFC 6960). The same register, clock and options give the same bytes.
func (r *Revocation) OCSP(i *Identity, o OCSPOptions) ([]byte, error) {
	serial, err := r.serialOf(i)
	if err != nil {
		return nil, err
	}
	m, err := r.of.made()
	if err != nil {
		return nil, err
	}
	name, key, err := issuerHashes(m.cert, crypto.SHA1)
	if err != nil {
		return nil, err
	}
	id, err := asn1.Marshal(struct {
		Hash      pkix.AlgorithmIdentifier
		Name, Key []byte
		Serial    *big.Int
	}{pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, Parameters: asn1.NullRawValue}, name, key, serial})
	if err != nil {
		return nil, err
	}
	return r.answer(ocspQuestion{about: []certID{{der: id, serial: serial}}}, o)
}

// issuerHashes are the hashes by which a question names an issuer (RFC 6960 §4.1.1).
func issuerHashes(issuer *x509.Certificate, hash crypto.Hash) (name, key []byte, err error) {
	public, err := publicKeyBits(issuer)
	if err != nil {
		return nil, nil, err
	}
	h := hash.New()
	h.Write(issuer.RawSubject)
	name = h.Sum(nil)
	h.Reset()
	h.Write(public)
	return name, h.Sum(nil), nil
}

// said is what is answered about one certificate.
type said struct {
	id certID
	OCSPOptions
	at time.Time // of the revocation
}

// say works out what is said about a certificate: the answer that Answer laid down, else the one asked for.
func (r *Revocation) say(id certID, o OCSPOptions) said {
	r.mu.Lock()
	defer r.mu.Unlock()
	serial := id.serial.String()
	if laid, is := r.answers[serial]; is {
		o = laid
	}
	at, revoked := r.revoked[serial]
	if !revoked {
		at = r.of.lab().now
	}
	if o.Status == Registered && revoked {
		o.Status = Revoked
	} else if o.Status == Registered {
		o.Status = Good
	}
	o.Timing = o.or(r.of.lab().today())
	return said{id, o, at}
}

// answer signs the answer to a question. Who signs is decided by the first certificate that it is about.
func (r *Revocation) answer(q ocspQuestion, o OCSPOptions) ([]byte, error) {
	var all []said
	for _, id := range q.about {
		s := r.say(id, o)
		if s.Status == TryLater {
			return ocspError(ocspTryLater), nil
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, errors.New("the question is about no certificate")
	}
	name, key, certificate, err := r.responder(all[0].OCSPOptions)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	sequence(&b, func(b *cryptobyte.Builder) {
		explicit(b, 1, func(b *cryptobyte.Builder) { b.AddBytes(name) })
		b.AddASN1GeneralizedTime(all[0].This)
		sequence(b, func(b *cryptobyte.Builder) {
			for _, s := range all {
				sequence(b, s.write)
			}
		})
		if q.nonce != nil {
			explicit(b, 1, func(b *cryptobyte.Builder) { sequence(b, func(b *cryptobyte.Builder) { b.AddBytes(q.nonce) }) })
		}
	})
	data, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("writing an OCSP answer: %w", err)
	}
	return signedAnswer(data, key, certificate)
}

// responder is who signs: its name, key, and certificate where that has to go along.
func (r *Revocation) responder(o OCSPOptions) (name []byte, key crypto.Signer, certificate []byte, err error) {
	m, err := r.of.made()
	if err != nil {
		return nil, nil, nil, err
	}
	if m.cert == nil || m.key == nil {
		return nil, nil, nil, fmt.Errorf("%s cannot sign an OCSP answer", r.of.Name())
	}
	by := o.By
	switch {
	case by != nil:
	case o.Forged:
		forger := r.of.Named("ocsp-forger/"+r.of.Name(), trait.SelfSigned)
		return m.cert.RawSubject, forger.Key(), nil, forger.Err()
	case o.Delegated:
		by = r.of.Client("ocsp-responder", trait.Subject("CN=mtlscheck OCSP Responder,O=mtlscheck"), trait.ExtKeyUsage("OCSPSigning"), noCheck)
	default:
		return m.cert.RawSubject, m.key, nil, nil
	}
	if err := by.Err(); err != nil {
		return nil, nil, nil, err
	}
	if by.Key() == nil {
		return nil, nil, nil, fmt.Errorf("the key of %s is not at hand", by.Name())
	}
	return by.DN().DER(), by.Key(), by.DER(), nil
}

// noCheck says that nobody need ask whether the responder is revoked (RFC 6960 §4.2.2.2.1).
func noCheck(d *trait.Draft) {
	d.Extend(pkix.Extension{Id: trait.OID(1, 3, 6, 1, 5, 5, 7, 48, 1, 5), Value: []byte{5, 0}})
}

// write is a SingleResponse (RFC 6960 §4.2.1).
func (s said) write(b *cryptobyte.Builder) {
	b.AddBytes(s.id.der)
	switch s.Status {
	case Revoked:
		explicit(b, 1, func(b *cryptobyte.Builder) {
			b.AddASN1GeneralizedTime(s.at)
			explicit(b, 0, func(b *cryptobyte.Builder) { b.AddASN1Enum(keyCompromise) })
		})
	case Good:
		b.AddASN1(cryptobyteasn1.Tag(0).ContextSpecific(), func(*cryptobyte.Builder) {})
	default:
		b.AddASN1(cryptobyteasn1.Tag(2).ContextSpecific(), func(*cryptobyte.Builder) {})
	}
	b.AddASN1GeneralizedTime(s.This)
	explicit(b, 0, func(b *cryptobyte.Builder) { b.AddASN1GeneralizedTime(s.Next) })
}

// signedAnswer is an OCSPResponse with a BasicOCSPResponse in it (RFC 6960 §4.2.1).
func signedAnswer(data []byte, key crypto.Signer, certificate []byte) ([]byte, error) {
	algorithm, err := algorithmOf(key)
	if err != nil {
		return nil, err
	}
	signature, err := signAs(algorithm, key, data)
	if err != nil {
		return nil, fmt.Errorf("signing an OCSP answer: %w", err)
	}
	var b cryptobyte.Builder
	sequence(&b, func(b *cryptobyte.Builder) {
		b.AddASN1Enum(0)
		explicit(b, 0, func(b *cryptobyte.Builder) {
			sequence(b, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1})
				b.AddASN1(cryptobyteasn1.OCTET_STRING, func(b *cryptobyte.Builder) {
					sequence(b, func(b *cryptobyte.Builder) {
						b.AddBytes(data)
						b.AddBytes(algorithm)
						b.AddASN1BitString(signature)
						if certificate != nil {
							explicit(b, 0, func(b *cryptobyte.Builder) { sequence(b, func(b *cryptobyte.Builder) { b.AddBytes(certificate) }) })
						}
					})
				})
			})
		})
	})
	return b.Bytes()
}

// algorithmOf is the AlgorithmIdentifier with which a key usually signs (RFC 5758, RFC 4055, RFC 8410).
func algorithmOf(key crypto.Signer) ([]byte, error) {
	id := pkix.AlgorithmIdentifier{}
	switch usualAlgorithm(key) {
	case x509.ECDSAWithSHA256:
		id.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	case x509.ECDSAWithSHA384:
		id.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	case x509.ECDSAWithSHA512:
		id.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
	case x509.PureEd25519:
		id.Algorithm = asn1.ObjectIdentifier{1, 3, 101, 112}
	default:
		id.Algorithm, id.Parameters = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, asn1.NullRawValue
	}
	return asn1.Marshal(id)
}

// The errors of RFC 6960 §4.2.1 that are answered here.
const (
	ocspMalformed    = 1
	ocspInternal     = 2
	ocspTryLater     = 3
	ocspUnauthorized = 6
)

// ocspError is an OCSPResponse without an answer.
func ocspError(status byte) []byte { return []byte{0x30, 3, 0x0a, 1, status} }

func sequence(b *cryptobyte.Builder, contents func(*cryptobyte.Builder)) {
	b.AddASN1(cryptobyteasn1.SEQUENCE, contents)
}

func explicit(b *cryptobyte.Builder, tag uint8, contents func(*cryptobyte.Builder)) {
	b.AddASN1(cryptobyteasn1.Tag(tag).ContextSpecific().Constructed(), contents)
}
