package fakeidp

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// CertificateTypes are the kinds of certificates that the certificate handler lets in.
type CertificateTypes int

// The kinds of certificates, as in ASP.NET.
const (
	ChainedCertificates CertificateTypes = 1 << iota
	SelfSignedCertificates
	AllCertificates = ChainedCertificates | SelfSignedCertificates
)

// CertificateMode is Kestrel's ClientCertificateMode.
type CertificateMode int

// The client certificate modes of Kestrel.
const (
	// AllowCertificate asks for a certificate and does without.
	AllowCertificate CertificateMode = iota
	// NoCertificate does not ask.
	NoCertificate
	// RequireCertificate closes the connection, without an alert, if there is none.
	RequireCertificate
	// DelayCertificate asks when somebody looks at the certificate. Go's TLS can neither renegotiate nor ask after
	// the handshake, so it behaves as towards a client that cannot either: over HTTP/1.1 a request for which the
	// certificate is looked at ends in 500, over HTTP/2 there is none.
	DelayCertificate
)

// RevocationMode is X509RevocationMode of the certificate handler.
type RevocationMode int

// The revocation modes. With OnlineRevocation a chained certificate is refused if it or an authority between it and the root is
// revoked, or its state cannot be found out: from the OCSP responders and lists that it names, on loopback, or from RevokedBy.
const (
	NoRevocationCheck RevocationMode = iota
	OnlineRevocation
)

// AssertionParser says whether clients may authenticate by a signed assertion, and whether the
// host registered that parser before or after the one for certificates.
type AssertionParser int

// The places of the assertion parser.
const (
	NoAssertions AssertionParser = iota
	AssertionsFirst
	AssertionsLast
)

// settings are everything an option can set. They do not change: what changes a running server makes new ones.
type settings struct {
	version    string
	faults     []Fault
	limited    []*limitedFault
	variations []Variation

	// IdentityServer's options.
	mtls           bool
	domainName     string
	issuerURI      string
	mount          string
	alwaysEmit     bool
	spaceDelimited bool
	staticAudience bool
	validators     bool
	assertions     AssertionParser

	// The certificate handler.
	certificateScheme bool
	certificateTypes  CertificateTypes
	anyUse, anyTime   bool
	revocation        RevocationMode
	registers         []*pki.Authority
	roots             []*x509.Certificate
	intermediates     []*x509.Certificate
	revoked           map[string]bool // by serialOf

	// The host.
	certificateMode CertificateMode
	collates        bool
	platform        dn.Platform
	dotnet          int
	tickets         bool
	// resumesAnonymous: sessions without a certificate are resumed; nil: as the version does.
	resumesAnonymous *bool
	address          string
	// ownURL and aliasBase are the server's URL and MTLSURL; they are known when it listens.
	ownURL, aliasBase string
	identity          *pki.Identity
	signing           *pki.Identity
	application       http.Handler

	forwardHeader    string
	forwardFormat    ForwardFormat
	forwardedHeaders bool
	proxies          []netip.Prefix
	plainAddress     string
	kestrelValidates bool
	clock            func() time.Time
	seed             string
	watch            func(Request)

	clients    map[string]*Client
	scopes     []Scope
	identities []IdentityResource
	resources  []Resource
	users      []User
	pages      PageStyle
	extensions []ExtensionGrant

	err error
}

func defaults() *settings {
	return &settings{
		version: "7.4", mtls: true, validators: true, certificateScheme: true, certificateTypes: AllCertificates,
		collates: true, address: "127.0.0.1:0", clock: time.Now, clients: map[string]*Client{},
		scopes: []Scope{{Name: "api1"}}, identities: []IdentityResource{OpenID(), Profile()},
		resources: []Resource{{Name: "api", Scopes: []string{"api1"}}},
	}
}

// Option configures a server.
type Option func(*settings)

// fail keeps the first mistake for New to report.
func (s *settings) fail(format string, a ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("fakeidp: "+format, a...)
	}
}

// Version selects whom the server is: one of Versions. Default "7.4".
func Version(name string) Option { return func(s *settings) { s.version = name } }

// Breaks makes the server wrong on purpose. Default: in nothing.
func Breaks(faults ...Fault) Option {
	return func(s *settings) { s.faults = append(s.faults, faults...) }
}

// Varies makes the server different in ways that are not wrong. Default: in nothing.
func Varies(variations ...Variation) Option {
	return func(s *settings) { s.variations = append(s.variations, variations...) }
}

// Clients registers clients; an ID that is already known is replaced.
func Clients(clients ...Client) Option {
	return func(s *settings) {
		for _, c := range clients {
			s.clients[c.ID] = &c
		}
	}
}

// Scopes replaces the API scopes. Default: api1.
func Scopes(scopes ...Scope) Option { return func(s *settings) { s.scopes = scopes } }

// Resources replaces the API resources. Default: one named api with the scope api1.
func Resources(resources ...Resource) Option { return func(s *settings) { s.resources = resources } }

// IdentityResources replaces the identity resources. Default: openid and profile.
func IdentityResources(resources ...IdentityResource) Option {
	return func(s *settings) { s.identities = resources }
}

// Users are those who can sign in. With any, the password grant stands in the metadata. Default: nobody.
func Users(users ...User) Option { return func(s *settings) { s.users = users } }

// Place is where the endpoints for clients with certificates stand.
type Place struct{ domainName string }

// Path puts them below /connect/mtls on the same host. This is the default.
func Path() Place { return Place{} }

// SubDomain puts them on a sub-domain with this name, which has no dot.
func SubDomain(name string) Place { return Place{name} }

