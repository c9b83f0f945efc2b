package inspect

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Weight says what a finding means for a client certificate.
type Weight string

// The weights.
const (
	Unusable Weight = "unusable" // a server that keeps the specifications refuses it
	Doubtful Weight = "doubtful" // some servers refuse it or read it in another way
)

// A Finding is something that is out of the ordinary.
type Finding struct {
	// Faults are the names in pki.Faults of the faults that look so; several where a certificate does not tell them apart,
	// none where it has no name there.
	Faults []string `json:"faults,omitempty"`
	Weight Weight   `json:"weight"`
	Text   string   `json:"text"`
}

// A rule finds one thing. find returns a sentence, or nothing.
type rule struct {
	faults string // with blanks between
	weight Weight
	find   func(*seen, time.Time) string
}

// rules are asked in this order, which is that of a report.
func rules() []rule {
	return slices.Concat(timeRules(), usageRules(), formRules(), nameRules(), strangeRules(), chainRules())
}

// findings are what the rules find.
func (s *seen) findings(now time.Time) []Finding {
	out := []Finding{}
	for _, r := range rules() {
		if text := r.find(s, now); text != "" {
			out = append(out, Finding{strings.Fields(r.faults), r.weight, text})
		}
	}
	return out
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func timeRules() []rule {
	inverted := func(s *seen) bool { return s.ends().Before(s.begins()) }
	ended := func(s *seen, now time.Time) string {
		if s.ends().IsZero() || inverted(s) || !now.After(s.ends()) {
			return ""
		}
		return "it ended on " + when(s.ends())
	}
	return []rule{
		{"inverted-validity", Unusable, func(s *seen, _ time.Time) string {
			if s.ends().IsZero() || !inverted(s) {
				return ""
			}
			return fmt.Sprintf("it ends (%s) before it begins (%s)", when(s.ends()), when(s.begins()))
		}},
		{"expired", Unusable, func(s *seen, now time.Time) string {
			if s.selfSigned {
				return ""
			}
			return ended(s, now)
		}},
		{"self-expired", Doubtful, func(s *seen, now time.Time) string {
			if text := ended(s, now); text != "" && s.selfSigned {
				return text + "; servers that know it by heart may not look"
			}
			return ""
		}},
		{"not-yet-valid", Unusable, func(s *seen, now time.Time) string {
			if s.ends().IsZero() || inverted(s) || !now.Add(time.Minute).Before(s.begins()) {
				return ""
			}
			return "it begins on " + when(s.begins())
		}},
		{"about-to-begin", Doubtful, func(s *seen, now time.Time) string {
			if s.ends().IsZero() || inverted(s) || !now.Before(s.begins()) || now.Add(time.Minute).Before(s.begins()) {
				return ""
			}
			return "it begins within a minute: a server whose clock does not run ahead still refuses it"
		}},
	}
}

// purposes are the extended key usages by name; nil: the extension is absent or cannot be read.
func (s *seen) purposes() []string {
	e, there := s.extension(asn1.ObjectIdentifier{2, 5, 29, 37})
	var oids []asn1.ObjectIdentifier
	if !there {
		return nil
	}
	if _, err := asn1.Unmarshal(e.Value, &oids); err != nil {
		return nil
	}
	out := []string{}
	for _, oid := range oids {
		out = append(out, purposeName(oid))
	}
	return out
}

func usageRules() []rule {
	only := func(name string) func(*seen) bool {
		return func(s *seen) bool { p := s.purposes(); return len(p) == 1 && p[0] == name }
	}
	servers, anything := only("serverAuth"), only("any")
	selfOr := func(self bool, test func(*seen) bool, text string) func(*seen, time.Time) string {
		return func(s *seen, _ time.Time) string {
			if s.selfSigned == self && test(s) {
				return text
			}
			return ""
		}
	}
	usage := func(fault string, is func(x509.KeyUsage) bool) rule {
		return rule{fault, Unusable, func(s *seen, _ time.Time) string {
			if s.cert == nil || s.cert.KeyUsage == 0 || s.cert.KeyUsage&x509.KeyUsageDigitalSignature != 0 || !is(s.cert.KeyUsage) {
				return ""
			}
			return "its key usage (" + strings.Join(usageNames(s.cert.KeyUsage), ", ") + ") lacks digitalSignature, with which a client proves that it has the key"
		}}
	}
	authority := func(s *seen) bool { return s.cert != nil && s.cert.IsCA && s.cert.BasicConstraintsValid }
	return []rule{
		{"server-auth-only", Unusable, selfOr(false, servers, "its extended key usage is serverAuth alone: it is for servers")},
		{"self-server-auth", Doubtful, selfOr(true, servers, "its extended key usage is serverAuth alone: it is for servers; servers that know it by heart may not look")},
		{"any-eku", Doubtful, func(s *seen, _ time.Time) string {
			if anything(s) {
				return "its extended key usage is anyExtendedKeyUsage alone, which OpenSSL does not take for clientAuth"
			}
			return ""
		}},
		{"other-eku", Unusable, func(s *seen, _ time.Time) string {
			p := s.purposes()
			if p == nil || servers(s) || slices.Contains(p, "any") || slices.Contains(p, "clientAuth") {
				return ""
			}
			return "its extended key usage (" + strings.Join(p, ", ") + ") lacks clientAuth"
		}},
		usage("key-agreement-only", func(k x509.KeyUsage) bool { return k == x509.KeyUsageKeyAgreement }),
		usage("cert-sign-only", func(k x509.KeyUsage) bool { return k == x509.KeyUsageCertSign }),
		usage("", func(k x509.KeyUsage) bool { return k != x509.KeyUsageKeyAgreement && k != x509.KeyUsageCertSign }),
		{"ca-as-client", Doubtful, selfOr(false, authority, "it is an authority's certificate (CA:TRUE), which some servers refuse from a client")},
		{"self-ca", Doubtful, selfOr(true, authority, "it is an authority's certificate (CA:TRUE), which some servers refuse from a client")},
	}
}

func formRules() []rule {
	version := func(self bool) func(*seen, time.Time) string {
		return func(s *seen, _ time.Time) string {
			if s.version == 1 && s.spki != nil && s.selfSigned == self {
				return "it is X.509 version 1, without extensions: Java and others may refuse it"
			}
			return ""
		}
	}
	is := func(test func(*seen) bool, text string) func(*seen, time.Time) string {
		return func(s *seen, _ time.Time) string {
			if test(s) {
				return text
			}
			return ""
		}
	}
	weak := func(algorithms ...x509.SignatureAlgorithm) func(*seen) bool {
		return func(s *seen) bool {
			return s.cert != nil && !s.selfSigned && slices.Contains(algorithms, s.cert.SignatureAlgorithm)
		}
	}
	return []rule{
		{"indefinite-length", Unusable, is(func(s *seen) bool { return s.indefinite }, "it is not DER: its outer SEQUENCE has indefinite length")},
		{"long-length", Unusable, is(func(s *seen) bool { return s.long }, "it is not DER: the length of its outer SEQUENCE is longer than it need be")},
		{"trailing-bytes", Unusable, func(s *seen, _ time.Time) string {
			if s.trailing == 0 {
				return ""
			}
			return fmt.Sprintf("%d bytes follow the certificate", s.trailing)
		}},
		{"version-4", Unusable, is(func(s *seen) bool { return s.version > 3 }, "its X.509 version does not exist")},
		{"v1", Doubtful, version(false)},
		{"self-v1", Doubtful, version(true)},
		{"two-algorithms", Unusable, is(func(s *seen) bool { return !bytes.Equal(s.inner, s.outer) }, "the signature algorithm inside and that outside the signed part differ")},
		{"duplicate-extension", Unusable, func(s *seen, _ time.Time) string {
			met := map[string]bool{}
			for _, e := range s.extensions {
				if met[e.Id.String()] {
					return "it has the extension " + e.Id.String() + " twice"
				}
				met[e.Id.String()] = true
			}
			return ""
		}},
		{"critical-extension", Unusable, func(s *seen, _ time.Time) string {
			for _, e := range s.extensions {
				if e.Critical && !knownExtension(e.Id) {
					return "its extension " + e.Id.String() + " is critical: who does not know it must refuse the certificate"
				}
			}
			return ""
		}},
		{"md5", Unusable, is(weak(x509.MD5WithRSA, x509.MD2WithRSA), "its issuer signed with MD5 or MD2, which anybody can forge")},
		{"sha1", Doubtful, is(weak(x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1), "its issuer signed with SHA-1, which many servers refuse")},
		{"rsa1024", Doubtful, func(s *seen, _ time.Time) string {
			if s.cert == nil {
				return ""
			}
			if key, is := s.cert.PublicKey.(*rsa.PublicKey); is && key.N.BitLen() < 2048 {
				return fmt.Sprintf("its RSA key has %d bits; many servers want 2048", key.N.BitLen())
			}
			return ""
		}},
		{"serial-zero", Doubtful, is(func(s *seen) bool { return s.spki != nil && len(bytes.Trim(s.serial, "\x00")) == 0 }, "its serial number is 0")},
		{"serial-negative", Doubtful, is(func(s *seen) bool { return len(s.serial) > 0 && s.serial[0] >= 0x80 }, "its serial number is negative")},
		{"serial-long", Doubtful, is(func(s *seen) bool { return len(s.serial) > 20 }, "its serial number has more than 20 bytes")},
		{"generalized-time", Doubtful, is(func(s *seen) bool { return s.generalized }, "a date before 2050 is a GeneralizedTime, where RFC 5280 wants UTCTime")},
	}
}
