package harness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Metadata is a discovery document (RFC 8414, OpenID Connect Discovery), with its members as they came. Wrong types are
// kept: it is for the scenarios to judge them.
type Metadata struct {
	Raw     []byte                     // the document
	At      string                     // where it was found
	Members map[string]json.RawMessage // top-level members
}

// ParseMetadata reads a discovery document. It fails only on what is no JSON object.
func ParseMetadata(doc []byte) (*Metadata, error) {
	m := &Metadata{Raw: doc}
	if err := json.Unmarshal(doc, &m.Members); err != nil || m.Members == nil {
		if err == nil {
			err = errors.New("null")
		}
		return nil, fmt.Errorf("the discovery document is no JSON object: %w", err)
	}
	return m, nil
}

// String is a member that is a string; empty if it is absent or of another type.
func (m *Metadata) String(name string) string {
	var s string
	if m == nil || json.Unmarshal(m.Members[name], &s) != nil {
		return ""
	}
	return s
}

// Strings is a member that is a list of strings; nil if it is absent or of another type.
func (m *Metadata) Strings(name string) []string {
	var s []string
	if m == nil || json.Unmarshal(m.Members[name], &s) != nil {
		return nil
	}
	return s
}

// True reports whether a member is the JSON boolean true.
func (m *Metadata) True(name string) bool {
	return m != nil && bytes.Equal(bytes.TrimSpace(m.Members[name]), []byte("true"))
}

// Has reports whether a member is there, whatever its type.
func (m *Metadata) Has(name string) bool {
	if m == nil {
		return false
	}
	_, ok := m.Members[name]
	return ok
}

// Alias is the mTLS alias of an endpoint ("token_endpoint"), empty if there is none (RFC 8705 §5).
func (m *Metadata) Alias(endpoint string) string {
	if m == nil {
		return ""
	}
	var aliases map[string]json.RawMessage
	if json.Unmarshal(m.Members["mtls_endpoint_aliases"], &aliases) != nil {
		return ""
	}
	var s string
	if json.Unmarshal(aliases[endpoint], &s) != nil {
		return ""
	}
	return s
}

// Endpoint is where a client that uses mutual TLS finds an endpoint: the alias if there is one, else the member of the
// same name (RFC 8705 §5).
func (m *Metadata) Endpoint(name string) string {
	if alias := m.Alias(name); alias != "" {
		return alias
	}
	return m.String(name)
}

// Features are what the document shows.
func (m *Metadata) Features() []Feature {
	var out []Feature
	add := func(f Feature, there bool) {
		if there {
			out = append(out, f)
		}
	}
	methods := m.Strings("token_endpoint_auth_methods_supported")
	has := func(method string) bool {
		for _, s := range methods {
			if s == method {
				return true
			}
		}
		return false
	}
	alias := m.Alias("token_endpoint")
	add(Aliases, m.Has("mtls_endpoint_aliases"))
	add(BoundTokens, m.True("tls_client_certificate_bound_access_tokens"))
	add(Introspection, m.Endpoint("introspection_endpoint") != "")
	add(Revocation, m.Endpoint("revocation_endpoint") != "")
	add(NameClients, has("tls_client_auth"))
	add(SelfSignedClients, has("self_signed_tls_client_auth"))
	add(MutualTLS, alias != "" || has("tls_client_auth") || has("self_signed_tls_client_auth"))
	switch mode := m.mode(alias); mode {
	case "":
	default:
		out = append(out, mode)
	}
	return out
}

// mode tells how IdentityServer separates its mTLS endpoints (options.MutualTls.DomainName).
func (m *Metadata) mode(alias string) Feature {
	a, err := url.Parse(alias)
	plain, err2 := url.Parse(m.String("token_endpoint"))
	if alias == "" || err != nil || err2 != nil {
		return ""
	}
	switch {
	case a.Host == plain.Host && strings.Contains(a.Path, "/connect/mtls/"):
		return PathMode
	case strings.HasSuffix(a.Host, "."+plain.Host):
		return SubDomainMode
	case a.Host != plain.Host && a.Path == plain.Path:
		return DomainMode
	}
	return ""
}
