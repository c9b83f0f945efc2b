package fakeidp

import "crypto/x509"

// strictName selects the server that keeps RFC 8705 and its neighbours to the letter.
const strictName = "rfc8705"

// strictServer is an exemplary server of RFC 8705: what the RFC leaves open it decides as the strictest of the RFCs that it
// cites does. Without Users it has no endpoint and no grant in which a user takes part.
//
// A client has one authentication method, which the type of its first secret says: Name makes it tls_client_auth (the name
// is written as in RFC 4514) as do NameDNS, NameURI, NameIP and NameEmail, JWK and JWKSetAt make it
// self_signed_tls_client_auth (the key conveys a certificate by x5c; a JWK Set may hold several), Shared makes it client_secret_basic and client_secret_post.
func strictServer() persona {
	return persona{
		profile: profile{
			name: strictName, release: ever, signing: "ES256", exactNames: true, sendsLength: true,
			nothingParsed: "invalid_client", severalMethods: "invalid_request", nothingToBindTo: "invalid_request",
			jwtHeader: []string{"alg", "kid", "typ"}, jwtStyle: relaxed, authorizePath: "/authorize", endSessionPath: "/end_session", frames: soundFrames(), issuerInRefusals: true, redirectStatus: 303,
			logoutType: "logout+jwt", logoutToken: []string{"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"},
			identityToken: []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "amr"},
		},
		rules: strictRulebook(), renderings: strictRenderings(), handshake: strictHandshakes(), endpoints: strictEndpoints(), places: strictPlaces,
	}
}

// strictEndpoints are the paths of the strict server, below its path base. They are compared exactly.
func strictEndpoints() map[string]handler {
	return map[string]handler{
		"/.well-known/openid-configuration": {discoveryEndpoint, is4, decideDiscovery},
		serverMetadataPath: {metadataEndpoint, is4, func(d *decision) outcome {
			return decideServerMetadata(d, "")
		}},
		"/jwks":       {keysEndpoint, is4, decideKeys},
		"/token":      {tokenEndpoint, is4, strictToken},
		"/introspect": {introspectionEndpoint, is4, strictIntrospection},
		"/revocation": {revocationEndpoint, is4, strictRevocation},

		"/authorize":            withUsers(authorizeEndpoint, strictAuthorize),
		"/authorize/callback":   withUsers(callbackEndpoint, strictAuthorize),
		"/par":                  withUsers(parEndpoint, afterForm(decidePushed)),
		"/device_authorization": withUsers(deviceEndpoint, afterForm(decideDevice)),
		"/bc-authorize":         withUsers(cibaEndpoint, afterForm(strictBackchannel)),
		"/userinfo":             withUsers(userinfoEndpoint, strictUserinfo),
		"/end_session":          withUsers(endSessionEndpoint, decideEndSession),
		"/end_session/callback": withUsers(endSessionCallbackEndpoint, decideFrames),
	}
}

// strictRules are the decisions that IdentityServer does not take, or not apart from others.
type strictRules struct {
	// soundForm: may the form be used at all.
	soundForm func(f *form) bool
	// claimedID is who the request says it comes from; false if it does not say, or says two things.
	claimedID func(d *decision, o offer) (string, bool)
	// methodOf is the one method of those who registered these secrets.
	methodOf func(secrets []Secret) method
	// oneMethod: are the proofs that the request offers those of one method.
	oneMethod func(o offer, registered method) bool
	// identities are those of the presented certificates that may say who the client is.
	identities func(presented []*x509.Certificate) []*x509.Certificate
	// alternativeNameMatches compares a registered subject alternative name with those of a certificate.
	alternativeNameMatches func(s Secret, c *x509.Certificate) bool
	// conveyed are the certificates that a registered JWK or JWK Set conveys.
	conveyed func(registered string) []*x509.Certificate
	// sameCertificate compares a registered certificate with the one that was shown.
	sameCertificate func(registered, shown *x509.Certificate) bool
	// mayRefresh: does the request prove possession of what the refresh token is bound to.
	mayRefresh func(d *decision, who *caller, r *refreshToken) bool
	// demandsCertificate: is the caller to get no token without a certificate to bind it to.
	demandsCertificate func(d *decision, who *caller) bool

	// The leaf of a client known by name, besides withinValidity, hasPurpose, chains and unrevoked.
	signsForItself func(leaf *x509.Certificate) bool
	endEntity      func(leaf *x509.Certificate) bool

	// The certificates of a path (RFC 5280 §6.1), each asked about each that stands above the leaf.
	signed           func(issuer, c *x509.Certificate) bool
	issuerCurrent    func(d *decision, c *x509.Certificate) bool
	issuerPurpose    func(c *x509.Certificate) bool
	isAuthority      func(c *x509.Certificate) bool
	maySign          func(c *x509.Certificate) bool
	lengthHolds      func(c *x509.Certificate, below int) bool
	namesPermitted   func(c, below *x509.Certificate) bool
	criticalKnown    func(c *x509.Certificate) bool
	strongSignature  func(c *x509.Certificate) bool
	strongKey        func(c *x509.Certificate) bool
	sentIssuersCount bool
}

