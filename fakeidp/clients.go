package fakeidp

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"time"
)

// SecretType names what a Secret holds, in the words that IdentityServer stores.
// They are compared exactly, as IdentityServer does: an unknown type never matches.
type SecretType string

// The secret types of IdentityServer.
const (
	SharedSecret   SecretType = "SharedSecret"
	X509Name       SecretType = "X509Name"
	X509Thumbprint SecretType = "X509Thumbprint"
	JSONWebKey     SecretType = "JWK"
)

// Secret is one way for a client or an API to prove who it is.
type Secret struct {
	Type SecretType
	// Value is the shared secret itself, the subject as .NET prints it, the SHA-1
	// thumbprint in hexadecimal, or the public key as JSON.
	Value string
	// Hashed: Value is not the shared secret but its SHA-256 or SHA-512 in base64, as IdentityServer stores it.
	Hashed bool
	// Expires is when the secret stops to count. The zero time never comes.
	Expires time.Time
}

// Name is a secret that a certificate with this subject proves. The subject is
// written as .NET's X509Certificate2.Subject prints it: "CN=client, OU=production, O=company".
func Name(subject string) Secret { return Secret{Type: X509Name, Value: subject} }

// Thumbprint is a secret that one certificate proves: the SHA-1 of its DER in
// hexadecimal, upper or lower case, without separators.
func Thumbprint(sha1 string) Secret { return Secret{Type: X509Thumbprint, Value: sha1} }

// Shared is a shared secret, in the clear.
func Shared(secret string) Secret { return Secret{Type: SharedSecret, Value: secret} }

// Hashed is a shared secret as IdentityServer stores it: its SHA-256 or SHA-512 in base64.
func Hashed(hash string) Secret { return Secret{Type: SharedSecret, Value: hash, Hashed: true} }

// comparable writes a secret that was sent as the registered one is written.
func (s Secret) comparable(sent string) string {
	if !s.Hashed {
		return sent
	}
	hash, _ := base64.StdEncoding.DecodeString(s.Value)
	switch len(hash) {
	case sha256.Size:
		sum := sha256.Sum256([]byte(sent))
		return base64.StdEncoding.EncodeToString(sum[:])
	case sha512.Size:
		sum := sha512.Sum512([]byte(sent))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	return s.Value + "." // no hash, so nothing may equal it
}

// JWK is the public key with which the client signs its assertions.
func JWK(key string) Secret { return Secret{Type: JSONWebKey, Value: key} }

// Until is the same secret with an expiry.
func (s Secret) Until(t time.Time) Secret {
	s.Expires = t
	return s
}

// The grant types that IdentityServer knows by name.
const (
	ClientCredentials = "client_credentials"
	AuthorizationCode = "authorization_code"
	DeviceCode        = "urn:ietf:params:oauth:grant-type:device_code"
	CIBA              = "urn:openid:params:grant-type:ciba"
	Password          = "password"
)

// Client is a registered client. The zero value of each field is IdentityServer's default
// where it has one.
type Client struct {
	ID      string
	Secrets []Secret
	// Grants are the allowed grant types. Default, if nil: client_credentials.
	Grants []string
	// Scopes are the names of the API scopes and identity resources that the client may ask for.
	Scopes []string
	// RedirectURIs are compared as they are.
	RedirectURIs []string
	// PostLogoutRedirectURIs are where a browser may go after its user signed out, compared as they are.
	PostLogoutRedirectURIs []string
	// FrontChannelLogoutURI is loaded in a frame when a user who came from the client signs out (OpenID Connect Front-Channel Logout
	// 1.0). Default: none, and the client does not hear of it so.
	FrontChannelLogoutURI string
	// FrontChannelLogoutWithoutSession is IdentityServer's FrontChannelLogoutSessionRequired = false: that frame gets neither iss nor sid.
	FrontChannelLogoutWithoutSession bool
	// BackChannelLogoutURI gets a logout token when a user who came from the client signs out (OpenID Connect Back-Channel Logout 1.0). It
	// has to be on loopback: elsewhere nothing is sent, and the journal says so. Default: none.
	BackChannelLogoutURI string
	// RequireConsent asks the user before the client gets a code, each time. Default false.
	RequireConsent bool
	// Disabled is IdentityServer's Enabled = false.
	Disabled bool
	// Public is IdentityServer's RequireClientSecret = false: no secret is looked at.
	Public bool
	// OfflineAccess allows refresh tokens.
	OfflineAccess bool
	// NoPKCE is IdentityServer's RequirePkce = false.
	NoPKCE bool
	// Reference makes access tokens handles instead of JWTs.
	Reference bool
	// RequirePAR refuses authorization requests that were not pushed.
	RequirePAR bool
	// RequireDPoP refuses token requests without a DPoP proof.
	RequireDPoP bool
	// OneTimeRefresh gives a new refresh token at each use and ends the old one. Versions before 7.0
	// always do.
	OneTimeRefresh bool
	// Bound asks for tokens bound to the certificate of the connection although the client authenticates otherwise: the strict
	// server's tls_client_certificate_bound_access_tokens (RFC 8705 §3.4). IdentityServer has no such setting.
	Bound bool
	// Lifetime of access tokens. Default one hour.
	Lifetime time.Duration
}

// grants are the allowed grant types with the default filled in.
func (c *Client) grants() []string {
	if c.Grants == nil {
		return []string{ClientCredentials}
	}
	return c.Grants
}

// lifetime is how long an access token of this client lives.
func (c *Client) lifetime() time.Duration {
	if c.Lifetime == 0 {
		return time.Hour
	}
	return c.Lifetime
}

// Scope is an API scope.
type Scope struct {
	Name string
	// Disabled is IdentityServer's Enabled = false.
	Disabled bool
}

// Resource is an API resource: what stands in aud, and who may introspect.
type Resource struct {
	Name   string
	Scopes []string
	// Secrets with which the API authenticates itself at the introspection endpoint.
	Secrets []Secret
}

// IdentityResource is a scope of OpenID Connect with the user claims that it opens.
type IdentityResource struct {
	Name   string
	Claims []string
}

// OpenID and Profile are the identity resources that IdentityServer brings along.
func OpenID() IdentityResource { return IdentityResource{Name: "openid", Claims: []string{"sub"}} }

// Profile is the identity resource "profile" of OpenID Connect Core §5.4.
func Profile() IdentityResource {
	return IdentityResource{Name: "profile", Claims: []string{"name", "family_name", "given_name", "middle_name", "nickname",
		"preferred_username", "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"}}
}

// User is somebody who can sign in.
type User struct {
	Subject  string
	Username string
	Password string
	// Claims are what userinfo may tell, in this order.
	Claims []Claim
}

// Claim is one statement about a user.
type Claim struct{ Type, Value string }
