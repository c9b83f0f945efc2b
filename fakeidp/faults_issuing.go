package fakeidp

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"sync"
)

// onConnection remembers one thing of each connection.
type onConnection[V any] struct {
	mu   sync.Mutex
	seen map[int]V
}

// first keeps a value for a connection unless one is kept already, and returns the one that is kept.
func (m *onConnection[V]) first(c *connection, v V) V {
	if c == nil {
		return v
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if kept, ok := m.seen[c.number]; ok {
		return kept
	}
	if m.seen == nil {
		m.seen = map[int]V{}
	}
	if len(m.seen) >= maxRemembered {
		clear(m.seen)
	}
	m.seen[c.number] = v
	return v
}

// kept tells whether something is kept for a connection.
func (m *onConnection[V]) kept(c *connection) bool {
	if c == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.seen[c.number]
	return ok
}

// issuingFaults are mistakes of a server that decides once for several requests, and further ways to write cnf wrongly.
func issuingFaults() []Fault {
	sha1Of := func(c *x509.Certificate) string {
		sum := sha1.Sum(c.Raw)
		return base64.RawURLEncoding.EncodeToString(sum[:])
	}
	const large = 16 << 10
	return []Fault{
		concluding("fails-at-large-certificates", "The server answers 500 instead of a token where the certificate has more than 16 KB.", func(d *decision, o outcome) outcome {
			if _, is := o.(issued); is && d.certificate() != nil && len(d.certificate().Raw) > large {
				return emptyAnswer{http.StatusInternalServerError}
			}
			return o
		}),
		{"remembers-who-asked", "Whoever asked first on a connection is taken for the client of all requests that follow on it.", func(p *persona) {
			var asked onConnection[*caller]
			right := p.rules.authenticates
			p.rules.authenticates = func(d *decision) authentication {
				a := right(d)
				if a.caller == nil || a.caller.client == nil {
					return a
				}
				a.caller = asked.first(d.connection, a.caller)
				return a
			}
		}},
		{"believes-connections", "Once a client was known on a connection, whoever names a client there is that client.", func(p *persona) {
			var known onConnection[bool]
			right := p.rules.authenticates
			p.rules.authenticates = func(d *decision) authentication {
				a := right(d)
				if a.caller != nil {
					known.first(d.connection, true)
					return a
				}
				if c := d.clients[formOf(d).first("client_id")]; c != nil && known.kept(d.connection) {
					return shownBy(d, c)
				}
				return a
			}
		}},
		{"binds-to-the-first-request", "Every token of a connection is bound as the first was.", func(p *persona) {
			var bound onConnection[*x509.Certificate]
			right := p.rules.bindingCertificate
			p.rules.demandsCertificate = func(*decision, *caller) bool { return false }
			p.rules.bindingCertificate = func(d *decision, who *caller) *x509.Certificate { return bound.first(d.connection, right(d, who)) }
		}},
		{"gives-tokens-again", "A client that asks again gets the token that it got first, whatever certificate it shows.", func(p *persona) {
			var given sync.Map
			before := p.rules.concludes
			p.rules.concludes = func(d *decision, o outcome) outcome {
				o = before(d, o)
				token, ok := o.(issued)
				if !ok || token.access == nil || !about(ClientCredentials)(d) {
					return o
				}
				first, _ := given.LoadOrStore(token.access.clientID+" "+strings.Join(token.scopes, " "), token)
				return first.(issued)
			}
		}},
		confirming("cnf-is-empty", "The claim cnf is an object without members.", func(*x509.Certificate) any { return object{} }),
		confirming("thumbprint-as-x5t", "The claim cnf has x5t, the thumbprint of SHA-1, and no x5t#S256.", func(c *x509.Certificate) any {
			return object{{"x5t", sha1Of(c)}}
		}),
		confirming("thumbprint-of-the-pem", "The thumbprint is that of the certificate in PEM.", func(c *x509.Certificate) any {
			sum := sha256.Sum256(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
			return object{{"x5t#S256", base64.RawURLEncoding.EncodeToString(sum[:])}}
		}),
	}
}
