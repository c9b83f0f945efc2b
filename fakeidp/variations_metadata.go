package fakeidp

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// metadataVariations describe less, or have less to describe, or describe it in other words.
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
		{"no-keys", "Access tokens are handles, and there is no key set (RFC 8414 §2: jwks_uri is optional).", strictKind, func(p *persona) {
			p.rules.byReference = func(*Client) bool { return true }
			p.withoutEndpoint(keysEndpoint)
			p.withoutMetadata(func(name string) bool { return name == "jwks_uri" })
		}},
		{"hides-its-keys", "The key set is not shown: IdentityServer's Discovery.ShowKeySet is off.", identityServerKind, func(p *persona) {
			p.withoutEndpoint(keysEndpoint)
			p.withoutMetadata(func(name string) bool { return name == "jwks_uri" })
		}},
		{"hides-its-methods", "No methods of authentication are shown: IdentityServer's Discovery.ShowTokenEndpointAuthenticationMethods is off.", identityServerKind, func(p *persona) {
			p.withoutMetadata(func(name string) bool { return strings.HasSuffix(name, "_auth_methods_supported") })
		}},
		{"hides-its-identity-scopes", "No identity scope is shown, so that the list of claims is there and empty, as IdentityServer writes it.", identityServerKind, func(p *persona) {
			p.describing(func(d *decision, document object) object {
				var scopes []string
				for _, s := range d.scopes {
					scopes = append(scopes, s.Name)
				}
				return document.set("scopes_supported", append(scopes, "offline_access")).set("claims_supported", []string{})
			})
		}},
		{"openid-metadata-only", "The metadata stand at the place of OpenID Connect alone.", strictKind, func(p *persona) { p.withoutEndpoint(metadataEndpoint) }},
		{"page-for-oauth-metadata", "Where the metadata of OAuth would be stands what stands at every unknown path: the page of an application.", "", func(p *persona) {
			p.rewritingOAuthMetadata(func(*response) response {
				return response{status: http.StatusOK, headers: [][2]string{{"Content-Type", "text/html"}}, body: []byte("<!doctype html>\n<div id=\"app\"></div>\n")}
			})
		}},
		{"object-for-oauth-metadata", "Where the metadata of OAuth would be stands what stands at every unknown path: a greeting in JSON.", "", func(p *persona) {
			p.rewritingOAuthMetadata(func(r *response) response {
				return response{status: http.StatusOK, headers: r.headers, body: []byte(`{"status":"ok"}`)}
			})
		}},
		{"indented-oauth-metadata", "The metadata of OAuth are written over several lines, those of OpenID Connect in one.", "", func(p *persona) {
			p.rewritingOAuthMetadata(func(r *response) response {
				var b bytes.Buffer
				if json.Indent(&b, r.body, "", "  ") == nil {
					r.body = b.Bytes()
				}
				return *r
			})
		}},
		{"oauth-metadata-in-another-order", "The metadata of OAuth list methods and aliases in another order than those of OpenID Connect.", "", func(p *persona) {
			p.describing(func(d *decision, document object) object {
				if d.at != metadataEndpoint {
					return document
				}
				for _, m := range document {
					switch list := m.value.(type) {
					case []string:
						list = slices.Clone(list)
						slices.Reverse(list)
						document = document.set(m.name, list)
					case object:
						list = slices.Clone(list)
						slices.Reverse(list)
						document = document.set(m.name, list)
					}
				}
				return document
			})
		}},
		{"silent-about-binding", "Tokens are bound although the metadata do not say so, as at Glewlwyd.", strictKind, func(p *persona) {
			p.withoutMetadata(func(name string) bool { return name == "tls_client_certificate_bound_access_tokens" })
		}},
		{"half-silent-about-binding", "Tokens are bound although the metadata of OpenID Connect promise nothing and those of OAuth leave the promise out.", strictKind, func(p *persona) {
			const promise = "tls_client_certificate_bound_access_tokens"
			p.describing(func(d *decision, document object) object {
				if d.at == metadataEndpoint {
					return document.drop(promise)
				}
				return document.set(promise, false)
			})
		}},
		{"more-among-aliases", "Among the aliases stands a member that is no endpoint (RFC 8705 §5: it has no meaning).", strictKind, func(p *persona) {
			p.describing(func(_ *decision, document object) object {
				return document.inside("mtls_endpoint_aliases", func(a object) object { return a.with("vendor_ports", []string{"8443"}) })
			})
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
		{"charset-without-blank", "The media type of JSON answers is written without a blank.", identityServerKind, func(p *persona) {
			p.afterwards(func(_ outcome, r *response) {
				for i, h := range r.headers {
					if h[0] == "Content-Type" {
						r.headers[i][1] = strings.ReplaceAll(h[1], "; charset=UTF-8", ";charset=utf-8")
					}
				}
			})
		}},
		{"cached-metadata", "Caches may keep the metadata: IdentityServer's Discovery.ResponseCacheInterval.", "", func(p *persona) {
			p.afterwards(func(o outcome, r *response) {
				if _, is := o.(metadata); is {
					r.headers = append(r.headers, [2]string{"Cache-Control", "max-age=3600"}, [2]string{"Vary", "Origin"}, [2]string{"ETag", `"1"`})
				}
			})
		}},
	}
}

// withoutEndpoint removes an endpoint, so that nothing is found at its path.
func (p *persona) withoutEndpoint(at endpoint) {
	p.endpoints = maps.Clone(p.endpoints)
	maps.DeleteFunc(p.endpoints, func(_ string, h handler) bool { return h.at == at })
}

// describing changes the metadata.
func (p *persona) describing(change func(d *decision, document object) object) {
	before := p.rules.describes
	p.rules.describes = func(d *decision) object { return change(d, before(d)) }
}

// withoutMetadata leaves members out of the metadata, and endpoints out of the aliases.
func (p *persona) withoutMetadata(unwanted func(name string) bool) {
	without := func(o object) object {
		return slices.DeleteFunc(slices.Clone(o), func(m member) bool { return unwanted(m.name) })
	}
	p.describing(func(_ *decision, document object) object {
		document = without(document)
		for i, m := range document {
			if list, ok := m.value.(object); ok {
				document[i].value = without(list)
			}
		}
		return document
	})
}

// oauthMetadata are metadata at the place of RFC 8414.
type oauthMetadata struct{ metadata }

// rewritingOAuthMetadata changes the answer at the place of RFC 8414 and not the one at the place of OpenID Connect.
func (p *persona) rewritingOAuthMetadata(rewrite func(r *response) response) {
	concludes, last := p.rules.concludes, p.renderings.last
	p.rules.concludes = func(d *decision, o outcome) outcome {
		o = concludes(d, o)
		if m, is := o.(metadata); is && d.at == metadataEndpoint {
			return oauthMetadata{m}
		}
		return o
	}
	p.renderings.last = func(r *renderer, o outcome, answer response) response {
		m, is := o.(oauthMetadata)
		if !is {
			return last(r, o, answer)
		}
		answer = last(r, m.metadata, r.with.metadata(r, m.metadata))
		return rewrite(&answer)
	}
}
