package fakeidp

import (
	"crypto/ecdsa"
	"crypto/x509"
	"fmt"
	"net"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// dotnetSubject is X509Certificate2.Subject on the .NET of the recorded servers.
func dotnetSubject(c *x509.Certificate) string {
	return subjectOn(c, dn.Linux, 10)
}

// ownIdentity makes an authority and a server certificate for these hosts.
func ownIdentity(seed string, clock func() time.Time, hosts []string) (root *x509.Certificate, id *pki.Identity, err error) {
	lab := pki.New(pki.Options{Seed: seed, Clock: clock})
	ca := lab.Root("fakeidp root")
	var names, addresses []string
	for _, h := range hosts {
		if net.ParseIP(h) != nil {
			addresses = append(addresses, h)
		} else {
			names = append(names, h)
		}
	}
	id = ca.Server("localhost", trait.DNS(names...), trait.IP(addresses...))
	if id.Certificate() == nil {
		return nil, nil, fmt.Errorf("fakeidp: no server certificate: %w", lab.Err())
	}
	return ca.Certificate(), id, nil
}

// ellipticKey is a P-256 key: that of a seed, or a new one.
func ellipticKey(seed string, clock func() time.Time) *ecdsa.PrivateKey {
	lab := pki.New(pki.Options{Seed: seed, Clock: clock})
	key, ok := lab.SelfSigned("fakeidp token signing", trait.Key(trait.P256)).Key().(*ecdsa.PrivateKey)
	if !ok {
		panic(fmt.Sprintf("fakeidp: no key from the seed: %v", lab.Err()))
	}
	return key
}
