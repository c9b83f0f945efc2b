package wire

import (
	"crypto/tls"
	"sync"
)

// A Session is what is kept of a TLS connection so that another can resume it (RFC 8446 §2.2): the last ticket that came. It is
// offered whatever host the next question goes to, as an attacker would, where a browser keeps the tickets of each host apart.
// The zero Session is empty; it is safe for concurrent use.
type Session struct {
	mu   sync.Mutex
	last *tls.ClientSessionState
}

// Empty reports whether no ticket came: the server offers no resumption, or was not asked yet.
func (s *Session) Empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last == nil
}

// cache is the session as crypto/tls wants it, nil without one.
func (s *Session) cache() tls.ClientSessionCache {
	if s == nil {
		return nil
	}
	return anyHost{s}
}

// anyHost keeps one session for all hosts.
type anyHost struct{ s *Session }

func (a anyHost) Get(string) (*tls.ClientSessionState, bool) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return a.s.last, a.s.last != nil
}

func (a anyHost) Put(_ string, state *tls.ClientSessionState) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.s.last = state
}
