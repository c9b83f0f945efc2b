package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
)

// distrust says in words why a server's certificate does not verify, and which one it is. host is what it was asked for.
func distrust(err error, host string) string {
	var failed *tls.CertificateVerificationError
	if !errors.As(err, &failed) || len(failed.UnverifiedCertificates) == 0 {
		return err.Error()
	}
	leaf := failed.UnverifiedCertificates[0]
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &name):
		return fmt.Sprintf("%s is for %s, not for %s", shownAs(leaf), names(leaf), host)
	case errors.As(err, &unknown) && string(leaf.RawIssuer) == string(leaf.RawSubject):
		return shownAs(leaf) + " is self-signed and not trusted"
	case errors.As(err, &unknown):
		return fmt.Sprintf("%s was issued by %s, which is not trusted", shownAs(leaf), called(leaf.Issuer.String()))
	case errors.As(err, &invalid):
		if invalid.Reason == x509.Expired {
			return outOfDate(invalid.Cert)
		}
		if invalid.Reason == x509.IncompatibleUsage {
			return shownAs(leaf) + " is not for servers"
		}
	}
	return shownAs(leaf) + ": " + strings.TrimPrefix(failed.Err.Error(), "x509: ")
}

// outOfDate is of the certificate whose time it is not: the server's, or an authority's.
func outOfDate(c *x509.Certificate) string {
	if now := time.Now(); now.Before(c.NotBefore) {
		return fmt.Sprintf("%s is not valid before %s", shownAs(c), c.NotBefore.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("%s expired at %s", shownAs(c), c.NotAfter.UTC().Format(time.RFC3339))
}

func shownAs(c *x509.Certificate) string { return "the certificate " + called(c.Subject.String()) }

func called(name string) string {
	if name == "" {
		return "without a subject"
	}
	return harness.Printable(name)
}

// names are the hosts that a certificate is for.
func names(c *x509.Certificate) string {
	all := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, net.IP.String(ip))
	}
	if len(all) == 0 {
		return "no host"
	}
	return harness.Printable(strings.Join(all, ", "))
}
