package fakeidp

import (
	"crypto"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
)

// method is a client authentication method, by its registered name.
type method string

// The methods of the strict server, and none for those who registered nothing that it knows.
const (
	noMethod         method = "none"
	secretMethod     method = "client_secret"
	nameMethod       method = "tls_client_auth"
	selfSignedMethod method = "self_signed_tls_client_auth"
)

// offer is everything in a request that may say or prove who asks.
type offer struct {
	// header is set if there is an Authorization header, basic if it could be read.
	header, basic         bool
	headerID, headerValue string
	bodyID, bodySecret    string
	assertion             bool
	certificate           bool
}

// offered collects what the request offers.
func (d *decision) offered() offer {
	o := offer{bodyID: d.form.first("client_id"), bodySecret: d.form.first("client_secret"), certificate: d.certificate() != nil,
		assertion: d.form.first("client_assertion") != "" || d.form.first("client_assertion_type") != ""}
	if values := d.header.Values("Authorization"); len(values) > 0 {
		o.header = true
		scheme, encoded, _ := strings.Cut(values[0], " ")
		if strings.EqualFold(scheme, "Basic") && len(values) == 1 {
			o.headerID, o.headerValue, o.basic = decodeBasic(encoded)
		}
	}
	return o
}

// claimedID takes client_id from the form, as RFC 8705 §2 asks of clients with certificates, or from the Basic header; two
// that differ are none.
func claimedID(_ *decision, o offer) (string, bool) {
	switch {
	case o.bodyID == "":
		return o.headerID, o.basic && o.headerID != ""
	case o.basic && o.headerID != o.bodyID:
		return "", false
	}
	return o.bodyID, true
}

// methodOf is what the type of the first secret says: a client has one method (RFC 7591 §2), and secrets of other types
// do not open a second way in.
func methodOf(secrets []Secret) method {
	if len(secrets) == 0 {
		return noMethod
	}
	switch secrets[0].Type {
	case SharedSecret:
		return secretMethod
	case X509Name, SubjectDNS, SubjectURI, SubjectIP, SubjectEmail:
		return nameMethod
	case JSONWebKey, KeySetURI:
		return selfSignedMethod
	}
	return noMethod
}

// oneMethod counts the methods of which the request carries a proof (RFC 6749 §2.3). The certificate is one only if
// the client authenticates by it: others show theirs to have tokens bound.
func oneMethod(o offer, registered method) bool {
	count := 0
	for _, used := range []bool{o.header, o.bodySecret != "", o.assertion, o.certificate && (registered == nameMethod || registered == selfSignedMethod)} {
		if used {
			count++
		}
	}
	return count <= 1
}

// strictAuthenticates is client authentication of RFC 6749 §2.3 and RFC 8705 §2. The form has been read.
func strictAuthenticates(d *decision) authentication {
	failed := authentication{code: "invalid_client", description: "Client authentication failed."}
	o := d.offered()
	id, ok := d.rules.claimedID(d, o)
	if !ok {
		if d.at != introspectionEndpoint { // which answers 401 (RFC 7662 §2.3)
			failed.code = d.profile.nothingParsed
		}
		return failed
	}
	d.asking = id
	who, secrets := d.registered(id)
	if !d.rules.oneMethod(o, d.rules.methodOf(secrets)) {
		return authentication{code: d.profile.severalMethods, description: "The request authenticates the client in more than one way."}
	}
	switch {
	case who == nil:
		return failed
	case who.client != nil && d.rules.needsNoSecret(who.client):
		if o.header || o.bodySecret != "" || o.assertion {
			return failed
		}
		who.anonymous = true
		return authentication{caller: who}
	}
	switch d.rules.methodOf(secrets) {
	case secretMethod:
		if d.secretProves(o, secrets) {
			who.by = sharedCredential
			return authentication{caller: who}
		}
	case nameMethod, selfSignedMethod:
		if !o.header && o.bodySecret == "" && !o.assertion && d.presentedProves(secrets) {
			who.by, who.certificate = certificateCredential, d.certificate()
			return authentication{caller: who}
		}
	}
	return failed
}

// registered finds the client, or where tokens are introspected the API, of that name.
func (d *decision) registered(id string) (*caller, []Secret) {
	if d.at == introspectionEndpoint {
		for i := range d.resources {
			if r := &d.resources[i]; r.Name == id && len(r.Secrets) > 0 {
				return &caller{resource: r}, r.Secrets
			}
		}
	}
	c := d.rules.knownClient(d, id)
	if c == nil || c.Disabled || !d.rules.wellConfigured(d, c) {
		return nil, nil
	}
	return &caller{client: c}, c.Secrets
}

// secretProves compares the offered secret with those registered.
func (d *decision) secretProves(o offer, secrets []Secret) bool {
	sent := o.bodySecret
	if o.header {
		if !o.basic {
			return false
		}
		sent = o.headerValue
	}
	return sent != "" && slices.ContainsFunc(secrets, func(s Secret) bool {
		return s.Type == SharedSecret && d.rules.secretAlive(d, s) && d.rules.sharedMatches(s.Value, s.comparable(sent))
	})
}

