package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

// userDeviations are about tokens that IdentityServer issues for a user, and about userinfo.
func userDeviations() []harness.Deviation {
	const emit = "Set options.MutualTls.AlwaysEmitConfirmationClaim = true."
	return []harness.Deviation{
		{Requirement: "EP-10", Form: harness.Served, Verdict: harness.Warn, Why: "IdentityServer's userinfo endpoint does not look at what a token is bound to (recorded for 4.1 to 8.0).",
			Advice: "Compare the certificate with cnf in a middleware in front of /connect/userinfo, or give clients tokens without the scope openid."},
		{Requirement: "RT-04", Until: "5.2", Form: harness.Misbound, Verdict: harness.Warn, Why: "IdentityServer up to 5.2 writes the claims of the first token again, cnf with them (recorded for 4.1 and 5.2).",
			Advice: "Set Client.UpdateAccessTokenClaimsOnRefresh = true, or update IdentityServer."},
		{Requirement: "RT-06", Form: harness.Unbound, Verdict: harness.Note, Why: "IdentityServer binds tokens only where the certificate authenticated the client, unless it is told to (recorded for 4.1 to 8.0).", Advice: emit},
		{Requirement: "RT-13", Form: harness.Unbound, Verdict: harness.Note, Why: "IdentityServer binds tokens only where the certificate authenticated the client, unless it is told to (recorded for 4.1 to 8.0).", Advice: emit},
		{Requirement: "RT-07", Since: "6.3", Form: harness.Refused, Verdict: harness.Warn, Advice: emit,
			Why: "Where tokens of public clients are not bound, IdentityServer keeps no thumbprint with the refresh token, and takes every certificate for another (recorded for 6.3 to 8.0)."},
	}
}
