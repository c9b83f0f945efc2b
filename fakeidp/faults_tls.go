package fakeidp

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// errFault ends handshakes that a fault breaks off.
var errFault = errors.New("the server is wrong on purpose")

// afterTLS changes the TLS configuration of every port after the server's own settings are made.
func (p *persona) afterTLS(change func(s *settings, c *tls.Config)) {
	first, second := p.handshake.configure, p.handshake.configureAlias
	p.handshake.configure = func(s *settings, c *tls.Config) { first(s, c); change(s, c) }
	if second != nil {
		p.handshake.configureAlias = func(s *settings, c *tls.Config) { second(s, c); change(s, c) }
	}
}

// greeted makes a fault that shows when a client says hello. meets returns an error to end the handshake, with the alert internal_error
// where the connection is still open.
func greeted(name, doc string, meets func(conn net.Conn) error) Fault {
	return Fault{name, doc, func(p *persona) {
		p.afterTLS(func(_ *settings, c *tls.Config) {
			next := c.GetConfigForClient
			c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				if err := meets(hello.Conn); err != nil || next == nil {
					return nil, err
				}
				return next(hello)
			}
		})
	}}
}

// showing makes a fault of a server that shows another certificate than its own.
func showing(name, doc string, t ...trait.Trait) Fault {
	return Fault{name, doc, func(p *persona) {
		p.withTLS(func(s *settings, c *tls.Config) { c.Certificates = []tls.Certificate{*twinOf(s.identity, t).TLS()} })
	}}
}

// twinOf is the server's certificate with something wrong. Where the key of its issuer is not at hand an unknown authority issues it.
func twinOf(id *pki.Identity, t []trait.Trait) *pki.Identity {
	if twin := id.With(t...); twin.Err() == nil {
		return twin
	}
	return strangers(id, t)
}

// strangers is a certificate for the hosts of another, from an authority that nobody knows.
func strangers(id *pki.Identity, t []trait.Trait) *pki.Identity {
	var addresses []string
	for _, ip := range id.Certificate().IPAddresses {
		addresses = append(addresses, ip.String())
	}
	hosts := []trait.Trait{trait.DNS(id.Certificate().DNSNames...), trait.IP(addresses...)}
	return pki.New(pki.Options{}).Root("Unknown Root").Server("localhost", append(hosts, t...)...)
}

// tlsFaults are mistakes of the server's own TLS: its certificate, what it asks for, how it ends handshakes, and its sessions.
func tlsFaults() []Fault {
	return []Fault{
		showing("shows-an-expired-certificate", "The server's own certificate has run out.", trait.Expired),
		showing("shows-a-future-certificate", "The server's own certificate is not valid yet.", trait.NotYetValid),
		showing("shows-another-hosts-certificate", "The server's own certificate is for another host.", trait.NoNames, trait.DNS("elsewhere.example")),
		showing("shows-a-client-certificate", "The server's own certificate is for clients.", trait.ExtKeyUsage("clientAuth")),
		{"shows-an-unknown-authoritys-certificate", "The server's own certificate is from an authority that nobody knows.", func(p *persona) {
			p.withTLS(func(s *settings, c *tls.Config) {
				c.Certificates = []tls.Certificate{*strangers(s.identity, nil).TLS()}
			})
		}},
		{"shows-an-expired-certificate-at-the-alias", "The certificate of the port for clients with certificates has run out.", func(p *persona) {
			before := p.handshake.configureAlias
			p.handshake.configureAlias = func(s *settings, c *tls.Config) {
				before(s, c)
				c.Certificates = []tls.Certificate{*twinOf(s.identity, []trait.Trait{trait.Expired}).TLS()}
			}
		}},
		{"asks-for-no-certificate", "No client is asked for a certificate.", func(p *persona) {
			unasking := func(configure func(*settings, *tls.Config)) func(*settings, *tls.Config) {
				return func(s *settings, c *tls.Config) {
					copied := *s
					copied.certificateMode = NoCertificate
					configure(&copied, c)
				}
			}
			p.handshake.configure = unasking(p.handshake.configure)
			if p.handshake.configureAlias != nil {
				p.handshake.configureAlias = unasking(p.handshake.configureAlias)
			}
		}},
		{"wants-certificates-everywhere", "Every handshake without a client certificate fails, at every endpoint.", func(p *persona) {
			p.afterTLS(func(_ *settings, c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })
		}},
		{"names-foreign-authorities", "The server asks for certificates of an authority that issued none to its clients.", func(p *persona) {
			p.withTLS(func(_ *settings, c *tls.Config) {
				c.ClientCAs = x509.NewCertPool()
				c.ClientCAs.AddCert(pki.New(pki.Options{Seed: "foreign"}).Root("Foreign Root").Certificate())
			})
		}},
		greeted("alerts-everybody", "Every handshake ends with the alert internal_error.", func(net.Conn) error { return errFault }),
		{"alerts-who-shows-a-certificate", "The handshake ends with the alert bad_certificate for whoever shows a certificate.", func(p *persona) {
			p.withTLS(func(_ *settings, c *tls.Config) {
				c.VerifyPeerCertificate = func(shown [][]byte, _ [][]*x509.Certificate) error {
					if len(shown) > 0 {
						return errFault
					}
					return nil
				}
			})
		}},
		greeted("resets-handshakes", "The server resets every connection when the client says hello.", func(conn net.Conn) error {
			reset(conn)
			return errFault
		}),
		greeted("stalls-in-the-handshake", "The server never answers a client's hello, and leaves after ten seconds.", func(conn net.Conn) error {
			io.Copy(io.Discard, conn) // until the client leaves, the server is closed, or the time for a handshake is over
			conn.Close()
			return errFault
		}),
		{"closes-after-the-handshake", "The server closes every connection when its handshake is done.", func(p *persona) {
			p.handshake.welcomes = func(*settings, []*x509.Certificate, bool) bool { return false }
		}},
		{"shares-tickets", "A TLS session of the conventional port is resumed at the alias, where then nobody is asked for a certificate.", func(p *persona) {
			var key [32]byte
			rand.Read(key[:])
			p.withTLS(func(_ *settings, c *tls.Config) {
				c.SessionTicketsDisabled, c.WrapSession, c.UnwrapSession = false, nil, nil
				c.SetSessionTicketKeys([][32]byte{key})
			})
		}},
		{"forgets-certificates-of-sessions", "A resumed TLS session has no certificate, whatever was shown when it was made.", func(p *persona) {
			p.withTLS(func(_ *settings, c *tls.Config) { c.SessionTicketsDisabled = false })
			before := p.rules.sees
			p.rules.sees = func(d *decision) {
				before(d)
				if d.resumed {
					d.presented = nil
				}
			}
		}},
	}
}
