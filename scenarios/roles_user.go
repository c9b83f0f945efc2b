package scenarios

// The grants in which a user takes part (RFC 6749 §4.1, RFC 8628, OpenID Connect CIBA).
const (
	codeGrant    = "authorization_code"
	refreshGrant = "refresh_token"
	deviceGrant  = "urn:ietf:params:oauth:grant-type:device_code"
	cibaGrant    = "urn:openid:params:grant-type:ciba"
)

// forUsers are the clients of other grants than client_credentials. Those that act for a user can be tried where the configuration names one.
func forUsers() []RoleSpec {
	code := []string{codeGrant}
	return []RoleSpec{
		{Role: "code", Doc: "a client known by its name that acts for a user", Certificate: "client",
			Registration: Registration{ClientID: "mtls.code", Credentials: byName("client"), Grants: code, Bound: true, SignsIn: true}},
		{Role: "code-2", Doc: "another client known by its name that acts for a user", Certificate: "client-2",
			Registration: Registration{ClientID: "mtls.code-2", Credentials: byName("client-2"), Grants: code, Bound: true, SignsIn: true}},
		{Role: "public-code", Doc: "a public client that acts for a user and has its tokens bound", Certificate: "alone",
			Registration: Registration{ClientID: "mtls.public-code", Public: true, Grants: code, Bound: true, SignsIn: true}},
		{Role: "public-rotating", Doc: "a public client that acts for a user and shows no certificate; each refresh replaces its refresh token",
			Registration: Registration{ClientID: "mtls.public-rotating", Public: true, Grants: code, SignsIn: true, Rotating: true}},
		{Role: "exchange", Doc: "another client known by its name that exchanges tokens", Certificate: "client-2",
			Registration: Registration{ClientID: "mtls.exchange", Credentials: byName("client-2"), Grants: []string{exchangeGrant}, Bound: true}},
		{Role: "device", Doc: "a client known by its name whose user is at another device", Certificate: "client",
			Registration: Registration{ClientID: "mtls.device", Credentials: byName("client"), Grants: []string{deviceGrant}, Bound: true, SignsIn: true}},
		{Role: "ciba", Doc: "a client known by its name that has its user asked through the backchannel", Certificate: "client",
			Registration: Registration{ClientID: "mtls.ciba", Credentials: byName("client"), Grants: []string{cibaGrant}, Bound: true, SignsIn: true}},
	}
}
