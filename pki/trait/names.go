package trait

import (
	"encoding/asn1"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// A GeneralName is one entry of a subject alternative name: its context tag (RFC 5280 §4.2.1.6) and contents.
type GeneralName struct {
	Tag   int // 0 otherName, 1 e-mail, 2 DNS, 4 directory name, 6 URI, 7 IP address
	Bytes []byte
}

const (
	tagOther = 0
	tagEmail = 1
	tagDNS   = 2
	tagDir   = 4
	tagURI   = 6
	tagIP    = 7
)

func names(list ...GeneralName) Trait {
	return func(d *Draft) {
		d.undrop(SubjectAltName())
		d.Names = append(append([]GeneralName(nil), d.Names...), list...)
	}
}

func texts(tag int, check func(string) error, list []string) Trait {
	return func(d *Draft) {
		for _, text := range list {
			if err := check(text); err != nil {
				d.Fail(err)
				return
			}
			names(GeneralName{tag, []byte(text)})(d)
		}
	}
}

// DNS adds DNS names. A name beyond ASCII is refused: write it in its xn-- form.
func DNS(list ...string) Trait {
	return texts(tagDNS, func(name string) error {
		if i := strings.IndexFunc(name, func(r rune) bool { return r <= ' ' || r > 0x7e }); i >= 0 || name == "" {
			return fmt.Errorf("DNS name %q: only ASCII without blanks is possible here; write an international name in its xn-- form", name)
		}
		return nil
	}, list)
}

// URI adds URIs, which must be absolute and ASCII.
func URI(list ...string) Trait {
	return texts(tagURI, func(text string) error {
		u, err := url.Parse(text)
		if err != nil || !u.IsAbs() || strings.IndexFunc(text, func(r rune) bool { return r > 0x7e }) >= 0 {
			return fmt.Errorf("URI %q: an absolute URI in ASCII such as https://client.example/ is expected", text)
		}
		return nil
	}, list)
}

// Email adds e-mail addresses without a display name.
func Email(list ...string) Trait {
	return texts(tagEmail, func(text string) error {
		a, err := mail.ParseAddress(text)
		if err != nil || a.Address != text {
			return fmt.Errorf("e-mail address %q: an address such as ops@client.example is expected", text)
		}
		return nil
	}, list)
}

// IP adds IP addresses: four octets for IPv4, sixteen for IPv6 and for an IPv4-mapped address written ::ffff:192.0.2.1.
func IP(list ...string) Trait {
	return func(d *Draft) {
		for _, text := range list {
			a, err := netip.ParseAddr(text)
			if err != nil || a.Zone() != "" {
				d.Fail(fmt.Errorf("IP address %q: an address such as 192.0.2.1 or 2001:db8::1 is expected", text))
				return
			}
			names(GeneralName{tagIP, net.IP(a.AsSlice())})(d)
		}
	}
}

// DirName adds a directory name, given in the form of RFC 4514.
func DirName(rfc4514 string) Trait {
	return func(d *Draft) {
		name, err := dn.Parse(rfc4514)
		d.Fail(err)
		names(GeneralName{tagDir, name.DER()})(d)
	}
}

// OtherName adds an otherName with a value of UTF8String, such as a Microsoft user principal name.
func OtherName(oid asn1.ObjectIdentifier, text string) Trait {
	return OtherNameDER(oid, dn.Value{Tag: dn.UTF8, Bytes: []byte(text)}.DER())
}

// OtherNameDER adds an otherName with any value.
func OtherNameDER(oid asn1.ObjectIdentifier, value []byte) Trait {
	var b cryptobyte.Builder
	b.AddASN1ObjectIdentifier(oid)
	b.AddASN1(cryptobyteasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddBytes(value) })
	der, err := b.Bytes()
	return func(d *Draft) {
		d.Fail(err)
		names(GeneralName{tagOther, der})(d)
	}
}

// RawName adds an entry as it is, well-formed or not.
func RawName(tag int, contents []byte) Trait { return names(GeneralName{tag, contents}) }

// NoNames removes all subject alternative names that earlier traits added.
func NoNames(d *Draft) {
	d.Names = nil
	d.undrop(SubjectAltName())
}

// CriticalNames makes the subject alternative name critical although the certificate has a subject.
func CriticalNames(d *Draft) { d.NamesAlways = true }

// AltNames encodes general names as the value of a subject alternative name extension.
func AltNames(list []GeneralName) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, n := range list {
			tag := cryptobyteasn1.Tag(n.Tag).ContextSpecific()
			if n.Tag == tagOther || n.Tag == tagDir || n.Tag == 3 || n.Tag == 5 {
				tag = tag.Constructed()
			}
			b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(n.Bytes) })
		}
	})
	return b.Bytes()
}
