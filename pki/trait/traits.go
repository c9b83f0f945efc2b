package trait

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/dn"
)

const day = 24 * time.Hour

// Subject sets the name, in the form of RFC 4514 ("CN=client,OU=production,O=company").
func Subject(rfc4514 string) Trait {
	name, err := dn.Parse(rfc4514)
	return func(d *Draft) {
		d.Fail(err)
		d.Subject = name
	}
}

// SubjectName sets the name exactly: order, sets and string types are kept.
func SubjectName(name dn.Name) Trait { return func(d *Draft) { d.Subject = name } }

// Valid sets both ends of the validity.
func Valid(from, until time.Time) Trait {
	return func(d *Draft) {
		d.NotBefore, d.NotAfter = from.UTC().Truncate(time.Second), until.UTC().Truncate(time.Second)
	}
}

// ValidFor ends the validity so long after the lab's present.
func ValidFor(duration time.Duration) Trait {
	return func(d *Draft) { d.NotAfter = d.Now.Add(duration).UTC().Truncate(time.Second) }
}

// Expired ends the validity a day before the lab's present; it began 30 days earlier.
func Expired(d *Draft) { Valid(d.Now.Add(-31*day), d.Now.Add(-day))(d) }

// NotYetValid begins the validity a day after the lab's present, for 30 days.
func NotYetValid(d *Draft) { Valid(d.Now.Add(day), d.Now.Add(31*day))(d) }

// Inverted ends the validity a day before the lab's present and begins it a day after.
func Inverted(d *Draft) { Valid(d.Now.Add(day), d.Now.Add(-day))(d) }

// KeyUsage sets the key usage. Zero leaves the extension out.
func KeyUsage(u x509.KeyUsage) Trait {
	return func(d *Draft) {
		d.undrop(KeyUsageOID())
		d.KeyUsage = u
	}
}

// NoKeyUsage leaves the key usage extension out.
func NoKeyUsage(d *Draft) { KeyUsage(0)(d) }

// ExtKeyUsage sets the extended key usage, by name ("clientAuth") or dotted OID. Without arguments it leaves the extension out.
func ExtKeyUsage(purposes ...string) Trait {
	return func(d *Draft) {
		d.undrop(ExtKeyUsageOID())
		d.ExtKeyUsage = nil
		for _, p := range purposes {
			oid, known := Purposes()[p]
			if !known {
				var err error
				if oid, err = parseOID(p); err != nil {
					d.Fail(fmt.Errorf("extended key usage %q is neither an OID nor one of %s", p, strings.Join(purposeNames(), ", ")))
					return
				}
			}
			d.ExtKeyUsage = append(d.ExtKeyUsage, oid)
		}
	}
}

// ServerAuthOnly is the extended key usage of a TLS server alone.
func ServerAuthOnly(d *Draft) { ExtKeyUsage("serverAuth")(d) }

// NoExtKeyUsage leaves the extended key usage out, which means: any.
func NoExtKeyUsage(d *Draft) { ExtKeyUsage()(d) }

