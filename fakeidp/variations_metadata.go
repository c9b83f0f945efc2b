package fakeidp

import (
	"maps"
	"slices"
	"strings"
)

// metadataVariations describe less, or have less to describe.
func metadataVariations() []Variation {
	return []Variation{
		{"no-introspection", "There is no introspection endpoint.", strictKind, func(p *persona) {
			p.withoutEndpoint(introspectionEndpoint)
			p.withoutMetadata(func(name string) bool { return strings.HasPrefix(name, "introspection_") })
		}},
		{"no-revocation", "There is no revocation endpoint.", strictKind, func(p *persona) {
			p.withoutEndpoint(revocationEndpoint)
			p.withoutMetadata(func(name string) bool { return strings.HasPrefix(name, "revocation_") })
		}},
		{"openid-metadata-only", "The metadata stand at the place of OpenID Connect alone.", strictKind, func(p *persona) { p.withoutEndpoint(metadataEndpoint) }},
		{"silent-about-binding", "Tokens are bound although the metadata do not say so, as at Glewlwyd.", strictKind, func(p *persona) {
			p.withoutMetadata(func(name string) bool { return name == "tls_client_certificate_bound_access_tokens" })
		}},
		{"issuer-with-a-slash", "The issuer ends in a slash, as at Auth0.", "", func(p *persona) {
			before := p.places
			p.places = func(s *settings, port, aliasPort string) (url, mtls string) {
				url, mtls = before(s, port, aliasPort)
				s.issuerURI = url + "/"
				return url, mtls
			}
			if p.isStrict() {
				p.endpoints = maps.Clone(p.endpoints)
				p.endpoints[serverMetadataPath] = handler{metadataEndpoint, is4, decideDiscovery}
			}
		}},
	}
}

// withoutEndpoint removes an endpoint, so that nothing is found at its path.
func (p *persona) withoutEndpoint(at endpoint) {
	p.endpoints = maps.Clone(p.endpoints)
	maps.DeleteFunc(p.endpoints, func(_ string, h handler) bool { return h.at == at })
}

// withoutMetadata leaves members out of the metadata, and endpoints out of the aliases.
func (p *persona) withoutMetadata(unwanted func(name string) bool) {
	before := p.rules.describes
	without := func(o object) object {
		return slices.DeleteFunc(slices.Clone(o), func(m member) bool { return unwanted(m.name) })
	}
	p.rules.describes = func(d *decision) object {
		document := without(before(d))
		for i, m := range document {
			if list, ok := m.value.(object); ok {
				document[i].value = without(list)
			}
		}
		return document
	}
}
