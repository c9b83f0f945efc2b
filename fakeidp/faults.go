package fakeidp

import (
	"crypto/x509"
	"slices"
)

// Faults are all faults, in the order in which they are documented.
func Faults() []Fault {
	return slices.Concat(certificateFaults(), nameFaults(), thumbprintFaults(), routingFaults(), identityServerMetadataFaults(),
		clientFaults(), precedenceFaults(), answerFaults(), tokenFaults(),
		metadataFaults(), authenticationFaults(), bindingFaults(), subjectFaults(), writingFaults(), chainFaults(), selfSignedFaults())
}

// strictFaults are the faults that only the strict server can have: they break what IdentityServer does not decide, or decides
// so already.
func strictFaults() []string {
	return []string{
		"finds-clients-by-certificate", "reads-the-query", "takes-the-basic-client", "ignores-repetitions",
		"takes-the-last-client-id", "any-secret-will-do", "plain-endpoint-compares-nothing", "binding-is-a-method",
		"no-challenge", "serves-get", "binds-certificate-clients-alone", "takes-any-certificate", "reads-no-escapes",
		"reads-no-hex-pairs", "reads-no-oids", "checks-no-signatures", "accepts-self-signed-names",
		"plain-endpoint-checks-no-path", "ignores-sent-intermediates", "ignores-issuers-dates", "ignores-issuers-usage",
		"refuses-any-usage", "ignores-key-usage", "accepts-authorities", "accepts-version-1", "lets-clients-issue",
		"ignores-cert-sign", "ignores-path-length", "ignores-name-constraints", "ignores-critical-extensions",
		"refuses-registered-certificates", "accepts-unregistered", "compares-keys", "compares-subjects",
		"believes-declared-thumbprints", "takes-all-of-x5c", "takes-bare-keys", "believes-key-members", "ignores-key-members",
		"reads-base64url", "ignores-use", "wants-self-signature", "wants-current-certificates", "wants-client-usage",
		"refuses-registered-authorities", "refuses-registered-version-1", "refuses-rsa", "refuses-ed25519",
		"knows-first-certificate", "knows-last-certificate",
	}
}

// certificateFaults are mistakes in what a certificate must be at all.
func certificateFaults() []Fault {
	return []Fault{
		{"accepts-expired", "The server lets in certificates whose dates do not cover the present.", func(p *persona) {
			p.rules.withinValidity = func(*decision, *x509.Certificate) bool { return true }
		}},
		{"accepts-any-chain", "The server lets in certificates from authorities that it never met.", func(p *persona) {
			p.rules.chains = func(*decision, []*x509.Certificate) bool { return true }
		}},
		{"ignores-usage", "The server lets in certificates that are not for client authentication.", func(p *persona) {
			p.rules.hasPurpose = func(*x509.Certificate) bool { return true }
		}},
	}
}
