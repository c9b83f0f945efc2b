package fakeidp

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"strings"
)

// ForwardFormat is how a proxy writes the client's certificate into a header.
type ForwardFormat int

// The formats of forwarded certificates.
const (
	// ForwardBase64 is DER in standard base64: IIS and Azure (X-ARR-ClientCert), and ASP.NET's default.
	ForwardBase64 ForwardFormat = iota
	// ForwardPEM is PEM, URL-escaped or on one line: nginx ($ssl_client_escaped_cert) and Apache.
	ForwardPEM
)

// CertificateForwarding is UseCertificateForwarding: the header, if it is not blank, replaces the certificate of the
// connection, whoever sent it. What cannot be read leaves the request without a certificate. Default: no header is read.
func CertificateForwarding(header string, format ForwardFormat) Option {
	return func(s *settings) { s.forwardHeader, s.forwardFormat = header, format }
}

// ForwardedHeaders is UseForwardedHeaders for X-Forwarded-Proto and X-Forwarded-Host, from loopback. Default false.
func ForwardedHeaders(on bool) Option { return func(s *settings) { s.forwardedHeaders = on } }

// ListenPlain opens a second port without TLS, for what a TLS-terminating proxy sends. Default: there is none.
func ListenPlain(address string) Option { return func(s *settings) { s.plainAddress = address } }

// forwarded applies what a proxy said to the facts of a request.
func (s *Server) forwarded(r *request) {
	if s.settings.forwardedHeaders {
		if v := lastEntry(r.header["X-Forwarded-Proto"]); v != "" {
			r.scheme = v
		}
		if v := lastEntry(r.header["X-Forwarded-Host"]); v != "" {
			r.host = v
		}
	}
	if s.settings.forwardHeader == "" {
		return
	}
	values := r.header[http.CanonicalHeaderKey(s.settings.forwardHeader)]
	text := strings.Join(values, ",")
	if blank(text) {
		return
	}
	r.presented = nil
	if c := forwardedCertificate(text, s.settings.forwardFormat); c != nil {
		r.presented = []*x509.Certificate{c}
	}
}

// lastEntry is the last element of a list header, which the nearest proxy wrote.
func lastEntry(values []string) string {
	list := strings.Split(strings.Join(values, ","), ",")
	return strings.TrimSpace(list[len(list)-1])
}

// forwardedCertificate reads the header's value, nil if it is no certificate.
func forwardedCertificate(text string, format ForwardFormat) *x509.Certificate {
	if format == ForwardPEM {
		text = unescapePercent(text)
		const begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
		_, rest, ok := strings.Cut(text, begin)
		if !ok {
			return nil
		}
		if text, _, ok = strings.Cut(rest, end); !ok {
			return nil
		}
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return c
}
