package fakeidp

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
)

// strictHandshakes ask for a certificate at the alias alone, name no authorities, and let everybody finish: whether a
// certificate is good, the endpoint says. The alias stands on another port, or on another host if Mode gives one.
func strictHandshakes() handshakes {
	return handshakes{
		ownPort: func(s *settings) bool { return s.domainName == "" },
		configure: func(s *settings, c *tls.Config) {
			if s.domainName == "" {
				c.ClientAuth = tls.NoClientCert
				return
			}
			alias := c.Clone()
			alias.ClientAuth = asksAtAlias(s)
			c.ClientAuth = tls.NoClientCert
			host := aliasHost(s)
			c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				if sameHost(hello.ServerName, host) {
					return alias, nil
				}
				return nil, nil
			}
		},
		configureAlias: func(s *settings, c *tls.Config) { c.ClientAuth = asksAtAlias(s) },
		welcomes:       func(*settings, []*x509.Certificate, bool) bool { return true },
	}
}

// asksAtAlias is how the alias asks for a certificate: for any, and without looking at it.
func asksAtAlias(s *settings) tls.ClientAuthType {
	switch s.certificateMode {
	case NoCertificate:
		return tls.NoClientCert
	case RequireCertificate:
		return tls.RequireAnyClientCert
	}
	return tls.RequestClientCert
}

// aliasHost is the host name of the alias where it is another one.
func aliasHost(s *settings) string {
	if name := s.domainName; strings.Contains(name, ".") {
		return hostOf(name)
	}
	return s.domainName + ".localhost"
}

// sameHost compares host names without regard to case and to a dot at the end.
func sameHost(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// strictPlaces works out the URLs: of the server, and of what its alias begins with.
func strictPlaces(s *settings, port, aliasPort string) (url, mtls string) {
	url = "https://localhost:" + port + s.mount
	switch {
	case aliasPort != "":
		return url, "https://localhost:" + aliasPort + s.mount
	case s.domainName != "":
		return url, "https://" + aliasHost(s) + ":" + port + s.mount
	}
	return url, url
}

// strictRoute: what counts is the connection, not the Host header.
func strictRoute(d *decision) (string, bool) {
	if d.domainName == "" {
		return d.path, d.atAlias
	}
	return d.path, sameHost(d.serverName, aliasHost(d.settings))
}

// strictMisdirected: where the alias is another host on the same port, a request must come by a connection that was made
// for the host it names (RFC 9110 §15.5.20), or it would choose what is asked of it.
func strictMisdirected(d *decision) bool {
	if d.domainName == "" {
		return false
	}
	alias := aliasHost(d.settings)
	return sameHost(d.hostname(), alias) != sameHost(d.serverName, alias)
}
