package speed_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A loader asks one token endpoint over connections that stay open, each with the client's certificate.
type loader struct {
	address string
	config  *tls.Config
	request []byte
	status  int     // of every answer
	conns   []*conn // nil: not open yet
	fresh   bool    // each question has a connection of its own
}

type conn struct {
	*tls.Conn
	in *bufio.Reader
}

// newLoader opens the connections and asks once on each.
func newLoader(b testing.TB, endpoint string, c cast, connections int, form url.Values, status int) *loader {
	b.Helper()
	u, err := url.Parse(endpoint)
	if err != nil {
		b.Fatal(err)
	}
	body := form.Encode()
	l := &loader{status: status, address: net.JoinHostPort("127.0.0.1", u.Port()), conns: make([]*conn, connections), request: fmt.Appendf(nil,
		"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", u.Path, u.Host, len(body), body)}
	l.config = &tls.Config{RootCAs: c.pool(), ServerName: "localhost",
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.client.TLS(), nil }}
	b.Cleanup(func() {
		for _, k := range l.conns {
			if k != nil {
				_ = k.Close()
			}
		}
	})
	if err := l.wake(); err != nil {
		b.Fatal(err)
	}
	return l
}

// wake asks once on each connection, and opens those anew that were not open yet or that the server closed meanwhile.
func (l *loader) wake() error {
	for i, k := range l.conns {
		if k != nil {
			if _, err := l.ask(k); err == nil {
				continue
			}
			_ = k.Close()
		}
		opened, err := l.dial()
		if err != nil {
			return err
		}
		l.conns[i] = opened
		if _, err := l.ask(l.conns[i]); err != nil {
			return err
		}
	}
	return nil
}

// dial opens a connection. Once it is closed nothing is left of it, lest thousands of them use up the ports.
func (l *loader) dial() (*conn, error) {
	raw, err := net.Dial("tcp", l.address)
	if err != nil {
		return nil, err
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	t := tls.Client(raw, l.config)
	return &conn{t, bufio.NewReader(t)}, nil
}

// ask asks once and returns the body; another status is an error.
func (l *loader) ask(k *conn) ([]byte, error) {
	if l.fresh {
		own, err := l.dial()
		if err != nil {
			return nil, err
		}
		defer func() { _ = own.Close() }()
		k = own
	}
	if _, err := k.Write(l.request); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(k.in, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != l.status {
		err = fmt.Errorf("%s, expected %d: %s", response.Status, l.status, body)
	}
	return body, err
}

// burst asks on all connections for a while and returns how often.
func (l *loader) burst(d time.Duration) (int, error) {
	return l.all(func(asked int64, since time.Duration) bool { return since < d })
}

// times asks n times over all connections.
func (l *loader) times(n int64) error {
	_, err := l.all(func(asked int64, _ time.Duration) bool { return asked <= n })
	return err
}

func (l *loader) all(more func(asked int64, since time.Duration) bool) (int, error) {
	var asked, answered atomic.Int64
	var failed atomic.Pointer[error]
	began := time.Now()
	var workers sync.WaitGroup
	for _, k := range l.conns {
		workers.Go(func() {
			for failed.Load() == nil && more(asked.Add(1), time.Since(began)) {
				if _, err := l.ask(k); err != nil {
					failed.Store(&err)
					return
				}
				answered.Add(1)
			}
		})
	}
	workers.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return int(answered.Load()), nil
}

// token is the form of a token request.
func token() url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "scope": {"api1"}}
}

// stranger is the form of a request that is refused.
func stranger() url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {"stranger"}, "scope": {"api1"}}
}

// tokenOf asks once and returns the access token.
func (l *loader) tokenOf(b testing.TB) string {
	b.Helper()
	body, err := l.ask(l.conns[0])
	if err != nil {
		b.Fatal(err)
	}
	var a tokenAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		b.Fatal(err)
	}
	if strings.Count(a.AccessToken, ".") != 2 {
		b.Fatalf("no JWT: %s", body)
	}
	return a.AccessToken
}
