package fakeidp

import (
	"slices"
	"strings"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// The longest client assertion that is read, in characters.
const assertionLimit = 51200

// assertionOf reads a client assertion (RFC 7523 §2.2). The client is the one that the assertion
// names; client_id of the form is not looked at.
func assertionOf(d *decision) *credential {
	f, err := d.readForm()
	if err != nil || f == nil || f.first("client_assertion_type") != assertionType {
		return nil
	}
	text := f.first("client_assertion")
	if blank(text) || chars(text) > assertionLimit {
		return nil
	}
	j, err := parseJWS(text)
	if err != nil {
		return nil
	}
	id := j.payload.text("sub")
	if blank(id) || chars(id) > idLimit {
		return nil
	}
	return &credential{clientID: id, kind: assertionCredential, assertion: text}
}

// assertionProves verifies an assertion with a registered key (RFC 7523 §3): signature, issuer and subject, audience, time, and
// that its jti was not used before.
func (d *decision) assertionProves(key string, c *credential) bool {
	jwk, err := parseObject([]byte(key))
	if err != nil {
		return false
	}
	public, err := publicKey(jwk)
	if err != nil {
		return false
	}
	j, err := parseJWS(c.assertion)
	if err != nil || !j.verifiedBy(public) {
		return false
	}
	now := d.now.Unix()
	exp, ok := j.payload.seconds("exp")
	if !ok || now > exp+jwtSkew {
		return false
	}
	if nbf, ok := j.payload.seconds("nbf"); ok && now < nbf-jwtSkew {
		return false
	}
	if j.payload.text("iss") != c.clientID || j.payload.text("sub") != c.clientID || !d.assertionAudience(j) {
		return false
	}
	id := j.payload.text("jti")
	return id != "" && d.state.firstUse("assertion "+id, exp+jwtSkew, now)
}

// assertionAudience: the token endpoint below the issuer, from 6.0 on also the issuer and the plain endpoints, never
// the mTLS alias. An assertion of type
// client-authentication+jwt must name the issuer alone, as a string, from 7.2 on.
func (d *decision) assertionAudience(j *jws) bool {
	issuer := d.rules.issuer(d)
	if d.profile.strictAssertionType && strings.EqualFold(j.header.text("typ"), "client-authentication+jwt") {
		return j.payload.text("aud") == issuer
	}
	good := []string{strings.TrimSuffix(issuer, "/") + "/connect/token"}
	if d.profile.issuerAsAudience {
		good = append(good, issuer, d.base()+"/connect/token", d.base()+"/connect/ciba")
	}
	if d.profile.release >= v70 {
		good = append(good, d.base()+"/connect/par")
	}
	return slices.ContainsFunc(j.payload.list("aud", ""), func(a string) bool { return slices.Contains(good, a) })
}
