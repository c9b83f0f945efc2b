package fakeidp

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Token is what an access token of Mint says.
type Token struct {
	// Client is the client_id. It need not be registered.
	Client string
	// Subject is the user. Default: none.
	Subject string
	// Scopes of the token. Default: those of the client.
	Scopes []string
	// Audience of the token. Default: the API resources of the scopes.
	Audience []string
	// Certificate is that to which the token is bound. Default: to none.
	Certificate *x509.Certificate
	// Lifetime of the token; it may be negative. Default: that of the client, or one hour.
	Lifetime time.Duration
	// Reference makes the token a handle that introspection knows, instead of a JWT.
	Reference bool
	// Claims are added to the claims of a JWT, in the order of their names, or replace those of that name; nil takes one out.
	Claims map[string]any
}

// Mint makes an access token without any flow: a right one, or one with flaws. It is signed as the server signs, with the claims and
// in the order of its version; faults that the server has show in it, too. It fails where a claim cannot be said in JSON, and for
// a flaw that has nothing to spoil: a reference has no parts, and a cnf is only where Certificate is.
func (s *Server) Mint(t Token, flaws ...Flaw) (string, error) {
	g := s.current.Load()
	access := s.accessTokenOf(g, t)
	if t.Reference {
		if len(flaws)+len(t.Claims) > 0 {
			return "", errors.New("fakeidp: a reference token has neither claims nor flaws of its own")
		}
		handle := s.state.handle() + g.persona.profile.handleSuffix
		s.state.keepReference(handle, access)
		return handle, nil
	}
	jwt := g.renderer.with.accessToken(g.renderer, access)
	if t.Subject != "" && g.persona.isStrict() { // without users its tokens have the client as their subject
		t.Claims = maps.Clone(t.Claims)
		if t.Claims == nil {
			t.Claims = map[string]any{}
		}
		if _, said := t.Claims["sub"]; !said {
			t.Claims["sub"] = t.Subject
		}
	}
	if len(flaws)+len(t.Claims) == 0 {
		return jwt, nil
	}
	parts, err := parseJWS(jwt)
	if err != nil {
		return "", fmt.Errorf("fakeidp: the server makes no JWTs now: %w", err)
	}
	m := &minted{header: parts.header, payload: parts.payload, alg: s.keys.alg, style: g.persona.profile.jwtStyle, now: access.issuedAt, certificate: t.Certificate}
	m.key = s.keys.named(parts.header.text("kid")).key
	for _, name := range slices.Sorted(maps.Keys(t.Claims)) {
		if t.Claims[name] == nil {
			m.payload = m.payload.drop(name)
			continue
		}
		value, err := json.Marshal(t.Claims[name])
		if err != nil {
			return "", fmt.Errorf("fakeidp: the claim %s: %w", name, err)
		}
		m.payload = m.payload.set(name, written(value))
	}
	for _, f := range flaws {
		if f.spoil == nil {
			return "", errors.New("fakeidp: a flaw that Flaws does not have")
		}
		if f.needsCertificate && t.Certificate == nil {
			return "", fmt.Errorf("fakeidp: the flaw %s spoils cnf: it needs a certificate", f.Name)
		}
		f.spoil(m)
	}
	return m.text(), nil
}

// accessTokenOf is the token that the server would hand out.
func (s *Server) accessTokenOf(g *generation, t Token) *accessToken {
	host, _ := strings.CutPrefix(strings.TrimSuffix(s.URL, g.settings.mount), "https://")
	d := &decision{
		request: &request{scheme: "https", host: host, pathBase: g.settings.mount}, settings: g.settings, profile: &g.persona.profile,
		rules: &g.persona.rules, state: s.state, now: s.Now(),
	}
	c := &Client{ID: t.Client}
	if known := g.settings.clients[t.Client]; known != nil {
		c = known
	}
	now := d.now.Unix()
	a := &accessToken{issuer: d.rules.issuer(d), clientID: t.Client, scopes: t.Scopes, audiences: t.Audience, notBefore: now, issuedAt: now,
		id: s.state.id(), subject: t.Subject}
	if a.scopes == nil {
		a.scopes = c.Scopes
	}
	if a.audiences == nil {
		a.audiences = d.rules.audience(d, a.scopes)
	}
	if t.Subject != "" {
		a.authTime, a.methods = now, []string{"pwd"}
	}
	if t.Certificate != nil {
		a.confirmation = d.rules.confirmation(t.Certificate)
	}
	life := t.Lifetime
	if life == 0 {
		life = d.rules.lifetime(d, c)
	}
	a.expires = now + int64(life.Seconds())
	return a
}
