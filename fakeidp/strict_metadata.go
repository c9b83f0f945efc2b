package fakeidp

import "slices"

// strictAliases are the endpoints at which clients authenticate or use bound tokens: the name of the member, the path below the
// server's URL, and whether they exist only where there are users.
func strictAliases() []struct {
	member, path string
	users        bool
} {
	return []struct {
		member, path string
		users        bool
	}{
		{"token_endpoint", "token", false}, {"introspection_endpoint", "introspect", false}, {"revocation_endpoint", "revocation", false},
		{"userinfo_endpoint", "userinfo", true}, {"device_authorization_endpoint", "device_authorization", true},
		{"backchannel_authentication_endpoint", "bc-authorize", true}, {"pushed_authorization_request_endpoint", "par", true},
	}
}

// strictMetadata is the metadata of RFC 8414 and RFC 8705 §3.3 and §5: what is there, and nothing else. Without users there
// is no authorization endpoint, hence no response type; members without elements are left out (RFC 8414 §3.2).
func strictMetadata(d *decision) object {
	issuer := d.rules.issuer(d)
	methods := d.rules.authMethods(d)
	users := len(d.users) > 0
	document := object{{"issuer", issuer}, {"jwks_uri", d.ownURL + "/jwks"}}
	for _, e := range strictAliases() {
		if users || !e.users {
			document = document.with(e.member, d.ownURL+"/"+e.path)
		}
	}
	var scopes []string
	if users {
		for _, r := range d.identities {
			scopes = append(scopes, r.Name)
		}
		scopes = append(scopes, "offline_access")
	}
	for _, s := range d.scopes {
		if !s.Disabled {
			scopes = append(scopes, s.Name)
		}
	}
	if len(scopes) > 0 {
		document = document.with("scopes_supported", scopes)
	}
	document = append(document, object{
		{"grant_types_supported", d.strictGrants()},
		{"token_endpoint_auth_methods_supported", methods},
		{"introspection_endpoint_auth_methods_supported", slices.Clone(methods)},
		{"revocation_endpoint_auth_methods_supported", slices.Clone(methods)},
	}...)
	document = document.with("introspection_signing_alg_values_supported", []string{d.state.keys.algorithm()}) // RFC 9701 §7
	document = document.with("dpop_signing_alg_values_supported", signingAlgorithms())
	if users {
		document = append(document, d.userMetadata()...)
	}
	if !d.rules.advertisesMTLS(d) {
		return document
	}
	document = document.with("tls_client_certificate_bound_access_tokens", true)
	if d.aliasBase == d.ownURL {
		return document // the conventional endpoints ask for certificates themselves
	}
	var list object
	for _, e := range strictAliases() {
		if users || !e.users {
			list = list.with(e.member, d.rules.aliasURL(d, e.path))
		}
	}
	return document.with("mtls_endpoint_aliases", list)
}

// strictGrants are the grant types that there are.
func (s *settings) strictGrants() []string {
	grants := append([]string{ClientCredentials}, s.userGrants()...)
	for _, e := range s.extensions {
		grants = append(grants, e.Type)
	}
	return grants
}

// userMetadata are the members about endpoints for browsers and about users.
func (d *decision) userMetadata() object {
	return object{
		{"authorization_endpoint", d.ownURL + "/authorize"},
		{"end_session_endpoint", d.ownURL + "/end_session"},
		{"frontchannel_logout_supported", true},
		{"frontchannel_logout_session_supported", true},
		{"backchannel_logout_supported", true},
		{"backchannel_logout_session_supported", true},
		{"response_types_supported", []string{"code"}},
		{"response_modes_supported", []string{"query", "fragment"}},
		{"code_challenge_methods_supported", []string{"S256"}},
		{"authorization_response_iss_parameter_supported", true},
		{"prompt_values_supported", []string{"none", "login", "consent"}},
		{"subject_types_supported", []string{"public"}},
		{"id_token_signing_alg_values_supported", []string{d.state.keys.algorithm()}},
		{"claims_supported", claimsSupported(d)},
		{"backchannel_token_delivery_modes_supported", []string{"poll"}},
	}
}
