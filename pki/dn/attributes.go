package dn

import (
	"crypto/x509"
	"fmt"
	"strings"
	"sync"
)

// An attributeType is one row of the table of attribute types: what each party calls it. An empty cell means that the
// party does not know the type and writes the OID in its own way.
type attributeType struct {
	oid     string
	rfc4514 string // RFC 4514 §3: the nine names that every reader must know
	dotnet  string // .NET, all platforms
	openssl string // OpenSSL's short name, which it prints
	long    string // OpenSSL's long name, which .NET on Linux prints where it has no name of its own
	java    string // Java's RFC 2253 form
	tag     byte   // the string type that an encoder takes by default
	also    string // further names that Parse understands, blank-separated
}

// attributeTypes is the table, made once (RFC 4519, RFC 5280 A.1; .NET: X500NameEncoder and OidLookup of .NET 10; OpenSSL 3.0 objects).
var attributeTypes = sync.OnceValue(func() []attributeType {
	return []attributeType{
		{"2.5.4.3", "CN", "CN", "CN", "commonName", "CN", UTF8, "commonName"},
		{"2.5.4.4", "", "SN", "SN", "surname", "", UTF8, "surname"},
		{"2.5.4.5", "", "SERIALNUMBER", "serialNumber", "serialNumber", "", Printable, ""},
		{"2.5.4.6", "C", "C", "C", "countryName", "C", Printable, "countryName"},
		{"2.5.4.7", "L", "L", "L", "localityName", "L", UTF8, "localityName"},
		{"2.5.4.8", "ST", "S", "ST", "stateOrProvinceName", "ST", UTF8, "stateOrProvinceName S"},
		{"2.5.4.9", "STREET", "STREET", "street", "streetAddress", "STREET", UTF8, "streetAddress"},
		{"2.5.4.10", "O", "O", "O", "organizationName", "O", UTF8, "organizationName"},
		{"2.5.4.11", "OU", "OU", "OU", "organizationalUnitName", "OU", UTF8, "organizationalUnitName"},
		{"2.5.4.12", "", "T", "title", "title", "", UTF8, ""},
		{"2.5.4.13", "", "Description", "description", "description", "", UTF8, ""},
		{"2.5.4.15", "", "", "businessCategory", "businessCategory", "", UTF8, ""},
		{"2.5.4.16", "", "", "postalAddress", "postalAddress", "", UTF8, ""},
		{"2.5.4.17", "", "PostalCode", "postalCode", "postalCode", "", UTF8, ""},
		{"2.5.4.18", "", "POBox", "postOfficeBox", "postOfficeBox", "", UTF8, ""},
		{"2.5.4.20", "", "Phone", "telephoneNumber", "telephoneNumber", "", Printable, ""},
		{"2.5.4.24", "", "X21Address", "x121Address", "x121Address", "", Numeric, ""},
		{"2.5.4.41", "", "", "name", "name", "", UTF8, ""},
		{"2.5.4.42", "", "G", "GN", "givenName", "", UTF8, "givenName"},
		{"2.5.4.43", "", "I", "initials", "initials", "", UTF8, ""},
		{"2.5.4.44", "", "", "generationQualifier", "generationQualifier", "", UTF8, ""},
		{"2.5.4.45", "", "", "x500UniqueIdentifier", "x500UniqueIdentifier", "", UTF8, ""},
		{"2.5.4.46", "", "dnQualifier", "dnQualifier", "dnQualifier", "", Printable, ""},
		{"2.5.4.65", "", "", "pseudonym", "pseudonym", "", UTF8, ""},
		{"2.5.4.72", "", "", "role", "role", "", UTF8, ""},
		{"2.5.4.97", "", "", "organizationIdentifier", "organizationIdentifier", "", UTF8, ""},
		{"1.2.840.113549.1.9.1", "", "E", "emailAddress", "emailAddress", "", IA5, "email"},
		{"1.2.840.113549.1.9.2", "", "", "unstructuredName", "unstructuredName", "", IA5, ""},
		{"1.2.840.113549.1.9.8", "", "", "unstructuredAddress", "unstructuredAddress", "", UTF8, ""},
		{"0.9.2342.19200300.100.1.1", "UID", "", "UID", "userId", "UID", UTF8, "userId"},
		{"0.9.2342.19200300.100.1.3", "", "", "mail", "rfc822Mailbox", "", IA5, ""},
		{"0.9.2342.19200300.100.1.25", "DC", "DC", "DC", "domainComponent", "DC", IA5, "domainComponent"},
		{"1.3.6.1.4.1.311.60.2.1.1", "", "", "jurisdictionL", "jurisdictionLocalityName", "", UTF8, ""},
		{"1.3.6.1.4.1.311.60.2.1.2", "", "", "jurisdictionST", "jurisdictionStateOrProvinceName", "", UTF8, ""},
		{"1.3.6.1.4.1.311.60.2.1.3", "", "", "jurisdictionC", "jurisdictionCountryName", "", Printable, ""},
		{"2.23.133.2.1", "", "TPMManufacturer", "", "", "", UTF8, ""},
		{"2.23.133.2.2", "", "TPMModel", "", "", "", UTF8, ""},
		{"2.23.133.2.3", "", "TPMVersion", "", "", "", UTF8, ""},
	}
})

func typeOf(oid string) attributeType {
	for _, t := range attributeTypes() {
		if t.oid == oid {
			return t
		}
	}
	return attributeType{oid: oid, tag: UTF8}
}

// label names a type for a message: by its short name if there is one.
func label(oid string) string {
	t := typeOf(oid)
	if t.openssl != "" {
		return t.openssl
	}
	return oid
}

// lookUp finds the OID of an attribute type's name, in any case, or of an OID written as "1.2.3" or "OID.1.2.3".
func lookUp(name string) (string, error) {
	dotted := name
	if len(name) > 4 && strings.EqualFold(name[:4], "OID.") {
		dotted = name[4:]
	}
	if dotted != "" && dotted[0] >= '0' && dotted[0] <= '9' {
		oid, err := x509.ParseOID(dotted)
		if err != nil {
			return "", fmt.Errorf("%q is not a valid OID", dotted)
		}
		return oid.String(), nil
	}
	if name != "" {
		for _, t := range attributeTypes() {
			if strings.EqualFold(t.rfc4514, name) || strings.EqualFold(t.dotnet, name) || strings.EqualFold(t.openssl, name) || strings.EqualFold(t.long, name) {
				return t.oid, nil
			}
			for also := range strings.FieldsSeq(t.also) {
				if strings.EqualFold(also, name) {
					return t.oid, nil
				}
			}
		}
	}
	return "", fmt.Errorf("unknown attribute type %q: write it as dotted OID, such as 2.5.4.97=value", name)
}
