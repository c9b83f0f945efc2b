package fakeidp

import (
	"crypto/x509"
	"time"
)

// rules are the decisions of the server, one small function each. A persona fills them; a fault
// or a variation replaces one of them. They decide and never write.
type rules struct {
	// How a request is seen before anything is decided about it, and what is made of the decision in
	// the end. A healthy server takes both as they are.
	sees      func(d *decision)
	concludes func(d *decision, o outcome) outcome

	// Routing: is this an mTLS request, and which path does it have from then on.
	routesMTLS func(d *decision) (path string, mtls bool)

	// misdirected: the connection was made for another host than the request is for.
	misdirected func(d *decision) bool
	// admits is asked at the door of the mTLS endpoints, before any endpoint is.
	admits func(d *decision) bool

	// The certificate at the door of the mTLS endpoints, asked in this order.
	selfSigned     func(leaf *x509.Certificate) bool
	kindAllowed    func(d *decision, selfSigned bool) bool
	withinValidity func(d *decision, c *x509.Certificate) bool
	hasPurpose     func(c *x509.Certificate) bool
	chains         func(d *decision, presented []*x509.Certificate) bool
	unrevoked      func(d *decision, presented []*x509.Certificate) bool

	// Parameters: the one value of a parameter that was sent once or more often; false if it
	// counts as absent.
	oneValue func(d *decision, values []string) (string, bool)

	// Client authentication: who asks, or why that is not known.
	authenticates func(d *decision) authentication

	// Its parts: which credential counts, who has that client_id, and what proves it.
	credential        func(d *decision) *credential
	knownClient       func(d *decision, id string) *Client
	wellConfigured    func(d *decision, c *Client) bool
	needsNoSecret     func(c *Client) bool
	secretAlive       func(d *decision, s Secret) bool
	sharedMatches     func(registered, sent string) bool
	nameMatches       func(registered string, c *x509.Certificate) bool
	thumbprintMatches func(registered string, c *x509.Certificate) bool
	// certificateProves decides over one registered secret; it uses the two above.
	certificateProves func(d *decision, s Secret, c *x509.Certificate) bool

	// Tokens: may the client use the grant, what may it have, is the token bound, and to what.
	grantAllowed func(d *decision, c *Client, grant string) bool
	scopesFor    func(d *decision, c *Client, requested string) ([]string, bool)
	sortScopes   func(d *decision, scopes []string) []string
	audience     func(d *decision, scopes []string) []string
	lifetime     func(d *decision, c *Client) time.Duration
	// byReference: does the client get handles instead of JWTs.
	byReference func(c *Client) bool
	// bindingCertificate is the certificate to which the token is bound, nil if to none.
	bindingCertificate func(d *decision, who *caller) *x509.Certificate
	// confirmation is the value of cnf for a certificate.
	confirmation func(c *x509.Certificate) any
	// proofURL is the htu of a DPoP proof for an endpoint.
	proofURL func(d *decision, path string) string
	// redeemable: the key that has to be proved where a code is redeemed is the one that was.
	redeemable func(key string, shown proof) bool
	// pushedProof is the key that a proof beside a pushed request proves, or what is wrong with it.
	pushedProof func(d *decision, proof, asked string) (key string, wrong outcome)

	// Introspection: is the token alive, may this caller know, which scopes does it see, and which
	// cnf is reported.
	tokenAlive           func(d *decision, t *accessToken, reference bool) bool
	mayIntrospect        func(d *decision, who *caller, t *accessToken) bool
	visibleScopes        func(d *decision, who *caller, t *accessToken) []string
	reportedConfirmation func(d *decision, t *accessToken, reference bool) any

	// Userinfo: may the token be used on this connection. IdentityServer does not ask.
	mayUseUserinfo func(d *decision, t *accessToken) bool

	logoutRules
	peopleRules

	// Metadata.
	issuer         func(d *decision) string
	aliasURL       func(d *decision, path string) string
	advertisesMTLS func(d *decision) bool
	authMethods    func(d *decision) []string
	// pageBase is the URL below which people find the pages that an answer names.
	pageBase func(d *decision) string
	// describes is the metadata document.
	describes        func(d *decision) object
	adjustsDiscovery func(d *decision, document object) object

	// What only the strict server asks.
	strictRules
}

// identityServerRules are the rules of IdentityServer, whatever its version; where versions differ they read the
// profile.
func identityServerRules() rules {
	all := func(*x509.Certificate) bool { return true }
	return rules{
		strictRules:          strictRules{signsForItself: all, endEntity: all}, // ASP.NET Core's handler asks neither
		sees:                 func(*decision) {},
		concludes:            func(_ *decision, o outcome) outcome { return o },
		routesMTLS:           routesMTLS,
		misdirected:          func(*decision) bool { return false },
		admits:               certificateHandlerAdmits,
		authenticates:        authenticatesBySecrets,
		describes:            describes,
		selfSigned:           namedLikeItsIssuer,
		kindAllowed:          kindAllowed,
		withinValidity:       withinValidity,
		hasPurpose:           allowsClientAuth,
		chains:               rememberedChains(),
		unrevoked:            unrevoked,
		oneValue:             oneValue,
		credential:           firstRealCredential,
		knownClient:          knownClient,
		wellConfigured:       wellConfigured,
		needsNoSecret:        func(c *Client) bool { return c.Public },
		secretAlive:          func(d *decision, s Secret) bool { return s.Expires.IsZero() || !d.now.After(s.Expires) },
		sharedMatches:        func(registered, sent string) bool { return registered == sent },
		nameMatches:          rememberedNames(dotnetNameMatches),
		thumbprintMatches:    sha1Matches,
		certificateProves:    certificateProves,
		grantAllowed:         grantAllowed,
		scopesFor:            apiScopesFor,
		sortScopes:           sortScopes,
		audience:             audience,
		lifetime:             func(_ *decision, c *Client) time.Duration { return c.lifetime() },
		byReference:          func(c *Client) bool { return c.Reference },
		bindingCertificate:   bindingCertificate,
		confirmation:         func(c *x509.Certificate) any { return object{{"x5t#S256", thumbprintSHA256(c)}} },
		proofURL:             proofURL,
		redeemable:           func(key string, shown proof) bool { return shown == proof{keyProof, key} },
		pushedProof:          pushedProof,
		tokenAlive:           tokenAlive,
		mayIntrospect:        mayIntrospect,
		visibleScopes:        visibleScopes,
		reportedConfirmation: func(_ *decision, t *accessToken, _ bool) any { return t.confirmation },
		mayUseUserinfo:       func(*decision, *accessToken) bool { return true },
		peopleRules:          peopleRules{agreed: func(answer string) bool { return answer == "yes" }, answered: answered, isAsked: isAsked},
		logoutRules:          logoutRules{hears: hearsOfSignOut, frame: frameOf},
		issuer:               issuer,
		aliasURL:             aliasURL,
		advertisesMTLS:       func(d *decision) bool { return d.mtls },
		authMethods:          authMethods,
		pageBase:             func(d *decision) string { return d.base() },
		adjustsDiscovery:     func(_ *decision, document object) object { return document },
	}
}
