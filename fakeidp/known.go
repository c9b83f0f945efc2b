package fakeidp

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
)

// Endpoints are the names by which Request and Match tell endpoints apart. Not every version has each of them.
func Endpoints() []string {
	all := []endpoint{discoveryEndpoint, metadataEndpoint, keysEndpoint, tokenEndpoint, introspectionEndpoint, revocationEndpoint, deviceEndpoint, parEndpoint,
		cibaEndpoint, userinfoEndpoint, authorizeEndpoint, callbackEndpoint, endSessionEndpoint, endSessionCallbackEndpoint, backChannelLogoutEndpoint, checkSessionEndpoint, pageEndpoint}
	var out []string
	for _, e := range all {
		out = append(out, string(e))
	}
	return out
}

// GrantTypes are the grant types that a client may have without ExtensionGrants. Not every version has each of them.
func GrantTypes() []string {
	return []string{ClientCredentials, AuthorizationCode, DeviceCode, CIBA, Password}
}

// SecretTypes are the types of secrets that the server compares at a version, by a name that Version takes.
func SecretTypes(version string) []SecretType {
	if version == strictName {
		return []SecretType{SharedSecret, X509Name, SubjectDNS, SubjectURI, SubjectIP, SubjectEmail, JSONWebKey, KeySetURI}
	}
	return []SecretType{SharedSecret, X509Name, X509Thumbprint, JSONWebKey}
}

// Check says in a sentence why nobody could ever prove this secret at a version, by a name that Version takes: its type is not
// known there, or its value does not have the form of what it is compared with. Nil if neither. The server takes such secrets all
// the same, as IdentityServer's stores do. The sentence shows no shared secret.
func (s Secret) Check(version string) error {
	if types := SecretTypes(version); !slices.Contains(types, s.Type) {
		if version == strictName && s.Type == X509Thumbprint {
			return fmt.Errorf("%s knows nobody by a SHA-1 thumbprint; register a JWK with the certificate in x5c", version)
		}
		return fmt.Errorf("there is no type of secrets %q at %s; there are %s", s.Type, version, listed(types))
	}
	switch {
	case strings.TrimSpace(s.Value) == "":
		return errors.New("the secret is empty")
	case s.Hashed && s.Type != SharedSecret:
		return fmt.Errorf("only a %s is hashed", SharedSecret)
	case s.Hashed:
		return checkHash(s.Value)
	}
	switch s.Type {
	case X509Thumbprint:
		return checkThumbprint(s.Value)
	case X509Name:
		if version == strictName {
			if name, err := pki.ParseDN(s.Value); err != nil || name.IsEmpty() {
				return fmt.Errorf("%q is no name of RFC 4514; write it as CN=app,O=Example", s.Value)
			}
			return nil
		}
		return checkName(s.Value)
	case SubjectIP:
		if net.ParseIP(s.Value) == nil {
			return fmt.Errorf("%q is no IP address", s.Value)
		}
	case KeySetURI:
		if u, err := url.Parse(s.Value); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return fmt.Errorf("%q is no http or https address", s.Value)
		}
	case JSONWebKey:
		var key map[string]any
		if err := json.Unmarshal([]byte(s.Value), &key); err != nil || key["kty"] == nil && key["keys"] == nil {
			return errors.New("this is no JSON Web Key: a JSON object with kty")
		}
	}
	return nil
}

// checkHash looks at what IdentityServer stores of a shared secret.
func checkHash(value string) error {
	hash, err := base64.StdEncoding.DecodeString(value)
	if err == nil && (len(hash) == 32 || len(hash) == 64) {
		return nil
	}
	const form = "a hashed secret is the SHA-256 or SHA-512 of the secret in base64, as IdentityServer stores it"
	if digits, err := hex.DecodeString(value); err == nil && (len(digits) == 32 || len(digits) == 64) {
		return errors.New(form + "; this one is in hexadecimal")
	}
	if hash, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(value, "=")); err == nil && (len(hash) == 32 || len(hash) == 64) {
		return errors.New(form + "; this one is in base64url, or has no padding")
	}
	return errors.New(form)
}

