package scenarios

import (
	"slices"
	"sync"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A RoleSpec says what must be registered at a target so that a role can be filled, in no product's words. Commands
// print it as each product wants it, and register it at the built-in fake.
type RoleSpec struct {
	Role         harness.Role
	Doc          string // one sentence: who this is, and what for
	Certificate  string // name of the identity in the PKI folder that the person shows; empty: none
	Registration Registration
}

// A Registration is a client as it is registered. The zero values are what most roles want: client_credentials, the
// configured scope, JWT access tokens.
type Registration struct {
	ClientID    string       // proposed; an operator may choose another
	Credentials []Credential // any one of them authenticates the client
	Products    []string     // only servers of these products can register it so; none: any server
	Public      bool         // authenticates by nothing at all
	Disabled    bool
	Bound       bool     // asks for certificate-bound tokens although it authenticates otherwise (RFC 8705 §3.4)
	Reference   bool     // opaque access tokens
	Grants      []string // other than client_credentials alone
	Scopes      []string // other than the configured scope alone; an empty, non-nil list: none
	Resource    bool     // a protected resource that may introspect tokens, not a client
	SignsIn     bool     // acts for users: may have the scope openid beside the others, and refresh tokens
	Rotating    bool     // each refresh replaces the refresh token
}

// A CredentialKind is how a client proves who it is.
type CredentialKind string

// The kinds. A server of RFC 8705 knows all but Secret, which others bring: names of §2.1.2, and ByCertificate by JWK Set (its
// self-signed method). IdentityServer knows ByName, ByCertificate (by thumbprint) and Secret.
const (
	ByName        CredentialKind = "name"        // subject name of a certificate
	ByDNS         CredentialKind = "dns"         // DNS name among its subject alternative names
	ByURI         CredentialKind = "uri"         // URI there
	ByIP          CredentialKind = "ip"          // IP address there
	ByEmail       CredentialKind = "email"       // mail address there
	ByCertificate CredentialKind = "certificate" // the certificate itself: JWK Set, or thumbprint where the product has no JWK Set
	ByKeySet      CredentialKind = "key-set"     // the certificates in the JWK Set at an address, where nobody answers; see NoKeys
	Secret        CredentialKind = "secret"      // shared secret
)

// A Credential is one registered proof.
type Credential struct {
	Kind     CredentialKind
	Of       string // name of the identity in the PKI folder; "" for a shared secret
	Spelling string // how the name or thumbprint is written; empty: as the product wants it. See Spellings
	Key      string // how the JSON Web Key is written, where one is registered; empty: rightly. See KeyWritings
	Expired  bool   // the registration of the credential has run out
}

// NoKeys is where the keys of ByKeySet are said to be: nobody listens there.
const NoKeys = "https://127.0.0.1:1/keys"

// RedirectURI is what clients of authorization_code are registered with. Nothing is ever sent there.
const RedirectURI = "https://client.example/cb"

// Roles is the whole cast, in the order in which reports and registrations list it.
func Roles() []RoleSpec {
	return slices.Concat(principals(), secretHolders(), combined(), alike(), spelled(), unusualNames(), alternativeNames(), certificates(), keyRoles(), states(), forUsers())
}

// RoleNamed finds a role.
func RoleNamed(role harness.Role) (RoleSpec, bool) {
	all := allRoles()
	i := slices.IndexFunc(all, func(r RoleSpec) bool { return r.Role == role })
	if i < 0 {
		return RoleSpec{}, false
	}
	return all[i], true
}

// allRoles are Roles, made once.
var allRoles = sync.OnceValue(Roles)

func byName(of string) []Credential        { return []Credential{{Kind: ByName, Of: of}} }
func byCertificate(of string) []Credential { return []Credential{{Kind: ByCertificate, Of: of}} }

// principals are the clients that most scenarios need.
func principals() []RoleSpec {
	return []RoleSpec{
		{Role: "name", Doc: "a client known by the subject name of its certificate", Certificate: "client",
			Registration: Registration{ClientID: "mtls.name", Credentials: byName("client"), Bound: true}},
		{Role: "name-2", Doc: "a second client known by another subject name", Certificate: "client-2",
			Registration: Registration{ClientID: "mtls.name-2", Credentials: byName("client-2"), Bound: true}},
		{Role: "thumbprint", Doc: "a client known by its self-signed certificate", Certificate: "alone",
			Registration: Registration{ClientID: "mtls.tb", Credentials: byCertificate("alone"), Bound: true}},
		{Role: "thumbprint-2", Doc: "a second client known by another self-signed certificate", Certificate: "alone-2",
			Registration: Registration{ClientID: "mtls.tb-2", Credentials: byCertificate("alone-2"), Bound: true}},
		{Role: "thumbprint-ca", Doc: "a client known by the very certificate that the CA issued to it", Certificate: "pinned",
			Registration: Registration{ClientID: "mtls.tb-ca", Credentials: byCertificate("pinned"), Bound: true}},
		{Role: "name-and-thumbprint", Doc: "a client known by a name or by a certificate", Certificate: "client",
			Registration: Registration{ClientID: "mtls.both", Credentials: append(byName("client"), byCertificate("alone")...), Products: identityServer(), Bound: true}},
		{Role: "api", Doc: "a protected resource that introspects tokens", Certificate: "client",
			Registration: Registration{ClientID: "api", Credentials: byName("client"), Resource: true}},
	}
}

// secretHolders are the clients that have a shared secret.
func secretHolders() []RoleSpec {
	return []RoleSpec{
		{Role: "name-and-secret", Doc: "a client known by a name or by a shared secret", Certificate: "client",
			Registration: Registration{ClientID: "mtls.name-secret", Credentials: append(byName("client"), Credential{Kind: Secret}), Products: identityServer()}},
		{Role: "secret", Doc: "a client with a shared secret and nothing else",
			Registration: Registration{ClientID: "shared", Credentials: []Credential{{Kind: Secret}}}},
		{Role: "secret-bound", Doc: "a client with a shared secret that asks for bound tokens", Certificate: "client",
			Registration: Registration{ClientID: "shared.bound", Credentials: []Credential{{Kind: Secret}}, Bound: true}},
	}
}

// combined are clients with several credentials of which some are wrong or have run out.
func combined() []RoleSpec {
	role := func(name harness.Role, doc, shows string, credentials ...Credential) RoleSpec {
		return RoleSpec{Role: name, Doc: doc, Certificate: shows,
			Registration: Registration{ClientID: "mtls." + string(name), Credentials: credentials, Products: identityServer()}}
	}
	name := func(of string) Credential { return Credential{Kind: ByName, Of: of} }
	thumbprint := func(of string) Credential { return Credential{Kind: ByCertificate, Of: of} }
	expired := func(c Credential) Credential { c.Expired = true; return c }
	return []RoleSpec{
		role("second-name", "a client with two registered names of which the second is its own", "client", name("client-2"), name("client")),
		role("expired-then-valid", "a client whose first registered name has run out", "client", expired(name("client")), name("client")),
		role("expired-names", "a client whose registered names have all run out", "client", expired(name("client")), expired(name("client"))),
		role("expired-thumbprint", "a client with two thumbprints of which its own has run out", "alone", expired(thumbprint("alone")), thumbprint("alone-2")),
		role("wrong-name-right-thumbprint", "a client with another name and its own thumbprint", "client", name("client-2"), thumbprint("client")),
		role("right-name-wrong-thumbprint", "a client with its own name and another thumbprint", "client", thumbprint("client-2"), name("client")),
	}
}

// alike are clients that share a name with another, or have more than one certificate.
func alike() []RoleSpec {
	return []RoleSpec{
		{Role: "same-name", Doc: "another client with the same registered name", Certificate: "client",
			Registration: Registration{ClientID: "mtls.same-name", Credentials: byName("client")}},
		{Role: "name-and-keys", Doc: "a client known by a name, with a JSON Web Key of another certificate registered beside it", Certificate: "client",
			Registration: Registration{ClientID: "mtls.name-keys", Credentials: append(byName("client"), byCertificate("alone")...), Products: byMetadata(), Bound: true}},
		{Role: "keys-out-of-reach", Doc: "a client whose keys are at an address where nobody answers (jwks_uri)", Certificate: "alone",
			Registration: Registration{ClientID: "mtls.keys-out-of-reach", Credentials: []Credential{{Kind: ByKeySet, Of: "alone"}}, Products: byMetadata()}},
		{Role: "rotation", Doc: "a client with two registered certificates", Certificate: "alone",
			Registration: Registration{ClientID: "mtls.rotation", Credentials: append(byCertificate("alone"), byCertificate("alone-2")...), Bound: true}},
	}
}

// certificates are the roles certificate:<kind>, whose clients are registered with a certificate of an unusual kind.
func certificates() []RoleSpec {
	var out []RoleSpec
	for _, c := range [][3]string{
		{"rsa", "alone-rsa", "a self-signed certificate with an RSA key"},
		{"ed25519", "alone-ed25519", "a self-signed certificate with an Ed25519 key"},
		{"v1", "alone-v1", "a self-signed certificate of X.509 version 1"},
		{"expired", "alone-expired", "a self-signed certificate that has expired"},
		{"for-servers", "alone-for-servers", "a self-signed certificate for TLS servers alone"},
		{"ca", "alone-ca", "a self-signed certificate that says CA:TRUE"},
		{"foreign-signature", "alone-foreign-signature", "a certificate that names itself as issuer and is signed by another key"},
		{"stranger", "stranger", "a certificate of a CA that the server never met"},
	} {
		out = append(out, RoleSpec{Role: harness.Role("certificate:" + c[0]), Doc: "a client known by " + c[2], Certificate: c[1],
			Registration: Registration{ClientID: "mtls.certificate." + c[0], Credentials: byCertificate(c[1])}})
	}
	return out
}

// states are clients in another state than ready.
func states() []RoleSpec {
	return []RoleSpec{
		{Role: "reference", Doc: "a client that gets opaque tokens", Certificate: "client",
			Registration: Registration{ClientID: "mtls.reference", Credentials: byName("client"), Reference: true, Bound: true}},
		{Role: "disabled", Doc: "a client that is switched off", Certificate: "client",
			Registration: Registration{ClientID: "mtls.disabled", Credentials: byName("client"), Disabled: true, Products: identityServer()}},
		{Role: "no-secrets", Doc: "a client without any registered proof", Certificate: "client",
			Registration: Registration{ClientID: "mtls.no-secrets", Products: identityServer()}},
		{Role: "public", Doc: "a public client", Certificate: "client",
			Registration: Registration{ClientID: "mtls.public", Public: true, Products: identityServer()}},
		{Role: "code-only", Doc: "a client that may use authorization_code alone", Certificate: "client",
			Registration: Registration{ClientID: "mtls.code-only", Credentials: byName("client"), Grants: []string{"authorization_code"}}},
		{Role: "many-scopes", Doc: "a client with two API scopes and the identity scope openid", Certificate: "client",
			Registration: Registration{ClientID: "mtls.many-scopes", Credentials: byName("client"), Scopes: []string{"mtlscheck.b", "mtlscheck.a", "openid"}, Products: identityServer()}},
		{Role: "no-scopes", Doc: "a client without API scopes", Certificate: "client",
			Registration: Registration{ClientID: "mtls.no-scopes", Credentials: byName("client"), Scopes: []string{"openid"}, Products: identityServer()}},
	}
}

func identityServer() []string { return []string{"identityserver"} }

// byMetadata are the servers that register clients by the metadata of RFC 7591, where a client has one method and may have keys as well.
func byMetadata() []string {
	return []string{"rfc8705", "oidc-provider", "go-oidc", "glewlwyd", "other"}
}