// Domain puts them on a host of their own; from 7.2 on its port counts, and no port means 443. The port 0 stands for the
// one on which the server listens.
func Domain(hostport string) Place { return Place{hostport} }

// Mode sets where the endpoints for clients with certificates stand: IdentityServer's MutualTls.DomainName.
func Mode(p Place) Option { return func(s *settings) { s.domainName = p.domainName } }

// MutualTLS is IdentityServer's MutualTls.Enabled. Default true.
func MutualTLS(enabled bool) Option { return func(s *settings) { s.mtls = enabled } }

// SecretValidators tells whether the host called AddMutualTlsSecretValidators. Default true.
func SecretValidators(registered bool) Option {
	return func(s *settings) { s.validators = registered }
}

// Assertions tells whether and where the host registered authentication by assertion. Default: not at all.
func Assertions(p AssertionParser) Option { return func(s *settings) { s.assertions = p } }

// IssuerURI is IdentityServer's IssuerUri. Default: computed from the request.
func IssuerURI(uri string) Option { return func(s *settings) { s.issuerURI = uri } }

// PathBase mounts the server below a path such as "/ids"; it answers without that path too, as a host with
// UsePathBase does.
func PathBase(path string) Option {
	return func(s *settings) {
		if path != "" && (!strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/")) {
			s.fail("path base %q: it starts with a slash and does not end in one, as in /ids", path)
		}
		s.mount = path
	}
}

// AlwaysEmitConfirmationClaim binds tokens to the certificate of the connection even where it was
// not the proof. Default false.
func AlwaysEmitConfirmationClaim(always bool) Option {
	return func(s *settings) { s.alwaysEmit = always }
}

// SpaceDelimitedScopes is EmitScopesAsSpaceDelimitedStringInJwt. Default false.
func SpaceDelimitedScopes(one bool) Option { return func(s *settings) { s.spaceDelimited = one } }

// StaticAudience is EmitStaticAudienceClaim. Default false.
func StaticAudience(emit bool) Option { return func(s *settings) { s.staticAudience = emit } }

// CertificateScheme tells whether the host called AddCertificate. Without it every mTLS request is
// answered by 500. Default true.
func CertificateScheme(registered bool) Option {
	return func(s *settings) { s.certificateScheme = registered }
}

// AllowedCertificateTypes is AllowedCertificateTypes of the certificate handler. Default AllCertificates.
func AllowedCertificateTypes(t CertificateTypes) Option {
	return func(s *settings) { s.certificateTypes = t }
}

// ValidateCertificateUse asks for clientAuth where a certificate limits its usage. Default true.
func ValidateCertificateUse(validate bool) Option { return func(s *settings) { s.anyUse = !validate } }

// ValidateValidityPeriod asks for a certificate that is in date. Default true.
func ValidateValidityPeriod(validate bool) Option {
	return func(s *settings) { s.anyTime = !validate }
}

// Revocation is RevocationMode of the certificate handler. Default NoRevocationCheck.
func Revocation(m RevocationMode) Option { return func(s *settings) { s.revocation = m } }

// Trust adds roots to which the certificates of clients must chain (CustomTrustStore).
func Trust(roots ...*x509.Certificate) Option {
	return func(s *settings) { s.roots = append(s.roots, roots...) }
}

// Intermediates adds issuers through which a chain may be built (AdditionalChainCertificates). What a client sends
// beside its own certificate is not used.
func Intermediates(issuers ...*x509.Certificate) Option {
	return func(s *settings) { s.intermediates = append(s.intermediates, issuers...) }
}

// ClientCertificates is Kestrel's ClientCertificateMode. Default AllowCertificate. The strict server has it at its alias alone; where it
// requires a certificate it ends the handshake with an alert, and it cannot ask later.
func ClientCertificates(m CertificateMode) Option {
	return func(s *settings) { s.certificateMode = m }
}

// InvariantGlobalization sorts scopes by code unit; otherwise they are sorted as ICU does. Default false.
func InvariantGlobalization(invariant bool) Option {
	return func(s *settings) { s.collates = !invariant }
}

// ServerIdentity is the certificate that the server shows. Default: one for localhost, mtls.localhost, 127.0.0.1 and the domain of Mode, from
// an authority of the server's own.
func ServerIdentity(id *pki.Identity) Option { return func(s *settings) { s.identity = id } }

// SigningIdentity signs tokens with the RSA key of a certificate, which then stands in the key set. Default: a bare
// RSA key.
func SigningIdentity(id *pki.Identity) Option { return func(s *settings) { s.signing = id } }

// Listen is the address to listen on. Default "127.0.0.1:0".
func Listen(address string) Option { return func(s *settings) { s.address = address } }

// Clock tells the server the time. Default time.Now.
func Clock(now func() time.Time) Option { return func(s *settings) { s.clock = now } }

// Seed makes keys, handles and identifiers the same in every run. Default: none, all are random and die with the process.
func Seed(seed string) Option { return func(s *settings) { s.seed = seed } }

// Watch is told of each entry of the journal when it is made: of a request just before its answer goes out, and of a handshake that
// came to nothing. It is called from one goroutine at a time, and the answer waits for it. Default: nobody is told.
func Watch(tell func(Request)) Option { return func(s *settings) { s.watch = tell } }

// Application is what stands behind the server in its host: it gets the requests that are for none of the server's
// endpoints. Default: nothing, they are answered by 404.
func Application(h http.Handler) Option { return func(s *settings) { s.application = h } }

// KestrelValidates lets the server itself verify certificates, with the roots of the system, instead of
// AllowAnyClientCertificate: it closes the connection, without an alert, if they do not verify. Default false.
func KestrelValidates(validate bool) Option {
	return func(s *settings) { s.kestrelValidates = validate }
}
