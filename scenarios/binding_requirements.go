package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

func bindingRequirements() rows {
	const (
		stolen = "A token that is not bound can be used by whoever steals it; one that is bound to anything but this certificate can be used by nobody, or by somebody else."
		cite   = "RFC 8705 §3.1"
	)
	advice := harness.Advice{
		Any: "cnf.x5t#S256 is base64url, without padding, of SHA-256 over the DER of the certificate on this request's connection: not hexadecimal, not PEM text, not the key, not SHA-1, not a CA's.",
		For: map[string]string{
			"identityserver": "Remove custom code that writes cnf; let the mTLS secret validators write it, and set options.MutualTls.AlwaysEmitConfirmationClaim = true for clients that authenticate otherwise.",
			"keycloak":       "Client → Advanced → OAuth 2.0 Mutual TLS Certificate Bound Access Tokens Enabled = On; remove claim mappers for cnf.",
		},
	}
	return rows{}.
		add("CBT-", harness.Should, cite, stolen, advice,
			[2]string{"01", "A JWT access token carries cnf with x5t#S256."}).
		add("CBT-", harness.Must, cite, stolen, advice,
			[2]string{"02", "The thumbprint is that of the certificate that the client showed."},
			[2]string{"03", "The thumbprint is written in base64url without padding."},
			[2]string{"04", "cnf is an object and its member a string."},
			[2]string{"05", "The leaf of the chain is hashed, not a CA's certificate."}).
		add("CBT-", harness.Must, "RFC 8705 §3, §4", stolen, advice,
			[2]string{"07", "A client that asks for bound tokens gets them whatever authenticates it."}).
		add("CBT-", harness.Must, "RFC 8705 §3.4", "A token that claims to be bound to a certificate that was never shown misleads the resource, and locks the client out.", advice,
			[2]string{"08", "A token that was asked for without a certificate does not claim to be bound."}).
		add("CBT-", harness.Must, "RFC 8705 §3, §3.2", stolen, advice,
			[2]string{"11", "Opaque tokens are bound too, and introspection says to what."},
			[2]string{"12", "The token and introspection name the same certificate."}).
		add("CBT-", harness.Must, "RFC 8705 §3", "A binding that is kept from an earlier request belongs to another certificate.", advice,
			[2]string{"14", "Each token is bound to the certificate of its own request."},
			[2]string{"15", "A token that is asked for again with a renewed certificate is bound to that."}).
		add("CBT-", harness.Must, "RFC 8705 §3; RFC 9110 §15.6.1", "Certificates with long names, many names or new kinds of keys are large. A server that fails with one, after it took it, can be made to fail at will.", harness.Advice{
			Any: "Look at the server's log for the exception, and at what holds the certificate on its way: a header of a proxy, a column of a database, a cache.",
		},
			[2]string{"22", "A server that takes a large certificate binds a token to it, and does not fail."}).
		add("CBT-", harness.Should, "RFC 7800 §3.1", "Of two keys in cnf a resource asks for one, and nobody knows which.", advice,
			[2]string{"06", "A token names one key to which it is bound, also where a DPoP proof stands beside the certificate."}).
		add("CBT-", harness.Must, "RFC 8693 §2; RFC 8705 §3", stolen, advice,
			[2]string{"17", "A token that was exchanged for another is bound to the certificate of whoever exchanged it."}).
		needing(harness.Introspection, "11", "12")
}

func bindingNotYet() []Row {
	return []Row{
		{"CBT-09", "the server may do as it likes; IDS-CNF-03 records what IdentityServer does"},
		{"CBT-20", "concerns the profile of RFC 9068"},
		{"CBT-21", "is a test of this program's own hash; packages harness and pki have it"},
	}
}
