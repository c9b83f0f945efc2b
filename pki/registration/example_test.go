package registration_test

import (
	"fmt"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/registration"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func Example() {
	lab := pki.New(pki.Options{Seed: "demo", Clock: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }})
	alice := lab.Root("Example Root").Client("alice", trait.Subject("CN=client,OU=production,O=company"))
	product, _ := registration.ProductNamed("spring")
	text, err := product.Write(registration.Registry{Clients: []registration.Client{{
		ID: "alice", Grants: []string{"client_credentials"}, Bound: true,
		Credentials: []registration.Credential{{Kind: registration.ByName, Of: alice}},
	}}})
	fmt.Print(text, err)
	// Output:
	// RegisteredClient.withId(UUID.randomUUID().toString())
	//     .clientId("alice")
	//     .clientAuthenticationMethod(ClientAuthenticationMethod.TLS_CLIENT_AUTH)
	//     .authorizationGrantType(new AuthorizationGrantType("client_credentials"))
	//     .clientSettings(ClientSettings.builder().x509CertificateSubjectDN("CN=client,OU=production,O=company").build())
	//     .tokenSettings(TokenSettings.builder().x509CertificateBoundAccessTokens(true).build())
	//     .build()
	// <nil>
}
