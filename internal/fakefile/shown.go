package fakefile

// shown are the keys whose values may be read in messages, and those under which they stand. Nothing that holds a secret, a
// password, a claim or an address is among them.
func shown() []string {
	return []string{"version", "fake", "clients", "scopes", "resources", "identity_resources", "pages", "faults", "id", "grants", "disabled", "public",
		"offline_access", "no_pkce", "reference", "require_par", "require_dpop", "one_time_refresh", "bound", "lifetime", "require_consent", "name", "fault",
		"endpoint", "next", "client"}
}

// shownDuende are those of IdentityServer's configuration.
func shownDuende() []string {
	return []string{"IdentityServer", "Clients", "ApiScopes", "ApiResources", "ClientId", "ClientName", "Name", "Enabled", "AllowedGrantTypes", "AllowedScopes", "Scopes",
		"RequireClientSecret", "RequirePkce", "AllowOfflineAccess", "AccessTokenType", "AccessTokenLifetime", "RequirePushedAuthorization", "RequireDPoP",
		"RefreshTokenUsage", "RequireConsent"}
}
