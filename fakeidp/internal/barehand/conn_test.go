package barehand_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
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

// hardPipe is a connection that, once it is hard, takes nothing more, as that of a client that does not read, and interrupts the reader
// after every byte.
type hardPipe struct {
	net.Conn
	hard    atomic.Bool
	odd     bool
	writes  chan struct{}
	free    chan struct{}
	freeing sync.Once
}

func (p *hardPipe) Read(b []byte) (int, error) {
	if !p.hard.Load() {
		return p.Conn.Read(b)
	}
	if p.odd = !p.odd; p.odd {
		return 0, os.ErrDeadlineExceeded
	}
	return p.Conn.Read(b[:1])
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

// TestReadsOnAfterAnInterruption: a deadline in the middle of a record loses nothing of it.
func TestReadsOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	conn, _, client := shaken(t)
	const says = "what is said in several records "
	go func() {
		for word := range strings.SplitAfterSeq(says, " ") {
			_, _ = io.WriteString(client, word)
		}
		_, _ = client.CloseWrite(), client.NetConn().Close()
	}()
	var heard strings.Builder
	for b := make([]byte, 5); ; {
		n, err := conn.Read(b)
		heard.Write(b[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("after %q: %v", heard.String(), err)
		}
	}
	if heard.String() != says {
		t.Errorf("heard %q, want %q", heard.String(), says)
	}
}
