package fakeidp

import (
	"crypto/x509"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// DotNet says on which .NET the server runs, because the names of certificates, with which Name secrets are compared, are written
// differently: on Windows an attribute type that .NET has no label for is OID.2.5.4.97, on Linux it is OpenSSL's long name,
// organizationIdentifier; before .NET 8 on Linux a name with a value that is no text is empty. (Go's TLS does not let such a
// certificate through.) Default dn.Linux, 10, which the recorded servers ran on.
func DotNet(platform dn.Platform, major int) Option {
	return func(s *settings) {
		if platform != dn.Linux && platform != dn.Windows || major < 3 {
			s.fail("there is no .NET %d on %q whose names are known: linux or windows, 3 or later", major, platform)
		}
		s.platform, s.dotnet = platform, major
	}
}

// readsNames has a persona of IdentityServer read names as the .NET of the options does.
func (s *settings) readsNames(p *persona) {
	if s.dotnet == 0 || p.isStrict() {
		return
	}
	p.rules.nameMatches = func(registered string, c *x509.Certificate) bool {
		return registered == subjectOn(c, s.platform, s.dotnet)
	}
}

// subjectOn is X509Certificate2.Subject on some .NET; what it cannot decode has an empty one.
func subjectOn(c *x509.Certificate, platform dn.Platform, major int) string {
	name, err := pki.ParseDNDER(c.RawSubject)
	if err != nil {
		return ""
	}
	text, err := name.DotNetFor(platform, major)
	if err != nil {
		return ""
	}
	return text
}
