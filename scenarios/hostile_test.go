package scenarios_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
)

// A hostility is what a connection meets instead of the server. It closes the connection before it returns.
type hostility struct {
	name  string
	meets func(conn net.Conn, shake func(net.Conn) (*tls.Conn, error), done <-chan struct{})
}

func hostilities() []hostility {
	answering := func(answer string) func(net.Conn, func(net.Conn) (*tls.Conn, error), <-chan struct{}) {
		return func(conn net.Conn, shake func(net.Conn) (*tls.Conn, error), _ <-chan struct{}) {
			defer func() { _ = conn.Close() }()
			if c, err := shake(conn); err == nil {
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, answer)
				_ = c.CloseWrite()
			}
		}
	}
	return []hostility{
		{"hanging accept", func(conn net.Conn, _ func(net.Conn) (*tls.Conn, error), done <-chan struct{}) {
			<-done
			_ = conn.Close()
		}},
		{"hanging handshake", func(conn net.Conn, _ func(net.Conn) (*tls.Conn, error), done <-chan struct{}) {
			_, _ = conn.Read(make([]byte, 1))
			<-done
			_ = conn.Close()
		}},
		{"slow drip", func(conn net.Conn, shake func(net.Conn) (*tls.Conn, error), done <-chan struct{}) {
			defer func() { _ = conn.Close() }()
			if c, err := shake(conn); err == nil {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{")
				<-done
			}
		}},
		{"close after the handshake", func(conn net.Conn, shake func(net.Conn) (*tls.Conn, error), _ <-chan struct{}) {
			_, _ = shake(conn)
			_ = conn.Close()
		}},
		{"5xx", answering("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")},
		{"garbage", answering("SSH-2.0-OpenSSH_9.2\r\n\r\n\x00\x01\x02")},
		{"endless body", func(conn net.Conn, shake func(net.Conn) (*tls.Conn, error), done <-chan struct{}) {
			defer func() { _ = conn.Close() }()
			c, err := shake(conn)
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":\"")
			for chunk := strings.Repeat("a", 1<<16); ; {
				if _, err := io.WriteString(c, chunk); err != nil {
					return
				}
			}
		}},
		{"redirect", answering("HTTP/1.1 302 Found\r\nLocation: https://elsewhere.test/\r\nContent-Length: 0\r\n\r\n")},
		{"dying half-way", func(conn net.Conn, shake func(net.Conn) (*tls.Conn, error), _ <-chan struct{}) {
			defer func() { _ = conn.Close() }()
			if c, err := shake(conn); err == nil {
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"access_to")
			}
		}},
		{"closed port", nil},
	}
}

// turncoat passes connections on to a server, except those that are to meet the hostility. A nil hostility closes the port.
type turncoat struct {
	ln     net.Listener
	turned chan struct{} // closed when the first connection has met the hostility
	once   sync.Once
	done   chan struct{}
	wg     sync.WaitGroup
}

// turnAfter stands in front of an instance and turns after n connections.
func turnAfter(t *testing.T, n int, instance *builtin.Instance, h hostility) *turncoat {
	t.Helper()
	return standBefore(t, instance, h, func(connection int) bool { return connection > n })
}

// standBefore stands in front of an instance; meets says which connections, from 1 on, meet the hostility.
func standBefore(t *testing.T, instance *builtin.Instance, h hostility, meets func(connection int) bool) *turncoat {
	t.Helper()
	_, port, _ := net.SplitHostPort(address(instance))
	server := net.JoinHostPort("127.0.0.1", port)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &turncoat{ln: ln, turned: make(chan struct{}), done: make(chan struct{})}
	shake := func(conn net.Conn) (*tls.Conn, error) {
		c := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*cast().Server().TLS()}, ClientAuth: tls.RequestClientCert, SessionTicketsDisabled: true})
		return c, c.Handshake()
	}
	p.wg.Go(func() {
		for n := 1; ; n++ {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			if !meets(n) {
				p.wg.Go(func() { pass(conn, server) })
				continue
			}
			p.once.Do(func() { close(p.turned) })
			if h.meets == nil {
				_ = conn.Close()
				_ = ln.Close()
				return
			}
			p.wg.Go(func() { h.meets(conn, shake, p.done) })
		}
	})
	t.Cleanup(func() {
		close(p.done)
		_ = ln.Close()
		p.wg.Wait()
	})
	return p
}

