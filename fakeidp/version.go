package fakeidp

import "time"

// release numbers a version so that tables can say since and until: 704 is 7.4.
type release int

// The releases that differ in something that can be seen.
const (
	is4  release = 401
	v52  release = 502
	v63  release = 603
	v70  release = 700
	v72  release = 702
	v73  release = 703
	v74  release = 704
	v80  release = 800
	ever release = 9999
)

// profile is everything in which released versions differ: the one table of version differences.
// Decisions and renderings read it; nothing else asks for a version.
type profile struct {
	name    string
	release release
	// The Server header.
	server string

	// The mTLS middleware refuses with this status, and from 7.3 with a JSON body.
	doorStatus int
	doorJSON   bool
	// The token endpoint's error where no credential was recognised at all.
	nothingParsed string
	// A form that cannot be read is an exception (500) before 6.1.2.
	unreadableIsFatal bool
	// Repeated parameters: the first counts (IdentityServer4), or they are joined by commas.
	firstValueCounts bool
	// resource is read (RFC 8707).
	resourceIndicators bool
	// Public clients may use client_credentials with nothing but their client_id.
	publicClientCredentials bool
	// DomainName is compared with the host alone and the port is ignored.
	domainIgnoresPort bool
	// A longer Basic header is not read. 0: no limit.
	basicLimit int
	// The authorization endpoint, below the path base; what comes back from the host's pages goes to /callback below it.
	authorizePath string
	// The end session endpoint likewise, with the page of frames below it, and how that is written.
	endSessionPath string
	frames         framesStyle
	// Appended to the handles of codes, refresh and reference tokens.
	handleSuffix string

	// Member orders.
	jwtHeader           []string
	accessToken         []string
	identityToken       []string
	logoutToken         []string
	introspectJWT       []string
	introspectReference []string
	jwtStyle            jsonStyle
	// logoutType is the typ of logout tokens.
	logoutType string

	// cnf of a JWT in an introspection answer is a string that holds JSON.
	confirmationAsString bool
	// Clients may introspect, not only API resources.
	clientsIntrospect bool
	// An unknown token_type_hint is an error.
	strictHint bool
	// Accept: application/token-introspection+jwt is honoured.
	jwtIntrospection bool
	// Client assertions may name the issuer as their audience, and those of type
	// client-authentication+jwt must.
	issuerAsAudience    bool
	strictAssertionType bool
	// Too many DPoP headers, or none where one is required, are invalid_request.
	dpopMisuseIsInvalidRequest bool
	// A DPoP proof beside a certificate is refused; otherwise the proof wins.
	oneConfirmationOnly bool
	// Refresh tokens change at each use whatever the client says.
	refreshRotates bool
	// Answers to an authorization request: with session_state and cookies, and with iss in refusals too (RFC 9207 §2).
	sessionState, issuerInRefusals bool
	// A refreshed access token says what the first one said, cnf included.
	refreshKeepsClaims bool
	// The answer of the authorization endpoint repeats the scopes.
	scopeInAuthorizeAnswer bool
	// What an error answer of the authorization endpoint ends in.
	errorFragment string
	// The status of redirects to pages of the server.
	redirectStatus int
	// The + in x5c is written as an escape.
	escapesX5C bool

	// Paths and names of parameters are compared exactly; IdentityServer ignores case.
	exactNames bool
	// Answers say how long they are; Kestrel sends them in chunks.
	sendsLength bool
	// Errors carry error_description where the strict server has one to give.
	describesErrors bool
	// The error of a request that proves its client in several ways, and of one for a bound token without a certificate: the
	// strict server's.
	severalMethods, nothingToBindTo string
	// latency is by how much each answer is late.
	latency time.Duration
	// signing is the JWS algorithm of the server's own key.
	signing string
}

