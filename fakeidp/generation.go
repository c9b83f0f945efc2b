package fakeidp

import (
	"crypto/tls"
	"fmt"
)

// generation is how the server is set up at one moment. It never changes: whatever changes a running server makes the next
// one, and a request is answered by that which it met.
type generation struct {
	number   uint64
	settings *settings
	persona  persona
	renderer *renderer
	first    *tls.Config
	second   *tls.Config // of the port of the alias, where it has its own
	broken   broken
}

// configured are the settings that options make.
func configured(o []Option) (*settings, error) {
	set := defaults()
	for _, option := range o {
		option(set)
	}
	set.agree()
	if set.err != nil {
		return nil, set.err
	}
	return set, set.checkFaults()
}

// checkFaults fails for a fault that makes no difference, and for a limited one that lies below HTTP.
func (s *settings) checkFaults() error {
	for _, f := range s.faults {
		if !f.Fits(s.version) {
			return fmt.Errorf("fakeidp: the fault %s makes no difference at %s", f.Name, s.version)
		}
	}
	for _, l := range s.limited {
		switch {
		case !l.fault.Fits(s.version):
			return fmt.Errorf("fakeidp: the fault %s makes no difference at %s", l.fault.Name, s.version)
		case l.fault.BelowHTTP(s.version):
			return fmt.Errorf("fakeidp: the fault %s lies below HTTP and cannot be limited to requests", l.fault.Name)
		}
	}
	return nil
}

// persona is whom the settings ask for.
func (s *settings) persona() (persona, error) {
	who, err := personaNamed(s.version)
	if err != nil {
		return persona{}, err
	}
	s.readsNames(&who)
	for _, v := range s.variations {
		if !v.Fits(s.version) {
			return persona{}, fmt.Errorf("fakeidp: the variation %s makes no sense for %s", v.Name, s.version)
		}
		v.apply(&who)
	}
	for _, f := range s.faults {
		f.apply(&who)
	}
	return who, nil
}

// protocols are spoken above TLS.
func protocols() []string { return []string{"h2", "http/1.1"} }

// generation sets the server up. Nothing of it is in force before it is stored.
func (s *Server) generation(number uint64, set *settings, who persona) *generation {
	g := &generation{number: number, settings: set, persona: who}
	g.renderer = &renderer{profile: &g.persona.profile, with: &g.persona.renderings, keys: s.keys, spaceDelimited: set.spaceDelimited}
	config := func() *tls.Config {
		c := &tls.Config{
			Certificates: []tls.Certificate{*s.settings.identity.TLS()}, MinVersion: tls.VersionTLS12, NextProtos: protocols(),
			SessionTicketsDisabled: !set.tickets, Time: s.time.now,
		}
		if set.tickets {
			issueTickets(set, c)
		}
		return c
	}
	g.first = config()
	if s.alias != nil {
		g.second = config()
		who.handshake.configureAlias(set, g.second)
	}
	if who.handshake.configure != nil {
		who.handshake.configure(set, g.first)
	}
	return g
}

// tls is the configuration of a port.
func (g *generation) tls(alias bool) *tls.Config {
	if alias {
		return g.second
	}
	return g.first
}
