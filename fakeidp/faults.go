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
