package fakeidp

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
)

// Limit says which requests a fault breaks. The zero value: every one.
type Limit struct {
	// Next is how many requests it breaks, of those that match, whether or not they notice; 0: all of them.
	Next int
	// Match chooses the requests. The client is the one that the request claims, by a Basic header, client_id or an
	// assertion, before anything is proved.
	Match
}

// limitedFault is a fault with its limit.
type limitedFault struct {
	fault Fault
	match Match
	next  bool // only as many as are left
	left  atomic.Int64
}

func (l *limitedFault) spent() bool { return l.next && l.left.Load() <= 0 }

// take uses the fault up by one and tells whether it was there to be used.
func (l *limitedFault) take() bool { return !l.next || l.left.Add(-1) >= 0 }

// ActiveFault is a fault that a running server has, and for which requests; Next is how many are left.
type ActiveFault struct {
	Fault
	Limit
}

// BreaksOnly makes the server wrong on purpose for some requests. It fails as Break does.
func BreaksOnly(limit Limit, faults ...Fault) Option {
	return func(s *settings) {
		if err := s.breaks(limit, faults); err != nil && s.err == nil {
			s.err = err
		}
	}
}

// Break makes the running server wrong on purpose, for every request or some. A fault without limit replaces one that is limited.
// It fails, and nothing changes, for a fault that makes no difference at this version, for an endpoint that Endpoints does not have,
// for a limited fault that lies below HTTP, since at a handshake no request is known, and for one that would move the server.
func (s *Server) Break(limit Limit, faults ...Fault) error {
	return s.change(func(next *settings) error {
		if err := next.breaks(limit, faults); err != nil {
			return err
		}
		return next.checkFaults()
	})
}

// Mend ends faults by name, or all where none is named, those of Breaks and BreaksOnly included. It returns how many it ended.
func (s *Server) Mend(names ...string) int {
	n := 0
	ends := func(f Fault) bool {
		if len(names) > 0 && !slices.Contains(names, f.Name) {
			return false
		}
		n++
		return true
	}
	s.mustChange(func(next *settings) {
		next.faults = slices.DeleteFunc(slices.Clone(next.faults), ends)
		next.limited = slices.DeleteFunc(slices.Clone(next.limited), func(l *limitedFault) bool { return ends(l.fault) })
	})
	return n
}

// Broken are the faults that the server has now.
func (s *Server) Broken() []ActiveFault {
	set := s.current.Load().settings
	var out []ActiveFault
	for _, f := range set.faults {
		out = append(out, ActiveFault{Fault: f})
	}
	for _, l := range set.limited {
		if l.spent() {
			continue
		}
		a := ActiveFault{Fault: l.fault, Limit: Limit{Match: l.match}}
		if l.next {
			a.Next = int(l.left.Load())
		}
		out = append(out, a)
	}
	return out
}

// breaks adds faults to the settings.
func (s *settings) breaks(limit Limit, faults []Fault) error {
	if limit.Next < 0 {
		return fmt.Errorf("fakeidp: a fault for the next %d requests", limit.Next)
	}
	if at := limit.Endpoint; at != "" && !slices.Contains(Endpoints(), at) {
		return fmt.Errorf("fakeidp: there is no endpoint %q; there are %s", at, listed(Endpoints()))
	}
	for _, f := range faults {
		if f.apply == nil {
			return errors.New("fakeidp: a fault that Faults does not have")
		}
		if limit == (Limit{}) {
			s.limited = slices.DeleteFunc(slices.Clone(s.limited), func(l *limitedFault) bool { return l.fault.Name == f.Name })
			if !slices.ContainsFunc(s.faults, func(g Fault) bool { return g.Name == f.Name }) {
				s.faults = append(slices.Clone(s.faults), f)
			}
			continue
		}
		l := &limitedFault{fault: f, match: limit.Match, next: limit.Next > 0}
		l.left.Store(int64(limit.Next))
		s.limited = append(slices.Clone(s.limited), l)
	}
	return nil
}

// BelowHTTP tells whether the fault changes, at a version, how connections are made or where the server stands. Such a fault
// cannot be limited.
func (f Fault) BelowHTTP(version string) bool {
	was, err := personaNamed(version)
	if err != nil {
		return false // New says so
	}
	is := was.copied()
	f.apply(&is)
	for _, pair := range [][2]any{
		{was.places, is.places}, {was.handshake.configure, is.handshake.configure}, {was.handshake.configureAlias, is.handshake.configureAlias},
		{was.handshake.welcomes, is.handshake.welcomes}, {was.handshake.ownPort, is.handshake.ownPort}, {was.handshake.lenience, is.handshake.lenience},
	} {
		if reflect.ValueOf(pair[0]).Pointer() != reflect.ValueOf(pair[1]).Pointer() {
			return true
		}
	}
	return was.domainName != is.domainName
}

// copied is a persona that can be broken without the first.
func (p *persona) copied() persona {
	c := *p
	c.endpoints = maps.Clone(p.endpoints)
	return c
}

// broken are the generations with the limited faults that some request met, by the faults.
type broken struct {
	mu   sync.Mutex
	with map[string]*generation
}

// armed is the generation with the limited faults that this request meets.
func (g *generation) armed(r *request) *generation {
	if len(g.settings.limited) == 0 {
		return g
	}
	var hits []Fault
	key := ""
	at, client := endpoint(""), ""
	for i, l := range g.settings.limited {
		if l.spent() {
			continue
		}
		if at == "" && l.match.Endpoint != "" {
			at = g.endpointOf(r)
		}
		if client == "" && l.match.Client != "" {
			client = g.claimed(r)
		}
		fits := (l.match.Endpoint == "" || l.match.Endpoint == string(at)) && (l.match.Client == "" || l.match.Client == client) &&
			(l.match.Certificate == "" || len(r.presented) > 0 && l.match.shows(r.presented[0]))
		if fits && l.take() {
			hits = append(hits, l.fault)
			key += fmt.Sprint(i, " ")
		}
	}
	if hits == nil {
		return g
	}
	g.broken.mu.Lock()
	defer g.broken.mu.Unlock()
	if g.broken.with[key] == nil {
		b := &generation{number: g.number, settings: g.settings, persona: g.persona.copied()}
		for _, f := range hits {
			f.apply(&b.persona)
		}
		b.renderer = &renderer{profile: &b.persona.profile, with: &b.persona.renderings, keys: g.renderer.keys, spaceDelimited: g.renderer.spaceDelimited}
		if g.broken.with == nil {
			g.broken.with = map[string]*generation{}
		}
		g.broken.with[key] = b
	}
	return g.broken.with[key]
}

// endpointOf is the endpoint to which a request goes, or "".
func (g *generation) endpointOf(r *request) endpoint {
	d := &decision{request: r, settings: g.settings, profile: &g.persona.profile, rules: &g.persona.rules}
	path := r.path
	if d.mtls {
		path, _ = d.rules.routesMTLS(d)
	}
	h, _ := d.handlerOf(g.persona.endpoints, path)
	return h.at
}

// claimed is the client_id that a request claims, or "".
func (g *generation) claimed(r *request) string {
	d := &decision{request: r, settings: g.settings, profile: &g.persona.profile, rules: &g.persona.rules}
	for _, parse := range []func(*decision) *credential{basicCredential, bodyCredential, assertionOf} {
		if c := parse(d); c != nil {
			return c.clientID
		}
	}
	return r.query.Get("client_id")
}