func pass(in net.Conn, to string) {
	defer func() { _ = in.Close() }()
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	go func() {
		_, _ = io.Copy(out, in)
		_ = out.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(in, out)
}

// TestHostileTargets: a dead or hostile server proves nothing. Whenever it turns, nothing fails, and what passes had been
// answered before by the living server.
func TestHostileTargets(t *testing.T) {
	for _, h := range hostilities() {
		turns := []int{0, 2, 3, 4, 5, 40}
		if testing.Short() {
			turns = []int{0, 3, 40}
		}
		for _, after := range turns {
			t.Run(fmt.Sprintf("%s after %d", h.name, after), func(t *testing.T) {
				instance := start(t, builtin.Options{Version: current})
				front := turnAfter(t, after, instance, h)
				assertProvesNothing(t, outcomeBehind(t, front, instance, 400*time.Millisecond), front)
			})
		}
	}
}

// start starts a built-in target with the cast that all tests share.
func start(t *testing.T, o builtin.Options) *builtin.Instance {
	t.Helper()
	o.Cast = cast()
	instance, err := builtin.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = instance.Close() })
	return instance
}

// address is where the issuer of an instance says that it is.
func address(instance *builtin.Instance) string {
	return strings.TrimPrefix(instance.Setup().Target.Issuer, "https://")
}

// outcomeBehind judges an instance through what stands before it.
func outcomeBehind(t *testing.T, front *turncoat, instance *builtin.Instance, timeout time.Duration) *harness.Outcome {
	t.Helper()
	setup := instance.Setup()
	setup.Target.Resolve = map[string]string{address(instance): front.ln.Addr().String()}
	setup.Timeout = timeout
	return outcomeOf(t, setup, "identityserver")
}

// TestDroppedConnections: a connection that breaks now and then says nothing about who asked. Every ninth is closed after
// the handshake, without an alert, as a server closes those whom it refuses.
func TestDroppedConnections(t *testing.T) {
	instance := start(t, builtin.Options{Version: current})
	i := slices.IndexFunc(hostilities(), func(h hostility) bool { return h.name == "close after the handshake" })
	front := standBefore(t, instance, hostilities()[i], func(connection int) bool { return connection%9 == 0 })
	judged := 0
	before := healthy(t, current)
	for name, c := range casesOf(t, outcomeBehind(t, front, instance, 20*time.Second)) {
		switch {
		case accusing(c.Verdict) && c.Verdict != before[name].Verdict:
			t.Errorf("%s %s: expected %s; observed %s; %s%s", c.Verdict, name, c.Expected, c.Observed, c.Because, heard(c))
		case c.Verdict == before[name].Verdict:
			judged++
		}
	}
	if judged < len(before)/2 {
		t.Errorf("%d of %d cases are judged as if no connection had broken, expected half at least", judged, len(before))
	}
}

func assertProvesNothing(t *testing.T, o *harness.Outcome, front *turncoat) {
	t.Helper()
	select {
	case <-front.turned:
	default:
		t.Fatalf("the server never turned: %d cases", len(o.Cases))
	}
	if o.ExitCode != harness.ExitNotJudged {
		t.Errorf("exit code %d (%s), expected %d", o.ExitCode, o.Reason, harness.ExitNotJudged)
	}
	before := healthy(t, current)
	for _, c := range o.Cases {
		// What the living server deserved, a warning say, it may have got before it turned.
		if accusing(c.Verdict) && c.Verdict != before[c.Name()].Verdict || c.OurFault {
			t.Errorf("%s %s: expected %s; observed %s; %s%s", c.Verdict, c.Name(), c.Expected, c.Observed, c.Because, heard(c))
		}
		if c.Verdict == harness.Pass {
			for _, e := range c.Evidence {
				if e.Silence != "" {
					t.Errorf("%s passes although a question got no answer%s", c.Name(), heard(c))
				}
			}
		}
	}
}
