package wire

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"
)

// Whoever reads why a certificate is refused reads which one, and no words of a library.
func TestSaysWhyACertificateIsRefused(t *testing.T) {
	t.Parallel()
	past := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	leaf := &x509.Certificate{Subject: pkix.Name{CommonName: "id.example"}, Issuer: pkix.Name{CommonName: "Some CA"}, DNSNames: []string{"id.example"},
		IPAddresses: []net.IP{net.ParseIP("192.0.2.1")}, RawSubject: []byte("a"), RawIssuer: []byte("b"), NotAfter: past}
	own := &x509.Certificate{Subject: pkix.Name{CommonName: "own"}}
	authority := &x509.Certificate{Subject: pkix.Name{CommonName: "Some CA"}, NotAfter: past}
	future := &x509.Certificate{NotBefore: time.Date(2999, 1, 2, 3, 4, 5, 0, time.UTC)}
	for want, test := range map[string]struct {
		shown *x509.Certificate
		why   error
	}{
		"the certificate CN=id.example was issued by CN=Some CA, which is not trusted":     {leaf, x509.UnknownAuthorityError{Cert: leaf}},
		"the certificate CN=own is self-signed and not trusted":                            {own, x509.UnknownAuthorityError{Cert: own}},
		"the certificate CN=id.example is for id.example, 192.0.2.1, not for other":        {leaf, x509.HostnameError{Certificate: leaf, Host: "other"}},
		"the certificate CN=own is for no host, not for other":                             {own, x509.HostnameError{Certificate: own, Host: "other"}},
		"the certificate CN=Some CA expired at 2020-01-02T03:04:05Z":                       {leaf, x509.CertificateInvalidError{Cert: authority, Reason: x509.Expired}},
		"the certificate without a subject is not valid before 2999-01-02T03:04:05Z":       {leaf, x509.CertificateInvalidError{Cert: future, Reason: x509.Expired}},
		"the certificate CN=id.example is not for servers":                                 {leaf, x509.CertificateInvalidError{Cert: leaf, Reason: x509.IncompatibleUsage}},
		"the certificate CN=id.example: unhandled critical extension":                      {leaf, x509.UnhandledCriticalExtension{}},
		"the certificate CN=id.example: too many intermediates for path length constraint": {leaf, x509.CertificateInvalidError{Cert: leaf, Reason: x509.TooManyIntermediates}},
	} {
		err := fmt.Errorf("asking: %w", &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{test.shown}, Err: test.why})
		if got := distrust(err, "other"); got != want {
			t.Errorf("%v: %q, expected %q", test.why, got, want)
		}
	}
	if got := distrust(errors.New("something else"), "other"); got != "something else" {
		t.Errorf("got %q", got)
	}
}
