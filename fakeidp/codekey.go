package fakeidp

import "slices"

// bindsCode takes down to which key the code is to be bound (RFC 9449 §10); versions before 6.3 know no DPoP.
func (a *authorization) bindsCode(d *decision, sent pairs) *mistake {
	key := sent.get("dpop_jkt")
	switch {
	case d.profile.release < v63 || blank(key):
		return nil
	case chars(key) > proofKeyLimit:
		return &mistake{"invalid_request", "Invalid dpop_jkt"}
	}
	a.proofKey = key
	return nil
}

// missesCodeKey tells what a token request lacks of the key to which its code is bound, "" if nothing.
func (d *decision) missesCodeKey(c *authorizationCode) string {
	switch {
	case c == nil || c.proofKey == "" || d.rules.redeemable(c.proofKey, d.proof):
		return ""
	case d.proof.kind != keyProof:
		return "DPoP must be used on the token endpoint when a DPoP key thumbprint is used on the authorize endpoint."
	}
	return "The DPoP proof token used on the token endpoint does not match the original used on the authorize endpoint."
}

// longestProof is InputLengthRestrictions.DPoPProofToken.
const longestProof = 4000

// pushedKey adds to a pushed request the key of the DPoP proof beside it, as if dpop_jkt had named it (RFC 9449 §10.1). IdentityServer
// reads that header since 7.3.
func (d *decision) pushedKey(sent pairs) (pairs, outcome) {
	headers := d.header["Dpop"]
	if d.profile.release < v73 || len(headers) == 0 || blank(headers[0]) {
		return sent, nil
	}
	key, wrong := d.rules.pushedProof(d, headers[0], sent.get("dpop_jkt"))
	if wrong != nil {
		return nil, wrong
	}
	if key != "" {
		sent = append(slices.DeleteFunc(sent, func(p [2]string) bool { return p[0] == "dpop_jkt" }), [2]string{"dpop_jkt", key})
	}
	return sent, nil
}

// pushedProof checks the proof beside a pushed request, which agrees with the dpop_jkt that was asked for.
func pushedProof(d *decision, proof, asked string) (string, outcome) {
	no := func(code, description string) outcome {
		return refused{at: parEndpoint, code: code, description: description}
	}
	if len(proof) > longestProof {
		return "", no("invalid_dpop_proof", "DPoP proof token is too long")
	}
	key, wrong := d.checkProof(proof, d.rules.proofURL(d, "par"))
	switch {
	case wrong != "":
		return "", no("invalid_dpop_proof", wrong)
	case asked != "" && asked != key:
		return "", no("invalid_request", "Mismatch between thumbprint of JWK in DPoP HTTP header and dpop_jkt parameter")
	}
	return key, nil
}
