package fakeidp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// handshakes say how the server behaves below HTTP.
type handshakes struct {
	// configure may change the TLS configuration before the server starts.
	configure func(s *settings, c *tls.Config)
	// welcomes decides, after the handshake, whether the connection lives on. alias: it came to the port of the alias.
	welcomes func(s *settings, presented []*x509.Certificate, alias bool) bool
	// ownPort tells whether the alias stands on a port of its own, and configureAlias may change the TLS configuration there.
	// Nil: it does not.
	ownPort        func(s *settings) bool
	configureAlias func(s *settings, c *tls.Config)
	// lenience takes certificates that crypto/tls would not; nil: crypto/tls makes every handshake.
	lenience *lenience
}

// kestrelHandshakes ask for a certificate, verify nothing, and close silently where one is required and missing.
func kestrelHandshakes() handshakes {
	return handshakes{
		configure: func(s *settings, c *tls.Config) {
			c.ClientAuth = tls.RequestClientCert
			if s.certificateMode == NoCertificate || s.certificateMode == DelayCertificate {
				c.ClientAuth = tls.NoClientCert
			}
		},
		welcomes: func(s *settings, presented []*x509.Certificate, _ bool) bool {
			if len(presented) == 0 {
				return s.certificateMode != RequireCertificate
			}
			return !s.kestrelValidates || systemTrusts(presented)
		},
	}
}

// systemTrusts verifies with the roots of the system.
func systemTrusts(presented []*x509.Certificate) bool {
	through := x509.NewCertPool()
	for _, c := range presented[1:] {
		through.AddCert(c)
	}
	_, err := presented[0].Verify(x509.VerifyOptions{Intermediates: through, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err == nil
}

const (
	handshakeTimeout = 10 * time.Second
	// lingering is for how long a connection that was closed silently may still send.
	lingering = 2 * time.Second
)

// doorman accepts connections, finishes their handshakes and hands on those that are welcome.
type doorman struct {
	net.Listener
	config   func() *tls.Config
	lenience func() *lenience
	welcomes func([]*x509.Certificate) bool
	// refused is told about each handshake that came to nothing.
	refused func(address net.Addr, state tls.ConnectionState, reason error)

	ready chan net.Conn
	done  chan struct{}
	once  sync.Once
	busy  sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

var errNotWelcome = errors.New("closed without an alert: the client certificate is missing, or the server does not trust it")

func newDoorman(l net.Listener) *doorman {
	return &doorman{Listener: l, ready: make(chan net.Conn), done: make(chan struct{}), open: map[net.Conn]struct{}{}}
}

// run accepts until the listener is closed.
func (l *doorman) run() {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return
		}
		l.mu.Lock()
		l.open[c] = struct{}{}
		l.mu.Unlock()
		l.busy.Go(func() {
			if !l.greet(c) {
				c.Close()
			}
			l.mu.Lock()
			delete(l.open, c)
			l.mu.Unlock()
		})
	}
}

// greet finishes one handshake and tells whether the connection was handed on.
func (l *doorman) greet(c net.Conn) bool {
	c.SetDeadline(time.Now().Add(handshakeTimeout))
	t, state, err := l.shake(c)
	if err == nil && !l.welcomes(state.PeerCertificates) {
		err = errNotWelcome
	}
	if err != nil {
		l.refused(c.RemoteAddr(), state, err)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			leave(c)
		}
		return false
	}
	c.SetDeadline(time.Time{})
	select {
	case l.ready <- t:
		return true
	case <-l.done:
		return false
	}
}

// leave ends a connection as Kestrel does: the other side may finish what it was writing. With a close alone the system would reset
// the connection, and an alert that was sent before could be lost.
func leave(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		if err := half.CloseWrite(); err != nil {
			return
		}
	}
	c.SetDeadline(time.Now().Add(lingering))
	io.Copy(io.Discard, c)
}

// Accept is the next connection whose handshake is done.
func (l *doorman) Accept() (net.Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close stops accepting and ends the handshakes under way.
func (l *doorman) Close() error {
	var err error
	l.once.Do(func() {
		err = l.Listener.Close()
		close(l.done)
		l.mu.Lock()
		for c := range l.open {
			c.SetDeadline(time.Now())
		}
		l.mu.Unlock()
		l.busy.Wait()
	})
	return err
}
