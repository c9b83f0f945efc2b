package fakeidp

// outcome is what was decided about a request. It holds no bytes: rendering it is another's work.
type outcome interface{ decided() }

// endpoint names an endpoint of the server.
type endpoint string

// The endpoints.
const (
	discoveryEndpoint     endpoint = "discovery"
	metadataEndpoint      endpoint = "oauth-authorization-server"
	keysEndpoint          endpoint = "jwks"
	tokenEndpoint         endpoint = "token"
	introspectionEndpoint endpoint = "introspection"
	revocationEndpoint    endpoint = "revocation"
	deviceEndpoint        endpoint = "device authorization"
	parEndpoint           endpoint = "pushed authorization"
	cibaEndpoint          endpoint = "backchannel authentication"
	userinfoEndpoint      endpoint = "userinfo"
	authorizeEndpoint     endpoint = "authorize"
	callbackEndpoint      endpoint = "authorize callback"
	endSessionEndpoint    endpoint = "end session"

	endSessionCallbackEndpoint endpoint = "end session callback"
	backChannelLogoutEndpoint  endpoint = "back-channel logout"

	checkSessionEndpoint endpoint = "check session"
	pageEndpoint         endpoint = "page"
)

type (
	// doorShut: an mTLS request without an acceptable certificate.
	doorShut struct{}

	// emptyAnswer: a status and nothing else.
	emptyAnswer struct{ status int }

	// wrongMethod: the endpoint does not take this method.
	wrongMethod struct{ allowed []string }

	// notMine: no endpoint of the server; the application behind it may answer.
	notMine struct{}

	// refused: an OAuth error of an endpoint.
	refused struct {
		at                endpoint
		code, description string
		// byHeader: the request had an Authorization header.
		byHeader bool
	}

	// issued: a token endpoint's success.
	issued struct {
		access *accessToken
		// handle is set where the access token is a reference.
		handle   string
		identity *identityToken
		refresh  string
		scopes   []string
		dpop     bool
		// extra are members that an extension grant adds.
		extra object
	}

	// metadata: the discovery document.
	metadata struct{ document object }

	// keySet: the public signing keys.
	keySet struct{}

	// introspected: what the introspection endpoint says of a token; nil if it is not active.
	introspected struct {
		token     *accessToken
		reference bool
		// scopes are those that the caller may see.
		scopes []string
		// asClient: the caller is a client, not an API.
		asClient bool
		// signedFor is the caller's name where a JWT was asked for.
		signedFor string
		issuer    string
		asked     int64
	}

	// redirect: the browser goes elsewhere, to a page of the host or back to the client.
	redirect struct {
		location string
		toClient bool
		cookies  []string
		// code is the error of which the client or the user is told.
		code  string
		ended []farewell
	}

	// pushed: an authorization request was taken.
	pushed struct {
		requestURI string
		expiresIn  int
	}

	// deviceStarted: a device may wait for its user.
	deviceStarted struct{ device, user, page string }

	// backchannelStarted: the user is asked elsewhere.
	backchannelStarted struct {
		id      string
		expires int64 // in so many seconds
	}

	// userClaims: what the userinfo endpoint tells.
	userClaims struct{ claims object }

	// challenge: a bearer token was not good enough (RFC 6750 §3).
	challenge struct {
		status            int
		code, description string
	}
)

func (redirect) decided()           {}
func (pushed) decided()             {}
func (deviceStarted) decided()      {}
func (backchannelStarted) decided() {}
func (userClaims) decided()         {}
func (challenge) decided()          {}

func (doorShut) decided()     {}
func (emptyAnswer) decided()  {}
func (wrongMethod) decided()  {}
func (notMine) decided()      {}
func (refused) decided()      {}
func (issued) decided()       {}
func (metadata) decided()     {}
func (keySet) decided()       {}
func (introspected) decided() {}

// accessToken is what an access token says, in whatever form it travels.
type accessToken struct {
	issuer    string
	audiences []string
	clientID  string
	scopes    []string
	// confirmation is the value of cnf, nil if the token is bound to nothing.
	confirmation any
	notBefore    int64
	issuedAt     int64
	expires      int64
	id           string

	// Of a user only.
	subject  string
	authTime int64
	session  string
	methods  []string
	// actor is the claim act (RFC 8693 §4.1), nil if nobody acts for the subject.
	actor any
}

// identityToken is what an id_token says.
type identityToken struct {
	issuer    string
	audience  string
	notBefore int64
	issuedAt  int64
	expires   int64
	subject   string
	authTime  int64
	session   string
	methods   []string
	nonce     string
	state     string
	// confirmation is the claim cnf, which no right server writes here.
	confirmation any
}
