package inspect

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

const commonName = "2.5.4.3"

// nameRules look at the subject and at the alternative names. What a name should be, they cannot know.
func nameRules() []rule {
	anywhere := func(test func(string) bool) func(*seen) bool {
		return func(s *seen) bool {
			for _, rdn := range s.subject.RDNs() {
				for _, a := range rdn {
					if text, ok := a.Value.Text(); ok && test(text) {
						return true
					}
				}
			}
			return false
		}
	}
	saying := func(test func(*seen) bool, text string) func(*seen, time.Time) string {
		return func(s *seen, _ time.Time) string {
			if test(s) {
				return text
			}
			return ""
		}
	}
	nul := func(t string) bool { return strings.ContainsRune(t, 0) }
	control := func(t string) bool { return strings.ContainsFunc(t, unicode.IsControl) && !nul(t) }
	blanks := func(t string) bool { return t != strings.Join(strings.Fields(t), " ") && !control(t) && !nul(t) }
	address := func(wrong func(generalName) bool) func(*seen) bool {
		return func(s *seen) bool {
			for _, n := range s.names() {
				if wrong(n) {
					return true
				}
			}
			return false
		}
	}
	return []rule{
		{"empty-subject", Doubtful, saying(func(s *seen) bool { return s.spki != nil && s.subject.IsEmpty() }, "its subject is empty: it can be registered by an alternative name or by itself, not by its subject")},
		{"nul-in-cn", Doubtful, saying(anywhere(nul), "a NUL stands in its subject: some readers stop there and see another name")},
		{"newline-in-cn", Doubtful, saying(anywhere(control), "a control character stands in its subject: where names are handled as text, it can pass for another name")},
		{"two-cns-first two-cns-last", Doubtful, saying(func(s *seen) bool { return s.count(commonName) > 1 }, "its subject has more than one common name, of which servers take different ones")},
		{"blanks", Doubtful, saying(anywhere(blanks), "blanks stand at an end of a value of its subject, or several side by side, which some comparisons ignore")},
		{"bmp-strings", Doubtful, saying(func(s *seen) bool { return s.hasTag(dn.BMP) }, "its subject has a BMPString, which Java reads wrongly")},
		{"set-reversed", Doubtful, saying(unsorted, "the attributes of one part of its subject are not in the order of DER, and readers print them in different orders")},
		{"dns-nul", Doubtful, saying(address(func(n generalName) bool { return n.tag == 2 && bytes.IndexByte(n.bytes, 0) >= 0 }), "a NUL stands in a DNS name: some readers stop there and see another name")},
		{"ip-with-mask", Unusable, saying(address(func(n generalName) bool { return n.tag == 7 && len(n.bytes) != 4 && len(n.bytes) != 16 }), "an IP address has neither 4 nor 16 octets")},
	}
}

// count is how many attributes of a type the subject has.
func (s *seen) count(oid string) int {
	n := 0
	for _, rdn := range s.subject.RDNs() {
		for _, a := range rdn {
			if a.Type == oid {
				n++
			}
		}
	}
	return n
}

func (s *seen) hasTag(tag byte) bool {
	for _, rdn := range s.subject.RDNs() {
		for _, a := range rdn {
			if a.Value.Tag == tag {
				return true
			}
		}
	}
	return false
}

// unsorted tells whether a SET of the subject is not sorted by encoding (X.690 §11.6).
func unsorted(s *seen) bool {
	for _, rdn := range s.subject.RDNs() {
		var before []byte
		for _, a := range rdn {
			var b cryptobyte.Builder
			b.AddASN1(cryptobyteasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidOf(a.Type))
				b.AddBytes(a.Value.DER())
			})
			der, err := b.Bytes()
			if err != nil {
				return false
			}
			if before != nil && bytes.Compare(before, der) > 0 {
				return true
			}
			before = der
		}
	}
	return false
}

func oidOf(dotted string) asn1.ObjectIdentifier {
	var out asn1.ObjectIdentifier
	for arc := range strings.SplitSeq(dotted, ".") {
		n, err := strconv.Atoi(arc)
		if err != nil {
			return nil
		}
		out = append(out, n)
	}
	return out
}

// typed writes the alternative names as name:text, in their order. What is no text is shown in hexadecimal.
func (s *seen) typed() []string {
	out := []string{}
	for _, n := range s.names() {
		switch n.tag {
		case 1, 2, 6:
			out = append(out, map[int]string{1: "email:", 2: "dns:", 6: "uri:"}[n.tag]+string(n.bytes))
		case 7:
			if len(n.bytes) == net.IPv4len || len(n.bytes) == net.IPv6len {
				out = append(out, "ip:"+net.IP(n.bytes).String())
				continue
			}
			out = append(out, fmt.Sprintf("ip:%x", n.bytes))
		case 4:
			if name, err := dn.ParseDER(n.bytes); err == nil {
				out = append(out, "dirname:"+name.String())
				continue
			}
			out = append(out, fmt.Sprintf("dirname:%x", n.bytes))
		default:
			out = append(out, fmt.Sprintf("type %d:%x", n.tag, n.bytes))
		}
	}
	return out
}

// purposeName is the name of an extended key usage, or its OID.
func purposeName(oid asn1.ObjectIdentifier) string {
	for name, known := range trait.Purposes() {
		if oid.Equal(known) {
			return name
		}
	}
	return oid.String()
}

// usageNames are the names of RFC 5280 §4.2.1.3, in the order of their bits.
func usageNames(k x509.KeyUsage) []string {
	var out []string
	for n, name := range []string{"digitalSignature", "contentCommitment", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"} {
		if k&(1<<n) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// knownExtension tells whether verifiers know an extension: those of RFC 5280 §4.2, and a few that OpenSSL knows besides.
func knownExtension(oid asn1.ObjectIdentifier) bool {
	if len(oid) == 4 && oid[0] == 2 && oid[1] == 5 && oid[2] == 29 {
		return true
	}
	for _, known := range []string{"1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.11", "1.3.6.1.5.5.7.1.14", "1.3.6.1.5.5.7.1.24", "1.3.6.1.5.5.7.48.1.5", "2.16.840.1.113730.1.1"} {
		if oid.String() == known {
			return true
		}
	}
	return false
}
