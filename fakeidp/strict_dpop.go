package fakeidp

import (
	"crypto/sha256"
	"slices"
	"strings"
)

// strictProof is the proof of possession of a token request: a DPoP proof (RFC 9449 §5), else the certificate to which the token
// is to be bound. A client that asks for tokens bound to certificates cannot ask for another kind as well.
func (d *decision) strictProof(who *caller) (proof, outcome) {
	headers := d.header.Values("DPoP")
	certificate := d.rules.bindingCertificate(d, who)
	switch {
	case len(headers) > 1:
		return proof{}, explain("invalid_dpop_proof", "There is more than one DPoP header.")
	case len(headers) == 1 && d.rules.demandsCertificate(d, who):
		return proof{}, explain("invalid_request", "The client asks for certificate-bound tokens.")
	case len(headers) == 0 && who.client.RequireDPoP:
		return proof{}, explain("invalid_dpop_proof", "The client must send a DPoP proof.")
	case len(headers) == 0 && certificate != nil:
		return proof{certificateProof, thumbprintSHA256(certificate)}, nil
	case len(headers) == 0:
		return proof{}, nil
	}
	thumbprint, wrong := d.checkProof(headers[0], d.rules.proofURL(d, "token"))
	if wrong != "" {
		return proof{}, explain("invalid_dpop_proof", wrong)
	}
	return proof{keyProof, thumbprint}, nil
}

// hereURL is the URL of an endpoint of the strict server, at the alias if the request came there.
func hereURL(d *decision, path string) string {
	if d.guarded {
		return d.aliasBase + "/" + path
	}
	return d.ownURL + "/" + path
}

// holdsProofKey tells whether the request came with the token in the scheme DPoP and with a proof by the key to which the token is
// bound, made for this token (RFC 9449 §7.1).
func (d *decision) holdsProofKey(thumbprint string) bool {
	scheme, token, _ := strings.Cut(d.header.Get("Authorization"), " ")
	proofs := d.header.Values("DPoP")
	if !strings.EqualFold(scheme, "DPoP") || len(proofs) != 1 {
		return false
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	j, err := parseJWS(proofs[0])
	if err != nil || j.payload.text("ath") != base64URL(sum[:]) {
		return false
	}
	shown, wrong := d.checkProof(proofs[0], d.rules.proofURL(d, "userinfo"))
	return wrong == "" && shown == thumbprint
}

// boundTo is a confirmation of one key and of nothing else (RFC 7800 §3.1): the name of its member, and its value.
func boundTo(confirmation any) (member, thumbprint string) {
	cnf, ok := confirmation.(object)
	if !ok || len(cnf) != 1 || !slices.Contains([]string{"x5t#S256", "jkt"}, cnf[0].name) {
		return "", ""
	}
	return cnf[0].name, cnf.text(cnf[0].name)
}

// holdsBoundKey tells whether the token is bound to nothing, or whether who sends it proves to hold the key to which it is bound: by the
// certificate of this connection (RFC 8705 §3), or by a DPoP proof. A confirmation that is neither is nobody's.
func holdsBoundKey(d *decision, t *accessToken) bool {
	if t.confirmation == nil {
		return true
	}
	switch member, thumbprint := boundTo(t.confirmation); member {
	case "x5t#S256":
		c := d.certificate()
		return c != nil && thumbprint == thumbprintSHA256(c)
	case "jkt":
		return d.holdsProofKey(thumbprint)
	}
	return false
}

// tokenType is how a token is used: with a DPoP proof, or without.
func tokenType(t *accessToken) string {
	if member, _ := boundTo(t.confirmation); member == "jkt" {
		return "DPoP"
	}
	return "Bearer"
}
