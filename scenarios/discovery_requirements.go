package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

func metadataRequirements() rows {
	const found = "Clients learn from the metadata where and how to use mutual TLS; what is wrong there sends them to the wrong place, or makes them give up."
	publish := harness.Advice{
		Any: "Look at what the server is told of its own address, and at what a proxy in front of it rewrites.",
		For: map[string]string{"identityserver": "Look at options.IssuerUri, options.MutualTls.Enabled and DomainName, and at custom entries of options.Discovery; behind a proxy, UseForwardedHeaders must see Host and X-Forwarded-Proto."},
	}
	tls := harness.Advice{
		Any: "Let the TLS layer of this address ask for a client certificate (optional, without a fixed list of CAs).",
		For: map[string]string{"identityserver": "Set ClientCertificateMode.AllowCertificate in Kestrel's HttpsConnectionAdapterOptions; with a proxy in front, let it ask (nginx: ssl_verify_client optional_no_ca) and forward the certificate."},
	}
	return rows{}.
		add("META-", harness.Must, "RFC 8414 §3, §3.2", found, publish,
			[2]string{"01", "The metadata are a JSON object at a well-known path of the issuer."},
			[2]string{"14", "Members without elements are left out of the metadata."}).
		add("META-", harness.Must, "RFC 8414 §3.3", "A client that does not compare them can be led to another server's endpoints; one that does refuses a server that names another issuer.", publish,
			[2]string{"02", "The issuer in the metadata is the issuer from which their address was built, byte for byte."}).
		add("META-", harness.Must, "RFC 8705 §2.1.1, §2.2.1", found, publish,
			[2]string{"03", "The methods of mutual TLS that the server supports are listed by their registered names."}).
		add("META-", harness.Must, "RFC 8705 §2, §6.1", "A client that is not asked for its certificate cannot show it.", tls,
			[2]string{"04", "A server that lists a method of mutual TLS asks for a certificate at its token endpoint."}).
		add("META-", harness.Must, "RFC 8705 §3.3", "Clients and resources read the promise of bound tokens as a boolean; a token that is not bound in spite of it can be used by whoever steals it.", publish,
			[2]string{"05", "tls_client_certificate_bound_access_tokens is a boolean, or absent."},
			[2]string{"06", "Where bound tokens are promised a client that shows a certificate gets one."}).
		add("META-", harness.Must, "RFC 8705 §5", found, publish,
			[2]string{"08", "mtls_endpoint_aliases is an object of absolute https URLs, or absent."}).
		add("META-", harness.Should, "RFC 8705 §5", found, publish,
			[2]string{"09", "Only endpoints that clients call directly have an alias."},
			[2]string{"10", "Every endpoint that has an alias is named itself."}).
		add("META-", harness.Must, "RFC 8705 §5; RFC 6749 §3.2; RFC 9325 §3.1.1", "Clients refuse an alias whose certificate is not valid for its name, and those that do not can be robbed there; an old TLS can be broken.",
			harness.Advice{Any: "Put the alias's host name into the server's certificate; let the alias speak TLS 1.2 and newer alone."},
			[2]string{"11", "The alias's server certificate is valid for the alias's own name, and its TLS no older than the server's."}).
		add("META-", harness.Should, "RFC 8414 §2", "Without the list clients take client_secret_basic for the only method.", publish,
			[2]string{"12", "The methods of mutual TLS are listed for revocation where it is offered."}).
		add("META-", harness.May, "RFC 8414 §2", "Without the list resources must guess how to authenticate.", publish,
			[2]string{"13", "The methods of mutual TLS are listed for introspection where it is offered."}).
		add("META-", harness.Must, "RFC 8414 §5; RFC 9068 §4", "Clients of OAuth and of OpenID Connect read different documents; they must find the same server.", publish,
			[2]string{"15", "Both documents of a server say the same of mutual TLS."}).
		add("META-", harness.Must, "RFC 8705 §5, §6.1", "A client that needs a certificate to learn how to use certificates, and a resource that needs one to verify a token, cannot begin.", tls,
			[2]string{"17", "Metadata and key set are had without a client certificate."}).
		needing(harness.MutualTLS, "04").needing(harness.BoundTokens, "06").needing(harness.Aliases, "11")
}

func metaNotYet() []Row {
	return []Row{
		{"META-07", "needs a client that is registered anew by the suite"},
		{"META-16", "needs two issuers on one host"},
		{"META-18", "concerns the metadata of a resource"},
	}
}
