package fakeidp

import (
	"crypto/tls"
	"slices"
)

// Variations are all variations, in the order in which they are documented.
func Variations() []Variation {
	return slices.Concat(refusalVariations(), aliasVariations(), tlsVariations(), answerVariations(), tokenVariations(), metadataVariations(), policyVariations(), userVariations())
}

// afterwards changes the server's answers when they are otherwise done.
func (p *persona) afterwards(change func(o outcome, r *response)) {
	before := p.renderings.last
	p.renderings.last = func(r *renderer, o outcome, answer response) response {
		answer = before(r, o, answer)
		change(o, &answer)
		return answer
	}
}

// withTLS changes the TLS configuration of every port before the server's own settings are made.
func (p *persona) withTLS(change func(s *settings, c *tls.Config)) {
	first, second := p.handshake.configure, p.handshake.configureAlias
	p.handshake.configure = func(s *settings, c *tls.Config) { change(s, c); first(s, c) }
	if second != nil {
		p.handshake.configureAlias = func(s *settings, c *tls.Config) { change(s, c); second(s, c) }
	}
}

// isStrict tells the strict server from IdentityServer, where a variation has to be made differently.
func (p *persona) isStrict() bool { return p.profile.name == strictName }

// setHeader gives a header one value, in place.
func (r *response) setHeader(name, value string) {
	for i, h := range r.headers {
		if h[0] == name {
			r.headers[i][1] = value
			return
		}
	}
	r.headers = append(r.headers, [2]string{name, value})
}

// isJSON tells whether the answer is a JSON object.
func (r *response) isJSON() bool { return len(r.body) > 1 && r.body[0] == '{' }
