package fakeidp

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf16"
)

// credentialKind is IdentityServer's type of a parsed secret.
type credentialKind int

const (
	noSecret credentialKind = iota
	sharedCredential
	certificateCredential
	assertionCredential
)

// credential is what a request offers as proof of who its client is.
type credential struct {
	clientID    string
	kind        credentialKind
	secret      string
	certificate *x509.Certificate
	assertion   string
}

// caller is an authenticated client or API, and how it proved itself.
type caller struct {
	client   *Client
	resource *Resource
	by       credentialKind
	// certificate is set where the certificate was the proof.
	certificate *x509.Certificate
	// anonymous: a public client, nothing was proved.
	anonymous bool
}

// idLimit is the longest client_id and secret, in characters.
const idLimit = 100

// chars counts as .NET does: in UTF-16 units.
func chars(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// parsers are the ways to read a credential, in the order in which the host registered them.
func (d *decision) parsers() []func(*decision) *credential {
	list := []func(*decision) *credential{basicCredential, bodyCredential}
	if d.assertions == AssertionsFirst {
		list = append(list, assertionOf)
	}
	if d.validators {
		list = append(list, certificateOf)
	}
	if d.assertions == AssertionsLast {
		list = append(list, assertionOf)
	}
	return list
}

// firstRealCredential takes the first parser's result that is more than a bare client_id, else the last
// bare one.
func firstRealCredential(d *decision) *credential {
	var found *credential
	for _, parse := range d.parsers() {
		c := parse(d)
		if c == nil {
			continue
		}
		found = c
		if c.kind != noSecret {
			break
		}
	}
	return found
}

// basicCredential reads the first Authorization header.
func basicCredential(d *decision) *credential {
	header := strings.TrimSpace(d.header.Get("Authorization"))
	if len(header) < 6 || !strings.EqualFold(header[:6], "Basic ") {
		return nil
	}
	if limit := d.profile.basicLimit; limit > 0 && len(header) > limit {
		return nil
	}
	id, secret, ok := decodeBasic(header[6:])
	if !ok || blank(id) || chars(id) > idLimit || chars(secret) > idLimit {
		return nil
	}
	if blank(secret) {
		return &credential{clientID: id}
	}
	return &credential{clientID: id, kind: sharedCredential, secret: secret}
}

// decodeBasic undoes base64, splits at the first colon and undoes the form encoding of both
// halves (RFC 6749 §2.3.1).
func decodeBasic(encoded string) (id, secret string, ok bool) {
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", "", false
	}
	id, secret, ok = strings.Cut(utf8Text(string(raw)), ":")
	return utf8Text(unescapeForm(id)), utf8Text(unescapeForm(secret)), ok
}

// bodyID is the client_id of the form, if it may be one.
func bodyID(d *decision) (string, bool) {
	f, err := d.readForm()
	if err != nil || f == nil {
		return "", false
	}
	id := f.first("client_id")
	return id, !blank(id) && chars(id) <= idLimit
}

// bodyCredential reads client_id and client_secret of the form.
func bodyCredential(d *decision) *credential {
	id, ok := bodyID(d)
	if !ok {
		return nil
	}
	secret := d.form.first("client_secret")
	if blank(secret) || chars(secret) > idLimit {
		return &credential{clientID: id}
	}
	return &credential{clientID: id, kind: sharedCredential, secret: secret}
}

// certificateOf pairs the client_id of the form with the certificate of the connection, on whatever endpoint.
func certificateOf(d *decision) *credential {
	id, ok := bodyID(d)
	if !ok || d.certificate() == nil {
		return nil
	}
	return &credential{clientID: id, kind: certificateCredential, certificate: d.certificate()}
}

// authentication is how client authentication ended: a caller, or the error code of the token endpoint.
type authentication struct {
	caller *caller
	code   string
	// description is for people.
	description string
}

// authenticate finds out which client asks.
func (d *decision) authenticate() authentication { return d.rules.authenticates(d) }

// authenticatesBySecrets is IdentityServer's client authentication.
func authenticatesBySecrets(d *decision) authentication {
	c := d.rules.credential(d)
	if c == nil {
		return authentication{code: d.profile.nothingParsed}
	}
	d.asking = c.clientID
	client := d.rules.knownClient(d, c.clientID)
	if client == nil || client.Disabled || !d.rules.wellConfigured(d, client) {
		return authentication{code: "invalid_client"}
	}
	if d.rules.needsNoSecret(client) {
		return authentication{caller: &caller{client: client, by: c.kind, anonymous: true}}
	}
	if !d.proves(c, client.Secrets) {
		return authentication{code: "invalid_client"}
	}
	return authentication{caller: &caller{client: client, by: c.kind, certificate: c.certificate}}
}

// proves tells whether the credential matches any secret that has not expired.
func (d *decision) proves(c *credential, secrets []Secret) bool {
	for _, s := range secrets {
		if !d.rules.secretAlive(d, s) {
			continue
		}
		switch c.kind {
		case sharedCredential:
			if s.Type == SharedSecret && d.rules.sharedMatches(s.Value, s.comparable(c.secret)) {
				return true
			}
		case certificateCredential:
			if d.rules.certificateProves(d, s, c.certificate) {
				return true
			}
		case assertionCredential:
			if s.Type == JSONWebKey && d.assertionProves(s.Value, c) {
				return true
			}
		}
	}
	return false
}

// certificateProves compares the registered secret with the leaf alone, each type in its own way.
func certificateProves(d *decision, s Secret, c *x509.Certificate) bool {
	switch s.Type {
	case X509Name:
		return d.rules.nameMatches(s.Value, c)
	case X509Thumbprint:
		return d.rules.thumbprintMatches(s.Value, c)
	}
	return false
}

// dotnetNameMatches compares with .NET's Subject, character by character.
func dotnetNameMatches(registered string, c *x509.Certificate) bool {
	return registered == dotnetSubject(c)
}

// sha1Matches compares with .NET's Thumbprint, ignoring case.
func sha1Matches(registered string, c *x509.Certificate) bool {
	return strings.EqualFold(registered, thumbprintSHA1(c))
}

// thumbprintSHA1 is .NET's Thumbprint: SHA-1 of the DER in upper-case hexadecimal.
func thumbprintSHA1(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// thumbprintSHA256 is x5t#S256 (RFC 8705 §3.1): SHA-256 of the DER in base64url without padding.
func thumbprintSHA256(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// knownClient compares identifiers as the in-memory store does: exactly.
func knownClient(d *decision, id string) *Client { return d.clients[id] }

// wellConfigured is IdentityServer's client configuration validator.
func wellConfigured(d *decision, c *Client) bool {
	grants := c.grants()
	if len(grants) == 0 || c.Lifetime < 0 || !c.Public && len(c.Secrets) == 0 {
		return false
	}
	for _, g := range grants {
		if g == AuthorizationCode && len(c.RedirectURIs) == 0 {
			return false
		}
		if g == ClientCredentials && c.Public && !d.profile.publicClientCredentials {
			return false
		}
	}
	return true
}
