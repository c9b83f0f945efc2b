package fakeidp

import (
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"reflect"
	"slices"
)

// change makes the next generation of the server. Where alter or the new set-up fails, nothing changes.
func (s *Server) change(alter func(*settings) error) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	g := s.current.Load()
	next := *g.settings
	next.clients, next.revoked = maps.Clone(next.clients), maps.Clone(next.revoked)
	next.limited = slices.DeleteFunc(slices.Clone(next.limited), (*limitedFault).spent)
	if err := alter(&next); err != nil {
		return err
	}
	who := g.persona
	if !next.playsLike(g.settings) {
		var err error
		if who, err = next.persona(); err != nil {
			return err
		}
		if err := s.stays(&next, who); err != nil {
			return err
		}
	}
	s.current.Store(s.generation(g.number+1, &next, who))
	return nil
}

// playsLike tells whether both settings ask for the same persona. Faults with a memory keep it where they do.
func (s *settings) playsLike(other *settings) bool {
	return s.version == other.version && s.platform == other.platform && s.dotnet == other.dotnet &&
		slices.EqualFunc(s.faults, other.faults, func(a, b Fault) bool { return a.Name == b.Name }) &&
		slices.EqualFunc(s.variations, other.variations, func(a, b Variation) bool { return a.Name == b.Name })
}

// stays fails where a persona would stand at other addresses than the server does.
func (s *Server) stays(set *settings, who persona) error {
	_, port, _ := net.SplitHostPort(s.Addr().String())
	aliasPort := ""
	if s.alias != nil {
		_, aliasPort, _ = net.SplitHostPort(s.alias.Addr().String())
	}
	own := who.handshake.ownPort
	trial := *set
	url, mtls := who.places(&trial, port, aliasPort)
	if (own != nil && own(set)) != (s.alias != nil) || url != s.URL || mtls != s.MTLSURL || s.asked.domainName == "" && who.domainName != s.settings.domainName {
		return errors.New("fakeidp: the addresses of a running server cannot change")
	}
	return nil
}

// Reconfigure sets the running server up as if it had been started with these options. It fails, and nothing changes, where they
// contradict each other or would change what is fixed when a server starts: Version, Mode, PathBase, Listen, ListenPlain,
// ServerIdentity, SigningIdentity, Seed and SessionTickets. Clock and Watch stay as they were. What happened stays, too: tokens,
// revocations, rotated keys, the journal. What Break did is undone.
func (s *Server) Reconfigure(o ...Option) error {
	asked, err := configured(o)
	if err != nil {
		return err
	}
	for _, f := range fixed() {
		if !reflect.DeepEqual(f.of(asked), f.of(&s.asked)) {
			return fmt.Errorf("fakeidp: %s cannot change while the server runs", f.option)
		}
	}
	return s.change(func(next *settings) error {
		revoked := next.revoked
		*next = *asked
		next.revoked, next.clock, next.watch = revoked, s.settings.clock, s.settings.watch
		next.domainName, next.identity = s.settings.domainName, s.settings.identity
		next.ownURL, next.aliasBase = s.settings.ownURL, s.settings.aliasBase
		return nil
	})
}

// fixed are the settings that hold as long as the server runs.
func fixed() []struct {
	option string
	of     func(*settings) any
} {
	return []struct {
		option string
		of     func(*settings) any
	}{
		{"Version", func(s *settings) any { return s.version }},
		{"Mode", func(s *settings) any { return s.domainName }},
		{"PathBase", func(s *settings) any { return s.mount }},
		{"Listen", func(s *settings) any { return s.address }},
		{"ListenPlain", func(s *settings) any { return s.plainAddress }},
		{"ServerIdentity", func(s *settings) any { return s.identity }},
		{"SigningIdentity", func(s *settings) any { return s.signing }},
		{"Seed", func(s *settings) any { return s.seed }},
		{"SessionTickets", func(s *settings) any { return s.tickets }},
	}
}

// SetClient registers a client, or replaces the one with that ID.
func (s *Server) SetClient(c Client) {
	s.mustChange(func(next *settings) { next.clients[c.ID] = &c })
}

// RemoveClient removes a client and tells whether there was one. Its tokens stay.
func (s *Server) RemoveClient(id string) bool {
	known := false
	s.mustChange(func(next *settings) {
		_, known = next.clients[id]
		delete(next.clients, id)
	})
	return known
}

// SetTrust replaces the roots to which the certificates of clients must chain.
func (s *Server) SetTrust(roots ...*x509.Certificate) {
	s.mustChange(func(next *settings) { next.roots = slices.Clone(roots) })
}

// mustChange changes what cannot fail.
func (s *Server) mustChange(alter func(*settings)) {
	err := s.change(func(next *settings) error { alter(next); return nil })
	if err != nil {
		panic("fakeidp: " + err.Error()) // the persona is the same, so nothing is checked
	}
}

// Revoke takes a certificate for revoked from now on: at once, on open connections too, and whatever the option Revocation says.
// With an authority's certificate go all below it, but for those that chain by another way. Where the server looks at no chain,
// revocation is nothing: at IdentityServer's plain endpoints, and at the strict server for a client that is known by its own
// certificate. It fails for a self-signed certificate, which nobody can revoke: register the client otherwise, or replace the root
// by SetTrust.
func (s *Server) Revoke(c *x509.Certificate) error {
	switch {
	case namedLikeItsIssuer(c) && c.IsCA:
		return errors.New("fakeidp: a root cannot be revoked; replace the trusted roots")
	case namedLikeItsIssuer(c):
		return errors.New("fakeidp: a self-signed certificate cannot be revoked; register its client without it")
	}
	s.mustChange(func(next *settings) {
		if next.revoked == nil {
			next.revoked = map[string]bool{}
		}
		next.revoked[serialOf(c)] = true
	})
	return nil
}

// serialOf is what a revocation list names a certificate by: its issuer and serial number (RFC 5280 §5.1).
func serialOf(c *x509.Certificate) string { return c.SerialNumber.Text(16) + " " + string(c.RawIssuer) }

// RotateKeys signs with a new key from now on. The key set shows it first; the keys before it stay there, and tokens that they
// signed stay good, until RetireKeys.
func (s *Server) RotateKeys() {
	s.keys.rotate()
	s.mustChange(func(*settings) {})
}

// RetireKeys takes the keys of before the last rotation out of the key set. Tokens that they signed are no longer good.
func (s *Server) RetireKeys() {
	s.keys.retire()
	s.mustChange(func(*settings) {})
}
