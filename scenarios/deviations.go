package scenarios

import (
	"slices"

	"github.com/mtlscheck/mtlscheck/harness"
)

// identityServerDeviations are the requirements of RFC 8705 that a right IdentityServer is known not to keep.
func identityServerDeviations() []harness.Deviation {
	return slices.Concat(nameDeviations(), plainDoorDeviations(), chainDeviations(), requestDeviations(), userDeviations())
}

// plainDoorDeviations: the certificate handler runs at the endpoints for mutual TLS alone (recorded for 4.1 to 8.0).
func plainDoorDeviations() []harness.Deviation {
	var out []harness.Deviation
	for _, requirement := range []string{"PATH-03", "PATH-05", "PATH-09"} {
		out = append(out, harness.Deviation{Requirement: requirement, Variant: "plain", Form: harness.Served, Verdict: harness.Warn,
			Why: "At the plain token endpoint IdentityServer compares the name in whatever certificate the TLS layer let in; ASP.NET Core's certificate handler, which verifies chain and dates, runs at the endpoints for mutual TLS alone.",
			Advice: "Let TLS verify: no AllowAnyClientCertificate() in Kestrel, or a ClientCertificateValidation that builds the chain; or put the endpoints for mutual TLS on a host or port of their own (MutualTls.DomainName) and " +
				"ask for certificates there alone."})
	}
	return out
}

// requestDeviations are about what a request carries.
func requestDeviations() []harness.Deviation {
	return []harness.Deviation{
		{Requirement: "AUTH-04", Form: harness.Served, Verdict: harness.Note, Why: "IdentityServer takes the first of two client_ids (recorded for 4.1 to 8.0).",
			Advice: "A middleware in front of /connect can refuse requests that repeat client_id."},
		{Requirement: "AUTH-05", Form: harness.Served, Verdict: harness.Note, Why: "IdentityServer takes the client of the Basic header, and does not look at the client_id of the form (recorded for 4.1 to 8.0).",
			Advice: "A middleware in front of /connect can refuse requests that name two clients."},
		{Requirement: "AUTH-21", Variant: "basic", Form: harness.Unchallenged, Verdict: harness.Note, Why: "IdentityServer answers every failed authentication with 400 (recorded for 4.1 to 8.0).",
			Advice: "Nothing need be done: clients look at the error invalid_client, not at the status."},
		{Requirement: "CBT-11", Until: "5.2", Form: harness.Unbound, Verdict: harness.Warn, Why: "Introspection of IdentityServer up to 5.2 does not say what a reference token is bound to (recorded for 4.1 and 5.2).",
			Advice: "Update IdentityServer, or give clients that need bound tokens JWTs: an API cannot check the binding of a reference token."},
		{Requirement: "CBT-07", Form: harness.Unbound, Verdict: harness.Note, Why: "IdentityServer binds tokens only where the certificate authenticated the client, unless it is told to (recorded for 4.1 to 8.0).",
			Advice: "Set options.MutualTls.AlwaysEmitConfirmationClaim = true."},
	}
}
