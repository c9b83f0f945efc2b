package inspect

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// chainRules look at the certificates that were found above one. What was not found, they cannot judge.
func chainRules() []rule {
	// each asks every authority above; the sentence begins with which it is.
	each := func(find func(s, up *seen, now time.Time, depth int) string) func(*seen, time.Time) string {
		return func(s *seen, now time.Time) string {
			for depth, up := range s.above {
				if text := find(s, up, now, depth); text != "" && up.cert != nil {
					return fmt.Sprintf("the authority above it (certificate %d) %s", up.position, text)
				}
			}
			return ""
		}
	}
	return []rule{
		{"bad-signature other-key cloned-ca", Unusable, func(s *seen, _ time.Time) string {
			if s.imitated == nil {
				return ""
			}
			return fmt.Sprintf("certificate %d has the name of its issuer, and its key did not sign this one", s.imitated.position)
		}},
		{"self-foreign-signature", Unusable, func(s *seen, _ time.Time) string {
			if s.cert == nil || s.selfSigned || len(s.signers) > 0 || s.cert.IsCA || s.imitated != nil || string(s.anatomy.subject) != string(s.anatomy.issuer) {
				return ""
			}
			return "its issuer and its subject are the same, and its own key did not sign it"
		}},
		{"expired-chain", Unusable, each(func(_, up *seen, now time.Time, _ int) string {
			switch {
			case now.After(up.ends()):
				return "ended on " + when(up.ends())
			case now.Before(up.begins()):
				return "begins on " + when(up.begins())
			}
			return ""
		})},
		{"chain-v1", Unusable, each(func(_, up *seen, _ time.Time, _ int) string {
			if up.version != 1 || up.selfSigned {
				return ""
			}
			return "is X.509 version 1, which cannot say that it is an authority"
		})},
		{"chain-not-ca issued-by-leaf", Unusable, each(func(_, up *seen, _ time.Time, _ int) string {
			if up.cert == nil || up.version == 1 || up.cert.BasicConstraintsValid && up.cert.IsCA {
				return ""
			}
			return "is no authority: it does not say CA:TRUE"
		})},
		{"chain-no-cert-sign", Unusable, each(func(_, up *seen, _ time.Time, _ int) string {
			if up.cert == nil || up.cert.KeyUsage == 0 || up.cert.KeyUsage&x509.KeyUsageCertSign != 0 || !up.cert.IsCA {
				return ""
			}
			return "may not sign certificates: its key usage lacks keyCertSign"
		})},
		{"chain-server-auth", Unusable, each(func(_, up *seen, _ time.Time, _ int) string {
			p := up.purposes()
			if up.selfSigned || p == nil || slices.Contains(p, "any") || slices.Contains(p, "clientAuth") {
				return ""
			}
			return "may not issue for clients: its extended key usage (" + strings.Join(p, ", ") + ") lacks clientAuth"
		})},
		{"path-length", Unusable, each(func(s, up *seen, _ time.Time, depth int) string {
			if up.cert == nil || up.cert.MaxPathLen < 0 || up.cert.MaxPathLen == 0 && !up.cert.MaxPathLenZero || between(s, depth) <= up.cert.MaxPathLen {
				return ""
			}
			return fmt.Sprintf("allows %d authorities below it, and there are more", up.cert.MaxPathLen)
		})},
		{"policy", Unusable, each(func(s, up *seen, _ time.Time, _ int) string {
			if up.cert == nil || !up.cert.RequireExplicitPolicyZero || s.cert == nil || len(s.cert.Policies) > 0 {
				return ""
			}
			return "demands a certificate policy, and this certificate has none"
		})},
		{"name-constraint-dns name-constraint-case name-constraint-mail odd-names", Unusable, constrained},
		{"", Doubtful, each(func(_, up *seen, _ time.Time, _ int) string {
			if up.cert == nil || !slices.ContainsFunc(up.cert.UnhandledCriticalExtensions, func(oid asn1.ObjectIdentifier) bool { return oid.String() == "2.5.29.30" }) {
				return ""
			}
			return "restricts names in a way that was not compared with this one's"
		})},
		{"deep policy-mappings", Doubtful, func(s *seen, _ time.Time) string {
			if len(s.above) > 10 {
				return fmt.Sprintf("%d certificates stand above it; many servers stop at 10 or fewer", len(s.above))
			}
			return ""
		}},
		{"loop", Unusable, func(s *seen, _ time.Time) string {
			if s.loop {
				return "the authorities above it certify each other and lead to no root"
			}
			return ""
		}},
	}
}

// between counts the authorities between a certificate and the one that stands at this depth above it; one that issued to
// itself under another key does not count (RFC 5280 §4.2.1.9).
func between(s *seen, depth int) int {
	n := 0
	for _, up := range s.above[:depth] {
		if string(up.anatomy.subject) != string(up.anatomy.issuer) {
			n++
		}
	}
	return n
}

// constrained asks Go whether a name that the certificate has is forbidden by an authority above, whatever else is wrong.
func constrained(s *seen, _ time.Time) string {
	if s.cert == nil || len(s.above) == 0 || s.loop || len(s.above) > 30 {
		return ""
	}
	o := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: s.begins(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	for n, up := range s.above {
		if up.cert == nil {
			return ""
		}
		if up.begins().After(o.CurrentTime) {
			o.CurrentTime = up.begins()
		}
		if n == len(s.above)-1 {
			o.Roots.AddCert(up.cert)
		} else {
			o.Intermediates.AddCert(up.cert)
		}
	}
	_, err := s.cert.Verify(o)
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.CANotAuthorizedForThisName {
		return "an authority above it may not issue for a name that it has: " + invalid.Detail
	}
	return ""
}
