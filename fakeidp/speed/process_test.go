package speed_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/interop"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// served is what a process of this binary serves, as JSON in the environment variable servesAs: a server that is measured has
// a process of its own, so that what it costs can be told from what asking it costs.
type served struct {
	Kind   string   // "fake" or "bare"
	Alg    string   // how tokens are signed; empty: the bare server signs nothing and refuses everybody
	Faults []string // of the fake
	Day    time.Time
}

const servesAs = "MTLSCHECK_SPEED_SERVES"

func TestMain(m *testing.M) {
	if asked := os.Getenv(servesAs); asked != "" {
		if err := serve(asked); err != nil {
			fmt.Fprintln(os.Stderr, err) // nobody is told that it is ready
		}
		return
	}
	m.Run()
}

// cast is everybody: the same in every process of one run, because they grow from one seed and one day.
type cast struct {
	ca             *pki.Authority
	client, server *pki.Identity
}

func newCast(day time.Time) cast {
	lab := pki.New(pki.Options{Seed: "speed", Clock: func() time.Time { return day }})
	ca := lab.Root("speed")
	return cast{ca: ca, client: ca.Client("client", trait.Subject("CN=client,O=speed")), server: ca.Server("server", trait.DNS("localhost"))}
}

func (c cast) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.ca.Certificate())
	return pool
}

// serve serves until SIGTERM; its ready line holds the URL of the token endpoint.
func serve(asked string) error {
	var s served
	if err := json.Unmarshal([]byte(asked), &s); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	start := startBare
	if s.Kind == "fake" {
		start = startFake
	}
	url, end, err := start(s, newCast(s.Day))
	if err != nil {
		return err
	}
	defer end()
	fmt.Println("ready", url)
	<-ctx.Done()
	return nil
}

func startFake(s served, c cast) (string, func(), error) {
	version, name, path := "7.4", "CN=client, O=speed", "/token"
	if s.Alg == "ES256" {
		version, name = "rfc8705", "CN=client,O=speed" // IdentityServer signs by RS256
	}
	var faults []fakeidp.Fault
	for _, name := range s.Faults {
		f, ok := fakeidp.FaultNamed(name)
		if !ok {
			return "", nil, fmt.Errorf("there is no fault %q", name)
		}
		faults = append(faults, f)
	}
	idp, err := fakeidp.New(fakeidp.Version(version), fakeidp.Trust(c.ca.Certificate()), fakeidp.ServerIdentity(c.server), fakeidp.Breaks(faults...),
		fakeidp.Clients(fakeidp.Client{ID: "client", Secrets: []fakeidp.Secret{fakeidp.Name(name)}, Scopes: []string{"api1"}}))
	if err != nil {
		return "", nil, err
	}
	return idp.MTLSURL + path, func() { _ = idp.Close() }, nil
}

func startBare(s served, c cast) (string, func(), error) {
	handler, err := newBare(s.Alg, c)
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, TLSConfig: &tls.Config{Certificates: []tls.Certificate{*c.server.TLS()}, ClientCAs: c.pool(),
		ClientAuth: tls.RequireAndVerifyClientCert, SessionTicketsDisabled: true}}
	go func() { _ = server.ServeTLS(listener, "", "") }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return "https://localhost:" + port + "/token", func() { _ = server.Close() }, err
}

// start starts a process of this binary and returns its token endpoint.
func start(b testing.TB, s served) (url string, process *interop.Server) {
	b.Helper()
	asked, err := json.Marshal(s)
	if err != nil {
		b.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	process, err = interop.Start(b.Context(), "ready ", "env", servesAs+"="+string(asked), self)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(process.Stop)
	return process.Ready, process
}
