package fakeidp

import (
	"crypto/x509"
)

// routeFaults are mistakes in whose connection and whose certificate a request is said to have, by any server.
func routeFaults() []Fault {
	return []Fault{
		{"believes-the-host", "A request is taken for the alias or for the conventional host by its Host header, whatever connection it comes by.", func(p *persona) {
			p.rules.misdirected = func(*decision) bool { return false }
			p.rules.routesMTLS = func(d *decision) (string, bool) {
				if d.domainName == "" {
					return d.path, d.atAlias
				}
				return d.path, sameHost(d.hostname(), aliasHost(d.settings))
			}
		}},
		seeing("believes-forwarded-certificates", "Whoever sends the header X-SSL-Client-Cert has the certificate in it.", func(d *decision) {
			if text := d.header.Get("X-SSL-Client-Cert"); text != "" {
				if c := forwardedCertificate(text, ForwardHAProxy); c != nil {
					d.presented = []*x509.Certificate{c}
				}
			}
		}),
	}
}
