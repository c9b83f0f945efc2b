package barehand_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp/internal/barehand"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// patience is for how long a test waits for what should come at once; only one that fails waits so long.
const patience = 20 * time.Second

// hardPipe is a connection that, once it is hard, takes nothing more, as that of a client that does not read.
type hardPipe struct {
	net.Conn
	hard    atomic.Bool
	writes  chan struct{}
	free    chan struct{}
	freeing sync.Once
}

func (p *hardPipe) Write(b []byte) (int, error) {
	if !p.hard.Load() {
		return p.Conn.Write(b)
	}
	p.writes <- struct{}{}
	<-p.free
	return 0, os.ErrDeadlineExceeded
}

func (p *hardPipe) SetWriteDeadline(t time.Time) error {
	if !t.IsZero() {
		p.freeing.Do(func() { close(p.free) })
	}
	return p.Conn.SetWriteDeadline(t)
}

func (p *hardPipe) Close() error {
	p.freeing.Do(func() { close(p.free) })
	return p.Conn.Close()
}

// shaken are the two sides of a handshake over a pipe that is hard from then on.
func shaken(t *testing.T) (*barehand.Conn, *hardPipe, *tls.Conn) {
	t.Helper()
	ca := pki.New(pki.Options{Seed: "barehand"}).Root("CA")
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate())
	near, far := net.Pipe()
	pipe := &hardPipe{Conn: near, writes: make(chan struct{}, 8), free: make(chan struct{})}
	client := tls.Client(far, &tls.Config{RootCAs: roots, ServerName: "localhost"})
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	done := make(chan error, 1)
	go func() { done <- client.Handshake() }()
	hello, rest := barehand.Peek(pipe)
	conn, err := barehand.Server(rest, hello, barehand.Config{Certificate: ca.Server("server", trait.DNS("localhost")).TLS(), Proves: proves})
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	pipe.hard.Store(true)
	return conn, pipe, client
}

// TestClosesWhereTheClientDoesNotRead: a good-bye that cannot be sent keeps nobody from closing, and neither does an answer that somebody is
// still writing.
func TestClosesWhereTheClientDoesNotRead(t *testing.T) {
	t.Parallel()
	for _, writes := range []bool{false, true} {
		conn, pipe, _ := shaken(t)
		if writes {
			go func() { _, _ = conn.Write([]byte("an answer")) }()
			<-pipe.writes
		}
		done := make(chan error, 1)
		go func() { done <- conn.Close() }()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("while somebody writes (%v): %v", writes, err)
			}
		case <-time.After(patience):
			t.Errorf("while somebody writes (%v): it does not close", writes)
		}
	}
}
