// Package dn holds distinguished names exactly as a certificate encodes them: the order of the parts, parts with several
// attributes, and the string type of each value survive. It reads RFC 4514 and DER, and writes a name the way RFC 4514,
// .NET, OpenSSL and Java do, because servers compare these strings.
//
//	name, err := dn.Parse("CN=client,OU=production,O=company")
//	name.DotNet() // CN=client, OU=production, O=company
package dn

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// A Name is an X.501 distinguished name. The zero value is the empty name. Names are values: nothing changes one.
type Name struct {
	rdns []RDN
	der  []byte
}

// An RDN is one part of a name: mostly one attribute, seldom several (written with "+" between them), in encoded order.
type RDN []Attribute

// An Attribute is a type, as dotted OID, and its value.
type Attribute struct {
	Type  string
	Value Value
}

// A Value is the DER of an attribute's value, taken apart.
type Value struct {
	Tag   byte   // the identifier octet, 0x0c for UTF8String
	Bytes []byte // the contents, without tag and length
}

// The string types that appear in names, by their DER tag.
const (
	UTF8      byte = 0x0c
	Numeric   byte = 0x12
	Printable byte = 0x13
	T61       byte = 0x14
	IA5       byte = 0x16
	Visible   byte = 0x1a
	Universal byte = 0x1c
	BMP       byte = 0x1e
)

// New builds a name of parts in encoding order: the most general first, which is the reverse of how RFC 4514 writes it.
// Attributes within one part stay in the order given, even where DER asks for another, so that a certificate can be made
// whose encoder did not sort. It fails if an attribute's type is not a dotted OID.
func New(rdns ...RDN) (Name, error) {
	var b cryptobyte.Builder
	var failed error
	b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, rdn := range rdns {
			b.AddASN1(cryptobyteasn1.SET, func(b *cryptobyte.Builder) {
				for _, a := range rdn {
					der, err := a.der()
					if err != nil {
						failed = err
						return
					}
					b.AddBytes(der)
				}
			})
		}
	})
	der, err := b.Bytes()
	if failed != nil || err != nil {
		return Name{}, errors.Join(failed, err)
	}
	return Name{rdns: copyRDNs(rdns), der: der}, nil
}

// ParseDER reads a Name as it stands in a certificate (x509.Certificate.RawSubject) and keeps its bytes. It fails where the
// bytes are not a DER sequence of sets of attributes; a set that is not sorted and a value of any type are accepted.
func ParseDER(der []byte) (Name, error) {
	input := cryptobyte.String(der)
	var sequence cryptobyte.String
	if !input.ReadASN1(&sequence, cryptobyteasn1.SEQUENCE) || !input.Empty() {
		return Name{}, errors.New("not a distinguished name: its DER is not one SEQUENCE")
	}
	var rdns []RDN
	for !sequence.Empty() {
		var set cryptobyte.String
		if !sequence.ReadASN1(&set, cryptobyteasn1.SET) || set.Empty() {
			return Name{}, fmt.Errorf("not a distinguished name: part %d is not a filled SET", len(rdns)+1)
		}
		var rdn RDN
		for !set.Empty() {
			a, err := readAttribute(&set)
			if err != nil {
				return Name{}, fmt.Errorf("not a distinguished name: part %d: %w", len(rdns)+1, err)
			}
			rdn = append(rdn, a)
		}
		rdns = append(rdns, rdn)
	}
	return Name{rdns: rdns, der: bytes.Clone(der)}, nil
}