// checkName looks at what IdentityServer compares with .NET's Subject, character by character: what .NET never prints is nobody's.
// .NET puts a blank behind each comma, and quotes a value that has a comma in it.
func checkName(value string) error {
	if !strings.Contains(value, "=") {
		return fmt.Errorf("%q is no subject name; write it as CN=app, O=Example", value)
	}
	const form = "is no name as .NET prints it, which IdentityServer compares"
	if strings.HasPrefix(value, "/") {
		return fmt.Errorf("%q %s; write it as CN=app, O=Example", value, form)
	}
	quoted := false
	for i, r := range value {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted && !strings.HasPrefix(value[i+1:], " "):
			if name, err := pki.ParseDN(value); err == nil {
				if printed, err := name.DotNet(); err == nil {
					return fmt.Errorf("%q %s; did you mean %q?", value, form, printed)
				}
			}
			return fmt.Errorf("%q %s: a blank follows each comma", value, form)
		}
	}
	return nil
}

// checkThumbprint looks at what IdentityServer compares with .NET's Thumbprint.
func checkThumbprint(value string) error {
	const length = 40
	isHex := func(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }
	if len(value) == length && isHex(value) {
		return nil
	}
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune(": -\t\u200e\u200f\ufeff\u00a0", r) {
			return -1
		}
		return r
	}, value)
	const form = "is no thumbprint: IdentityServer compares the SHA-1 of the certificate, 40 hexadecimal digits and nothing else"
	switch {
	case len(bare) == length && isHex(bare):
		return fmt.Errorf("%q %s; did you mean %q?", value, form, bare)
	case len(bare) == 64 && isHex(bare), len(value) == 43:
		return fmt.Errorf("%q %s; this one is of SHA-256", value, form)
	}
	return fmt.Errorf("%q %s", value, form)
}

// Check says in a sentence for each what of a client means nothing to the server: scopes that it does not have, grant types that
// neither it nor ExtensionGrants know, and secrets that nobody could prove. Nil if there is nothing. SetClient takes such a client
// all the same.
func (s *Server) Check(c Client) error {
	set := s.current.Load().settings
	var wrong []error
	for i, secret := range c.Secrets {
		if err := secret.Check(s.Version()); err != nil {
			wrong = append(wrong, fmt.Errorf("secrets[%d]: %w", i, err))
		}
	}
	for _, name := range c.Grants {
		if _, extension := set.extension(name); extension || slices.Contains(GrantTypes(), name) {
			continue
		}
		if name == "refresh_token" {
			wrong = append(wrong, errors.New("grants: refresh_token is none; refresh tokens come with offline_access"))
			continue
		}
		wrong = append(wrong, fmt.Errorf("grants: there is no grant type %q; there are %s", name, listed(set.grantTypes())))
	}
	if err := s.CheckScopes(c.Scopes); err != nil {
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// CheckScopes says in a sentence for each which scopes the server does not have. Nil if it has all.
func (s *Server) CheckScopes(names []string) error {
	set := s.current.Load().settings
	var all []string
	for _, r := range set.identities {
		all = append(all, r.Name)
	}
	for _, scope := range set.scopes {
		all = append(all, scope.Name)
	}
	var wrong []error
	for _, name := range names {
		if name != "offline_access" && !slices.Contains(all, name) {
			wrong = append(wrong, fmt.Errorf("scopes: there is no scope %q; there are %s", name, listed(all)))
		}
	}
	return errors.Join(wrong...)
}

// grantTypes are all that a client may have.
func (s *settings) grantTypes() []string {
	all := GrantTypes()
	for _, e := range s.extensions {
		all = append(all, e.Type)
	}
	return all
}

// listed are words for a sentence.
func listed[T ~string](words []T) string {
	text := make([]string, len(words))
	for i, w := range words {
		text[i] = string(w)
	}
	return strings.Join(text, ", ")
}
