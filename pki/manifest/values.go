package manifest

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

const day = 24 * time.Hour

// keyUsages and purposes are cfssl's words for key usage and extended key usage; config.KeyUsage and config.ExtKeyUsage of
// cfssl 1.6.5 list the same.
func keyUsages() map[string]x509.KeyUsage {
	return map[string]x509.KeyUsage{
		"signing": x509.KeyUsageDigitalSignature, "digital signature": x509.KeyUsageDigitalSignature, "content commitment": x509.KeyUsageContentCommitment,
		"key encipherment": x509.KeyUsageKeyEncipherment, "key agreement": x509.KeyUsageKeyAgreement, "data encipherment": x509.KeyUsageDataEncipherment,
		"cert sign": x509.KeyUsageCertSign, "crl sign": x509.KeyUsageCRLSign, "encipher only": x509.KeyUsageEncipherOnly, "decipher only": x509.KeyUsageDecipherOnly,
	}
}

func purposes() map[string]string {
	return map[string]string{
		"any": "2.5.29.37.0", "server auth": "1.3.6.1.5.5.7.3.1", "client auth": "1.3.6.1.5.5.7.3.2", "code signing": "1.3.6.1.5.5.7.3.3",
		"email protection": "1.3.6.1.5.5.7.3.4", "s/mime": "1.3.6.1.5.5.7.3.4", "ipsec end system": "1.3.6.1.5.5.7.3.5", "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
		"ipsec user": "1.3.6.1.5.5.7.3.7", "timestamping": "1.3.6.1.5.5.7.3.8", "ocsp signing": "1.3.6.1.5.5.7.3.9",
		"microsoft sgc": "1.3.6.1.4.1.311.10.3.3", "netscape sgc": "2.16.840.1.113730.4.1",
	}
}

// usageWords are all words for usages, sorted.
func usageWords() []string {
	var out []string
	for w := range keyUsages() {
		out = append(out, w)
	}
	for w := range purposes() {
		out = append(out, w)
	}
	slices.Sort(out)
	return out
}

// usageTrait is what a complete list of usages makes of a certificate. Every word must be known.
func usageTrait(words []string) pki.Trait {
	var usage x509.KeyUsage
	var oids []string
	for _, w := range words {
		usage |= keyUsages()[w]
		if oid, ok := purposes()[w]; ok && !slices.Contains(oids, oid) {
			oids = append(oids, oid)
		}
	}
	return func(d *trait.Draft) {
		trait.KeyUsage(usage)(d)
		trait.ExtKeyUsage(oids...)(d)
	}
}

// kinds are the kinds of key that a manifest offers; smaller ones are faults.
func kinds() []string {
	return []string{string(trait.P256), string(trait.P384), string(trait.P521), string(trait.Ed25519), string(trait.RSA2048), string(trait.RSA3072), string(trait.RSA4096)}
}

// units are what durations are counted in. Those of days count from the beginning of a day. A year has 365 of them.
func units() map[byte]time.Duration {
	return map[byte]time.Duration{'h': time.Hour, 'd': day, 'w': 7 * day, 'y': 365 * day}
}

const durationForm = "write a number and one of h, d, w, y (hours, days, weeks, years), like 12h, 90d or 10y"

// duration reads 12h, 90d, 10y, -1d. The longest is 250 years.
func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, fmt.Errorf("a duration is empty")
	}
	unit, known := units()[text[len(text)-1]]
	n, err := strconv.ParseInt(text[:len(text)-1], 10, 32)
	if !known || err != nil || text[0] == '+' {
		return 0, fmt.Errorf("%q is no duration", text)
	}
	const most = 250 * 365 * day
	if d := time.Duration(n); d > most/unit || d < -most/unit {
		return 0, fmt.Errorf("%s is more than 250 years", text)
	}
	return time.Duration(n) * unit, nil
}

// A moment is one end of a validity: a date, or a time counted from the present.
type moment struct {
	at    time.Time // zero: relative
	since time.Duration
	exact bool // counted from the present to the second, as hours are, not from the beginning of its day
}

func (m moment) from(now time.Time) time.Time {
	switch {
	case !m.at.IsZero():
		return m.at
	case m.exact:
		return now.Truncate(time.Second).Add(m.since)
	}
	return now.Truncate(day).Add(m.since)
}

// lasting is a validity that begins a little before the present: an hour, or for a duration of days a day.
func lasting(d time.Duration, exact bool) *span {
	if exact {
		return &span{moment{since: -time.Hour, exact: true}, moment{since: d, exact: true}}
	}
	return &span{moment{since: -day}, moment{since: d}}
}

func moment1(text string) (moment, error) {
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(form, text); err == nil {
			if y := at.UTC().Year(); y < 1950 || y > 9999 {
				return moment{}, fmt.Errorf("%s is not between 1950 and 9999", text)
			}
			return moment{at: at.UTC()}, nil
		}
	}
	d, err := duration(text)
	if err != nil {
		return moment{}, fmt.Errorf("%q is neither a date nor a duration", text)
	}
	return moment{since: d, exact: strings.HasSuffix(text, "h")}, nil
}

// sanForms are the prefixes of subject alternative names, each with an example.
func sanForms() []string {
	return []string{"dns:client.example", "ip:192.0.2.1", "email:ops@client.example", "uri:https://client.example/", "dirname:CN=client,O=company", "other:1.3.6.1.4.1.311.20.2.3=alice@client.example", "raw:7:c0000201"}
}

