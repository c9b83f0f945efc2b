package registration

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
)

// rfc7591 writes client metadata: a JSON array, one member a client.
func rfc7591(p Product, r Registry) (string, error) {
	out := []map[string]any{}
	for _, c := range r.Clients {
		m, err := p.metadata(c)
		if err != nil {
			return "", err
		}
		out = append(out, m)
	}
	return document(out)
}

// metadata is one client in the members of RFC 7591 §2 and RFC 8705 §2.1.2, §2.2, §3.4.
func (p Product) metadata(c Client) (map[string]any, error) {
	m := map[string]any{"client_id": c.ID, "grant_types": c.Grants, "response_types": []string{}, "redirect_uris": []string{}}
	if c.About != "" {
		m["client_name"] = c.About
	}
	scopes := c.Scopes
	if c.SignsIn {
		scopes = append(slices.Clone(scopes), "openid", "offline_access")
		m["grant_types"] = append(slices.Clone(c.Grants), "refresh_token")
	}
	if len(scopes) > 0 {
		m["scope"] = strings.Join(scopes, " ")
	}
	if c.Public {
		m["token_endpoint_auth_method"] = "none"
	}
	if len(c.RedirectURIs) > 0 {
		m["response_types"], m["redirect_uris"] = []string{"code"}, c.RedirectURIs
	}
	if c.Bound {
		m["tls_client_certificate_bound_access_tokens"] = true
	}
	keys := []json.RawMessage{}
	for _, x := range c.Credentials {
		if x.Kind == ByCertificate {
			k, err := key(x)
			if err != nil {
				return nil, err
			}
			keys = append(keys, k)
			continue
		}
		text, err := p.text(x)
		if err != nil {
			return nil, err
		}
		if x.Kind == Secret {
			m["token_endpoint_auth_method"], m["client_secret"] = "client_secret_post", text
			continue
		}
		if x.Kind == ByKeySet {
			m["token_endpoint_auth_method"], m["jwks_uri"] = "self_signed_tls_client_auth", text
			continue
		}
		m["token_endpoint_auth_method"], m[subjectMember(x.Kind)] = "tls_client_auth", text
	}
	if len(keys) > 0 {
		m["jwks"] = map[string]any{"keys": keys}
		if c.Credentials[0].Kind == ByCertificate { // keys beside another method are no way to authenticate
			m["token_endpoint_auth_method"] = "self_signed_tls_client_auth"
		}
	}
	return m, nil
}

// subjectMember is the member of the metadata that holds a name (RFC 8705 §2.1.2).
func subjectMember(k Kind) string {
	return map[Kind]string{
		ByName: "tls_client_auth_subject_dn", ByDNS: "tls_client_auth_san_dns", ByURI: "tls_client_auth_san_uri",
		ByIP: "tls_client_auth_san_ip", ByEmail: "tls_client_auth_san_email",
	}[k]
}

// glewlwyd writes the body of POST /api/client/ of Glewlwyd 2.7: the members of RFC 7591, some as lists.
func glewlwyd(p Product, r Registry) (string, error) {
	c := r.Clients[0]
	from, err := p.metadata(c)
	if err != nil {
		return "", err
	}
	m := map[string]any{"client_id": c.ID, "name": c.ID, "enabled": true, "confidential": true, "scope": c.Scopes, "authorization_type": c.Grants,
		"token_endpoint_auth_method": []any{from["token_endpoint_auth_method"]}}
	for member, value := range from {
		if strings.HasPrefix(member, "tls_client_auth_") || member == "jwks" {
			m[member] = value
		}
	}
	return document(m)
}

// keycloak writes a client representation: for a realm's import, POST /admin/realms/{realm}/clients, and kcadm.
func keycloak(p Product, r Registry) (string, error) {
	c := r.Clients[0]
	name, err := p.text(c.Credentials[0])
	if err != nil {
		return "", err
	}
	attributes := map[string]string{"x509.subjectdn": name, "x509.allow.regex.pattern.comparison": "false"}
	if c.Bound {
		attributes["tls.client.certificate.bound.access.tokens"] = "true"
	}
	return document(map[string]any{"clientId": c.ID, "enabled": true, "protocol": "openid-connect", "publicClient": false, "serviceAccountsEnabled": true,
		"standardFlowEnabled": false, "directAccessGrantsEnabled": false, "clientAuthenticatorType": "client-x509", "attributes": attributes})
}

// authlete writes the properties of a client of Authlete 2 and 3.
func authlete(p Product, r Registry) (string, error) {
	c := r.Clients[0]
	text, err := p.text(c.Credentials[0])
	if err != nil {
		return "", err
	}
	property := map[Kind]string{ByName: "tlsClientAuthSubjectDn", ByDNS: "tlsClientAuthSanDns", ByURI: "tlsClientAuthSanUri", ByIP: "tlsClientAuthSanIp", ByEmail: "tlsClientAuthSanEmail"}
	return document(map[string]any{"clientType": "CONFIDENTIAL", "tokenAuthMethod": "TLS_CLIENT_AUTH", property[c.Credentials[0].Kind]: text, "tlsClientCertificateBoundAccessTokens": c.Bound})
}

// auth0 writes the body of POST /api/v2/clients, which takes the certificate and reads the name out of it.
func auth0(_ Product, r Registry) (string, error) {
	c := r.Clients[0]
	x := c.Credentials[0]
	if x.Of == nil {
		return "", errors.New("a client of Auth0 cannot be registered without its certificate")
	}
	if err := x.Of.Err(); err != nil {
		return "", err
	}
	credential := map[string]string{"credential_type": "cert_subject_dn", "pem": string(pki.PEM(x.Of.DER()))}
	method := "tls_client_auth"
	if x.Kind == ByCertificate {
		method, credential["credential_type"] = "self_signed_tls_client_auth", "x509_cert"
	} else {
		credential["name"] = c.ID
	}
	return document(map[string]any{"name": c.ID, "app_type": "non_interactive", "grant_types": c.Grants, "require_proof_of_possession": c.Bound,
		"client_authentication_methods": map[string]any{method: map[string]any{"credentials": []any{credential}}}})
}

// pingam writes the sections of a client's JSON in which PingAM keeps what belongs to mutual TLS.
func pingam(p Product, r Registry) (string, error) {
	c := r.Clients[0]
	x := c.Credentials[0]
	own := func(value any) map[string]any { return map[string]any{"inherited": false, "value": value} }
	section := map[string]any{"mTLSCertificateBoundAccessTokens": own(c.Bound)}
	method := "tls_client_auth"
	if x.Kind == ByCertificate {
		if x.Of == nil {
			return "", errors.New("a client of PingAM cannot be registered without its certificate")
		}
		method, section["mTLSTrustedCert"] = "self_signed_tls_client_auth", own(string(pki.PEM(x.Of.DER())))
	} else {
		name, err := p.text(x)
		if err != nil {
			return "", err
		}
		section["mTLSSubjectDN"] = own(name)
	}
	return document(map[string]any{"signEncOAuth2ClientConfig": section, "advancedOAuth2ClientConfig": map[string]any{"tokenEndpointAuthMethod": own(method)}})
}
