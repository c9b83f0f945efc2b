package fakeidp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"
)

// KeySetURI is the place of a client's JWK Set (RFC 7591 §2 jwks_uri), with which the strict server does as with JWK.
const KeySetURI SecretType = "jwks_uri"

// JWKSetAt is a secret that a certificate in the JWK Set at this address proves. The strict server fetches the set from
// loopback and from nowhere else, by http, or by https from a server whose certificate chains to Trust.
func JWKSetAt(uri string) Secret { return Secret{Type: KeySetURI, Value: uri} }

// How a JWK Set is fetched and kept.
const (
	keySetLives   = 5 * time.Minute  // by the server's clock
	keySetRests   = 10 * time.Second // until a certificate that is not in it lets it be fetched again
	keySetBytes   = 256 << 10
	keySetTimeout = 5 * time.Second
)

// keySets holds the JWK Sets that were fetched: one for each address that a client registered, so there are never more.
type keySets struct {
	mu   sync.Mutex
	kept map[string]*keptSet
}

// keptSet is a set, or the failure to fetch one, which is kept as long as a set would rest.
type keptSet struct {
	mu      sync.Mutex
	text    string
	fetched time.Time
}

// at is the place of a set, new if need be.
func (k *keySets) at(uri string) *keptSet {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil {
		k.kept = map[string]*keptSet{}
	}
	if k.kept[uri] == nil {
		k.kept[uri] = &keptSet{}
	}
	return k.kept[uri]
}

// keySet is the JWK Set at an address, "" if there is none. It is fetched when it is older than it may be; stale says that it
// did not help, and lets it be fetched again a little earlier, so that a client may change its certificate.
func (d *decision) keySet(uri string, stale bool) string {
	k := d.state.keySets.at(uri)
	k.mu.Lock() // one fetch at a time
	defer k.mu.Unlock()
	age := d.now.Sub(k.fetched)
	if may := keySetLives; k.fetched.IsZero() || age < 0 || age >= may || stale && age >= keySetRests || k.text == "" && age >= keySetRests {
		text, err := d.fetchKeySet(uri)
		if err == nil || age >= may {
			k.text = text
		}
		k.fetched = d.now
	}
	return k.text
}

// fetchKeySet gets a JWK Set, without redirects, from loopback.
func (d *decision) fetchKeySet(uri string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("%q is no http or https address", uri)
	}
	trusted := x509.NewCertPool()
	for _, c := range d.roots {
		trusted.AddCert(c)
	}
	dialer := &net.Dialer{ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !to.Addr().Unmap().IsLoopback() {
			return fmt.Errorf("%s is not on loopback", address)
		}
		return nil
	}}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12},
		DisableKeepAlives: true, ForceAttemptHTTP2: true}
	client := &http.Client{Transport: transport, Timeout: keySetTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(uri)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(io.LimitReader(r.Body, keySetBytes+1))
	switch {
	case err != nil:
		return "", err
	case r.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%s answers %s", uri, r.Status)
	case len(text) > keySetBytes:
		return "", fmt.Errorf("the set at %s has more than %d bytes", uri, keySetBytes)
	}
	return string(text), nil
}