func parseOID(dotted string) (asn1.ObjectIdentifier, error) {
	var out asn1.ObjectIdentifier
	if _, err := x509.ParseOID(dotted); err != nil {
		return nil, err
	}
	for _, arc := range strings.Split(dotted, ".") {
		var n int
		if _, err := fmt.Sscan(arc, &n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// CA says in basicConstraints whether the certificate may issue.
func CA(is bool) Trait {
	return func(d *Draft) {
		d.undrop(BasicConstraints())
		d.CA = is
	}
}

// PathLen limits how many authorities may follow below; -1 removes the limit.
func PathLen(n int) Trait { return func(d *Draft) { d.PathLen = n } }

// Extension adds an extension or replaces the one with the same OID.
func Extension(oid asn1.ObjectIdentifier, critical bool, value []byte) Trait {
	return func(d *Draft) { d.Extend(pkix.Extension{Id: oid, Critical: critical, Value: value}) }
}

// Doubled adds an extension although one with the same OID may be there, which RFC 5280 §4.2 forbids.
func Doubled(oid asn1.ObjectIdentifier, critical bool, value []byte) Trait {
	return func(d *Draft) {
		d.Doubled = append(d.Doubled[:len(d.Doubled):len(d.Doubled)], pkix.Extension{Id: oid, Critical: critical, Value: value})
	}
}

// Without leaves out extensions.
func Without(oids ...asn1.ObjectIdentifier) Trait {
	return func(d *Draft) {
		for _, oid := range oids {
			d.Drop(oid)
		}
	}
}

// Serial sets the serial number by the contents of its INTEGER, minimal or not, negative or not.
func Serial(contents ...byte) Trait { return func(d *Draft) { d.Serial = contents } }

// Salt makes a certificate differ from one that is equal in all other traits: it gets another serial number.
func Salt(text string) Trait { return func(d *Draft) { d.Salt += "/" + text } }

// Key changes the kind of key. The identity gets its own key of that kind.
func Key(kind KeyKind) Trait {
	return func(d *Draft) {
		d.Key = kind
		d.rekey(d.KeyLabel, nil)
	}
}

// KeyOf gives the key that has this label: identities with the same label and kind of key share one. By default an
// identity's label is its name.
func KeyOf(label string) Trait { return func(d *Draft) { d.rekey(label, nil) } }

// NewKey gives another key of the same kind, as a renewal does.
func NewKey(d *Draft) { d.rekey(d.KeyLabel+"/renewed", nil) }

// WithKey gives a key from outside.
func WithKey(key crypto.Signer) Trait { return func(d *Draft) { d.rekey(d.KeyLabel, key) } }

// SameKey keeps the key of the identity that Named starts from.
func SameKey(d *Draft) { d.rekey(d.BaseLabel, d.BaseKey) }

// PSSKey writes the algorithm of an RSA key as id-RSASSA-PSS (RFC 4055), which Go cannot use.
func PSSKey(d *Draft) { d.PSSKey = true }

// Signature chooses the algorithm with which the issuer signs; MD5 and SHA-1 are possible.
func Signature(a x509.SignatureAlgorithm) Trait { return func(d *Draft) { d.Signature = a } }

// SignedBy lets another authority sign; issuer name and key identifier are that authority's.
func SignedBy(issuer Issuer) Trait {
	return func(d *Draft) {
		d.Issuer, d.SelfMade = issuer, false
		d.reissue()
	}
}

// SelfSigned makes the certificate its own issuer.
func SelfSigned(d *Draft) {
	d.Issuer, d.SelfMade = nil, true
	d.reissue()
}

// ForeignSignature lets the key with this label sign, of the same kind as the issuer's, while the certificate names its issuer as before.
func ForeignSignature(label string) Trait { return func(d *Draft) { d.SignWith = label } }

// CorruptSignature makes the signature one over other bytes: well-formed, and wrong.
func CorruptSignature(d *Draft) { d.Spoiled = true }

// Cut replaces a part of the finished certificate, or removes it if der is nil, and has it signed again.
func Cut(part Part, der []byte) Trait { return func(d *Draft) { d.Cut(part, der) } }

// V1 is an X.509 version 1 certificate: no extensions at all.
func V1(d *Draft) {
	d.Cut(PartVersion, nil)
	d.Cut(PartExtensions, nil)
}

// Encoded writes the finished certificate in an encoding that is not DER.
func Encoded(e Encoding) Trait { return func(d *Draft) { d.Encoding = e } }

// NoChain sends the certificate without its intermediates.
func NoChain(d *Draft) { d.NoChain = true }

// Followed sends further certificates, as DER, after the chain.
func Followed(ders ...[]byte) Trait {
	return func(d *Draft) { d.Appended = append(append([][]byte(nil), d.Appended...), ders...) }
}

// CRLAt says where the list of revoked certificates is (RFC 5280 §4.2.1.13).
func CRLAt(url string) Trait {
	return func(d *Draft) {
		Extension(OID(2, 5, 29, 31), false, nested(0x30, 0x30, 0xa0, 0xa0)(0x86, url))(d)
	}
}

// OCSPAt says where to ask whether the certificate is revoked (RFC 5280 §4.2.2.1).
func OCSPAt(url string) Trait {
	return func(d *Draft) {
		oid := []byte{0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1}
		Extension(OID(1, 3, 6, 1, 5, 5, 7, 1, 1), false, element(0x30, element(0x30, append(oid, element(0x86, []byte(url))...))))(d)
	}
}

func element(tag byte, contents []byte) []byte {
	return dn.Value{Tag: tag, Bytes: contents}.DER()
}

// nested wraps a text in elements, the outermost first.
func nested(tags ...byte) func(tag byte, text string) []byte {
	return func(tag byte, text string) []byte {
		der := element(tag, []byte(text))
		for i := len(tags) - 1; i >= 0; i-- {
			der = element(tags[i], der)
		}
		return der
	}
}
