package registration

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
)

// A Kind is how a client proves who it is.
type Kind string

// The kinds. The first six are those of RFC 8705 §2.1.2 and §2.2; servers without JWK Sets register a thumbprint for
// ByCertificate.
const (
	ByName        Kind = "name"        // subject name
	ByDNS         Kind = "dns"         // dNSName of the subject alternative name
	ByURI         Kind = "uri"         // uniformResourceIdentifier
	ByIP          Kind = "ip"          // iPAddress
	ByEmail       Kind = "email"       // rfc822Name
	ByCertificate Kind = "certificate" // the certificate itself
	ByKeySet      Kind = "key-set"     // the certificates in a JWK Set at an address, which is the credential's Text (jwks_uri)
	Secret        Kind = "secret"      // a shared secret, beside certificates
)

// Kinds returns the kinds that a certificate can be registered by.
func Kinds() []Kind { return []Kind{ByName, ByDNS, ByURI, ByIP, ByEmail, ByCertificate} }

// A Credential is one registered proof.
type Credential struct {
	Kind Kind
	Of   *pki.Identity // whose certificate; nil for a secret
	// Text is the name, thumbprint or secret as it is to be registered. Default value is what the product compares, taken
	// from Of; a secret has no default.
	Text string
	// Type is IdentityServer's type of secret. Default value is the one of the kind.
	Type string
	// Key is the JSON Web Key to register for ByCertificate. Default value is Of's.
	Key json.RawMessage
	// Expired tells that the registration has run out, where the product can say so.
	Expired bool
}

// A Client is what is to be registered.
type Client struct {
	ID           string
	About        string // who this is, for a comment or description; may be empty
	Grants       []string
	Scopes       []string
	RedirectURIs []string
	Credentials  []Credential // any one of them authenticates the client
	Public       bool         // authenticates by nothing
	Disabled     bool
	Bound        bool // its access tokens are bound to the certificate (RFC 8705 §3)
	Reference    bool // opaque access tokens
	Resource     bool // a protected resource that introspects, not a client
	SignsIn      bool // acts for users: may have the scopes openid and offline_access beside its own, and refresh tokens
	Rotating     bool // each refresh replaces the refresh token
}

// A Registry is everything that one text registers.
type Registry struct {
	Clients []Client
	// CAFile is where a TLS terminator finds the authority of the clients, in PEM.
	CAFile string
}

// A Product is a server or TLS terminator that clients are registered at.
type Product struct {
	Name string // "keycloak"
	Doc  string // what the text is, and where it goes
	// Kinds are the ways of registering that are known to work there.
	Kinds []Kind
	// Many tells that one text can register several clients, whatever they authenticate by.
	Many bool
	// keySets tells that clients can be registered ByKeySet.
	keySets bool

	spell func(pki.DN) (string, error) // how the product writes a subject
	write func(Product, Registry) (string, error)
	notes []note
	takes func(Client) error // refuses what is known not to work; may be nil
}

// A note is what has to be done beside registering. It belongs to one kind, or to all.
type note struct {
	kind Kind
	text string
}

// ProductNamed finds a product.
func ProductNamed(name string) (Product, bool) {
	all := Products()
	i := slices.IndexFunc(all, func(p Product) bool { return p.Name == name })
	if i < 0 {
		return Product{}, false
	}
	return all[i], true
}

// Write writes the registration. It fails if the product does not know a client's kind of proof, if the certificate lacks
// what it is to be registered by, and if the product is known to refuse or ignore it.
func (p Product) Write(r Registry) (string, error) {
	if !p.Many && len(r.Clients) != 1 {
		return "", fmt.Errorf("a text for %s registers one client, not %d", p.Name, len(r.Clients))
	}
	for _, c := range r.Clients {
		for _, proof := range c.Credentials {
			if proof.Kind == Secret && p.Many || proof.Kind == ByKeySet && p.keySets {
				continue
			}
			if !slices.Contains(p.Kinds, proof.Kind) {
				return "", fmt.Errorf("a client cannot be registered by %s at %s, as far as is known: only by %s", proof.Kind, p.Name, list(p.Kinds))
			}
		}
		if p.takes != nil {
			if err := p.takes(c); err != nil {
				return "", err
			}
		}
	}
	return p.write(p, r)
}

// Notes are sentences about what else has to be done, one for each thing.
func (p Product) Notes(r Registry) []string {
	var out []string
	for _, n := range p.notes {
		applies := n.kind == "" || slices.ContainsFunc(r.Clients, func(c Client) bool {
			return slices.ContainsFunc(c.Credentials, func(x Credential) bool { return x.Kind == n.kind })
		})
		if applies {
			out = append(out, n.text)
		}
	}
	return out
}

func list(kinds []Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}

// text is a credential as the product compares it.
func (p Product) text(c Credential) (string, error) {
	if c.Text != "" {
		return c.Text, nil
	}
	switch c.Kind {
	case Secret:
		return "", errors.New("a shared secret cannot be registered without the secret")
	case ByKeySet:
		return "", errors.New("a JWK Set cannot be registered without its address")
	}
	if c.Of == nil {
		return "", fmt.Errorf("a client cannot be registered by %s without its certificate", c.Kind)
	}
	if err := c.Of.Err(); err != nil {
		return "", err
	}
	switch c.Kind {
	case ByName:
		return p.subject(c.Of)
	case ByCertificate:
		return c.Of.Thumbprints().SHA1Upper, nil
	}
	names := pki.AlternativeNames(c.Of.Certificate(), string(c.Kind))
	if len(names) == 0 {
		return "", fmt.Errorf("the certificate of %s has no alternative name of kind %s", c.Of.Name(), c.Kind)
	}
	return names[0], nil
}

func (p Product) subject(id *pki.Identity) (string, error) {
	if id.DN().IsEmpty() {
		return "", fmt.Errorf("the subject of %s is empty: register it by one of its alternative names", id.Name())
	}
	if p.spell == nil {
		return id.DN().String(), nil
	}
	return p.spell(id.DN())
}

// key is the JSON Web Key of a credential.
func key(c Credential) (json.RawMessage, error) {
	if c.Key != nil {
		return c.Key, nil
	}
	if c.Of == nil {
		return nil, fmt.Errorf("a client cannot be registered by %s without its certificate", c.Kind)
	}
	k, err := c.Of.JWK()
	if err != nil {
		return nil, err
	}
	return json.Marshal(k)
}

// document is indented JSON.
func document(v any) (string, error) {
	out, err := json.MarshalIndent(v, "", "  ")
	return string(out) + "\n", err
}

// comment makes text fit for one line of a comment, whatever the name in a certificate holds.
func comment(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x200e && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
