package fakeidp

import (
	"net/http"
	"slices"
	"strings"
)

// signingAlgorithms are the algorithms that IdentityServer accepts for what others sign.
func signingAlgorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
}

// field is one member of the discovery document: the versions that have it, and its value; a nil
// value leaves it out.
type field struct {
	name         string
	since, until release
	value        func(d *decision) any
}

// below is the value of a member that is a URL below the request's base.
func below(path string) func(*decision) any {
	return func(d *decision) any { return d.base() + path }
}

// always is the value of a member that never changes.
func always(v any) func(*decision) any { return func(*decision) any { return v } }

// asserted is a member that exists only where clients may authenticate by assertion.
func asserted(v any) func(*decision) any {
	return func(d *decision) any {
		if d.assertions == NoAssertions {
			return nil
		}
		return v
	}
}

// signedWith are the algorithms of the server's own key.
func signedWith(d *decision) any { return []string{d.state.keys.algorithm()} }

// methods are the ways in which a client may authenticate.
func methods(d *decision) any { return d.rules.authMethods(d) }

// discoveryFields are the members in order; the order is the same in every version.
func discoveryFields() []field {
	algorithms := signingAlgorithms()
	return []field{
		{"issuer", is4, ever, func(d *decision) any { return d.rules.issuer(d) }},
		{"jwks_uri", is4, ever, below("/.well-known/openid-configuration/jwks")},
		{"authorization_endpoint", is4, ever, below("/connect/authorize")},
		{"token_endpoint", is4, ever, below("/connect/token")},
		{"userinfo_endpoint", is4, ever, below("/connect/userinfo")},
		{"end_session_endpoint", is4, ever, below("/connect/endsession")},
		{"check_session_iframe", is4, ever, below("/connect/checksession")},
		{"revocation_endpoint", is4, ever, below("/connect/revocation")},
		{"introspection_endpoint", is4, ever, below("/connect/introspect")},
		{"device_authorization_endpoint", is4, ever, below("/connect/deviceauthorization")},
		{"backchannel_authentication_endpoint", v63, ever, below("/connect/ciba")},
		{"pushed_authorization_request_endpoint", v70, ever, below("/connect/par")},
		{"require_pushed_authorization_requests", v70, ever, always(false)},
		{"mtls_endpoint_aliases", is4, ever, aliases},
		{"frontchannel_logout_supported", is4, ever, always(true)},
		{"frontchannel_logout_session_supported", is4, ever, always(true)},
		{"backchannel_logout_supported", is4, ever, always(true)},
		{"backchannel_logout_session_supported", is4, ever, always(true)},
		{"scopes_supported", is4, ever, scopesSupported},
		{"claims_supported", is4, ever, claimsSupported},
		{"grant_types_supported", is4, ever, grantTypesSupported},
		{"response_types_supported", is4, ever, always([]string{"code", "token", "id_token", "id_token token", "code id_token", "code token",
			"code id_token token"})},
		{"response_modes_supported", is4, ever, always([]string{"form_post", "query", "fragment"})},
		{"token_endpoint_auth_methods_supported", is4, ever, methods},
		{"token_endpoint_auth_signing_alg_values_supported", v73, ever, asserted(algorithms)},
		{"revocation_endpoint_auth_methods_supported", v74, ever, methods},
		{"revocation_endpoint_auth_signing_alg_values_supported", v74, ever, asserted(algorithms)},
		{"introspection_endpoint_auth_methods_supported", v74, ever, methods},
		{"introspection_endpoint_auth_signing_alg_values_supported", v74, ever, asserted(algorithms)},
		{"id_token_signing_alg_values_supported", is4, ever, signedWith},
		{"userinfo_signing_alg_values_supported", v74, ever, signedWith},
		{"introspection_signing_alg_values_supported", v74, ever, signedWith},
		{"subject_types_supported", is4, ever, always([]string{"public"})},
		{"code_challenge_methods_supported", is4, ever, always([]string{"plain", "S256"})},
		{"request_parameter_supported", is4, ever, always(true)},
		{"request_object_signing_alg_values_supported", v52, v72, always(append(slices.Clone(algorithms), "HS256", "HS384", "HS512"))},
		{"request_object_signing_alg_values_supported", v73, ever, always(algorithms)},
		{"prompt_values_supported", v63, ever, always([]string{"none", "login", "consent", "select_account"})},
		{"authorization_response_iss_parameter_supported", v52, ever, always(true)},
		{"tls_client_certificate_bound_access_tokens", is4, ever, func(d *decision) any {
			if !d.rules.advertisesMTLS(d) {
				return nil
			}
			return true
		}},
		{"backchannel_token_delivery_modes_supported", v63, ever, always([]string{"poll"})},
		{"backchannel_user_code_parameter_supported", v63, ever, always(true)},
		{"backchannel_authentication_request_signing_alg_values_supported", v74, ever, always(algorithms)},
		{"dpop_signing_alg_values_supported", v63, ever, always(algorithms)},
	}
}

