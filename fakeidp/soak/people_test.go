package soak_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// patience is for how long anything may take that is sure to come.
const patience = 30 * time.Second

// stage is a fake, and the people who come to it.
type stage struct {
	testing.TB
	idp                     *fakeidp.Server
	alice, mallory, expired *pki.Identity
}

// newStage starts a fake of a version. leave ends it and fails the test for what it has to hide.
func newStage(t testing.TB, version string) *stage {
	t.Helper()
	ca := pki.New(pki.Options{}).Root("Root")
	s := &stage{TB: t, alice: ca.Client("alice", trait.Subject("CN=alice")), mallory: ca.Client("mallory", trait.Subject("CN=mallory"))}
	s.expired = s.alice.With(trait.Expired)
	users := fakeidp.Users(fakeidp.User{Subject: "1", Username: "bob", Password: "bob"})
	idp, err := fakeidp.New(fakeidp.Version(version), fakeidp.Trust(ca.Certificate()), users, fakeidp.Clients(
		fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name("CN=alice")}, Scopes: []string{"api1"}},
		fakeidp.Client{ID: "shared", Secrets: []fakeidp.Secret{fakeidp.Shared("secret")}, Scopes: []string{"api1"}}))
	if err != nil {
		t.Fatal(err)
	}
	s.idp = idp
	return s
}

// leave ends the fake.
func (s *stage) leave() {
	s.Helper()
	s.unharmed()
	if err := s.idp.Close(); err != nil {
		s.Error(err)
	}
}

// unharmed fails the test where the fake made a mistake of its own.
func (s *stage) unharmed() {
	s.Helper()
	for _, r := range s.idp.Requests() {
		if r.Failure != "" {
			s.Errorf("%s %s: the fake failed: %s", r.Method, r.Path, r.Failure)
		}
	}
}

// door is the address at which clients show certificates.
func (s *stage) door() string {
	if a := s.idp.AliasAddr(); a != nil {
		return a.String()
	}
	return s.idp.Addr().String()
}

// config is the TLS of a client that shows a certificate, or none, and speaks these protocols.
func (s *stage) config(shows *pki.Identity, protocols ...string) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(s.idp.CA())
	return &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12, NextProtos: protocols,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if shows == nil {
				return &tls.Certificate{}, nil
			}
			return shows.TLS(), nil
		}}
}

// raw is a TLS connection to the door that ends on its own.
func (s *stage) raw(within time.Duration, shows *pki.Identity, protocols ...string) (*tls.Conn, error) {
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: within}, "tcp", s.door(), s.config(shows, protocols...))
	if err != nil {
		return nil, err
	}
	return c, c.SetDeadline(time.Now().Add(within))
}

// says sends bytes over a connection of its own and tells how the answer begins: its status line, other bytes, or "closed".
func (s *stage) says(within time.Duration, shows *pki.Identity, text string, protocols ...string) string {
	c, err := s.raw(within, shows, protocols...)
	if err != nil {
		return "no connection"
	}
	defer c.Close()
	sent := make(chan struct{})
	go func() { // both at once: the server may answer before it has read everything
		defer close(sent)
		_, _ = io.WriteString(c, text)
		_ = c.CloseWrite() // and no more will come
	}()
	in := bufio.NewReader(c)
	if slices.Contains(protocols, "h2") { // one frame is enough: after GOAWAY the server lingers for a second
		n, _ := in.Discard(9)
		_ = c.Close()
		<-sent
		return fmt.Sprint(n, " bytes")
	}
	line, err := in.ReadString('\n')
	_ = c.Close()
	<-sent
	if err != nil && line == "" {
		return "closed"
	}
	if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(line, "HTTP/1.") {
		return fields[1]
	}
	return fmt.Sprintf("%q", line)
}

// asks posts a form and returns the status, 0 where there was no answer.
func (s *stage) asks(within time.Duration, shows *pki.Identity, to string, form url.Values) (status int, body string) {
	transport := &http.Transport{TLSClientConfig: s.config(shows), DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	r, err := (&http.Client{Transport: transport, Timeout: within}).PostForm(to, form)
	if err != nil {
		return 0, err.Error()
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	return r.StatusCode, string(text)
}

// tokenURL is the token endpoint for clients with certificates.
func (s *stage) tokenURL() string { return s.idp.MTLSURL + "/token" }

// serves fails the test unless whoever is registered gets a token, and a stranger does not.
func (s *stage) serves(after string) {
	s.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}}
	if status, body := s.asks(patience, s.alice, s.tokenURL(), form); status != 200 || !strings.Contains(body, `"access_token"`) {
		s.Errorf("after %s alice is not served: %d %s", after, status, body)
	}
	if status, body := s.asks(patience, s.mallory, s.tokenURL(), form); status != 400 && status != 401 {
		s.Errorf("after %s mallory is not refused: %d %s", after, status, body)
	}
}

// nobodyIsLeft fails the test where goroutines are left behind. net/http lets those of HTTP/2 linger for a second.
func nobodyIsLeft(t testing.TB) {
	t.Helper()
	var left error
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if left = goleak.Find(); left == nil { // it asks several times
			return
		}
	}
	t.Error(left)
}
