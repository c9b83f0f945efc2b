package registration

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
)

// Products returns the products whose texts can be written.
func Products() []Product {
	subject, both := []Kind{ByName}, []Kind{ByName, ByCertificate}
	dotnet := func(name pki.DN) (string, error) { return name.DotNet() }
	chain := note{"", "let the server trust the CA of the client: the text below registers the name alone"}
	return []Product{
		{
			Name: "identityserver-csharp", Doc: "IdentityServer4 and Duende IdentityServer: a C# class for AddInMemoryClients", Kinds: both, Many: true, spell: dotnet, write: csharp,
		},
		{
			Name: "identityserver-appsettings", Doc: "the same as section of appsettings.json", Kinds: both, Many: true, spell: dotnet, write: appsettings,
			notes: []note{{"", `AddInMemoryClients(configuration.GetSection("IdentityServer:Clients")) reads it; MutualTls.Enabled and AddMutualTlsSecretValidators() stay in the code`}},
		},
		{Name: "rfc7591", Doc: "client metadata of RFC 7591 and RFC 8705, as a JSON array", Kinds: Kinds(), Many: true, keySets: true, write: rfc7591},
		{
			Name: "keycloak", Doc: "Keycloak 26: client representation, for a realm import or POST /admin/realms/{realm}/clients", Kinds: subject, write: keycloak,
			notes: []note{
				{"", "kcadm.sh create clients -r REALM -f FILE registers it"},
				{"", "the server asks for certificates with --https-client-auth=request, and trusts the CA in --https-trust-store-file"},
				{"", "any certificate of the chain that is sent may match the name"},
			},
		},
		{
			Name: "keycloak-kcadm", Doc: "Keycloak 26: the same as a command of its Admin CLI", Kinds: subject, write: template("keycloak-kcadm"),
			notes: []note{{"", "any certificate of the chain that is sent may match the name"}},
		},
		{
			Name: "oidc-provider", Doc: "oidc-provider 9 for Node: its configuration", Kinds: Kinds(), write: template("oidc-provider"),
			notes: []note{{"", "getCertificate, certificateAuthorized and certificateSubjectMatches are yours to write; the tls_ members count only with features.mTLS on"}},
		},
		{
			Name: "go-oidc", Doc: "luikyv/go-oidc 0.23: Go", Kinds: both, write: template("go-oidc"),
			notes: []note{{"", "provider.WithMTLS, WithTLSAuthn, WithSelfSignedTLSAuthn and WithTLSTokenBinding turn it on; the callback of WithMTLS verifies the chain, or nobody does"}},
		},
		{
			Name: "spring", Doc: "Spring Authorization Server 1.5 and later: Java", Kinds: both, spell: func(n pki.DN) (string, error) { return n.Java(), nil }, write: template("spring"),
			notes: []note{
				{ByName, "the client must send more than its own certificate (leaf and issuer), or Spring does not try this method"},
				{ByCertificate, "the client must send exactly one certificate, and Tomcat's trust store must hold it"},
				{ByCertificate, "serve the client's JWK Set (mtlscheck pki export NAME jwks) at the URL: keys in the text itself are not read"},
			},
		},
		{
			Name: "openiddict", Doc: "OpenIddict 7.8: C#", Kinds: both, write: template("openiddict"), takes: openIddictTakes,
			notes: []note{{ByName, "OpenIddict registers no name: the certificate must carry the host of a redirect URI"}},
		},
		{
			Name: "glewlwyd", Doc: "Glewlwyd 2.7: body of POST /api/client/", Kinds: Kinds(), write: glewlwyd,
			notes: []note{{ByName, "add tls_client_auth_subject_dn to the client data format of the plugin first: else it is dropped without a word"}},
		},
		{
			Name: "authlete", Doc: "Authlete 2 and 3: properties of a client", Kinds: []Kind{ByName, ByDNS, ByURI, ByIP, ByEmail}, write: authlete,
			notes: []note{chain, {"", "the service must list TLS_CLIENT_AUTH among its client authentication methods; your server passes the certificate as clientCertificate"}},
		},
		{
			Name: "auth0", Doc: "Auth0: body of POST /api/v2/clients of the Management API", Kinds: both, write: auth0,
			notes: []note{{"", "mutual TLS ends at your edge, which forwards the certificate; tenant setting mtls.enable_endpoint_aliases publishes the aliases"}},
		},
		{
			Name: "pingam", Doc: "PingAM: the sections of a client's JSON that differ", Kinds: both, write: pingam,
			notes: []note{
				{"", "written from PingAM's documentation, not tried: PUT …/realm-config/agents/OAuth2Client/ID takes them, and removes what the body leaves out"},
				{ByName, "the name is compared exactly; the secret label am.services.oauth2.tls.client.cert.authentication names the CAs that count"},
			},
		},
		{
			Name: "nginx", Doc: "nginx as TLS terminator: trust and forwarding", Kinds: both, spell: func(n pki.DN) (string, error) { return n.OpenSSLRFC2253(), nil }, write: template("nginx"),
			notes: []note{{ByCertificate, "nginx verifies nothing here: the application must compare the certificate itself"}},
		},
		{
			Name: "haproxy", Doc: "HAProxy as TLS terminator: trust and forwarding", Kinds: both, write: template("haproxy"),
			notes: []note{{ByCertificate, "HAProxy verifies nothing here: the application must compare the certificate itself"}},
		},
		{
			Name: "apache", Doc: "Apache as TLS terminator: trust and forwarding", Kinds: both, write: template("apache"),
			notes: []note{{ByCertificate, "Apache verifies nothing here: the application must compare the certificate itself"}},
		},
		{
			Name: "envoy", Doc: "Envoy as TLS terminator: trust and forwarding", Kinds: both, spell: func(n pki.DN) (string, error) { return n.OpenSSLRFC2253(), nil }, write: template("envoy"),
			notes: []note{
				{"", "tried with Envoy 1.40; the application reads the header x-forwarded-client-cert"},
				{ByCertificate, "Envoy verifies nothing here: the application must compare the certificate itself"},
			},
		},
	}
}

