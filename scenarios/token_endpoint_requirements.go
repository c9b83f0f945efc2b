package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

func authenticationRequirements() rows {
	const (
		open   = "A client_id is no secret. Whoever gets a token by it alone, or by somebody else's certificate, is that client."
		mixed  = "Where a server picks one of several identities or proofs, an attacker picks with it."
		wire   = "Clients and gateways act on this answer; one in another form is read as something else, or kept where it must not be."
		leaked = "What an error tells, an attacker uses: it narrows down what to forge."
	)
	registered := harness.Advice{
		Any: "Make sure first that the client_id is registered as mtlscheck init prints it. Then compare the registered subject name or certificate with what the client shows, and the CAs that the server trusts.",
		For: map[string]string{"identityserver": "Make sure first that the client_id is registered as mtlscheck init prints it. Then register AddMutualTlsSecretValidators(), set options.MutualTls.Enabled = true, and compare the X509CertificateName secret with certificate.Subject as .NET writes it."},
	}
	strict := harness.Advice{
		Any: "Authenticate each request by the certificate of its connection and the registration of its client_id; a client that is registered for mutual TLS is never a public one, and nothing replaces its certificate.",
		For: map[string]string{
			"identityserver": "Look at RequireClientSecret (true for such clients), at further ClientSecrets of the client, and at custom ISecretValidators.",
			"keycloak":       "Client → Credentials: Client Authenticator X509 Certificate, with an exact Subject DN (no regular expression).",
		},
	}
	form := harness.Advice{
		Any: "Read client parameters from the form alone, refuse repeated ones, and refuse requests with more than one way of authentication.",
		For: map[string]string{"identityserver": "IdentityServer takes the first client_id and the first credential that it finds; a middleware in front of /connect can refuse such requests."},
	}
	answers := harness.Advice{
		Any: "Look at what writes the error answers: the server, a middleware, or a proxy with pages of its own.",
		For: map[string]string{"identityserver": "Look for UseStatusCodePages, exception pages and proxies that replace answers of /connect."},
	}
	return rows{}.
		add("AUTH-", harness.Must, "RFC 8705 §2", "Whoever is registered and proves it must get a token; a server that serves nobody protects nothing.", registered,
			[2]string{"01", "The token endpoint serves a registered client that shows its certificate and names its client_id."}).
		add("AUTH-", harness.Must, "RFC 8705 §2", open, strict,
			[2]string{"06", "An unknown client_id is refused."},
			[2]string{"07", "The token endpoint refuses a client that shows no certificate."},
			[2]string{"08", "A certificate that is nobody's, or another's, is refused."},
			[2]string{"09", "Of two clients neither authenticates with the other's certificate."},
			[2]string{"11", "A client that is registered for mutual TLS is not taken for a public one."}).
		add("AUTH-", harness.Must, "RFC 8705 §2.2", open, strict,
			[2]string{"10", "Of two self-signed clients neither authenticates with the other's certificate."},
			[2]string{"14", "A self-signed client is not known by its name in a certificate of a CA."}).
		add("AUTH-", harness.Must, "RFC 8705 §2.1, §2.2", "Keys are registered for many things, and by others than those who chose the method. A second way in is one that nobody watches.", strict,
			[2]string{"13", "A client that is known by its name is not known by a certificate among its registered keys."}).
		add("AUTH-", harness.Must, "RFC 6749 §2.3", open, strict,
			[2]string{"12", "A secret does not replace the certificate."},
			[2]string{"15", "A certificate does not replace the secret."}).
		add("AUTH-", harness.Should, "RFC 8705 §2", mixed, form,
			[2]string{"02", "A request that names no client is refused, whatever certificate it shows."},
			[2]string{"03", "A client_id in the query alone does not count."}).
		add("AUTH-", harness.Must, "RFC 6749 §3.2", mixed, form,
			[2]string{"04", "A request with two client_ids is refused."}).
		add("AUTH-", harness.Must, "RFC 6749 §2.3, §3.2", mixed, form,
			[2]string{"05", "A request that names one client in its form and another in its Basic header is refused."}).
		add("AUTH-", harness.Should, "RFC 6749 §2.3", mixed, form,
			[2]string{"16", "A request that authenticates in two ways is refused."}).
		add("AUTH-", harness.Must, "RFC 8705 §3, §4", "Clients that authenticate otherwise show a certificate to have their tokens bound; taken for a second authentication it locks them out.", form,
			[2]string{"17", "A certificate that is shown for binding is no second authentication."}).
		add("AUTH-", harness.Should, "RFC 6749 §5.2", "An answer about the code to somebody who is not authenticated tells which codes are alive.", answers,
			[2]string{"18", "A client is authenticated before its grant is looked at."}).
		add("AUTH-", harness.Must, "RFC 6749 §5.2", wire, answers,
			[2]string{"20", "Errors are JSON objects with an error code."},
			[2]string{"26", "A grant that the client may not use is answered with unauthorized_client."}).
		add("AUTH-", harness.Must, "RFC 9110 §15.5.2; RFC 6749 §5.2", wire, answers,
			[2]string{"21", "A failed authentication is answered with 400, or with 401 and a challenge."}).
		add("AUTH-", harness.Must, "RFC 6749 §5.1, §5.2", wire, answers,
			[2]string{"22", "Token answers and errors are not to be cached."}).
		add("AUTH-", harness.Should, "RFC 6749 §5.2", leaked, answers,
			[2]string{"23", "An error does not name the registered subject or thumbprint."}).
		add("AUTH-", harness.May, "RFC 6749 §5.2", leaked, answers,
			[2]string{"24", "An unknown client and a wrong certificate get the same answer."}).
		add("AUTH-", harness.Must, "RFC 6749 §3.2", "What stands in a URL is logged.", answers,
			[2]string{"25", "The token endpoint takes POST alone."}).
		add("AUTH-", harness.Must, "RFC 8705 §3; RFC 6750 §4", "Clients do not use tokens of a type that they do not know.", answers,
			[2]string{"28", "Bound tokens are still Bearer tokens."})
}

func authenticationNotYet() []Row {
	return []Row{
		{"AUTH-27", "needs a client that the suite can delete"},
	}
}
