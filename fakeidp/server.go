package fakeidp

import (
	"context"
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
	"sync/atomic"
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

	settings *settings // as it was started, with what became known then
	asked    settings  // as the options of New say
	changing sync.Mutex
	current  atomic.Pointer[generation]
	time     *clock
	keys     *keyring
	state    *state
	journal  journal
	idle     *idlers
	errands  *errands
	root     *x509.Certificate
	doorman  *doorman
	alias    *doorman // of the port of the alias, where it has its own
	http     *http.Server
	plain    net.Listener
	stopped  sync.WaitGroup
	ends     context.CancelFunc // of every request
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

// New starts a server. Close ends it. It fails on options that contradict each other, on an unknown version,
// on faults and variations that do not fit it, and where it cannot listen.
func New(o ...Option) (*Server, error) {
	set, err := configured(o)
	if err != nil {
		return nil, err
	}
	who, err := set.persona()
	if err != nil {
		return nil, err
	}
	s := &Server{settings: set, asked: *set, journal: journal{watch: set.watch}, time: &clock{base: set.clock}, idle: &idlers{}, errands: newErrands()}
	set.clock = s.time.now
	if set.domainName == "" {
		set.domainName = who.domainName
	}
	if s.keys, err = signingKeys(set, &who.profile); err != nil {
		return nil, err
	}
	s.state = newState(s.keys, set.seed)
	if err := s.certify(); err != nil {
		return nil, err
	}
	return s, s.listen(who)
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

func (s *Server) listen(who persona) error {
	l, err := net.Listen("tcp", s.settings.address)
	if err != nil {
		return fmt.Errorf("fakeidp: cannot listen: %w", err)
	}
	var second net.Listener
	if own := who.handshake.ownPort; own != nil && own(s.settings) {
		if second, err = listenBeside(l); err != nil {
			l.Close()
			return err
		}
		s.alias = s.newDoorman(second, true)
	}
	s.doorman = s.newDoorman(l, false)
	// What waits for the end of a request must not wait for that of its body, which the other side may never send.
	lives, end := context.WithCancel(context.Background())
	s.ends = end
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 130 * time.Second, MaxHeaderBytes: 1 << 20,
		TLSConfig:                    &tls.Config{NextProtos: protocols(), MinVersion: tls.VersionTLS12},
		DisableGeneralOptionsHandler: true, ErrorLog: log.New(io.Discard, "", 0), ConnState: s.idle.note,
		BaseContext: func(net.Listener) context.Context { return lives },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			next := s.journal.next()
			next.alias = s.alias != nil && c.LocalAddr().String() == s.alias.Addr().String()
			s.idle.know(c, next)
			if b, ok := c.(*bared); ok {
				next.bared = b.state
			}
			return context.WithValue(ctx, connectionKey{}, next)
		},
	}
	s.address(l.Addr(), who)
	s.current.Store(s.generation(1, s.settings, who))
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

// listenBeside opens the port of the alias, on the address of the first.
func listenBeside(first net.Listener) (net.Listener, error) {
	host, _, _ := net.SplitHostPort(first.Addr().String())
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, fmt.Errorf("fakeidp: cannot listen for the alias: %w", err)
	}
	return l, nil
}

// newDoorman accepts connections for this server, each as the server is set up when it comes.
func (s *Server) newDoorman(l net.Listener, alias bool) *doorman {
	d := newDoorman(l)
	d.config = func() *tls.Config { return s.current.Load().tls(alias) }
	d.lenience = func() *lenience { return s.current.Load().persona.handshake.lenience }
	d.welcomes = func(presented []*x509.Certificate) bool {
		g := s.current.Load()
		return g.persona.handshake.welcomes(g.settings, presented, alias)
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
func (s *Server) address(a net.Addr, who persona) {
	_, port, _ := net.SplitHostPort(a.String())
	if host, own := strings.CutSuffix(s.settings.domainName, ":0"); own {
		s.settings.domainName = host + ":" + port
	}
	aliasPort := ""
	if s.alias != nil {
		_, aliasPort, _ = net.SplitHostPort(s.alias.Addr().String())
	}
	s.URL, s.MTLSURL = who.places(s.settings, port, aliasPort)
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
	s.errands.end()
	s.ends()
	err := s.http.Close()
	s.stopped.Wait()
	return err
}

// Issuer is what the server names as the issuer: URL, unless IssuerURI or a variation says otherwise.
func (s *Server) Issuer() string { return s.current.Load().settings.issuerOf() }

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
	c, ok := s.current.Load().settings.clients[id]
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

// Version is whom the server plays, as the option Version names it.
func (s *Server) Version() string { return s.settings.version }

// Clients are the registered clients, in the order of their IDs.
func (s *Server) Clients() []Client {
	var out []Client
	for _, c := range s.current.Load().settings.clients {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Client) int { return strings.Compare(a.ID, b.ID) })
	return out
}