// openIddictTakes refuses certificates that OpenIddict 7.8 stores and then never accepts.
func openIddictTakes(c Client) error {
	x := c.Credentials[0]
	if x.Of == nil {
		return errors.New("a client of OpenIddict cannot be registered without its certificate")
	}
	if err := x.Of.Err(); err != nil {
		return err
	}
	if x.Kind == ByName {
		_, err := hostOf(x.Of)
		return err
	}
	if cert := x.Of.Certificate(); cert != nil {
		if _, is := cert.PublicKey.(*rsa.PublicKey); is {
			return nil
		}
	}
	return fmt.Errorf("OpenIddict ignores the certificate of a key that is not RSA, and %s has another: take a certificate with an RSA key", x.Of.Name())
}

// hostOf is the host by which OpenIddict recognises a certificate: its dNSName, its iPAddress, or, without alternative
// names, its common name.
func hostOf(id *pki.Identity) (string, error) {
	for _, kind := range []Kind{ByDNS, ByIP} {
		if names := pki.AlternativeNames(id.Certificate(), string(kind)); len(names) > 0 {
			if strings.Contains(names[0], ":") {
				return "[" + names[0] + "]", nil
			}
			return names[0], nil
		}
	}
	cert := id.Certificate()
	if cert != nil && len(cert.EmailAddresses)+len(cert.URIs) == 0 && isHost(cert.Subject.CommonName) {
		return cert.Subject.CommonName, nil
	}
	return "", fmt.Errorf("OpenIddict recognises a client by a host name in its certificate, and %s has none: issue it with a DNS name", id.Name())
}

func isHost(s string) bool {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	}
	return s != "" && !strings.ContainsFunc(s, odd)
}
