package fakeidp

import (
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
)

// sameBytes compares a raw Ed25519 key (RFC 8037 §2) with the key of a certificate.
func sameBytes(raw []byte, c *x509.Certificate) bool {
	key, ok := c.PublicKey.(ed25519.PublicKey)
	return ok && slices.Equal(raw, key)
}

// mayRepeat are the parameters that a request may carry more than once (RFC 8707 §2, RFC 8693 §2.1).
func mayRepeat(name string) bool { return name == "resource" || name == "audience" }

// nothingRepeated: parameters must not be included more than once (RFC 6749 §3.2).
func nothingRepeated(f *form) bool {
	for _, name := range f.keys {
		if len(f.values[name]) > 1 && !mayRepeat(name) {
			return false
		}
	}
	return true
}

// strictForm is the form of a POST, or the answer to a request that has none that may be used.
func (d *decision) strictForm() (*form, outcome) {
	if o, ok := d.only(http.MethodPost); !ok {
		return nil, o
	}
	if !d.isForm() {
		return nil, refused{at: d.at, code: "invalid_request", description: "The request is not application/x-www-form-urlencoded."}
	}
	f, err := d.readForm()
	switch {
	case errors.Is(err, errBodyTooLarge):
		return nil, emptyAnswer{http.StatusRequestEntityTooLarge}
	case err != nil:
		return nil, refused{at: d.at, code: "invalid_request", description: "The form cannot be read."}
	case !d.rules.soundForm(f):
		return nil, refused{at: d.at, code: "invalid_request", description: "A parameter is included more than once."}
	}
	return f, nil
}

// refusal is what a failed authentication is answered with.
func (d *decision) refusal(a authentication) outcome {
	return refused{at: d.at, code: a.code, description: a.description, byHeader: len(d.header.Values("Authorization")) > 0}
}

// strictToken is the token endpoint: the client comes before everything that it asks for.
func strictToken(d *decision) outcome {
	f, wrong := d.strictForm()
	if wrong != nil {
		return wrong
	}
	who := d.authenticate()
	if who.caller == nil {
		return d.refusal(who)
	}
	p := d.parameters(f)
	grant := p["grant_type"]
	extension, extended := d.extension(grant)
	switch {
	case grant == "":
		return explain("invalid_request", "grant_type is missing.")
	case extended && !d.rules.grantAllowed(d, who.caller.client, grant):
		return explain("unauthorized_client", "The client may not use this grant type.")
	case grant != ClientCredentials && !extended && !slices.Contains(d.userGrants(), grant):
		return explain("unsupported_grant_type", "The grant type is not supported.")
	}
	if d.rules.demandsCertificate(d, who.caller) && d.rules.bindingCertificate(d, who.caller) == nil {
		return explain(d.profile.nothingToBindTo, "The client asks for certificate-bound tokens and shows no certificate.")
	}
	found, wrong := d.strictProof(who.caller)
	if wrong != nil {
		return wrong
	}
	d.proof = found
	switch {
	case extended:
		return d.extended(who.caller, extension, p)
	case grant == ClientCredentials:
		return decideClientCredentials(d, who.caller, p)
	}
	return strictUserGrant(d, who.caller, grant, p)
}

// userGrants are the grants of the strict server in which a user takes part: there are some where there is a user. A password is
// none of them (RFC 9700 §2.4).
func (s *settings) userGrants() []string {
	if len(s.users) == 0 {
		return nil
	}
	return []string{AuthorizationCode, "refresh_token", DeviceCode, CIBA}
}

// strictGrantAllowed: client credentials, the backchannel and token exchange are for clients that can keep some (RFC 6749 §4.4, CIBA
// Core §4).
func strictGrantAllowed(d *decision, c *Client, grant string) bool {
	confidential := grant == ClientCredentials || grant == CIBA || grant == TokenExchangeGrant
	return slices.Contains(c.grants(), grant) && (!confidential || !d.rules.needsNoSecret(c))
}

// strictAudience are the APIs of the scopes, or the server itself: a JWT access token has an audience (RFC 9068 §2.2).
func strictAudience(d *decision, scopes []string) []string {
	if names := audience(d, scopes); len(names) > 0 {
		return names
	}
	return []string{d.rules.issuer(d)}
}

// strictBindingCertificate is the leaf of this request's connection, for those who authenticated by it and for those who
// asked for bound tokens (RFC 8705 §3).
func strictBindingCertificate(d *decision, who *caller) *x509.Certificate {
	if who.by == certificateCredential || who.client != nil && who.client.Bound {
		return d.certificate()
	}
	return nil
}
