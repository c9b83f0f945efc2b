package fakeidp

import (
	"crypto/x509"
	"net/http"
	"strings"
)

// parsing makes a fault that finds the credential of a request in another way; right is how it is done rightly.
func parsing(name, doc string, finds func(d *decision, right func(*decision) *credential) *credential) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.credential
		p.rules.credential = func(d *decision) *credential { return finds(d, right) }
	}}
}

// clientFaults are mistakes in who is taken for which client.
func clientFaults() []Fault {
	return []Fault{
		{"ids-knows-unknown-clients", "An unknown client_id is taken for the first client that the certificate fits.", func(p *persona) {
			p.rules.knownClient = func(d *decision, id string) *Client {
				if c := knownClient(d, id); c != nil || d.certificate() == nil {
					return c
				}
				return fitting(d)
			}
		}},
		{"ids-serves-disabled", "A client that is switched off is served.", func(p *persona) {
			p.rules.knownClient = func(d *decision, id string) *Client {
				c := knownClient(d, id)
				if c == nil || !c.Disabled {
					return c
				}
				on := *c
				on.Disabled = false
				return &on
			}
		}},
		concluding("ids-says-who-is-disabled", "A client that is switched off learns that it is.", func(d *decision, o outcome) outcome {
			if c := d.clients[d.asking]; c != nil && c.Disabled {
				return explain("invalid_client", "The client is disabled.")
			}
			return o
		}),
		{"ids-serves-clients-without-secrets", "A client without any secret needs none.", func(p *persona) {
			p.rules.needsNoSecret = func(c *Client) bool { return c.Public || len(c.Secrets) == 0 }
			p.rules.wellConfigured = func(d *decision, c *Client) bool { return len(c.Secrets) == 0 || wellConfigured(d, c) }
		}},
		{"ids-public-client-credentials", "A public client gets tokens with client_credentials.", func(p *persona) {
			p.profile.publicClientCredentials = true
		}},
		concluding("ids-grant-before-client", "The grant is looked at before the client is authenticated.", func(d *decision, o outcome) outcome {
			f := formOf(d)
			if r, isRefused := o.(refused); isRefused && r.code == "invalid_client" && f != nil && len(f.all("grant_type")) == 0 {
				return refuse("unsupported_grant_type")
			}
			return o
		}),
	}
}

// fitting is the client, first by identifier, that the certificate of the connection fits.
func fitting(d *decision) *Client {
	var found *Client
	for _, client := range d.clients {
		for _, s := range client.Secrets {
			if certificateProves(d, s, d.certificate()) && (found == nil || client.ID < found.ID) {
				found = client
			}
		}
	}
	return found
}

