package inspect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
)

// Live asks a TLS server for its chain, without trusting it and without sending it anything more. address is HOST:PORT. It
// fails if nobody answers, if the answer is no TLS, and if Go cannot parse what the server shows.
func Live(ctx context.Context, address string) (*Found, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%s is not HOST:PORT: %w", address, err)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("nobody answers: %w", err)
	}
	defer func() { _ = conn.Close() }()
	f := &Found{Form: "TLS server"}
	var trouble error
	// Verification is left out because the chain is looked at, not relied on; no data follow.
	client := tls.Client(conn, &tls.Config{
		ServerName: host, MinVersion: tls.VersionTLS10, InsecureSkipVerify: true,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			f.note("the server asks for a client certificate")
			return &tls.Certificate{}, nil
		},
		VerifyConnection: func(state tls.ConnectionState) error {
			for _, c := range state.PeerCertificates {
				f.Certificates = append(f.Certificates, c.Raw)
			}
			if len(state.PeerCertificates) > 0 {
				trouble = state.PeerCertificates[0].VerifyHostname(host)
			}
			return nil
		},
	})
	// A server may end the handshake because no client certificate came: its chain has been seen by then.
	if err := client.HandshakeContext(ctx); err != nil && len(f.Certificates) == 0 {
		return nil, fmt.Errorf("no TLS handshake: %w", err)
	}
	if len(f.Certificates) == 0 {
		return nil, errors.New("the server shows no certificate")
	}
	var other x509.HostnameError
	switch {
	case trouble == nil:
		f.note("certificate 1 is for the host %s", host)
	case errors.As(trouble, &other):
		f.note("certificate 1 is not for the host %s", host)
	}
	return f, nil
}
