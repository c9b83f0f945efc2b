package fakeidp

import (
	"net/http"
	"strings"
	"time"
)

// decision is one request being decided: what was asked, how the server is configured, and the
// rules that hold.
type decision struct {
	*request
	*settings
	profile *profile
	rules   *rules
	state   *state
	now     time.Time

	// proof is the proof of possession of a token request.
	proof proof

	// What came out on the way, for the journal.
	guarded bool
	at      endpoint
	asking  string
	barred  string // why the door stayed shut
}

// handler answers at one endpoint.
type handler struct {
	at     endpoint
	since  release
	decide func(d *decision) outcome
}

// identityServerEndpoints are the paths of the server in lower case: IdentityServer compares whole paths and ignores case.
func identityServerEndpoints() map[string]handler {
	return map[string]handler{
		"/.well-known/openid-configuration":      {discoveryEndpoint, is4, decideDiscovery},
		"/.well-known/openid-configuration/jwks": {keysEndpoint, is4, decideKeys},
		"/.well-known/oauth-authorization-server": {metadataEndpoint, v74, func(d *decision) outcome {
			return decideServerMetadata(d, "")
		}},
		"/connect/token":               {tokenEndpoint, is4, decideToken},
		"/connect/introspect":          {introspectionEndpoint, is4, decideIntrospection},
		"/connect/revocation":          {revocationEndpoint, is4, decideRevocation},
		"/connect/authorize":           {authorizeEndpoint, is4, decideAuthorize},
		"/connect/authorize/callback":  {callbackEndpoint, is4, decideAuthorize},
		"/connect/userinfo":            {userinfoEndpoint, is4, decideUserinfo},
		"/connect/deviceauthorization": {deviceEndpoint, is4, decideDevice},
		"/connect/ciba":                {cibaEndpoint, v63, decideBackchannel},
		"/connect/par":                 {parEndpoint, v70, decidePushed},
		"/connect/checksession":        {checkSessionEndpoint, is4, decideCheckSession},
		"/connect/endsession":          {endSessionEndpoint, is4, decideEndSession},
		"/connect/endsession/callback": {endSessionCallbackEndpoint, is4, decideFrames},
	}
}

const serverMetadataPath = "/.well-known/oauth-authorization-server"

// decide is the way of every request.
func (d *decision) decide(known map[string]handler) outcome {
	d.rules.sees(d)
	return d.rules.concludes(d, d.route(known))
}

// route leads a request through the door of the mTLS endpoints, and then to its endpoint.
func (d *decision) route(known map[string]handler) outcome {
	if d.rules.misdirected(d) {
		return emptyAnswer{http.StatusMisdirectedRequest}
	}
	if d.mtls {
		path, isMTLS := d.rules.routesMTLS(d)
		if isMTLS {
			d.guarded = true
			if !d.certificateScheme {
				// No handler is registered for the scheme: an exception that nobody catches.
				return emptyAnswer{http.StatusInternalServerError}
			}
			if !d.rules.admits(d) {
				return doorShut{}
			}
			d.path = path
		}
	}
	if h, ok := d.handlerOf(known, d.path); ok {
		d.at = h.at
		return h.decide(d)
	}
	return notMine{}
}

// handlerOf is the endpoint that stands at a path.
func (d *decision) handlerOf(known map[string]handler, path string) (handler, bool) {
	if !d.profile.exactNames {
		path = strings.ToLower(path)
	}
	if h, ok := known[path]; ok && d.profile.release >= h.since {
		return h, true
	}
	if rest, ok := strings.CutPrefix(path, serverMetadataPath+"/"); ok && d.profile.release >= v74 {
		return handler{metadataEndpoint, v74, func(d *decision) outcome { return decideServerMetadata(d, "/"+rest) }}, true
	}
	if d.pages != NoPages {
		if decidePage, ok := hostPages()[path]; ok {
			return handler{pageEndpoint, is4, decidePage}, true
		}
	}
	return handler{}, false
}

// only answers 405 unless the method is one of those allowed.
func (d *decision) only(methods ...string) (outcome, bool) {
	for _, m := range methods {
		if d.method == m {
			return nil, true
		}
	}
	return wrongMethod{methods}, false
}

// routesMTLS finds the requests that the mTLS middleware guards. With a domain name that has a dot it is
// that host, with another the sub-domain of that name, without one the path prefix /connect/mtls.
func routesMTLS(d *decision) (string, bool) {
	name := strings.TrimSpace(d.domainName)
	switch {
	case name == "":
		rest, ok := cutSegments(d.path, "/connect/mtls")
		if !ok {
			return d.path, false
		}
		if rest == "" {
			rest = "/"
		}
		return "/connect" + rest, true
	case strings.Contains(name, "."):
		if d.profile.domainIgnoresPort {
			return d.path, strings.EqualFold(d.hostname(), d.domainName)
		}
		return d.path, strings.EqualFold(d.hostname(), hostOf(d.domainName)) && portOf(d.host) == portOf(d.domainName)
	default:
		prefix := d.domainName + "."
		host := d.hostname()
		return d.path, len(host) >= len(prefix) && strings.EqualFold(host[:len(prefix)], prefix)
	}
}

// cutSegments cuts whole leading path segments off, ignoring case.
func cutSegments(path, prefix string) (string, bool) {
	if len(path) < len(prefix) || !strings.EqualFold(path[:len(prefix)], prefix) {
		return path, false
	}
	rest := path[len(prefix):]
	return rest, rest == "" || rest[0] == '/'
}
