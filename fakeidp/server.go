package fakeidp

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a running server. It is made by Start or New.
type Server struct {
	// URL is the base of the server: its issuer, unless IssuerURI says otherwise.
	URL string
	// MTLSURL is what the mTLS endpoints begin with: MTLSURL + "/token" is the token endpoint for clients with
	// certificates, in every mode.
	MTLSURL string

	settings  *settings
	persona   persona
	state     *state
	renderer  *renderer
	endpoints map[string]handler
	journal   journal
	root      *x509.Certificate
	doorman   *doorman
	http      *http.Server
	plain     net.Listener
	stopped   sync.WaitGroup
}

// Start starts a server that ends with the test, and fails the test if it cannot.
func Start(t testing.TB, o ...Option) *Server {
	t.Helper()
	s, err := New(o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// New starts a server. Close ends it. It fails on options that contradict each other, on an unknown version
// and where it cannot listen.
func New(o ...Option) (*Server, error) {
	set := defaults()
	for _, option := range o {
		option(set)
	}
	if set.err != nil {
		return nil, set.err
	}
	who, err := personaNamed(set.version)
	if err != nil {
		return nil, err
	}
	for _, v := range set.variations {
		v.apply(&who)
	}
	for _, f := range set.faults {
		f.apply(&who)
	}
	s := &Server{settings: set, persona: who, endpoints: endpoints()}
	keys, err := signingKeys(set)
	if err != nil {
		return nil, err
	}
	s.state = newState(keys, set.seed)
	s.renderer = &renderer{profile: &s.persona.profile, with: &s.persona.renderings, keys: keys, spaceDelimited: set.spaceDelimited}
	if err := s.certify(); err != nil {
		return nil, err
	}
	return s, s.listen()
}

// signingKeys are made when they are first needed.
func signingKeys(set *settings) (*keyring, error) {
	if id := set.signing; id != nil {
		if _, ok := id.Key().(*rsa.PrivateKey); !ok {
			return nil, errors.New("fakeidp: the signing identity has no RSA key; tokens are signed with RS256")
		}
		c := id.Certificate()
		return &keyring{certificate: c, create: func() (crypto.Signer, string) { return id.Key(), thumbprintSHA1(c) + "RS256" }}, nil
	}
	kid := newSource(set.seed).hex(16)
	if set.seed == "" {
		return &keyring{create: func() (crypto.Signer, string) { return processKey(), kid }}, nil
	}
	return &keyring{create: func() (crypto.Signer, string) { return seededKey(set.seed, set.clock), kid }}, nil
}

// certify finds the certificate that the server shows.
func (s *Server) certify() error {
	if id := s.settings.identity; id != nil {
		if id.Certificate() == nil {
			return fmt.Errorf("fakeidp: the server identity: %w", id.Err())
		}
		return nil
	}
	hosts := []string{"localhost", "mtls.localhost", "127.0.0.1", "::1"}
	if name := s.settings.domainName; strings.Contains(name, ".") {
		hosts = append(hosts, hostOf(name))
	} else if name != "" && name != "mtls" {
		hosts = append(hosts, name+".localhost")
	}
	var err error
	s.root, s.settings.identity, err = ownIdentity(s.settings.seed, s.settings.clock, hosts)
	return err
}

func (s *Server) listen() error {
	l, err := net.Listen("tcp", s.settings.address)
	if err != nil {
		return fmt.Errorf("fakeidp: cannot listen: %w", err)
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{*s.settings.identity.TLS()}, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"}, SessionTicketsDisabled: !s.settings.tickets,
	}
	if f := s.persona.handshake.configure; f != nil {
		f(s.settings, config)
	}
	s.doorman = newDoorman(l, config)
	s.doorman.welcomes = func(presented []*x509.Certificate) bool { return s.persona.handshake.welcomes(s.settings, presented) }
	s.doorman.refused = func(a net.Addr, state tls.ConnectionState, reason error) {
		s.journal.failed(a, state, reason, s.settings.clock())
	}
	s.http = &http.Server{
		Handler: s, TLSConfig: config, ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 130 * time.Second, MaxHeaderBytes: 1 << 20,
		DisableGeneralOptionsHandler: true, ErrorLog: log.New(io.Discard, "", 0),
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, s.journal.next())
		},
	}
	s.address(l.Addr())
	s.stopped.Go(s.doorman.run)
	if s.settings.plainAddress != "" {
		if s.plain, err = net.Listen("tcp", s.settings.plainAddress); err != nil {
			s.doorman.Close()
			return fmt.Errorf("fakeidp: cannot listen without TLS: %w", err)
		}
		s.stopped.Go(func() { s.http.Serve(s.plain) })
	}
	s.stopped.Go(func() { s.http.Serve(s.doorman) })
	return nil
}

// address works out the URLs.
func (s *Server) address(a net.Addr) {
	_, port, _ := net.SplitHostPort(a.String())
	if host, own := strings.CutSuffix(s.settings.domainName, ":0"); own {
		s.settings.domainName = host + ":" + port
	}
	s.URL = "https://localhost:" + port + s.settings.mount
	switch name := s.settings.domainName; {
	case name == "":
		s.MTLSURL = s.URL + "/connect/mtls"
	case !strings.Contains(name, "."):
		s.MTLSURL = "https://" + name + ".localhost:" + port + s.settings.mount + "/connect"
	case strings.Contains(name, ":"):
		s.MTLSURL = "https://" + name + "/connect"
	default:
		s.MTLSURL = "https://" + name + ":" + port + "/connect"
	}
}

// Close ends the server and its connections, and waits until it has.
func (s *Server) Close() error {
	err := s.http.Close()
	s.stopped.Wait()
	return err
}

// CA is the authority of the server's own certificate. It is nil where ServerIdentity gave the certificate.
func (s *Server) CA() *x509.Certificate { return s.root }

// CAPEM is CA in PEM.
func (s *Server) CAPEM() []byte {
	if s.root == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.root.Raw})
}

// Client is a registered client.
func (s *Server) Client(id string) (Client, bool) {
	c, ok := s.settings.clients[id]
	if !ok {
		return Client{}, false
	}
	return *c, true
}

// Addr is the address on which the server listens.
func (s *Server) Addr() net.Addr { return s.doorman.Addr() }

// PlainAddr is the address of the port without TLS, nil if there is none.
func (s *Server) PlainAddr() net.Addr {
	if s.plain == nil {
		return nil
	}
	return s.plain.Addr()
}

// Requests are the last requests, oldest first, without secrets.
func (s *Server) Requests() []Request { return s.journal.all() }
