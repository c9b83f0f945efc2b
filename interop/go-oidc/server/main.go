// Command server is github.com/luikyv/go-oidc as a target of mtlscheck: one issuer on two ports of localhost.
//
//	server -port 9443 -mtls-port 9444 -cert server.pem -key server-key.pem -client-ca ca.pem -clients clients.json
//
// The issuer is https://localhost:PORT, which asks for no certificate. The other port has the same endpoints as
// mtls_endpoint_aliases; it asks for a certificate and lets any through to HTTP, because self-signed clients have no CA.
// -client-ca are the CAs that tls_client_auth trusts, -clients the registrations: an array of RFC 7591 client metadata with
// client_id. -careless leaves the chains of certificates alone, as go-oidc itself does.
//
// When both ports listen it prints one line, "ready " and JSON with issuer, token_endpoint and careless.
package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
)

type options struct {
	port, mtlsPort          string
	cert, key               string
	clientCA, clients, algo string
	careless                bool
}

func (o *options) issuer() string { return "https://localhost:" + o.port }
func (o *options) alias() string  { return "https://localhost:" + o.mtlsPort }

func main() {
	var o options
	flag.StringVar(&o.port, "port", "", "port of the issuer")
	flag.StringVar(&o.mtlsPort, "mtls-port", "", "port that asks for a certificate")
	flag.StringVar(&o.cert, "cert", "", "certificate of the server, PEM")
	flag.StringVar(&o.key, "key", "", "its key")
	flag.StringVar(&o.clientCA, "client-ca", "", "CAs of clients that are known by name, PEM")
	flag.StringVar(&o.clients, "clients", "", "registrations, JSON")
	flag.StringVar(&o.algo, "alg", "ES256", "how tokens are signed: ES256 or RS256")
	flag.BoolVar(&o.careless, "careless", false, "do not look at chains")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

func run(o *options) error {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	pair, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return err
	}
	clients, err := readClients(o.clients)
	if err != nil {
		return err
	}
	handler, err := newProvider(o, clients)
	if err != nil {
		return err
	}
	gate, err := newGate(o, clients, handler)
	if err != nil {
		return err
	}
	ended := make(chan error)
	for _, door := range []struct {
		port    string
		handler http.Handler
		ask     tls.ClientAuthType
	}{{o.port, handler, tls.NoClientCert}, {o.mtlsPort, gate, tls.RequestClientCert}} {
		// Each port has a configuration of its own, and so ticket keys of its own: no session is resumed at the other.
		config := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: door.ask, NextProtos: []string{"h2", "http/1.1"}}
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", door.port))
		if err != nil {
			return err
		}
		server := &http.Server{Handler: door.handler, ErrorLog: log.New(os.Stderr, "http: ", 0)}
		go func() { ended <- server.Serve(tls.NewListener(listener, config)) }()
	}
	ready, err := json.Marshal(map[string]any{"issuer": o.issuer(), "token_endpoint": o.alias() + "/token", "careless": o.careless})
	if err != nil {
		return err
	}
	if _, err := fmt.Printf("ready %s\n", ready); err != nil {
		return err
	}
	return errors.Join(<-ended, errors.New("a port is gone"))
}
