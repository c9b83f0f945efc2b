package scenarios

import "github.com/mtlscheck/mtlscheck/harness"

// userGrantRequirements are numbered with their area: the chapter keeps rows of several.
func userGrantRequirements() rows {
	const (
		stolen   = "A refresh token lives for weeks. Whoever steals one that nothing is asked for beside it has the user's access for as long."
		unbound  = "A token that is not bound can be used by whoever steals it; one that is bound to anything but this certificate can be used by nobody, or by somebody else."
		lockout  = "Whoever can spend or end what belongs to others locks them out."
		rotation = "Certificates live shorter than grants: a client that renews its certificate must not lose its users."
	)
	client := harness.Advice{
		Any: "Authenticate the client on every token request, whatever the grant, and compare the client of the code or refresh token with it.",
		For: map[string]string{"identityserver": "Look at custom IRefreshTokenService, IAuthorizationCodeStore and ICustomTokenRequestValidator; RequireClientSecret must be true for such clients."},
	}
	binding := harness.Advice{
		Any: "Bind each access token to the certificate of its own token request. Keep a binding for refresh tokens of public clients alone: those of clients that authenticate are bound to the client (RFC 8705 §7.1).",
		For: map[string]string{"identityserver": "Set options.MutualTls.AlwaysEmitConfirmationClaim = true for public clients; IdentityServer then keeps the thumbprint with the refresh token. Client.UpdateAccessTokenClaimsOnRefresh decides whether a refreshed token is made anew."},
	}
	order := harness.Advice{Any: "Authenticate the client before the code or refresh token is looked up, and change nothing for a request that fails."}
	once := harness.Advice{
		Any: "Replace the refresh tokens of public clients at each use, or bind them to a certificate or a DPoP key.",
		For: map[string]string{"identityserver": "Client.RefreshTokenUsage = TokenUsage.OneTimeOnly."},
	}
	return rows{}.
		numbered("AUTH-", harness.Should, "RFC 6749 §4.1.2", lockout, order,
			[2]string{"19", "A failed client authentication does not use a code up."}).
		numbered("CBT-", harness.Must, "RFC 8705 §3, §6.4", unbound, binding,
			[2]string{"10", "Every grant of the token endpoint gives bound tokens."}).
		numbered("CBT-", harness.Must, "RFC 8705 §3", unbound, binding,
			[2]string{"13", "A token is bound to the certificate of its token request, whatever was shown before."}).
		numbered("CBT-", harness.Must, "RFC 6749 §4.1.3", stolen, client,
			[2]string{"16", "A code of one client is of no use to another."}).
		numbered("CBT-", harness.Must, "RFC 8705 §6.4", unbound, harness.Advice{Any: "Offer no response type that gives access tokens through the browser (RFC 9700 §2.1.2).",
			For: map[string]string{"identityserver": "Take implicit and hybrid out of AllowedGrantTypes, and leave AllowAccessTokensViaBrowser false."}},
			[2]string{"18", "No access token that comes through the browser claims to be bound to a certificate."}).
		numbered("CBT-", harness.May, "RFC 8705 §3", "An identity token is not shown with a certificate; a cnf in it misleads those who look for one.", binding,
			[2]string{"19", "An identity token carries no cnf."}).
		numbered("RT-", harness.Must, "RFC 6749 §6; RFC 8705 §7.1", stolen, client,
			[2]string{"01", "A client that is registered for mutual TLS authenticates when it refreshes."},
			[2]string{"02", "A refresh token of one client is of no use to another."},
			[2]string{"03", "Another client's certificate does not refresh."}).
		numbered("RT-", harness.Must, "RFC 8705 §6.3, §7.1", rotation, binding,
			[2]string{"04", "A client with a renewed certificate refreshes, and the new token is bound to that certificate."}).
		numbered("RT-", harness.Should, "RFC 8705 §4", stolen, binding,
			[2]string{"06", "A public client's token is bound to the certificate that it shows."},
			[2]string{"07", "A public client refreshes with the certificate to which its tokens are bound."},
			[2]string{"13", "A public client may show any certificate, also one of its own making."}).
		numbered("RT-", harness.Must, "RFC 8705 §4; RFC 9700 §4.14.2", stolen, binding,
			[2]string{"08", "A public client does not refresh with another certificate."},
			[2]string{"09", "A public client whose tokens are bound does not refresh without a certificate."},
			[2]string{"11", "A refresh token that replaces another keeps its binding."},
			[2]string{"15", "The endpoint that asks for no certificate is no way around the binding."}).
		numbered("RT-", harness.Must, "RFC 9700 §2.2.2", stolen, once,
			[2]string{"12", "Refresh tokens of public clients that are bound to nothing are replaced at each use."}).
		numbered("RT-", harness.Must, "RFC 8705 §4", stolen, client,
			[2]string{"14", "The certificate of a public client authenticates no other client."}).
		numbered("RT-", harness.Should, "RFC 6749 §6", lockout, order,
			[2]string{"16", "A refresh that is refused does not end the grant."})
}

// numbered is add for a chapter that keeps rows of several areas: each is known by its whole ID.
func (r rows) numbered(prefix string, level harness.Level, cite, why string, advice harness.Advice, numbered ...[2]string) rows {
	for _, requirement := range (rows{}).add(prefix, level, cite, why, advice, numbered...) {
		r[requirement.ID] = requirement
	}
	return r
}

func userGrantsNotYet() []Row {
	return []Row{
		{"RT-05", "needs a jwks_uri whose keys change during the run"},
		{"RT-10", "the server may do as it likes with a renewed certificate of the same key"},
		{"RT-17", "needs a client whose certificate is taken away during the run"},
	}
}