// profiles are the versions that can be selected, each described against the one before.
// Sources: the recordings of the released versions; README of the recordings names the builds.
func profiles() []profile {
	four := profile{
		name: "is4-4.1", release: is4, server: "Kestrel", authorizePath: "/connect/authorize", endSessionPath: "/connect/endsession", frames: soundFrames(), sessionState: true,
		doorStatus: 403, nothingParsed: "invalid_client", unreadableIsFatal: true, firstValueCounts: true,
		publicClientCredentials: true, domainIgnoresPort: true, redirectStatus: 302, escapesX5C: true,
		jwtHeader:     []string{"alg", "kid", "typ", "x5t"},
		accessToken:   []string{"nbf", "exp", "iss", "aud", "client_id", "sub", "auth_time", "idp", "act", "jti", "sid", "iat", "scope", "amr", "cnf"},
		identityToken: []string{"nbf", "exp", "iss", "aud", "nonce", "iat", "at_hash", "s_hash", "sid", "sub", "auth_time", "idp", "amr"},
		logoutType:    "at+jwt", // as any JWT that its tools make
		logoutToken:   []string{"nbf", "exp", "iss", "sub", "aud", "iat", "jti", "sid", "events"},
		introspectJWT: []string{"nbf", "exp", "iss", "aud", "client_id", "sub", "auth_time", "idp", "act", "jti", "sid", "iat", "amr", "cnf", "token_type",
			"active", "scope"},
		introspectReference: []string{"iss", "nbf", "exp", "aud", "client_id", "sub", "auth_time", "idp", "act", "jti", "sid", "iat", "amr", "token_type",
			"active", "scope"},
		jwtStyle: newtonsoft, confirmationAsString: true, signing: "RS256",
		refreshRotates: true, refreshKeepsClaims: true, scopeInAuthorizeAnswer: true, errorFragment: "#_=_",
	}

	five := four
	five.name, five.release = "5.2", v52
	five.firstValueCounts, five.resourceIndicators = false, true
	five.jwtHeader = []string{"alg", "kid", "x5t", "typ"}
	five.accessToken = []string{"iss", "nbf", "iat", "exp", "aud", "cnf", "scope", "amr", "client_id", "sub", "auth_time", "idp", "act", "sid", "jti"}
	five.identityToken = []string{"iss", "nbf", "iat", "exp", "aud", "amr", "nonce", "at_hash", "sid", "sub", "auth_time", "idp"}
	five.logoutToken = []string{"iss", "nbf", "iat", "exp", "sub", "aud", "jti", "events", "sid"}
	five.introspectJWT = []string{"iss", "nbf", "iat", "exp", "aud", "cnf", "amr", "client_id", "sub", "auth_time", "idp", "act", "sid", "jti", "token_type",
		"active", "scope"}
	five.introspectReference = []string{"iss", "nbf", "iat", "exp", "aud", "amr", "client_id", "sub", "auth_time", "idp", "act", "sid", "jti", "token_type",
		"active", "scope"}

	six := five
	six.name, six.release = "6.3", v63
	six.nothingParsed, six.unreadableIsFatal, six.basicLimit, six.handleSuffix = "invalid_request", false, 4*(100+100)+10, "-1"
	six.frames, six.logoutType = eagerFrames(), "logout+jwt"
	six.logoutToken = []string{"iss", "nbf", "iat", "exp", "aud", "jti", "events", "sub", "sid", "logout_reason"}
	six.issuerAsAudience, six.refreshKeepsClaims, six.oneConfirmationOnly = true, false, true
	six.introspectReference = []string{"iss", "nbf", "iat", "exp", "cnf", "aud", "amr", "client_id", "sub", "auth_time", "idp", "act", "sid", "jti", "token_type",
		"active", "scope"}

	seven := six
	seven.name, seven.release = "7.0", v70
	seven.refreshRotates = false
	seven.clientsIntrospect, seven.strictHint, seven.jwtStyle = true, true, relaxed

	two := seven
	two.name, two.release = "7.2", v72
	two.errorFragment = "#_"
	two.strictHint, two.domainIgnoresPort, two.strictAssertionType = false, false, true

	three := two
	three.name, three.release = "7.3", v73
	three.doorStatus, three.doorJSON, three.publicClientCredentials = 400, true, false
	three.oneConfirmationOnly, three.dpopMisuseIsInvalidRequest, three.scopeInAuthorizeAnswer = false, true, false
	three.confirmationAsString, three.jwtIntrospection = false, true

	latest := three
	latest.name, latest.release, latest.escapesX5C = "7.4", v74, false

	eight := latest
	eight.name, eight.release, eight.redirectStatus = "8", v80, 303

	return []profile{four, five, six, seven, two, three, latest, eight}
}

// Versions are the names that Version takes: the releases of IdentityServer, oldest first, and the strict server of RFC 8705.
func Versions() []string {
	var names []string
	for _, p := range profiles() {
		names = append(names, p.name)
	}
	return append(names, strictName)
}
