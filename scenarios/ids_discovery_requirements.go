package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

// needing sets what requirements need, by number.
func (r rows) needing(f harness.Feature, numbers ...string) rows {
	for _, n := range numbers {
		row := r[n]
		row.Needs = append(row.Needs, f)
		r[n] = row
	}
	return r
}

// since sets the first version to which requirements apply, by number.
func (r rows) since(version string, numbers ...string) rows {
	for _, n := range numbers {
		row := r[n]
		row.Since = version
		r[n] = row
	}
	return r
}

func discoveryRequirements() rows {
	const cite = "IdentityServer: DiscoveryResponseGenerator; RFC 8705 §5"
	const found = "Clients find the endpoints for certificates here. What is missing or wrong sends them to an endpoint that never asks for their certificate."
	options := harness.Advice{
		Any: "Compare the document with the server's configuration, and with what a proxy in front of it does to host and scheme.",
		For: map[string]string{"identityserver": "options.MutualTls.Enabled = true and options.MutualTls.DomainName decide it: null for /connect/mtls, a name without a dot for a sub-domain, a name with a dot for a host of its own. Behind a proxy, forward Host and X-Forwarded-Proto (UseForwardedHeaders)."},
	}
	r := rows{}.add("IDS-DISC-", harness.Must, cite, found, options,
		[2]string{"01", "In path mode each endpoint that clients call has an alias below /connect/mtls."},
		[2]string{"02", "In sub-domain mode the aliases are the endpoints on the sub-domain."},
		[2]string{"03", "In domain mode the aliases are the endpoints' paths on the other domain."},
		[2]string{"05", "The methods of mutual TLS stand at the end of the token endpoint's list."},
		[2]string{"06", "The promise of bound tokens is the boolean true."},
		[2]string{"08", "Revocation and introspection list the same methods as the token endpoint."},
		[2]string{"09", "Only endpoints that are there have an alias."},
		[2]string{"11", "Userinfo, authorization, end of session and backchannel authentication have no alias."},
		[2]string{"12", "The discovery document is had with GET alone."},
		[2]string{"14", "Each alias resolves, has a valid server certificate, and asks for a client certificate."},
		[2]string{"15", "Issuer and endpoints are https, also behind a proxy that terminates TLS."},
		[2]string{"16", "On the sub-domain for certificates the document names the parent domain as the issuer."},
		[2]string{"20", "The discovery document says that it is JSON in UTF-8."},
	).add("IDS-DISC-", harness.Should, cite, "Tokens that were got on the other domain carry its name as issuer, and the resources that trust the main issuer refuse them.",
		harness.Advice{Any: "Give the server one issuer.", For: map[string]string{"identityserver": "Set options.IssuerUri to the main host's URL."}},
		[2]string{"17", "In domain mode both hosts name the same issuer."},
	).add("IDS-DISC-", harness.May, cite, "The order means nothing to clients; another one shows that something rewrites the document.", options,
		[2]string{"13", "The members stand in IdentityServer's order."})
	return r.needing(harness.MutualTLS, "05", "06").needing(harness.Aliases, "14").needing(harness.PathMode, "01").needing(harness.SubDomainMode, "02", "16").
		needing(harness.DomainMode, "03", "17").since("7.4", "08")
}

func routingRequirements() rows {
	const cite = "IdentityServer: MutualTlsEndpointMiddleware"
	const door = "Everything behind the door for certificates relies on the certificate having been checked there; a way around it is a way in without one."
	options := harness.Advice{
		Any: "Look at what stands in front of the server and rewrites paths or hosts, and at the order of the middlewares.",
		For: map[string]string{"identityserver": "UseIdentityServer() must come before anything that answers these paths; AddAuthentication().AddCertificate(…) must be registered under options.MutualTls.ClientCertificateAuthenticationScheme; a proxy must not rewrite /connect/mtls or the Host header."},
	}
	r := rows{}.add("IDS-HOST-", harness.Must, cite, door, options,
		[2]string{"01", "The token endpoint for certificates turns away who shows none."},
		[2]string{"02", "The path of the door counts whatever its case."},
		[2]string{"03", "A slash behind the endpoint is another path, where nothing is."},
		[2]string{"04", "At the prefix itself nothing is."},
		[2]string{"05", "An unknown path behind the door is not found with a certificate, and shut without."},
		[2]string{"06", "A path that only begins like the prefix is no door."},
		[2]string{"07", "GET with a certificate reaches the token endpoint, which refuses it."},
		[2]string{"08", "The door is shut whatever the method."},
		[2]string{"09", "Where a domain name is set there is no door below /connect/mtls."},
		[2]string{"10", "On the sub-domain every path is behind the door."},
		[2]string{"11", "On the sub-domain a client with its certificate is served."},
		[2]string{"12", "The sub-domain counts whatever the case of the Host header."},
		[2]string{"13", "On the main host a client with a secret is served without a certificate."},
		[2]string{"14", "The other domain under another port is not the door."},
		[2]string{"18", "The door offers no CORS."},
		[2]string{"20", "The door says invalid_client in JSON, without cache headers."},
	)
	return r.needing(harness.PathMode, "01", "02", "03", "04", "05", "06", "07", "08", "18", "20").needing(harness.SubDomainMode, "10", "11", "12").
		needing(harness.DomainMode, "14").since("7.3", "20").since("7.2", "14")
}
