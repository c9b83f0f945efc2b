package fakeidp

import (
	"bytes"
	"crypto/tls"
	"slices"
)

// SessionTickets lets clients resume TLS sessions. Default false: a resumed session keeps the certificate, or the lack of one, of
// the connection on which it was made, and a client that has changed its certificate notices nothing.
//
// Each change of the running server (RotateKeys, Revoke, SetTrust, SetClient, Reconfigure, …) ends all sessions: what comes with an
// old ticket gets a full handshake, never an alert. Tickets count at the port and for the host name for which they were made.
func SessionTickets(on bool) Option { return func(s *settings) { s.tickets = on } }

// ResumeWithoutCertificate tells whether clients may resume sessions in which they showed no certificate, where they are asked for
// one: a client that fetched the metadata first then comes to the token endpoint with an empty hand. Where they may not they get a
// full handshake. Default: they may at IdentityServer, as recorded of Kestrel, and not at the strict server. It is nothing without
// SessionTickets.
func ResumeWithoutCertificate(on bool) Option {
	return func(s *settings) { s.resumesAnonymous = &on }
}

// resumesWithoutCertificate is ResumeWithoutCertificate with its default.
func (s *settings) resumesWithoutCertificate() bool {
	if s.resumesAnonymous != nil {
		return *s.resumesAnonymous
	}
	return s.version != strictName
}

// issueTickets ties the tickets of a configuration to it. Each generation has its own configurations, and each of those its own
// ticket keys, so that a change ends all sessions.
func issueTickets(set *settings, c *tls.Config) {
	mark := func(cs tls.ConnectionState) []byte { return append([]byte("fakeidp "), cs.ServerName...) }
	shown := []byte("fakeidp: a certificate was shown")
	c.WrapSession = func(cs tls.ConnectionState, session *tls.SessionState) ([]byte, error) {
		session.Extra = [][]byte{mark(cs)}
		if len(cs.PeerCertificates) > 0 {
			session.Extra = append(session.Extra, shown)
		}
		return c.EncryptTicket(cs, session)
	}
	has := func(session *tls.SessionState, note []byte) bool {
		return slices.ContainsFunc(session.Extra, func(b []byte) bool { return bytes.Equal(b, note) })
	}
	c.UnwrapSession = func(ticket []byte, cs tls.ConnectionState) (*tls.SessionState, error) {
		session, _ := c.DecryptTicket(ticket, cs) // no error is passed on: it would be an alert, and nil is a full handshake
		if session == nil || !has(session, mark(cs)) {
			return nil, nil
		}
		if !has(session, shown) && !set.resumesWithoutCertificate() && asksFor(c, cs.ServerName) {
			return nil, nil
		}
		return session, nil
	}
}

// asksFor tells whether clients are asked for a certificate at a host.
func asksFor(c *tls.Config, host string) bool {
	if c.GetConfigForClient != nil {
		if at, err := c.GetConfigForClient(&tls.ClientHelloInfo{ServerName: host}); err == nil && at != nil {
			c = at
		}
	}
	return c.ClientAuth != tls.NoClientCert
}
