package fakeidp

import "slices"

// strictMetadata is the metadata of RFC 8414 and RFC 8705 §3.3 and §5: what is there, and nothing else. There is
// no authorization endpoint, hence no response type; members without elements are left out (RFC 8414 §3.2).
func strictMetadata(d *decision) object {
	issuer := d.rules.issuer(d)
	methods := d.rules.authMethods(d)
	document := object{
		{"issuer", issuer},
		{"token_endpoint", d.ownURL + "/token"},
		{"jwks_uri", d.ownURL + "/jwks"},
		{"introspection_endpoint", d.ownURL + "/introspect"},
		{"revocation_endpoint", d.ownURL + "/revocation"},
	}
	var scopes []string
	for _, s := range d.scopes {
		if !s.Disabled {
			scopes = append(scopes, s.Name)
		}
	}
	if len(scopes) > 0 {
		document = document.with("scopes_supported", scopes)
	}
	document = append(document, object{
		{"grant_types_supported", []string{ClientCredentials}},
		{"token_endpoint_auth_methods_supported", methods},
		{"introspection_endpoint_auth_methods_supported", slices.Clone(methods)},
		{"revocation_endpoint_auth_methods_supported", slices.Clone(methods)},
	}...)
	if !d.rules.advertisesMTLS(d) {
		return document
	}
	document = document.with("tls_client_certificate_bound_access_tokens", true)
	if d.aliasBase == d.ownURL {
		return document // the conventional endpoints ask for certificates themselves
	}
	return document.with("mtls_endpoint_aliases", object{
		{"token_endpoint", d.rules.aliasURL(d, "token")},
		{"introspection_endpoint", d.rules.aliasURL(d, "introspect")},
		{"revocation_endpoint", d.rules.aliasURL(d, "revocation")},
	})
}
