package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// readClients reads RFC 7591 client metadata. A client that go-oidc cannot read is left out, and the log says so.
func readClients(path string) ([]*goidc.Client, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var registrations []json.RawMessage
	if err := json.Unmarshal(content, &registrations); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var clients []*goidc.Client
	for _, registration := range registrations {
		var named struct {
			ID     string `json:"client_id"`
			Secret string `json:"client_secret"`
		}
		client := &goidc.Client{}
		if err := errors.Join(json.Unmarshal(registration, &named), json.Unmarshal(registration, &client.ClientMeta)); err != nil {
			log.Printf("the client %s is left out: %v", named.ID, err)
			continue
		}
		client.ID, client.Secret = named.ID, named.Secret
		clients = append(clients, client)
	}
	if len(clients) == 0 {
		return nil, fmt.Errorf("%s: nobody is registered", path)
	}
	return clients, nil
}

// A gate hands the certificate of a connection to go-oidc. go-oidc compares names and thumbprints; whether a chain is good
// it leaves to the application, and this is the application: a client known by name has no certificate unless Go verifies it.
type gate struct {
	next     http.Handler
	roots    *x509.CertPool
	byName   map[string]bool // by client_id
	careless bool
}

func newGate(o *options, clients []*goidc.Client, next http.Handler) (*gate, error) {
	g := &gate{next: next, roots: x509.NewCertPool(), byName: map[string]bool{}, careless: o.careless}
	pem, err := os.ReadFile(o.clientCA)
	if err != nil {
		return nil, err
	}
	if !g.roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate", o.clientCA)
	}
	for _, c := range clients {
		g.byName[c.ID] = c.TokenAuthnMethod == goidc.AuthnMethodTLS
	}
	return g, nil
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	shown := r.TLS.PeerCertificates
	if len(shown) > 0 && (g.careless || !g.byName[r.PostFormValue("client_id")] || g.verifies(shown)) {
		r = r.WithContext(context.WithValue(r.Context(), shownKey{}, shown[0]))
	}
	g.next.ServeHTTP(w, r)
}

// verifies builds a chain for TLS clients through the certificates that were sent.
func (g *gate) verifies(shown []*x509.Certificate) bool {
	through := x509.NewCertPool()
	for _, c := range shown[1:] {
		through.AddCert(c)
	}
	_, err := shown[0].Verify(x509.VerifyOptions{Roots: g.roots, Intermediates: through, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err == nil
}
