package scenarios_test

import "slices"

// identityServerMatrix is every mistake in IdentityServer's own rules with what it breaks: its own cases, and those of RFC
// 8705 that ask the same.
func identityServerMatrix() []matrixRow {
	return slices.Concat(identityServerNameMatrix(), identityServerThumbprintMatrix(), identityServerAnswerMatrix())
}

// identityServerUnkillable are the cases of IdentityServer's own rules that no fault can break, each with the reason.
func identityServerUnkillable() map[string]string {
	return map[string]string{
		"IDS-NAME-13": "the healthy server breaks it, and is warned, where self-signed certificates are let in",
		"IDS-DISC-17": "the healthy server breaks it, and is warned, where IssuerUri is not set",
		"IDS-HOST-11": "what breaks it in sub-domain mode breaks the positive control, and the preflight says so",
	}
}
