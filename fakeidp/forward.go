package fakeidp

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ForwardFormat is how a proxy writes the client's certificate into a header.
type ForwardFormat int

// The formats of forwarded certificates.
const (
	// ForwardBase64 is DER in standard base64: IIS and Azure (X-ARR-ClientCert), and ASP.NET's default.
	ForwardBase64 ForwardFormat = iota
	// ForwardPEM is PEM, URL-escaped or on one line: nginx ($ssl_client_escaped_cert) and Apache (SSL_CLIENT_CERT).
	ForwardPEM
	// ForwardHAProxy is DER in standard base64, in quotes or not: HAProxy (%{+Q}[ssl_c_der,base64]).
	ForwardHAProxy
	// ForwardRFC9440 is the header Client-Cert of RFC 9440, a byte sequence such as :MIIB…:, and what the client sent besides in
	// the header of the same name with -Chain.
	ForwardRFC9440
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

// TrustedProxies are the networks from which headers of proxies are believed; from elsewhere they are ignored. A request of a
// trusted proxy without the header is one without a certificate. Default: whoever sends such a header is believed, as
// IdentityServer does, so that everybody who knows a certificate can use it.
func TrustedProxies(networks ...netip.Prefix) Option {
	return func(s *settings) { s.proxies = append(s.proxies, networks...) }
}

// believes tells whether headers of proxies count from this address.
func (s *settings) believes(remote string) bool {
	if len(s.proxies) == 0 {
		return true
	}
	from, err := netip.ParseAddrPort(remote)
	return err == nil && slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(from.Addr().Unmap()) })
}

// forwarded applies what a proxy said to the facts of a request that came from this address.
func (s *settings) forwarded(r *request, remote string) {
	if !s.believes(remote) {
		return
	}
	if s.forwardedHeaders {
		if v := lastEntry(r.header["X-Forwarded-Proto"]); v != "" {
			r.scheme = v
		}
		if v := lastEntry(r.header["X-Forwarded-Host"]); v != "" {
			r.host = v
		}
	}
	if s.forwardHeader == "" {
		return
	}
	values := r.header[http.CanonicalHeaderKey(s.forwardHeader)]
	text := strings.Join(values, ",")
	if blank(text) {
		if len(s.proxies) > 0 { // it speaks for its client, and the certificate of the connection is its own
			r.presented = nil
		}
		return
	}
	r.presented = nil
	if s.forwardFormat == ForwardRFC9440 {
		r.presented = byteSequences(values, r.header[http.CanonicalHeaderKey(s.forwardHeader+"-Chain")])
	} else if c := forwardedCertificate(text, s.forwardFormat); c != nil {
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
	switch format {
	case ForwardHAProxy:
		text = strings.Trim(text, `"`)
	case ForwardPEM:
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

// byteSequences reads the headers of RFC 9440 §2: one byte sequence of RFC 9651 §3.3.5 for the leaf, and a list of them for
// what follows. What cannot be read is as if nothing had been sent.
func byteSequences(leaf, chain []string) []*x509.Certificate {
	texts := []string{strings.Join(leaf, ",")}
	if len(chain) > 0 {
		texts = append(texts, strings.Split(strings.Join(chain, ","), ",")...)
	}
	var found []*x509.Certificate
	for _, text := range texts {
		sequence, parameters, _ := strings.Cut(strings.Trim(text, " \t"), ";")
		sequence = strings.TrimRight(sequence, " ")
		if len(sequence) < 2 || sequence[0] != ':' || sequence[len(sequence)-1] != ':' || strings.Contains(parameters, ",") {
			return nil
		}
		der, err := base64.StdEncoding.DecodeString(sequence[1 : len(sequence)-1])
		if err != nil {
			return nil
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil
		}
		found = append(found, c)
	}
	return found
}
