package wire_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/wire"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// TestServersCertificateIsRecordedWhereItVerified: a certificate that does not verify is an error and is not recorded as the
// server's; one that does is recorded even where the server then ends the handshake, or the connection.
func TestServersCertificateIsRecordedWhereItVerified(t *testing.T) {
	t.Parallel()
	store, err := pki.Memory(pki.InitOptions{Seed: "wire"})
	if err != nil {
		t.Fatal(err)
	}
	server, err := store.Identity("server")
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AddCert(store.CA().Certificate())
	const handshakeFailure = "\x15\x03\x03\x00\x02\x02\x28"
	shake := func(c *tls.Config, then string) func(net.Conn) {
		c.Certificates = []tls.Certificate{*server.TLS()}
		return func(conn net.Conn) {
			if s := tls.Server(conn, c); s.Handshake() == nil {
				_, _ = io.WriteString(s, then)
			}
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
		}
	}
	for name, test := range map[string]struct {
		host      string
		meets     func(net.Conn)
		recorded  bool
		untrusted bool
		alert     harness.Phase
		closed    bool
	}{
		"an answer":                 {host: "localhost", meets: shake(&tls.Config{}, "HTTP/1.1 204 No Content\r\n\r\n"), recorded: true},
		"another name":              {host: "foreign.localhost", meets: shake(&tls.Config{}, ""), untrusted: true},
		"an alert on an empty hand": {host: "localhost", meets: shake(&tls.Config{ClientAuth: tls.RequireAnyClientCert}, ""), recorded: true, alert: harness.AfterHandshake},
		"an alert in TLS 1.2":       {host: "localhost", meets: shake(&tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, ""), recorded: true, alert: harness.InHandshake},
		"an alert before the certificate": {host: "localhost", meets: func(c net.Conn) {
			_, _ = c.Read(make([]byte, 4096))
			_, _ = io.WriteString(c, handshakeFailure)
			_ = c.Close()
		}, alert: harness.InHandshake},
		"a close without an alert": {host: "localhost", meets: shake(&tls.Config{ClientAuth: tls.RequestClientCert}, ""), recorded: true, closed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = ln.Close() }()
			go func() {
				if conn, err := ln.Accept(); err == nil {
					test.meets(conn)
					_ = conn.Close()
				}
			}()
			_, port, _ := net.SplitHostPort(ln.Addr().String())
			client := &wire.Client{Target: &harness.Target{Trust: trust, Resolve: map[string]string{test.host: "127.0.0.1"}}, Timeout: 10 * time.Second}
			a, err := client.Ask(context.Background(), wire.Question{Person: harness.Person{Name: "nobody"}, URL: "https://" + test.host + ":" + port + "/"})
			if wire.Untrusted(err) != test.untrusted || !test.untrusted && err != nil {
				t.Fatalf("got the error %v; untrusted should be %t", err, test.untrusted)
			}
			if got := len(a.TLS.Server) > 0; got != test.recorded {
				t.Errorf("the server's certificate is recorded: %t; it should be: %t", got, test.recorded)
			}
			if a.TLS.AlertPhase != test.alert || a.Closed != test.closed {
				t.Errorf("alert %q %q, closed %t; should be an alert %q, closed %t", a.TLS.Alert, a.TLS.AlertPhase, a.Closed, test.alert, test.closed)
			}
			if test.untrusted && !strings.Contains(err.Error(), "does not verify") {
				t.Errorf("the error does not say why: %v", err)
			}
		})
	}
}

// TestOldVersionsAreOfferedWithEverySuite: who speaks an old TLS with suites that Go would rather not use speaks it all the same.
func TestOldVersionsAreOfferedWithEverySuite(t *testing.T) {
	t.Parallel()
	ca := pki.New(pki.Options{Seed: "old"}).Root("Root")
	trust := x509.NewCertPool()
	trust.AddCert(ca.Certificate())
	server := ca.Server("server", trait.DNS("localhost"), trait.Key(trait.RSA2048))
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*server.TLS()}, MinVersion: tls.VersionTLS10,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096))
			_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
			_ = c.Close()
		}
	}()
	c := wire.Client{Target: &harness.Target{Trust: trust}, Timeout: 20 * time.Second}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		q := wire.Question{URL: "https://localhost:" + port}
		q.TLS.MinVersion, q.TLS.MaxVersion = version, version
		a, err := c.Ask(context.Background(), q)
		if err != nil || a.TLS.Version != tls.VersionName(version) {
			t.Errorf("%s: spoke %q, %v", tls.VersionName(version), a.TLS.Version, err)
		}
	}
}
