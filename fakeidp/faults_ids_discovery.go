package fakeidp

import (
	"crypto/tls"
	"slices"
	"strings"
)

// described makes a fault that changes the discovery document.
func described(name, doc string, change func(d *decision, document object) object) Fault {
	return Fault{name, doc, func(p *persona) { p.rules.adjustsDiscovery = change }}
}

// set puts a member in the place of the one of that name, or at the end.
func (o object) set(name string, value any) object {
	out := slices.Clone(o)
	for i := range out {
		if out[i].name == name {
			out[i].value = value
			return out
		}
	}
	return out.with(name, value)
}

// drop leaves a member out.
func (o object) drop(name string) object {
	return slices.DeleteFunc(slices.Clone(o), func(m member) bool { return m.name == name })
}

// inside changes the member of an object that is an object itself.
func (o object) inside(name string, change func(object) object) object {
	inner, _ := o.get(name)
	nested, ok := inner.(object)
	if !ok {
		return o
	}
	return o.set(name, change(nested))
}

// identityServerMetadataFaults are mistakes in IdentityServer's own form of the discovery document.
func identityServerMetadataFaults() []Fault {
	const aliasMember = "mtls_endpoint_aliases"
	return []Fault{
		described("ids-wrong-revocation-alias", "The alias of the revocation endpoint is another endpoint's.", func(d *decision, doc object) object {
			return doc.inside(aliasMember, func(a object) object { return a.set("revocation_endpoint", d.base()+"/connect/elsewhere") })
		}),
		{"ids-methods-in-another-order", "The methods of mutual TLS stand at the start of the lists.", func(p *persona) {
			right := p.rules.authMethods
			p.rules.authMethods = func(d *decision) []string {
				methods := slices.Clone(right(d))
				slices.Reverse(methods)
				return methods
			}
		}},
		described("ids-bound-tokens-unsaid", "The promise of bound tokens is missing.", func(_ *decision, doc object) object {
			return doc.drop("tls_client_certificate_bound_access_tokens")
		}),
		described("ids-other-revocation-methods", "Revocation lists other methods than the token endpoint.", func(_ *decision, doc object) object {
			return doc.set("revocation_endpoint_auth_methods_supported", []string{"client_secret_basic", "tls_client_auth", "self_signed_tls_client_auth"})
		}),
		described("ids-alias-without-endpoint", "An endpoint that has an alias is not named itself.", func(_ *decision, doc object) object {
			return doc.drop("device_authorization_endpoint")
		}),
		described("ids-alias-of-userinfo", "The userinfo endpoint has an alias.", func(d *decision, doc object) object {
			return doc.inside(aliasMember, func(a object) object { return a.with("userinfo_endpoint", d.rules.aliasURL(d, "userinfo")) })
		}),
		seeing("ids-discovery-by-post", "The discovery document is had with POST, too.", func(d *decision) {
			if strings.HasPrefix(d.path, "/.well-known/") {
				d.method = "GET"
			}
		}),
		{"ids-alias-asks-for-nothing", "One alias stands on an address that asks for no certificate.", func(p *persona) {
			p.rules.adjustsDiscovery = func(d *decision, doc object) object {
				return doc.inside(aliasMember, func(a object) object {
					return a.set("revocation_endpoint", "https://127.0.0.1:"+portOf(d.host)+"/connect/mtls/revocation")
				})
			}
			configure := p.handshake.configure
			p.handshake.configure = func(s *settings, c *tls.Config) {
				if configure != nil {
					configure(s, c)
				}
				silent := c.Clone()
				silent.ClientAuth = tls.NoClientCert
				c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
					if hello.ServerName == "" {
						return silent, nil
					}
					return nil, nil
				}
			}
		}},
		described("ids-plain-http-endpoint", "An endpoint is named with http.", func(d *decision, doc object) object {
			return doc.set("end_session_endpoint", "http://"+d.host+"/connect/endsession")
		}),
		{"ids-sub-domain-is-an-issuer", "On the sub-domain the server names itself as the issuer.", func(p *persona) {
			p.rules.issuer = func(d *decision) string { return strings.ToLower(d.origin() + d.pathBase) }
		}},
		described("ids-issuer-last", "The issuer stands at the end of the document.", func(_ *decision, doc object) object {
			issuer, _ := doc.get("issuer")
			return doc.drop("issuer").with("issuer", issuer)
		}),
		last("ids-metadata-without-charset", "The discovery document does not say that it is in UTF-8.", func(o outcome, p response) response {
			if _, isMetadata := o.(metadata); isMetadata {
				p.headers = [][2]string{{"Content-Type", "application/json"}}
			}
			return p
		}),
	}
}
