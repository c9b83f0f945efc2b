// Package fakeidp is a server that behaves as IdentityServer does, byte for byte, for tests: it starts in a few
// milliseconds, forgets everything when it ends, and can be wrong on purpose.
//
//	idp := fakeidp.Start(t,
//		fakeidp.Trust(authority),
//		fakeidp.Clients(fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name("CN=app")}, Scopes: []string{"api1"}}))
//	// POST idp.MTLSURL + "/token" with the certificate CN=app
//	idp.Requests() // what arrived, with the facts of each TLS connection
//
// It has three parts that do not know each other. A request is decided by rules (type rules, a small function each) into an
// outcome without bytes; the outcome is rendered by renderings; a Fault or a Variation replaces one rule, one rendering or one
// row of the profile, which is the table of what differs between versions.
//
// It is not for production: it listens on loopback unless told otherwise and keeps secrets in the clear.
package fakeidp