// san reads one subject alternative name with its type in front. The second result is what would be right, where it fails.
func san(text string) (pki.Trait, string, error) {
	form, value, ok := strings.Cut(text, ":")
	switch form {
	case "dns", "email", "uri", "ip":
		if err := checkName(form, value); err != nil {
			return nil, proposal(form, value), err
		}
		return map[string]func(...string) pki.Trait{"dns": trait.DNS, "email": trait.Email, "uri": trait.URI, "ip": trait.IP}[form](value), "", nil
	case "dirname":
		if _, err := dn.Parse(value); err != nil {
			return nil, "write dirname:CN=client,O=company", err
		}
		return trait.DirName(value), "", nil
	case "other":
		oid, is, found := strings.Cut(value, "=")
		parsed, err := objectID(oid)
		if err != nil || !found {
			return nil, "write other:OID=TEXT, like other:1.3.6.1.4.1.311.20.2.3=alice@client.example", fmt.Errorf("%q is not an OID and a text", value)
		}
		return trait.OtherName(parsed, is), "", nil
	case "raw":
		tag, digits, _ := strings.Cut(value, ":")
		n, err1 := strconv.ParseUint(tag, 10, 5)
		contents, err2 := hex.DecodeString(digits)
		if err1 != nil || err2 != nil || n > 8 {
			return nil, "write raw:TAG:HEX, like raw:7:c0000201; tags are 0 to 8 (RFC 5280 §4.2.1.6)", fmt.Errorf("%q is not a tag and its contents", value)
		}
		return trait.RawName(int(n), contents), "", nil
	}
	if guess := guessed(text); guess != "" && (guess != "uri" || strings.Contains(text, "://")) {
		return nil, "write " + guess + ":" + text, fmt.Errorf("the name %q has no type in front", text)
	}
	if ok {
		return nil, "known are: " + strings.Join(sanForms(), ", "), fmt.Errorf("%q is no type of subject alternative name", form)
	}
	return nil, "known are: " + strings.Join(sanForms(), ", "), fmt.Errorf("the name %q has no type in front", text)
}

// guessed is the type that a name without one seems to have.
func guessed(text string) string {
	for _, form := range []string{"ip", "email", "uri", "dns"} {
		if checkName(form, text) == nil {
			return form
		}
	}
	return ""
}

// checkName is strict where cfssl guesses: a DNS name has labels of letters, digits and hyphens, a URI a scheme.
func checkName(form, text string) error {
	switch form {
	case "ip":
		if a, err := netip.ParseAddr(text); err != nil || a.Zone() != "" {
			return fmt.Errorf("%q is no IP address", text)
		}
	case "email":
		if a, err := mail.ParseAddress(text); err != nil || a.Address != text || !ascii(text) {
			return fmt.Errorf("%q is no e-mail address", text)
		}
	case "uri":
		if u, err := url.Parse(text); err != nil || !u.IsAbs() || u.Host == "" && u.Opaque == "" && u.Path == "" || !ascii(text) || strings.ContainsAny(text, " \t") {
			return fmt.Errorf("%q is no absolute URI in ASCII", text)
		}
	case "dns":
		if !ascii(text) {
			return fmt.Errorf("the DNS name %q is not ASCII", text)
		}
		labels := strings.Split(strings.TrimPrefix(text, "*."), ".")
		for _, l := range labels {
			odd := strings.ContainsFunc(l, func(r rune) bool {
				return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
			})
			if l == "" || len(l) > 63 || odd || l[0] == '-' || l[len(l)-1] == '-' || len(text) > 253 {
				return fmt.Errorf("%q is no DNS name", text)
			}
		}
		if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
			return fmt.Errorf("%q is no DNS name: its last part is a number", text)
		}
	}
	return nil
}

// proposal is what somebody may have meant who wrote a name that is none of its type.
func proposal(form, text string) string {
	if form == "dns" && !ascii(text) {
		return "write an international name in its xn-- form"
	}
	for _, other := range []string{"ip", "email", "uri", "dns"} {
		if other != form && checkName(other, text) == nil {
			return "write " + other + ":" + text
		}
	}
	return ""
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > 0x7e })
}

// objectID reads a dotted OID that DER can hold; cfssl takes any numbers, and panics later.
func objectID(dotted string) (asn1.ObjectIdentifier, error) {
	if _, err := x509.ParseOID(dotted); err != nil {
		return nil, fmt.Errorf("%q is no object identifier", dotted)
	}
	var out asn1.ObjectIdentifier
	for _, arc := range strings.Split(dotted, ".") {
		n, err := strconv.ParseInt(arc, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q has a number that is too large", dotted)
		}
		out = append(out, int(n))
	}
	return out, nil
}

// bounds are the longest values of common attributes (RFC 5280 appendix A.1), in characters.
func bounds() map[string]int {
	return map[string]int{"2.5.4.3": 64, "2.5.4.10": 64, "2.5.4.11": 64, "2.5.4.7": 128, "2.5.4.8": 128, "2.5.4.5": 64, "1.2.840.113549.1.9.1": 255}
}

// unusual says what is allowed in a subject and yet refused by strict readers; empty: nothing.
func unusual(name pki.DN) string {
	for _, rdn := range name.RDNs() {
		for _, a := range rdn {
			text, ok := a.Value.Text()
			if !ok {
				continue
			}
			n := len([]rune(text))
			if most, known := bounds()[a.Type]; known && n > most {
				return fmt.Sprintf("a value has %d characters; RFC 5280 allows %d for this attribute", n, most)
			}
			if a.Type == "2.5.4.6" && n != 2 {
				return fmt.Sprintf("the country %q is no code of two letters", text)
			}
		}
	}
	return ""
}
