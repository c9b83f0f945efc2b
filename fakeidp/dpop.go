package fakeidp

import (
	"crypto/sha256"
	"slices"
)

// proofKind is how a token request proves possession of a key.
type proofKind int

const (
	noProof proofKind = iota
	certificateProof
	keyProof
)

// proof is the proof of possession that came with a token request.
type proof struct {
	kind proofKind
	// thumbprint of the certificate or of the key.
	thumbprint string
}

// What a DPoP proof must be, in seconds: made at most a minute ago, by a clock that is at most five minutes off.
const proofSlack = 60 + 300

// proofOf finds the proof of a token request, or what is wrong with it.
func (d *decision) proofOf(who *caller) (proof, outcome) {
	certificate := proof{}
	if c := d.certificate(); c != nil {
		certificate = proof{certificateProof, thumbprintSHA256(c)}
	}
	if d.profile.release < v63 {
		return certificate, nil
	}
	headers := slices.DeleteFunc(slices.Clone(d.header["Dpop"]), blank)
	misuse := "invalid_dpop_proof"
	if d.profile.dpopMisuseIsInvalidRequest {
		misuse = "invalid_request"
	}
	switch {
	case len(d.header["Dpop"]) > 1:
		return proof{}, explain(misuse, "Too many DPoP headers provided.")
	case len(headers) == 0 && who.client.RequireDPoP:
		return proof{}, explain(misuse, "Client requires DPoP and a DPoP header value was not provided.")
	case len(headers) == 0:
		return certificate, nil
	case certificate.kind != noProof && d.profile.oneConfirmationOnly:
		return proof{}, explain("invalid_request", "Only one confirmation mechanism is allowed at a time")
	}
	thumbprint, wrong := d.checkProof(headers[0], d.rules.proofURL(d, "token"))
	if wrong != "" {
		return proof{}, explain("invalid_dpop_proof", wrong)
	}
	return proof{keyProof, thumbprint}, nil
}

// checkProof verifies a DPoP proof (RFC 9449 §4.3) for this address and returns the thumbprint of its key, or what is wrong.
func (d *decision) checkProof(text, address string) (thumbprint, wrong string) {
	j, err := parseJWS(text)
	if err != nil {
		return "", "Malformed DPoP token."
	}
	if j.header.text("typ") != "dpop+jwt" {
		return "", "Invalid 'typ' value."
	}
	if !slices.Contains(signingAlgorithms(), j.header.text("alg")) {
		return "", "Invalid 'alg' value."
	}
	v, _ := j.header.get("jwk")
	jwk, _ := v.(object)
	if _, private := jwk.get("d"); private {
		return "", "'jwk' value contains a private key."
	}
	key, err := publicKey(jwk)
	if err != nil {
		return "", "Invalid 'jwk' value."
	}
	if !j.verifiedBy(key) {
		return "", "Invalid signature on DPoP token."
	}
	id := j.payload.text("jti")
	issued, timed := j.payload.seconds("iat")
	now := d.now.Unix()
	switch {
	case id == "":
		return "", "Invalid 'jti' value."
	case j.payload.text("htm") != d.method:
		return "", "Invalid 'htm' value."
	case j.payload.text("htu") != address:
		return "", "Invalid 'htu' value."
	case !timed || now-issued > proofSlack || issued-now > proofSlack:
		return "", "Invalid 'iat' value."
	case !d.state.firstUse("proof "+id, issued+2*proofSlack, now):
		return "", "Detected replay of DPoP proof token."
	}
	return keyThumbprint(jwk), ""
}

// proofURL is the htu that a proof for an endpoint must have: from 7.3 on the mTLS alias where a certificate is on the connection.
func proofURL(d *decision, path string) string {
	if d.mtls && d.certificate() != nil && !d.profile.oneConfirmationOnly {
		return d.rules.aliasURL(d, path)
	}
	return d.base() + "/connect/" + path
}

// keyThumbprint is the SHA-256 thumbprint of a public key (RFC 7638).
func keyThumbprint(jwk object) string {
	members := []string{"e", "kty", "n"}
	if jwk.text("kty") == "EC" {
		members = []string{"crv", "kty", "x", "y"}
	}
	var o object
	for _, m := range members {
		o = o.with(m, jwk.text(m))
	}
	sum := sha256.Sum256(appendJSON(nil, o, relaxed))
	return base64URL(sum[:])
}