// precedenceFaults are mistakes in which of several credentials counts.
func precedenceFaults() []Fault {
	return []Fault{
		parsing("ids-certificate-first", "A certificate counts before a shared secret.", func(d *decision, right func(*decision) *credential) *credential {
			if c := certificateOf(d); c != nil {
				return c
			}
			return right(d)
		}),
		parsing("ids-falls-back-to-certificate", "Where a shared secret is wrong the certificate is tried.", func(d *decision, right func(*decision) *credential) *credential {
			c := right(d)
			if c == nil || c.kind != sharedCredential || d.certificate() == nil {
				return c
			}
			if client := knownClient(d, c.clientID); client != nil && !d.proves(c, client.Secrets) {
				return &credential{clientID: c.clientID, kind: certificateCredential, certificate: d.certificate()}
			}
			return c
		}),
		parsing("ids-empty-secret-counts", "An empty client_secret counts as a secret.", func(d *decision, right func(*decision) *credential) *credential {
			if f := formOf(d); f != nil && len(f.all("client_secret")) > 0 && f.first("client_secret") == "" {
				return &credential{clientID: f.first("client_id"), kind: sharedCredential}
			}
			return right(d)
		}),
		parsing("ids-basic-names-the-client", "A Basic header with an empty password names the client whose certificate is shown.", func(d *decision, right func(*decision) *credential) *credential {
			c := right(d)
			if c != nil && c.kind == noSecret && d.certificate() != nil {
				return &credential{clientID: c.clientID, kind: certificateCredential, certificate: d.certificate()}
			}
			return c
		}),
		parsing("ids-basic-with-empty-password-counts", "A Basic header with an empty password counts as a wrong secret.", func(d *decision, right func(*decision) *credential) *credential {
			if c := basicCredential(d); c != nil && c.kind == noSecret {
				return &credential{clientID: c.clientID, kind: sharedCredential, secret: ""}
			}
			return right(d)
		}),
		parsing("ids-malformed-basic-is-fatal", "A malformed Basic header ends authentication.", func(d *decision, right func(*decision) *credential) *credential {
			if strings.HasPrefix(d.header.Get("Authorization"), "Basic ") && basicCredential(d) == nil {
				return nil
			}
			return right(d)
		}),
		parsing("ids-bearer-is-fatal", "An Authorization header of another scheme ends authentication.", func(d *decision, right func(*decision) *credential) *credential {
			if strings.HasPrefix(d.header.Get("Authorization"), "Bearer ") {
				return nil
			}
			return right(d)
		}),
		{"ids-nothing-parsed-is-a-client", "Where no credential is recognised the answer is invalid_client.", func(p *persona) {
			p.profile.nothingParsed = "invalid_client"
		}},
		parsing("ids-finds-clients-by-certificate", "Where no client_id is sent the certificate names the client.", func(d *decision, right func(*decision) *credential) *credential {
			c := right(d)
			if c == nil && d.certificate() != nil {
				if client := fitting(d); client != nil {
					return &credential{clientID: client.ID, kind: certificateCredential, certificate: d.certificate()}
				}
			}
			return c
		}),
		parsing("ids-reads-the-query", "A client_id in the query counts.", func(d *decision, right func(*decision) *credential) *credential {
			c := right(d)
			if id := d.query.Get("client_id"); c == nil && id != "" && d.certificate() != nil {
				return &credential{clientID: id, kind: certificateCredential, certificate: d.certificate()}
			}
			return c
		}),
		parsing("ids-long-ids-count", "A client_id of any length is looked up.", func(d *decision, right func(*decision) *credential) *credential {
			c := right(d)
			if f := formOf(d); c == nil && f != nil && chars(f.first("client_id")) > idLimit {
				return &credential{clientID: f.first("client_id"), kind: certificateCredential, certificate: d.certificate()}
			}
			return c
		}),
		parsing("ids-shorter-ids-count", "A client_id of more than 99 characters does not count.", func(d *decision, right func(*decision) *credential) *credential {
			c := right(d)
			if c != nil && chars(c.clientID) > 99 {
				return nil
			}
			return c
		}),
		parsing("ids-last-client-id-counts", "Of several client_id values the last counts.", func(d *decision, right func(*decision) *credential) *credential {
			c := right(d)
			if f := formOf(d); c != nil && f != nil && len(f.all("client_id")) > 1 {
				ids := f.all("client_id")
				c.clientID = ids[len(ids)-1]
			}
			return c
		}),
		{"ids-any-certificate-for-secret-holders", "A client with a shared secret authenticates by any certificate.", func(p *persona) {
			right := p.rules.certificateProves
			p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
				return s.Type == SharedSecret || right(d, s, c)
			}
		}},
		{"ids-plain-endpoint-compares-nothing", "At the plain token endpoint any certificate authenticates any client known by name.", func(p *persona) {
			right := p.rules.certificateProves
			p.rules.certificateProves = func(d *decision, s Secret, c *x509.Certificate) bool {
				return !d.guarded && s.Type == X509Name || right(d, s, c)
			}
		}},
		concluding("ids-secret-holders-shut-out", "At the door a client with a shared secret is turned away.", func(d *decision, o outcome) outcome {
			if token, served := o.(issued); served && d.guarded && d.certificate() != nil && formOf(d).first("client_secret") != "" && token.access.confirmation == nil {
				return refuse("invalid_client")
			}
			return o
		}),
		{"ids-ids-ignore-case", "A client_id is compared without regard to the case of letters.", func(p *persona) {
			p.rules.knownClient = func(d *decision, id string) *Client {
				for known, c := range d.clients {
					if strings.EqualFold(known, id) {
						return c
					}
				}
				return nil
			}
		}},
		concluding("ids-tokens-for-get", "The token endpoint does not look at the method.", func(d *decision, o outcome) outcome {
			if r, isRefused := o.(refused); isRefused && d.at == tokenEndpoint && d.method != http.MethodPost && r.code == "invalid_request" {
				return emptyAnswer{http.StatusOK}
			}
			return o
		}),
	}
}
