package scenarios

import (
	"slices"

	"github.com/mtlscheck/mtlscheck/harness"
)

// identityServerDeviations are the requirements of RFC 8705 that a right IdentityServer is known not to keep.
func identityServerDeviations() []harness.Deviation {
	return slices.Concat(nameDeviations(), chainDeviations(), requestDeviations())
}

// requestDeviations are about what a request carries.
func requestDeviations() []harness.Deviation {
	return []harness.Deviation{
		{Requirement: "AUTH-04", Verdict: harness.Note, Why: "IdentityServer takes the first of two client_ids (recorded for 4.1 to 8.0).",
			Advice: "A middleware in front of /connect can refuse requests that repeat client_id."},
		{Requirement: "AUTH-05", Verdict: harness.Note, Why: "IdentityServer takes the client of the Basic header, and does not look at the client_id of the form (recorded for 4.1 to 8.0).",
			Advice: "A middleware in front of /connect can refuse requests that name two clients."},
		{Requirement: "CBT-07", Verdict: harness.Note, Why: "IdentityServer binds tokens only where the certificate authenticated the client, unless it is told to (recorded for 4.1 to 8.0).",
			Advice: "Set options.MutualTls.AlwaysEmitConfirmationClaim = true."},
	}
}