// sameSecret takes the same time wherever the two differ.
func sameSecret(registered, sent string) bool {
	return subtle.ConstantTimeCompare([]byte(registered), []byte(sent)) == 1
}

// presentedProves asks the registered secrets of the client's method about the certificates that may identify it. Of the five
// members that name a subject a client has one (RFC 8705 §2.1.2): that of its first secret.
func (d *decision) presentedProves(secrets []Secret) bool {
	if len(d.presented) == 0 {
		return false
	}
	m := d.rules.methodOf(secrets)
	if m == nameMethod && !d.pathHolds() {
		return false
	}
	for _, c := range d.rules.identities(d.presented) {
		for _, s := range secrets {
			if d.rules.methodOf([]Secret{s}) == m && (m != nameMethod || s.Type == secrets[0].Type) && d.rules.secretAlive(d, s) && d.rules.certificateProves(d, s, c) {
				return true
			}
		}
	}
	return false
}

// leafAlone: the certificate whose key the client proved to hold is the first; the others only help to build a path.
func leafAlone(presented []*x509.Certificate) []*x509.Certificate { return presented[:1] }

// strictCertificateProves compares the name (RFC 8705 §2.1) or the whole certificate (§2.2).
func strictCertificateProves(d *decision, s Secret, c *x509.Certificate) bool {
	switch s.Type {
	case X509Name:
		return d.rules.nameMatches(s.Value, c)
	case SubjectDNS, SubjectURI, SubjectIP, SubjectEmail:
		return d.rules.alternativeNameMatches(s, c)
	case JSONWebKey:
		return d.conveys(s.Value, c)
	case KeySetURI:
		return d.conveys(d.keySet(s.Value, false), c) || d.conveys(d.keySet(s.Value, true), c)
	}
	return false
}

// conveys tells whether a JWK or a JWK Set has this certificate.
func (d *decision) conveys(registered string, c *x509.Certificate) bool {
	return slices.ContainsFunc(d.rules.conveyed(registered), func(r *x509.Certificate) bool { return d.rules.sameCertificate(r, c) })
}

// nameMatchesRFC4517 reads the registered name as RFC 4514 and compares by distinguishedNameMatch of RFC 4517 §4.2.15. An
// empty name is nobody's.
func nameMatchesRFC4517(registered string, c *x509.Certificate) bool {
	want, err := pki.ParseDN(registered)
	if err != nil || want.IsEmpty() {
		return false
	}
	got, err := pki.ParseDNDER(c.RawSubject)
	return err == nil && got.Equal(want)
}

// conveyedCertificates reads a JWK or a JWK Set (RFC 7517 §4.7, §5). Of x5c only the first certificate is the key's; it counts
// if the key's own members, where there are any, say the same key. What x5t and x5t#S256 declare decides
// nothing, and a key for encryption is no credential. Dates and issuer of a registered certificate are not looked at.
func conveyedCertificates(registered string) []*x509.Certificate {
	var found []*x509.Certificate
	for _, k := range registeredKeys(registered) {
		if k.text("use") == "enc" {
			continue
		}
		if chain := conveyedBy(k, base64.StdEncoding.Strict()); len(chain) > 0 && sameKey(k, chain[0]) {
			found = append(found, chain[0])
		}
	}
	return found
}

// registeredKeys are the keys of a JWK Set, or the one that stands alone.
func registeredKeys(registered string) []object {
	o, err := parseObject([]byte(registered))
	if err != nil {
		return nil
	}
	set, ok := o.get("keys")
	if !ok {
		return []object{o}
	}
	var keys []object
	list, _ := set.([]any)
	for _, k := range list {
		if key, ok := k.(object); ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// conveyedBy are the certificates in x5c up to the first that cannot be read.
func conveyedBy(jwk object, encoding *base64.Encoding) []*x509.Certificate {
	chain, _ := jwk.get("x5c")
	list, _ := chain.([]any)
	var found []*x509.Certificate
	for _, entry := range list {
		text, _ := entry.(string)
		der, err := encoding.DecodeString(text)
		if err != nil || strings.ContainsAny(text, "\r\n") {
			break
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			break
		}
		found = append(found, c)
	}
	return found
}

// sameKey compares the members of a JWK with the key of a certificate; without kty there are none.
func sameKey(jwk object, c *x509.Certificate) bool {
	if _, has := jwk.get("kty"); !has {
		return true
	}
	if jwk.text("kty") == "OKP" {
		raw, err := base64.RawURLEncoding.DecodeString(jwk.text("x"))
		return err == nil && sameBytes(raw, c)
	}
	key, err := publicKey(jwk)
	if err != nil {
		return false
	}
	same, ok := c.PublicKey.(interface{ Equal(x crypto.PublicKey) bool })
	return ok && same.Equal(key)
}