// strictRulebook are the rules of the strict server: where it decides nothing otherwise, those of IdentityServer.
func strictRulebook() rules {
	r := identityServerRules()

	r.routesMTLS, r.misdirected = strictRoute, strictMisdirected
	r.admits = func(*decision) bool { return true } // who comes without a certificate, or with an unknown one, is told by the endpoint
	r.hasPurpose, r.chains = mayAuthenticateClients, strictChains

	r.oneValue = func(_ *decision, values []string) (string, bool) { return values[0], values[0] != "" } // RFC 6749 §3.2
	r.authenticates, r.certificateProves = strictAuthenticates, strictCertificateProves
	r.wellConfigured = func(_ *decision, c *Client) bool { return c.Lifetime >= 0 }
	r.needsNoSecret = func(c *Client) bool { return c.Public && len(c.Secrets) == 0 }
	r.sharedMatches, r.nameMatches = sameSecret, rememberedNames(nameMatchesRFC4517)
	r.thumbprintMatches = func(string, *x509.Certificate) bool { return false } // SHA-1 decides nothing

	r.grantAllowed, r.audience, r.bindingCertificate = strictGrantAllowed, strictAudience, strictBindingCertificate
	r.sortScopes = func(_ *decision, scopes []string) []string { return scopes }
	r.tokenAlive, r.mayUseUserinfo = strictTokenAlive, holdsBoundKey

	r.issuer, r.proofURL = func(d *decision) string { return d.issuerOf() }, hereURL
	r.pageBase = func(d *decision) string { return d.ownURL } // people are not asked for certificates
	r.aliasURL = func(d *decision, path string) string { return d.aliasBase + "/" + path }
	r.describes = strictMetadata

	r.strictRules = strictRules{
		soundForm: nothingRepeated, claimedID: claimedID, methodOf: methodOf, oneMethod: oneMethod, identities: leafAlone,
		conveyed: conveyedCertificates, sameCertificate: func(registered, shown *x509.Certificate) bool { return registered.Equal(shown) },
		alternativeNameMatches: alternativeNameMatches, mayRefresh: sameCertificateAgain,
		demandsCertificate: func(_ *decision, who *caller) bool { return who.client != nil && who.client.Bound },
		signsForItself:     maySignForItself, endEntity: isEndEntity,
		signed: rememberedSignatures(), issuerCurrent: withinValidity, issuerPurpose: mayAuthenticateClients, isAuthority: isAuthority, maySign: maySignCertificates,
		lengthHolds: lengthHolds, namesPermitted: namesPermitted, criticalKnown: criticalKnown, strongSignature: strongSignature, strongKey: strongKey,
		sentIssuersCount: true,
	}
	return r
}

// issuerOf is IssuerURI, else the URL of the conventional endpoints: it is the same at the alias (RFC 8705 §5).
func (s *settings) issuerOf() string {
	if s.issuerURI != "" {
		return s.issuerURI
	}
	return s.ownURL
}
