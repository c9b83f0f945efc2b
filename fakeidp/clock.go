package fakeidp

import (
	"sync"
	"time"
)

// clock is the server's time: that of the option Clock, moved.
type clock struct {
	base func() time.Time

	mu     sync.Mutex
	offset time.Duration
	frozen time.Time // zero: it runs
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.frozen.IsZero() {
		return c.frozen
	}
	return c.base().Add(c.offset)
}

// Now is the server's time.
func (s *Server) Now() time.Time { return s.time.now() }

// Advance moves the server's clock, back where d is negative. What the server has handed out ages with it: tokens, codes and the
// certificates that clients show.
func (s *Server) Advance(d time.Duration) {
	s.time.mu.Lock()
	defer s.time.mu.Unlock()
	if !s.time.frozen.IsZero() {
		s.time.frozen = s.time.frozen.Add(d)
		return
	}
	s.time.offset += d
}

// Freeze stops the server's clock at a moment; only Advance moves it then. The zero time lets it run again, as the option Clock
// says.
func (s *Server) Freeze(at time.Time) {
	s.time.mu.Lock()
	defer s.time.mu.Unlock()
	s.time.frozen, s.time.offset = at, 0
}
