package fakeidp

import (
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
)

// Match chooses requests. A field that is empty fits every request; the zero value fits all.
type Match struct {
	// Endpoint is the endpoint that is asked, as Request.Endpoint names it: "token".
	Endpoint string
	// Client is the client_id that the request claims.
	Client string
	// Certificate is the certificate that the client showed: its subject as .NET prints it, its SHA-1 thumbprint in
	// hexadecimal, or its x5t#S256.
	Certificate string
}

// Fits tells whether the match fits a request of the journal.
func (m Match) Fits(r Request) bool { return m.of(&r) }

// of tells whether an entry of the journal fits.
func (m Match) of(e *Request) bool {
	if (m.Endpoint != "" || e.Outgoing) && m.Endpoint != e.Endpoint || m.Client != "" && m.Client != e.ClientID {
		return false
	}
	if m.Certificate == "" {
		return true
	}
	if e.state != nil {
		return len(e.state.PeerCertificates) > 0 && m.shows(e.state.PeerCertificates[0])
	}
	return len(e.TLS.Presented) > 0 && m.names(e.TLS.Presented[0].Subject, e.TLS.Presented[0].SHA1, e.TLS.Presented[0].X5TS256)
}

// shows tells whether Certificate names this one.
func (m Match) shows(c *x509.Certificate) bool {
	return m.names(dotnetSubject(c), thumbprintSHA1(c), thumbprintSHA256(c))
}

func (m Match) names(subject, sha1, x5t string) bool {
	return m.Certificate == subject || strings.EqualFold(m.Certificate, sha1) || m.Certificate == x5t
}

func (m Match) String() string {
	var parts []string
	for _, f := range [][2]string{{"endpoint ", m.Endpoint}, {"client ", m.Client}, {"certificate ", m.Certificate}} {
		if f[1] != "" {
			parts = append(parts, f[0]+f[1])
		}
	}
	if parts == nil {
		return "any"
	}
	return strings.Join(parts, ", ")
}

// count counts requests.
type count struct {
	match Match
	n     int
}

// Requests are the last requests, oldest first, without secrets; at most 1000.
func (s *Server) Requests() []Request { return s.journal.all() }

// ForgetRequests empties the journal.
func (s *Server) ForgetRequests() { s.journal.forget() }

func (j *journal) forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

// WaitFor returns the first n requests of the journal that match, and waits for those that have not come. Where the context ends
// first it returns what came and an error that says so.
func (s *Server) WaitFor(ctx context.Context, n int, m Match) ([]Request, error) {
	for {
		found, changed := s.journal.matching(m)
		if len(found) >= n {
			return found[:n], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return found, fmt.Errorf("fakeidp: %d of %d requests (%s) came: %w; %s", len(found), n, m, context.Cause(ctx), s.journal.told())
		}
	}
}

// matching are the entries that match, and what is closed at the next one.
func (j *journal) matching(m Match) ([]Request, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []Request
	for _, e := range j.entries {
		if m.of(e) {
			out = append(out, e.whole())
		}
	}
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return out, j.changed
}

// Expect fails the test if, when it ends, other than n requests that match have come since. The server must still run then, as
// one that Start made does.
func (s *Server) Expect(t testing.TB, n int, m Match) {
	t.Helper()
	c := &count{match: m}
	s.journal.mu.Lock()
	s.journal.counts = append(s.journal.counts, c)
	s.journal.mu.Unlock()
	t.Cleanup(func() {
		t.Helper()
		s.journal.mu.Lock()
		got := c.n
		s.journal.mu.Unlock()
		if got != n {
			t.Errorf("fakeidp: %d requests (%s) came, expected %d; %s", got, m, n, s.journal.told())
		}
	})
}

// told says in one line what came last.
func (j *journal) told() string {
	all := j.all()
	if len(all) == 0 {
		return "the journal is empty"
	}
	const shown = 10
	var b strings.Builder
	fmt.Fprintf(&b, "the journal has %d:", len(all))
	for _, r := range all[max(0, len(all)-shown):] {
		if r.Handshake != "" {
			fmt.Fprintf(&b, " [handshake: %s]", r.Handshake)
			continue
		}
		fmt.Fprintf(&b, " [%s %q", r.Method, r.Path)
		for _, f := range [][2]string{{"client", r.ClientID}, {"error", r.Error}} {
			if f[1] != "" {
				fmt.Fprintf(&b, " %s %q", f[0], f[1])
			}
		}
		if len(r.TLS.Presented) > 0 {
			fmt.Fprintf(&b, " certificate %q", r.TLS.Presented[0].Subject)
		}
		fmt.Fprintf(&b, " %d]", r.Status)
	}
	return b.String()
}
