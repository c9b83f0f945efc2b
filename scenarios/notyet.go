package scenarios

import "slices"

// NotYet are the rows of the areas that the suite covers for which there is no case yet, each with the reason.
func NotYet() []Row {
	return slices.Concat(metaNotYet(), authenticationNotYet(), bindingNotYet(), connectionsNotYet(), userGrantsNotYet(), clientEndpointsNotYet(), alternativesNotYet(), chainNotYet(), selfSignedNotYet(), identityServerNotYet())
}

func identityServerNotYet() []Row {
	option := func(id, what string) Row {
		return Row{id, "depends on a setting that cannot be seen from outside: " + what}
	}
	other := func(id, needs string) Row {
		return Row{id, "needs " + needs + ", which client_credentials and introspection cannot show"}
	}
	return []Row{
		{"IDS-DISC-04", "the port in an alias of a separate domain is part of what IDS-DISC-03 compares; nothing else shows how DomainName was written"},
		{"IDS-DISC-07", "a server without mutual TLS promises nothing that could be examined; META-03 and META-05 compare the signs with each other"},
		option("IDS-DISC-10", "Discovery.ShowEndpoints"),
		option("IDS-DISC-18", "UsePathBase"),
		{"IDS-DISC-19", "the preflight says it: advertised, but no registered client is served"},
		{"IDS-HOST-15", "concerns versions up to 7.2.1, which cannot be told from 7.2.2 by what an operator names"},
		{"IDS-HOST-16", "concerns versions up to 7.2.1, which cannot be told from 7.2.2 by what an operator names"},
		{"IDS-HOST-17", "a server without mutual TLS has no alias by which the suite could find the path"},
		{"IDS-HOST-21", "the preflight says it: a server without the certificate scheme answers 500, and nobody is served"},
		other("IDS-PREC-14", "a client that signs assertions"),
		{"IDS-CLIENT-06", "needs a client of another protocol (SAML, WS-Federation), which the registrations do not describe"},
		{"IDS-CLIENT-08", "needs a secret that runs out during the run"},
		option("IDS-CNF-04", "AlwaysEmitConfirmationClaim; IDS-CNF-03 says which way it is set"),
		option("IDS-CNF-10", "EmitScopesAsSpaceDelimitedStringInJwt; IDS-CNF-09 says which way it is set"),
		option("IDS-CNF-11", "the number of API resources that hold the scope"),
		option("IDS-CNF-12", "EmitStaticAudienceClaim"),
		{"IDS-CNF-16", "concerns the resource that takes the token, not the server that issues it"},
		{"IDS-CNF-17", "concerns the resource that takes the token, not the server that issues it"},
		{"IDS-CNF-19", "IDS-CNF-01 and CBT-02 name a SHA-1 thumbprint where they see one"},
		{"IDS-CNF-20", "IDS-CNF-01 and CBT-04 name a list where they see one"},
	}
}
