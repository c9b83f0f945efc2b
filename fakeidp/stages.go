package fakeidp

import "slices"

// Stage is a part of what the server does with a request, and the faults that break it.
type Stage struct {
	// Name of the stage, such as "Introspection and revocation".
	Name string
	// Needs says in a sentence what a server must have for the faults to show; empty where there is nothing to say.
	Needs string
	// Faults in the order in which they are documented.
	Faults []Fault
}

// Stages are the parts of what the server does, from the connection to the metadata, with all faults that there are.
func Stages() []Stage {
	all := func(lists ...[]Fault) []Fault { return slices.Concat(lists...) }
	const unread = "From `trusts-spoofed-curves` on they let in what Go's TLS library does not: they show to clients of TLS 1.3 with X25519."
	const users = "They show where the server has `Users`."
	return []Stage{
		{"Connections and TLS", "", tlsFaults()},
		{"Transport", "They concern every answer. The request is served all the same: a token that is lost was issued.", transportFaults()},
		{"Routing", "", all(routingFaults(), routeFaults())},
		{"Client authentication", "", all(clientFaults(), precedenceFaults(), authenticationFaults())},
		{"Names", "", all(nameFaults(), subjectFaults(), writingFaults())},
		{"Alternative names", "They show where clients are registered by `NameDNS`, `NameURI`, `NameIP` or `NameEmail`.", all(alternativeNameFaults(), narrowAlternativeFaults())},
		{"Thumbprints and registered certificates", "", all(thumbprintFaults(), selfSignedFaults())},
		{"Certificates and paths", unread, all(certificateFaults(), chainFaults(), readingFaults())},
		{"Revoked certificates", "They show where the server asks: `Revocation(OnlineRevocation)` or `RevokedBy`.", revokedFaults()},
		{"Answers of the token endpoint", "", answerFaults()},
		{"Tokens and what they are bound to", "", all(tokenFaults(), bindingFaults(), issuingFaults(), exchangeFaults())},
		{"Grants of users", users, all(grantFaults(), codeKeyFaults(), peopleFaults(), codeFaults(), publicFaults())},
		{"Signing out", users, all(signOutFaults(), logoutTokenFaults())},
		{"Introspection and revocation", "", tellingFaults()},
		{"Userinfo", users, all(userinfoFaults(), moreUserinfoFaults())},
		{"Metadata", "", all(identityServerMetadataFaults(), metadataFaults())},
	}
}
