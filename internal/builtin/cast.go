package builtin

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// A Cast is everybody who can be registered, with their certificates. It is made once and may serve many instances.
type Cast struct {
	ca      *pki.Authority
	server  *pki.Identity
	named   func(name string) (*pki.Identity, error)
	secrets map[string]string // client_id → shared secret
	err     error
}

// NewCast makes a cast in memory. The same seed makes the same keys and certificates; without one all is random.
func NewCast(seed string) *Cast {
	store, err := pki.Memory(pki.InitOptions{Seed: seed, ServerNames: []string{Domain}})
	if err != nil {
		return &Cast{err: err}
	}
	return CastOf(store)
}

// CastOf is the cast of a PKI folder. For one that pki.OpenCertificates read, the identities of Members have no keys.
func CastOf(store *pki.Store) *Cast {
	c := &Cast{ca: store.CA(), named: store.Identity, secrets: map[string]string{}}
	if c.ca == nil {
		c.err = errors.New("the folder of certificates holds no key of its authority")
		return c
	}
	server, err := store.Identity("server")
	c.server = server
	c.err = errors.Join(err, c.ca.Err())
	return c
}

// Err is the first thing that went wrong while the cast was made.
func (c *Cast) Err() error { return c.err }

// roles are scenarios.Roles, made once.
var roles = sync.OnceValue(scenarios.Roles)

// secretOf is the shared secret of a client of the built-in fake: worth nothing, since the fake lives on loopback and its
// clients with it.
func secretOf(clientID string) string { return "secret-of-" + clientID }

// Members are all roles that a product can register, filled.
func (c *Cast) Members(product string) []scenarios.Member {
	var out []scenarios.Member
	for _, r := range roles() {
		if !r.Registration.PossibleAt(product) {
			continue
		}
		m := scenarios.Member{Role: r.Role, ClientID: r.Registration.ClientID}
		if r.Certificate != "" {
			m.Identity, _ = c.named(r.Certificate) // register reports what is missing
		}
		if slices.ContainsFunc(r.Registration.Credentials, func(x scenarios.Credential) bool { return x.Kind == scenarios.Secret }) {
			m.Secret = secretOf(m.ClientID)
		}
		out = append(out, m)
	}
	return out
}

// register writes the roles as the fake wants them.
func (c *Cast) register(version string) (clients []fakeidp.Client, resources []fakeidp.Resource, err error) {
	resources = []fakeidp.Resource{{Name: "api-1", Scopes: []string{"api1"}}}
	for _, r := range roles() {
		if !r.Registration.PossibleAt(product(version)) {
			continue
		}
		secrets, e := c.secretsOf(r.Registration, version)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("role %s: %w", r.Role, e))
			continue
		}
		reg := r.Registration
		if reg.Resource {
			resources = append(resources, fakeidp.Resource{Name: reg.ClientID, Scopes: []string{"api1"}, Secrets: secrets})
			continue
		}
		client := fakeidp.Client{ID: reg.ClientID, Secrets: secrets, Grants: reg.Grants, Scopes: reg.Scopes,
			Disabled: reg.Disabled, Public: reg.Public, Reference: reg.Reference, Bound: reg.Bound,
			OfflineAccess: reg.SignsIn, OneTimeRefresh: reg.Rotating}
		if client.Scopes == nil {
			client.Scopes = []string{"api1"}
		}
		if reg.SignsIn {
			client.Scopes = append(slices.Clone(client.Scopes), "openid")
		}
		if slices.Contains(client.Grants, fakeidp.AuthorizationCode) { // without one such a client is not well configured
			client.RedirectURIs = []string{scenarios.RedirectURI}
		}
		clients = append(clients, client)
	}
	return clients, resources, err
}

// secretsOf writes the credentials of a registration: names as .NET prints them and SHA-1 thumbprints for IdentityServer,
// names of RFC 4514 and JWK Sets for the strict persona.
func (c *Cast) secretsOf(r scenarios.Registration, version string) ([]fakeidp.Secret, error) {
	var out []fakeidp.Secret
	for _, x := range r.Credentials {
		s, err := c.secret(r, x, version)
		if err != nil {
			return nil, err
		}
		if x.Expired {
			s = s.Until(time.Unix(1, 0))
		}
		out = append(out, s)
	}
	return out, nil
}

func (c *Cast) secret(r scenarios.Registration, x scenarios.Credential, version string) (fakeidp.Secret, error) {
	if x.Kind == scenarios.Secret {
		return fakeidp.Shared(secretOf(r.ClientID)), nil
	}
	id, err := c.named(x.Of)
	if err != nil {
		return fakeidp.Secret{}, err
	}
	text, err := scenarios.Written(x, id, product(version))
	if err != nil {
		return fakeidp.Secret{}, err
	}
	if named, ok := alternatively(x.Kind); ok {
		return named(text), nil
	}
	if x.Kind == scenarios.ByName {
		s := fakeidp.Name(text)
		if spelling, ok := scenarios.SpellingNamed(x.Spelling); ok && spelling.Type != "" {
			s.Type = fakeidp.SecretType(spelling.Type)
		}
		return s, nil
	}
	if version == strict {
		key, err := scenarios.WrittenKey(x, c.named)
		return fakeidp.JWK(key), err
	}
	return fakeidp.Thumbprint(text), nil
}

// alternatively is how the fake registers a subject alternative name of a kind, or the address of keys; false for other kinds of
// credentials.
func alternatively(kind scenarios.CredentialKind) (func(string) fakeidp.Secret, bool) {
	register, ok := map[scenarios.CredentialKind]func(string) fakeidp.Secret{
		scenarios.ByDNS: fakeidp.NameDNS, scenarios.ByURI: fakeidp.NameURI, scenarios.ByIP: fakeidp.NameIP, scenarios.ByEmail: fakeidp.NameEmail,
		scenarios.ByKeySet: fakeidp.JWKSetAt,
	}[kind]
	return register, ok
}

// scopes are the API scopes that the roles name, and the configured one.
func scopes() []fakeidp.Scope {
	out := []fakeidp.Scope{{Name: "api1"}}
	for _, r := range roles() {
		for _, name := range r.Registration.Scopes {
			if name != "openid" && !slices.ContainsFunc(out, func(s fakeidp.Scope) bool { return s.Name == name }) {
				out = append(out, fakeidp.Scope{Name: name})
			}
		}
	}
	return out
}

// Server is the certificate that the fake shows.
func (c *Cast) Server() *pki.Identity { return c.server }
