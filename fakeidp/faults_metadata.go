package fakeidp

import (
	"crypto/tls"
	"net/http"
	"slices"
	"strings"
)

// metadataFaults are mistakes in the metadata of any server.
func metadataFaults() []Fault {
	const aliases = "mtls_endpoint_aliases"
	listed := func(name, doc, member string, change func(methods []string) []string) Fault {
		return described(name, doc, func(_ *decision, document object) object {
			value, _ := document.get(member)
			methods, _ := value.([]string)
			return document.set(member, change(slices.Clone(methods)))
		})
	}
	without := func(method string) func([]string) []string {
		return func(methods []string) []string {
			return slices.DeleteFunc(methods, func(m string) bool { return strings.Contains(m, method) })
		}
	}
	return []Fault{
		last("metadata-as-text", "The metadata are said to be plain text.", func(o outcome, p response) response {
			if _, is := o.(metadata); is {
				p.headers = [][2]string{{"Content-Type", "text/plain"}}
			}
			return p
		}),
		described("another-issuer", "The metadata name another server as the issuer.", func(_ *decision, document object) object {
			return document.set("issuer", "https://elsewhere.example")
		}),
		listed("misspells-methods", "The method tls_client_auth is listed as tls_auth.", "token_endpoint_auth_methods_supported", func(methods []string) []string {
			for i, m := range methods {
				if m == "tls_client_auth" {
					methods[i] = "tls_auth"
				}
			}
			return methods
		}),
		described("methods-as-text", "The methods are listed in one string.", func(_ *decision, document object) object {
			return document.set("token_endpoint_auth_methods_supported", "tls_client_auth self_signed_tls_client_auth")
		}),
		listed("hides-self-signed", "The method self_signed_tls_client_auth is not listed.", "token_endpoint_auth_methods_supported", without("self_signed")),
		listed("hides-methods-for-revocation", "The methods of mutual TLS are not listed for revocation.", "revocation_endpoint_auth_methods_supported", without("tls_client_auth")),
		listed("hides-methods-for-introspection", "The methods of mutual TLS are not listed for introspection.", "introspection_endpoint_auth_methods_supported", without("tls_client_auth")),
		described("flag-as-text", "The promise of bound tokens is a string.", func(_ *decision, document object) object {
			return document.set("tls_client_certificate_bound_access_tokens", "true")
		}),
		described("alias-with-http", "An alias is an http URL.", func(d *decision, document object) object {
			return document.inside(aliases, func(a object) object { return a.set("revocation_endpoint", "http://"+d.host+"/revocation") })
		}),
		described("alias-for-browsers", "The authorization endpoint has an alias.", func(d *decision, document object) object {
			return document.inside(aliases, func(a object) object {
				return a.set("authorization_endpoint", d.rules.aliasURL(d, "authorize"))
			})
		}),
		described("alias-alone", "An endpoint that has an alias is not named itself.", func(_ *decision, document object) object {
			return document.drop("revocation_endpoint")
		}),
		described("alias-under-a-foreign-name", "An alias stands under a name that is not in the server's certificate.", func(d *decision, document object) object {
			return document.inside(aliases, func(a object) object {
				return a.set("revocation_endpoint", "https://foreign.localhost:"+portOf(d.host)+"/revocation")
			})
		}),
		described("empty-members", "A member without elements is in the metadata.", func(_ *decision, document object) object {
			return document.set("ui_locales_supported", []string{})
		}),
		described("two-minds", "The document of OAuth promises no bound tokens, that of OpenID Connect does.", func(d *decision, document object) object {
			if strings.HasPrefix(d.path, serverMetadataPath) {
				return document.set("tls_client_certificate_bound_access_tokens", false)
			}
			return document
		}),
		described("two-minds-about-methods", "The document of OAuth lists no mutual TLS for introspection, that of OpenID Connect does.", func(d *decision, document object) object {
			if strings.HasPrefix(d.path, serverMetadataPath) {
				return document.set("introspection_endpoint_auth_methods_supported", []string{"client_secret_basic"})
			}
			return document
		}),
		described("empty-claims", "The list of claims is there and has no elements.", func(_ *decision, document object) object {
			return document.set("claims_supported", []string{})
		}),
		wantingCertificates("tls12-wants-a-certificate", "Over TLS 1.2 nothing is had without a certificate.", tls.VersionTLS12),
		wantingCertificates("tls13-wants-a-certificate", "Over TLS 1.3 nothing is had without a certificate, if nothing older is offered.", tls.VersionTLS13),
		{"alias-speaks-old-tls", "The alias speaks TLS 1.0 and 1.1, which the server itself refuses.", func(p *persona) {
			own, before := p.handshake.configureAlias, p.handshake.configure
			p.handshake.configureAlias = func(s *settings, c *tls.Config) { own(s, c); c.MinVersion = tls.VersionTLS10 }
			p.handshake.configure = func(s *settings, c *tls.Config) {
				before(s, c)
				if atHost := c.GetConfigForClient; atHost != nil { // the alias is another host of the same port
					c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
						alias, err := atHost(hello)
						if alias != nil {
							alias = alias.Clone() // all handshakes share that one
							alias.MinVersion = tls.VersionTLS10
						}
						return alias, err
					}
				}
			}
		}},
		concluding("keys-want-a-certificate", "The key set is not had without a certificate.", func(d *decision, o outcome) outcome {
			if _, is := o.(keySet); is && d.certificate() == nil {
				return emptyAnswer{http.StatusForbidden}
			}
			return o
		}),
		last("keys-are-a-page", "Where the key set should be stands the page of a portal.", func(o outcome, p response) response {
			if _, is := o.(keySet); is {
				return response{status: http.StatusOK, headers: [][2]string{{"Content-Type", "text/html"}}, body: []byte("<title>Sign in with your certificate</title>\n")}
			}
			return p
		}),
	}
}

// wantingCertificates makes a fault that refuses, on the conventional port, who offers this version of TLS alone and shows
// no certificate.
func wantingCertificates(name, doc string, version uint16) Fault {
	return Fault{name, doc, func(p *persona) {
		before := p.handshake.configure
		p.handshake.configure = func(s *settings, c *tls.Config) {
			before(s, c)
			wanting := c.Clone()
			wanting.ClientAuth = tls.RequireAnyClientCert
			c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				if slices.Equal(hello.SupportedVersions, []uint16{version}) {
					return wanting, nil
				}
				return nil, nil
			}
		}
	}}
}
