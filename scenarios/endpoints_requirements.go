package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

func clientEndpointRequirements() rows {
	const (
		open   = "What a client may do at the token endpoint by its certificate alone, anybody must not do for it elsewhere."
		stolen = "A token that userinfo takes without its certificate is a bearer token: whoever steals it reads who the user is."
	)
	same := harness.Advice{
		Any: "Authenticate clients at every endpoint as at the token endpoint, and name an alias for each that takes certificates (RFC 8705 §5).",
		For: map[string]string{"identityserver": "Let clients use /connect/mtls, and look at custom IClientSecretValidators and at middleware that exempts paths."},
	}
	resource := harness.Advice{
		Any: "Compare the certificate of the connection with cnf of the token at userinfo, too; ask for certificates there, or name an alias.",
		For: map[string]string{"identityserver": "IdentityServer's userinfo endpoint does not look at cnf. A middleware in front of /connect/userinfo can compare it, as ConfirmationValidationMiddleware of the samples does for an API."},
	}
	return rows{}.
		numbered("EP-", harness.Must, "RFC 9126 §2; RFC 8705 §1", open, same,
			[2]string{"01", "The endpoint for pushed requests authenticates clients as the token endpoint does."}).
		numbered("EP-", harness.Must, "RFC 9126 §2.2", open, same,
			[2]string{"03", "A pushed request is of no use to another client."}).
		numbered("EP-", harness.Must, "RFC 7009 §2.1; RFC 8705 §1", "Whoever can end others' tokens locks them out; one that cannot be ended is good for whoever stole it.", same,
			[2]string{"04", "The revocation endpoint authenticates clients as the token endpoint does, and ends their tokens."}).
		numbered("EP-", harness.Must, "RFC 7009 §2.1", "Whoever can end others' tokens locks them out.", same,
			[2]string{"05", "A client revokes no token of another."}).
		numbered("INT-", harness.Must, "RFC 7662 §2.1; RFC 8705 §1", "Introspection tells who a token is about, and which tokens are alive.", same,
			[2]string{"05", "The introspection endpoint authenticates by the caller's certificate."},
			[2]string{"06", "The introspection endpoint answers nobody who does not authenticate."}).
		numbered("EP-", harness.Must, "RFC 8628 §3.1; RFC 8705 §1", open, same,
			[2]string{"06", "The device authorization endpoint authenticates clients as the token endpoint does."}).
		numbered("EP-", harness.Must, "RFC 8628 §3.4; RFC 8705 §3", open, same,
			[2]string{"07", "A device's tokens are had by its client alone, and bound to the certificate with which it asks for them."}).
		numbered("EP-", harness.Must, "OpenID Connect CIBA Core §7.1; RFC 8705 §1", open, same,
			[2]string{"08", "The backchannel authentication endpoint authenticates clients as the token endpoint does."}).
		numbered("EP-", harness.Must, "OpenID Connect CIBA Core §10.1; RFC 8705 §2", open, same,
			[2]string{"09", "Tokens of the backchannel are had by their client alone."}).
		numbered("EP-", harness.Must, "RFC 8705 §3; OpenID Connect Core §5.3", stolen, resource,
			[2]string{"10", "Userinfo takes a bound token with its certificate alone."}).
		numbered("EP-", harness.Should, "RFC 8705 §5", "A bound token that works nowhere makes operators give up binding.", resource,
			[2]string{"11", "A bound token works at userinfo with its certificate."})
}

func clientEndpointsNotYet() []Row {
	return []Row{
		{"EP-02", "needs signed request objects"},
		{"EP-12", "needs dynamic client registration"},
		{"EP-13", "needs a client that signs assertions"},
		{"INT-01", "CBT-11 asks it of opaque tokens, CBT-12 of JWTs"},
		{"INT-02", "CBT-12 asks it: the caller shows another certificate than the client"},
		{"INT-03", "CBT-08 asks it of opaque tokens"},
		{"INT-04", "needs a fake that tells about dead tokens"},
		{"INT-07", "needs a fake that names another token type"},
		{"INT-08", "needs a client whose registered certificate changes during the run"},
		{"INT-09", "the server may do as it likes"},
		{"INT-10", "needs introspection in JWTs (RFC 9701), which few servers offer"},
	}
}
