package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

func clientStateRequirements() rows {
	const cite = "IdentityServer: ClientSecretValidator"
	advice := harness.Advice{
		Any: "Look at how the client is registered, and at custom code that loads or validates clients.",
		For: map[string]string{"identityserver": "Look at a custom IClientStore, ISecretValidator or IClientConfigurationValidator: the built-in ones refuse this client."},
	}
	const closed = "A client that is unknown, disabled or without a valid secret must get nothing, and learn nothing about which of these it is."
	r := rows{}.add("IDS-CLIENT-", harness.Must, cite, closed, advice,
		[2]string{"01", "An unknown client_id is refused, whatever certificate is shown."},
		[2]string{"02", "A disabled client is refused exactly as an unknown one."},
		[2]string{"03", "A client without any secret is refused."},
		[2]string{"04", "A client whose secrets have all run out is refused."},
		[2]string{"07", "A client is authenticated before its grant is looked at."},
	)
	r["05"] = harness.Requirement{ID: "IDS-CLIENT-05", Level: harness.Must, Cite: "IdentityServer ≥ 7.3 (TokenRequestValidator)", Since: "7.3",
		Says: "A public client gets no token with client_credentials.", Why: "client_credentials is for clients that can keep a secret; a public client would hand out tokens to everybody.", Advice: advice}
	return r
}

func clientCredentialsRequirements() rows {
	const cite = "IdentityServer: TokenRequestValidator, TokenEndpoint"
	const wire = "Clients and gateways parse this answer; one that differs from IdentityServer's breaks them, and custom code in the pipeline shows here first."
	const scope = "Scopes are what a token may be used for; a server that reads them loosely hands out more than was registered."
	pipeline := harness.Advice{
		Any: "Look for custom code between the server and the client: response generators, middlewares, proxies that rewrite answers.",
		For: map[string]string{"identityserver": "Look at a custom ITokenResponseGenerator, ICustomTokenRequestValidator or middleware behind UseIdentityServer, and at what a proxy does with headers."},
	}
	scopes := harness.Advice{
		Any: "Compare the client's allowed scopes with what it asks for.",
		For: map[string]string{"identityserver": "Compare AllowedScopes with the ApiScopes that are registered and enabled; a custom IResourceValidator or IScopeParser shows here."},
	}
	r := rows{}.add("IDS-CC-", harness.Must, cite, wire, pipeline,
		[2]string{"12", "A request without a grant type is answered with unsupported_grant_type."},
		[2]string{"13", "A grant type that nobody knows is answered with unsupported_grant_type."},
		[2]string{"14", "A grant that the client may not use is answered with unauthorized_client."},
		[2]string{"15", "A body that is no form is answered with invalid_request."},
		[2]string{"16", "A method other than POST is answered with 400."},
		[2]string{"17", "A repeated grant type is answered with unsupported_grant_type."},
		[2]string{"18", "The content type of a form may carry a charset and capital letters."},
		[2]string{"19", "A form with a NUL is answered with invalid_request."},
		[2]string{"20", "Errors of the token endpoint are not to be cached."},
		[2]string{"21", "Tokens are not to be cached."},
		[2]string{"22", "An unknown resource is answered with invalid_target."},
		[2]string{"23", "An unknown parameter is ignored."},
		[2]string{"24", "client_credentials yields neither a refresh token nor an identity token."},
		[2]string{"25", "expires_in is a number, the lifetime of the token in seconds."},
	).add("IDS-CC-", harness.May, cite, wire, pipeline,
		[2]string{"01", "A token answer has the members access_token, expires_in, token_type and scope, in this order."},
	).add("IDS-CC-", harness.Must, cite, scope, scopes,
		[2]string{"02", "Without a scope parameter the client gets its API scopes, and no identity scopes."},
		[2]string{"04", "A repeated scope counts once."},
		[2]string{"05", "An unknown scope is answered with invalid_scope."},
		[2]string{"06", "One unknown scope among known ones is answered with invalid_scope."},
		[2]string{"07", "An identity scope is answered with invalid_scope."},
		[2]string{"08", "offline_access is answered with invalid_scope."},
		[2]string{"09", "Scopes are compared letter by letter."},
		[2]string{"10", "A scope parameter of more than 300 characters is answered with invalid_scope."},
		[2]string{"11", "A client without API scopes gets no token without a scope parameter."},
	).add("IDS-CC-", harness.May, cite, wire, pipeline,
		[2]string{"03", "The scopes in the answer are sorted."},
	)
	for n, since := range map[string]string{"17": "5.1", "19": "6.1", "22": "5.0"} {
		row := r[n]
		row.Since = since
		r[n] = row
	}
	return r
}

func confirmationRequirements() rows {
	const cite = "IdentityServer: TokenRequestValidator, DefaultTokenService; RFC 8705 §3.1"
	const bound = "A token that is not bound to the certificate on this connection can be used by whoever steals it; one that is bound to anything else can be used by nobody."
	const claims = "Resources read these claims; a token without them is refused there, or let in too far."
	binding := harness.Advice{
		Any: "Look at what writes cnf: it is base64url, without padding, of SHA-256 over the DER of the certificate on this connection.",
		For: map[string]string{"identityserver": "Remove custom code that writes cnf (IProfileService, ITokenService); the mTLS secret validators write it. For clients with a shared secret set options.MutualTls.AlwaysEmitConfirmationClaim = true."},
	}
	token := harness.Advice{
		Any: "Look at custom token services and at how the client and its API are registered.",
		For: map[string]string{"identityserver": "Look at a custom ITokenService, ITokenCreationService or IProfileService, and at options.EmitScopesAsSpaceDelimitedStringInJwt, EmitStaticAudienceClaim, AccessTokenJwtType."},
	}
	return rows{}.add("IDS-CNF-", harness.Must, cite, bound, binding,
		[2]string{"01", "The token of a client known by name is bound to the certificate that it shows."},
		[2]string{"02", "The token of a client known by thumbprint is bound to the certificate that it shows."},
		[2]string{"03", "The token of a client with a shared secret carries no cnf unless the server is told to."},
		[2]string{"06", "A token that was asked for without a certificate carries no cnf."},
	).add("IDS-CNF-", harness.Must, "IdentityServer: DefaultTokenCreationService; RFC 9068 §2", claims, token,
		[2]string{"07", "The header of an access token names its type at+jwt, its algorithm, and a key of the key set."},
		[2]string{"08", "An access token of client_credentials says who issued it, when, for how long and to which client, and names no subject."},
		[2]string{"14", "A client of reference tokens gets a handle of 64 hexadecimal digits."},
		[2]string{"18", "The signature of an access token verifies with the key set."},
	).add("IDS-CNF-", harness.May, "IdentityServer: DefaultTokenCreationService", claims, token,
		[2]string{"09", "The scope claim is a list, also where it holds one scope."},
		[2]string{"13", "The claims of an access token stand in IdentityServer's order."},
	)
}