// decideDiscovery is the discovery document, for GET alone.
func decideDiscovery(d *decision) outcome {
	if o, ok := d.only(http.MethodGet); !ok {
		return o
	}
	return metadata{d.rules.adjustsDiscovery(d, d.rules.describes(d))}
}

// describes is IdentityServer's discovery document.
func describes(d *decision) object {
	var document object
	for _, f := range discoveryFields() {
		if d.profile.release < f.since || d.profile.release > f.until {
			continue
		}
		if v := f.value(d); v != nil {
			document = document.with(f.name, v)
		}
	}
	return document
}

// decideServerMetadata is the same document at the place of RFC 8414; it exists only where the request's own address is
// the issuer.
func decideServerMetadata(d *decision, rest string) outcome {
	if d.pathBase != "" || d.origin()+rest != d.rules.issuer(d) {
		return notMine{}
	}
	return decideDiscovery(d)
}

// decideKeys is the key set, for GET alone.
func decideKeys(d *decision) outcome {
	if o, ok := d.only(http.MethodGet); !ok {
		return o
	}
	return keySet{}
}

// issuer is IssuerUri as it is; else the origin of the request, without the mTLS sub-domain, in lower case.
func issuer(d *decision) string {
	if d.issuerURI != "" {
		return d.issuerURI
	}
	host := d.host
	// The test looks at the name without its dot, so other hosts lose their head too.
	if name := strings.TrimSpace(d.domainName); d.mtls && name != "" && !strings.Contains(name, ".") {
		if len(host) >= len(name) && strings.EqualFold(host[:len(name)], name) {
			host = host[min(len(host), len(name)+1):]
		}
	}
	return strings.ToLower(d.scheme + "://" + host + d.pathBase)
}

// aliases are mtls_endpoint_aliases (RFC 8705 §5).
func aliases(d *decision) any {
	if !d.rules.advertisesMTLS(d) {
		return nil
	}
	list := object{
		{"token_endpoint", d.rules.aliasURL(d, "token")},
		{"revocation_endpoint", d.rules.aliasURL(d, "revocation")},
		{"introspection_endpoint", d.rules.aliasURL(d, "introspect")},
		{"device_authorization_endpoint", d.rules.aliasURL(d, "deviceauthorization")},
	}
	if d.profile.release >= v73 {
		list = list.with("pushed_authorization_request_endpoint", d.rules.aliasURL(d, "par"))
	}
	return list
}

// aliasURL is where an endpoint stands for clients with certificates. In the domain modes it is always
// https; the separate domain loses the path base.
func aliasURL(d *decision, path string) string {
	name := strings.TrimSpace(d.domainName)
	switch {
	case name == "":
		return d.base() + "/connect/mtls/" + path
	case strings.Contains(name, "."):
		return "https://" + d.domainName + "/connect/" + path
	default:
		return "https://" + d.domainName + "." + d.host + d.pathBase + "/connect/" + path
	}
}

// authMethods has the two methods of RFC 8705 last, whether or not a certificate can be used.
func authMethods(d *decision) []string {
	list := []string{"client_secret_basic", "client_secret_post"}
	if d.assertions != NoAssertions {
		list = append(list, "private_key_jwt")
	}
	if d.rules.advertisesMTLS(d) {
		list = append(list, "tls_client_auth", "self_signed_tls_client_auth")
	}
	return list
}

func scopesSupported(d *decision) any {
	list := []string{}
	for _, r := range d.identities {
		list = append(list, r.Name)
	}
	for _, s := range d.scopes {
		if !s.Disabled {
			list = append(list, s.Name)
		}
	}
	return append(list, "offline_access")
}

func claimsSupported(d *decision) any {
	list := []string{}
	for _, r := range d.identities {
		for _, c := range r.Claims {
			if !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

func grantTypesSupported(d *decision) any {
	list := []string{AuthorizationCode, ClientCredentials, "refresh_token", "implicit"}
	if len(d.users) > 0 {
		list = append(list, Password)
	}
	list = append(list, DeviceCode)
	if d.profile.release >= v63 {
		list = append(list, CIBA)
	}
	for _, e := range d.extensions {
		list = append(list, e.Type)
	}
	return list
}
