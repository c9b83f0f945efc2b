package harness

import (
	"crypto/x509"
	"slices"
)

// A Target is the server under test, as its owner describes it and as it describes itself.
type Target struct {
	Name           string            // as in --target; BuiltInFake for the fake
	Issuer         string            // the issuer URL, without a trailing well-known path
	Product        string            // "identityserver", "keycloak", …; "auto" or empty: not said. Chooses advice and tolerances, never Musts
	ProductVersion string            // as its owner says; empty: not known
	Trust          *x509.CertPool    // what the server's certificate must verify against; nil: the system's roots
	Resolve        map[string]string // host → address:port, as curl --resolve
	Scope          string            // scope that the registered clients may ask for; empty: none is asked for

	Metadata *Metadata // what its discovery document says; nil before preflight
	Declared []Feature // features that its owner claims
	Absent   []Feature // features that its owner says are not there
}

// Is reports whether the target is a product, as its owner says.
func (t *Target) Is(product string) bool { return t.Product == product }

// Offers reports whether a requirement that needs the feature applies: the feature was observed, or is declared.
func (t *Target) Offers(f Feature) bool {
	if slices.Contains(t.Declared, f) {
		return true
	}
	return t.Metadata != nil && slices.Contains(t.Metadata.Features(), f)
}

// Mismatch is a feature that was declared and not observed, or the reverse.
type Mismatch struct {
	Feature  Feature `json:"feature"`
	Declared bool    `json:"declared"`
	Observed bool    `json:"observed"`
}

// Mismatches compares what the owner declared with what discovery shows.
func (t *Target) Mismatches() []Mismatch {
	var out []Mismatch
	if t.Metadata == nil {
		return nil
	}
	observed := t.Metadata.Features()
	for _, f := range t.Declared {
		if !slices.Contains(observed, f) {
			out = append(out, Mismatch{Feature: f, Declared: true})
		}
	}
	for _, f := range t.Absent {
		if slices.Contains(observed, f) {
			out = append(out, Mismatch{Feature: f, Observed: true})
		}
	}
	return out
}
