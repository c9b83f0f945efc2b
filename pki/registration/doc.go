// Package registration writes how a client that authenticates with a certificate is registered (RFC 8705 §2), as each
// product wants it: code, configuration or JSON, with the name or thumbprint spelled as that product compares it.
//
//	product, _ := registration.ProductNamed("keycloak")
//	text, err := product.Write(registration.Registry{Clients: []registration.Client{{
//		ID: "client", Grants: []string{"client_credentials"}, Bound: true,
//		Credentials: []registration.Credential{{Kind: registration.ByName, Of: alice}},
//	}}})
//
// What a product does was seen by running it, or read in its source or documentation; what nobody has checked is refused
// with a sentence and not guessed.
package registration
