package fakeidp

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// fetchTimeout is how long a fetch may take.
const fetchTimeout = 5 * time.Second

// fetch asks another server, without following redirects, for at most so many bytes. That server is on loopback, so that nobody
// can have a test server ask around in a network for him. Without a body it is a GET, else a POST of this media type.
func (d *decision) fetch(uri, kind string, body []byte, most int64) ([]byte, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is no http or https address", uri)
	}
	client := d.loopbackClient()
	client.Timeout = fetchTimeout
	var r *http.Response
	if body == nil {
		r, err = client.Get(uri)
	} else {
		r, err = client.Post(uri, kind, bytes.NewReader(body))
	}
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	switch {
	case err != nil:
		return nil, err
	case r.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s answers %s", uri, r.Status)
	case int64(len(answer)) > most:
		return nil, fmt.Errorf("%s answers with more than %d bytes", uri, most)
	}
	return answer, nil
}

// loopbackClient talks to servers on loopback that chain to the trusted roots, and follows no redirects.
func (s *settings) loopbackClient() *http.Client {
	trusted := x509.NewCertPool()
	for _, c := range s.roots {
		trusted.AddCert(c)
	}
	dialer := &net.Dialer{ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !to.Addr().Unmap().IsLoopback() {
			return fmt.Errorf("%s is not on loopback", address)
		}
		return nil
	}}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(address); err == nil && isLocalhost(host) {
			address = net.JoinHostPort("localhost", port) // nobody else is asked what a name below localhost means (RFC 6761 §6.3)
		}
		return dialer.DialContext(ctx, network, address)
	}
	transport := &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// isLocalhost: the name is localhost or below it.
func isLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// onLoopback tells, without asking anybody, whether a host is on loopback.
func onLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return isLocalhost(host) || err == nil && ip.Unmap().IsLoopback()
}
