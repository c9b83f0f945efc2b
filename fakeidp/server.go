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
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a running server. It is made by Start or New.
type Server struct {
	// URL is the base of the server. Issuer says what it calls itself.
	URL string
	// MTLSURL is what the mTLS endpoints begin with: MTLSURL + "/token" is the token endpoint for clients with
	// certificates, in every mode.
	MTLSURL string

	settings *settings
	persona  persona
	state    *state
	renderer *renderer
	journal  journal
	root     *x509.Certificate
	doorman  *doorman
	alias    *doorman // of the port of the alias, where it has its own
	http     *http.Server
	plain    net.Listener
	stopped  sync.WaitGroup
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
	set.agree()
	if set.err != nil {
		return nil, set.err
	}
	who, err := personaNamed(set.version)
	if err != nil {
		return nil, err
	}
	set.readsNames(&who)
	for _, v := range set.variations {
		if !v.Fits(set.version) {
			return nil, fmt.Errorf("fakeidp: the variation %s makes no sense for %s", v.Name, set.version)
		}
		v.apply(&who)
	}
	for _, f := range set.faults {
		if !f.Fits(set.version) {
			return nil, fmt.Errorf("fakeidp: the fault %s makes no difference at %s", f.Name, set.version)
		}
		f.apply(&who)
	}
	s := &Server{settings: set, persona: who, journal: journal{watch: set.watch}}
	if set.domainName == "" {
		set.domainName = who.domainName
	}
	keys, err := signingKeys(set, &who.profile)
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
func signingKeys(set *settings, p *profile) (*keyring, error) {
	k := &keyring{alg: p.signing, typ: accessTokenType}
	if !slices.Contains(p.jwtHeader, "typ") {
		k.typ = ""
	}
	elliptic := strings.HasPrefix(p.signing, "ES")
	if id := set.signing; id != nil {
		_, isRSA := id.Key().(*rsa.PrivateKey)
		if isRSA == elliptic {
			return nil, fmt.Errorf("fakeidp: the key of the signing identity does not fit %s, with which tokens are signed", p.signing)
		}
		c := id.Certificate()
		k.certificate, k.create = c, func() (crypto.Signer, string) { return id.Key(), thumbprintSHA1(c) + p.signing }
		return k, nil
	}
	kid := newSource(set.seed).hex(16)
	k.create = func() (crypto.Signer, string) {
		switch {
		case elliptic:
			return ellipticKey(set.seed, set.clock), kid
		case set.seed == "":
			return processKey(), kid
		}
		return seededKey(set.seed), kid
	}
	return k, nil
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
	shake := s.persona.handshake
	if shake.ownPort != nil && shake.ownPort(s.settings) {
		if err := s.listenAtAlias(l, config.Clone()); err != nil {
			l.Close()
			return err
		}
	}
	if shake.configure != nil {
		shake.configure(s.settings, config)
	}
	s.doorman = s.newDoorman(l, config, false)
	s.http = &http.Server{
		Handler: s, TLSConfig: config, ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 130 * time.Second, MaxHeaderBytes: 1 << 20,
		DisableGeneralOptionsHandler: true, ErrorLog: log.New(io.Discard, "", 0),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			next := s.journal.next()
			next.alias = s.alias != nil && c.LocalAddr().String() == s.alias.Addr().String()
			return context.WithValue(ctx, connectionKey{}, next)
		},
	}
	s.address(l.Addr())
	s.stopped.Go(s.doorman.run)
	if s.alias != nil {
		s.stopped.Go(s.alias.run)
		s.stopped.Go(func() { s.serve(s.alias) })
	}
	if s.settings.plainAddress != "" {
		if s.plain, err = net.Listen("tcp", s.settings.plainAddress); err != nil {
			s.doorman.Close()
			if s.alias != nil {
				s.alias.Close()
			}
			return fmt.Errorf("fakeidp: cannot listen without TLS: %w", err)
		}
		s.stopped.Go(func() { s.serve(s.plain) })
	}
	s.stopped.Go(func() { s.serve(s.doorman) })
	return nil
}

// listenAtAlias opens the port of the alias, on the address of the first.
func (s *Server) listenAtAlias(first net.Listener, config *tls.Config) error {
	host, _, _ := net.SplitHostPort(first.Addr().String())
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return fmt.Errorf("fakeidp: cannot listen for the alias: %w", err)
	}
	s.persona.handshake.configureAlias(s.settings, config)
	s.alias = s.newDoorman(l, config, true)
	return nil
}

// newDoorman accepts connections for this server.
func (s *Server) newDoorman(l net.Listener, config *tls.Config, alias bool) *doorman {
	d := newDoorman(l, config)
	d.welcomes = func(presented []*x509.Certificate) bool {
		return s.persona.handshake.welcomes(s.settings, presented, alias)
	}
	d.refused = func(a net.Addr, state tls.ConnectionState, reason error) {
		s.journal.failed(a, state, reason, s.settings.clock())
	}
	return d
}

// serve answers on a listener until Close. Another end of it shows in every request that is then refused.
func (s *Server) serve(l net.Listener) {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		s.journal.finish(&Request{Time: s.settings.clock(), Handshake: "the listener ended: " + err.Error()}, 0)
	}
}

// address works out the URLs.
func (s *Server) address(a net.Addr) {
	_, port, _ := net.SplitHostPort(a.String())
	if host, own := strings.CutSuffix(s.settings.domainName, ":0"); own {
		s.settings.domainName = host + ":" + port
	}
	aliasPort := ""
	if s.alias != nil {
		_, aliasPort, _ = net.SplitHostPort(s.alias.Addr().String())
	}
	s.URL, s.MTLSURL = s.persona.places(s.settings, port, aliasPort)
	s.settings.ownURL, s.settings.aliasBase = s.URL, s.MTLSURL
}

// identityServerPlaces are the URLs of IdentityServer's three modes.
func identityServerPlaces(s *settings, port, _ string) (url, mtls string) {
	url = "https://localhost:" + port + s.mount
	switch name := s.domainName; {
	case name == "":
		return url, url + "/connect/mtls"
	case !strings.Contains(name, "."):
		return url, "https://" + name + ".localhost:" + port + s.mount + "/connect"
	case strings.Contains(name, ":"):
		return url, "https://" + name + "/connect"
	default:
		return url, "https://" + name + ":" + port + "/connect"
	}
}

// Close ends the server and its connections, and waits until it has.
func (s *Server) Close() error {
	err := s.http.Close()
	s.stopped.Wait()
	return err
}

// Issuer is what the server names as the issuer: URL, unless IssuerURI or a variation says otherwise.
func (s *Server) Issuer() string { return s.settings.issuerOf() }

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

// AliasAddr is the address of the endpoints for clients with certificates, where it is not Addr; else nil.
func (s *Server) AliasAddr() net.Addr {
	if s.alias == nil {
		return nil
	}
	return s.alias.Addr()
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
