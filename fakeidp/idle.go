package fakeidp

import (
	"net"
	"net/http"
	"sync"
)

// idlers are the open connections, each with whether it is to be dropped once no request is under way.
type idlers struct {
	mu   sync.Mutex
	open map[net.Conn]*idler
}

type idler struct {
	idle, drop bool
	*connection
}

// know is told of a new connection.
func (i *idlers) know(c net.Conn, as *connection) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.open == nil {
		i.open = map[net.Conn]*idler{}
	}
	i.open[c] = &idler{connection: as}
}

// note is told of each change of a connection.
func (i *idlers) note(c net.Conn, state http.ConnState) {
	if i.changes(c, state) {
		c.Close()
	}
}

// changes keeps the new state of a connection, and tells whether it is to be closed now.
func (i *idlers) changes(c net.Conn, state http.ConnState) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch state {
	case http.StateActive, http.StateIdle:
		if it := i.open[c]; it != nil {
			it.idle = state == http.StateIdle
			return it.idle && it.drop
		}
	case http.StateClosed, http.StateHijacked:
		delete(i.open, c)
	}
	return false
}

// DropIdle closes the connections on which no request is under way, and the others as soon as they are idle, as a server or a
// proxy does that recycles its connections. It returns how many connections that are. A client that keeps connections open has
// to notice, and to ask again on a new one.
func (s *Server) DropIdle() int {
	n, idle := s.idle.dropAll()
	for _, c := range idle { // not under the lock: a close may wait for a client that reads nothing
		c.Close()
	}
	return n
}

// dropAll marks every connection, and returns how many were not marked before, and which of these are idle.
func (i *idlers) dropAll() (n int, idle []net.Conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for c, it := range i.open {
		if it.drop {
			continue
		}
		it.drop = true
		n++
		if it.idle {
			idle = append(idle, c)
		}
	}
	return n, idle
}

// Drain lets each connection that is open now end with its next answer: over HTTP/1.1 that says Connection: close, over HTTP/2 a
// GOAWAY frame comes with it (RFC 9113 §6.8), as from a server that is about to be replaced. It returns how many connections that
// are. Nothing is lost by it, and what comes on a new connection is served.
func (s *Server) Drain() int {
	s.idle.mu.Lock()
	defer s.idle.mu.Unlock()
	n := 0
	for _, it := range s.idle.open {
		if !it.leaving.Swap(true) {
			n++
		}
	}
	return n
}