func readAttribute(set *cryptobyte.String) (Attribute, error) {
	var pair, oid, content cryptobyte.String
	var tag cryptobyteasn1.Tag
	if !set.ReadASN1(&pair, cryptobyteasn1.SEQUENCE) || !pair.ReadASN1(&oid, cryptobyteasn1.OBJECT_IDENTIFIER) {
		return Attribute{}, errors.New("an attribute is not a SEQUENCE that begins with an OID")
	}
	var kind x509.OID
	if err := kind.UnmarshalBinary(oid); err != nil {
		return Attribute{}, errors.New("an attribute's OID is not well-formed")
	}
	if !pair.ReadAnyASN1(&content, &tag) || !pair.Empty() {
		return Attribute{}, fmt.Errorf("attribute %s has not exactly one value", kind)
	}
	return Attribute{Type: kind.String(), Value: Value{Tag: byte(tag), Bytes: bytes.Clone(content)}}, nil
}

// DER returns the encoding of the name. The empty name is an empty SEQUENCE.
func (n Name) DER() []byte {
	if n.der == nil {
		return []byte{0x30, 0}
	}
	return bytes.Clone(n.der)
}

// RDNs returns the parts in encoding order.
func (n Name) RDNs() []RDN { return copyRDNs(n.rdns) }

// IsEmpty tells whether the name has no parts.
func (n Name) IsEmpty() bool { return len(n.rdns) == 0 }

// As encodes every value that is text as one string type, and keeps the rest. It fails if a value has characters that the
// type cannot hold; only UTF8, Printable, IA5, T61 (read as Latin-1), BMP and Universal can be asked for.
func (n Name) As(tag byte) (Name, error) {
	rdns := n.RDNs()
	for _, rdn := range rdns {
		for i, a := range rdn {
			text, ok := a.Value.Text()
			if !ok {
				continue
			}
			v, err := Text(tag, text)
			if err != nil {
				return Name{}, fmt.Errorf("%s: %w", label(a.Type), err)
			}
			rdn[i].Value = v
		}
	}
	return New(rdns...)
}

// Of makes one attribute of a type, by its short name ("CN") or dotted OID, with a string type of its choice. It fails
// for an unknown short name and for text that the string type cannot hold.
func Of(kind string, tag byte, text string) (Attribute, error) {
	oid, err := lookUp(kind)
	if err != nil {
		return Attribute{}, err
	}
	v, err := Text(tag, text)
	if err != nil {
		return Attribute{}, fmt.Errorf("%s: %w", kind, err)
	}
	return Attribute{Type: oid, Value: v}, nil
}

func (a Attribute) der() ([]byte, error) {
	oid, err := x509.ParseOID(a.Type)
	if err != nil {
		return nil, fmt.Errorf("attribute type %q is not a dotted OID", a.Type)
	}
	content, err := oid.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("attribute type %q: %w", a.Type, err)
	}
	var b cryptobyte.Builder
	b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cryptobyteasn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(content) })
		b.AddBytes(a.Value.DER())
	})
	return b.Bytes()
}

// DER returns the value with its tag and length.
func (v Value) DER() []byte {
	var b cryptobyte.Builder
	b.AddASN1(cryptobyteasn1.Tag(v.Tag), func(b *cryptobyte.Builder) { b.AddBytes(v.Bytes) })
	return b.BytesOrPanic()
}

// sorted puts the attributes of a part in the order that DER gives to the elements of a SET OF (X.690 §11.6).
func (r RDN) sorted() (RDN, error) {
	type element struct {
		der []byte
		a   Attribute
	}
	var elements []element
	for _, a := range r {
		der, err := a.der()
		if err != nil {
			return nil, err
		}
		elements = append(elements, element{der, a})
	}
	slices.SortStableFunc(elements, func(a, b element) int { return bytes.Compare(a.der, b.der) })
	out := make(RDN, 0, len(r))
	for _, e := range elements {
		out = append(out, e.a)
	}
	return out, nil
}

func copyRDNs(rdns []RDN) []RDN {
	out := make([]RDN, 0, len(rdns))
	for _, rdn := range rdns {
		c := slices.Clone(rdn)
		for i := range c {
			c[i].Value.Bytes = bytes.Clone(c[i].Value.Bytes)
		}
		out = append(out, c)
	}
	return out
}
