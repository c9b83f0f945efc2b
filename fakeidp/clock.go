package fakeidp

import (
	"sync"
	"time"
)

// clock is the server's time: that of the option Clock, moved.
type clock struct {
	base func() time.Time

	mu     sync.Mutex
	moved  []time.Duration // a single one holds no more than 292 years
	frozen time.Time       // zero: it runs
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reading()
}

// reading is now; the caller has locked mu.
func (c *clock) reading() time.Time {
	if !c.frozen.IsZero() {
		return c.frozen
	}
	t := c.base()
	for _, d := range c.moved {
		t = t.Add(d)
	}
	return t
}

// inRange is as much of a move as leaves the clock in the years 1970 to 9998, which can be written in tokens and certificates.
func inRange(now time.Time, d time.Duration) time.Duration {
	first, last := time.Unix(0, 0), time.Date(9998, 12, 31, 23, 59, 59, 0, time.UTC)
	switch to := now.Add(d); {
	case d > 0 && to.After(last):
		return max(0, last.Sub(now))
	case d < 0 && to.Before(first):
		return min(0, first.Sub(now))
	}
	return d
}

// Now is the server's time.
func (s *Server) Now() time.Time { return s.time.now() }

// Advance moves the server's clock, back where d is negative. What the server has handed out ages with it: tokens, codes and the
// certificates that clients show. It stays in the years 1970 to 9998, at whose ends it stops.
func (s *Server) Advance(d time.Duration) {
	s.time.mu.Lock()
	defer s.time.mu.Unlock()
	d = inRange(s.time.reading(), d)
	if !s.time.frozen.IsZero() {
		s.time.frozen = s.time.frozen.Add(d)
		return
	}
	if n := len(s.time.moved); n > 0 {
		if sum := s.time.moved[n-1] + d; (sum > s.time.moved[n-1]) == (d > 0) { // it has not gone round
			s.time.moved[n-1] = sum
			return
		}
	}
	s.time.moved = append(s.time.moved, d)
}

// Freeze stops the server's clock at a moment; only Advance moves it then. The zero time lets it run again, as the option Clock
// says.
func (s *Server) Freeze(at time.Time) {
	s.time.mu.Lock()
	defer s.time.mu.Unlock()
	s.time.frozen, s.time.moved = at, nil
}
