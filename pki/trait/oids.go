package trait

import (
	"encoding/asn1"
	"maps"
	"slices"
)

// OID makes an object identifier.
func OID(arcs ...int) asn1.ObjectIdentifier { return arcs }

// SubjectKeyID is the OID of the extension subjectKeyIdentifier (RFC 5280 §4.2.1).
func SubjectKeyID() asn1.ObjectIdentifier { return OID(2, 5, 29, 14) }

// KeyUsageOID is the OID of the extension keyUsage (RFC 5280 §4.2.1).
func KeyUsageOID() asn1.ObjectIdentifier { return OID(2, 5, 29, 15) }

// SubjectAltName is the OID of the extension subjectAltName (RFC 5280 §4.2.1).
func SubjectAltName() asn1.ObjectIdentifier { return OID(2, 5, 29, 17) }

// BasicConstraints is the OID of the extension basicConstraints (RFC 5280 §4.2.1).
func BasicConstraints() asn1.ObjectIdentifier { return OID(2, 5, 29, 19) }

// NameConstraints is the OID of the extension nameConstraints (RFC 5280 §4.2.1).
func NameConstraints() asn1.ObjectIdentifier { return OID(2, 5, 29, 30) }

// AuthorityKeyID is the OID of the extension authorityKeyIdentifier (RFC 5280 §4.2.1).
func AuthorityKeyID() asn1.ObjectIdentifier { return OID(2, 5, 29, 35) }

// ExtKeyUsageOID is the OID of the extension extKeyUsage (RFC 5280 §4.2.1).
func ExtKeyUsageOID() asn1.ObjectIdentifier { return OID(2, 5, 29, 37) }

// Purposes are the extended key usages that have a name, by that name (RFC 5280 §4.2.1.12).
func Purposes() map[string]asn1.ObjectIdentifier {
	return map[string]asn1.ObjectIdentifier{
		"any":             OID(2, 5, 29, 37, 0),
		"serverAuth":      OID(1, 3, 6, 1, 5, 5, 7, 3, 1),
		"clientAuth":      OID(1, 3, 6, 1, 5, 5, 7, 3, 2),
		"codeSigning":     OID(1, 3, 6, 1, 5, 5, 7, 3, 3),
		"emailProtection": OID(1, 3, 6, 1, 5, 5, 7, 3, 4),
		"timeStamping":    OID(1, 3, 6, 1, 5, 5, 7, 3, 8),
		"OCSPSigning":     OID(1, 3, 6, 1, 5, 5, 7, 3, 9),
	}
}

func purposeNames() []string { return slices.Sorted(maps.Keys(Purposes())) }
