package fakeidp

import (
	"crypto/sha256"
	"slices"
	"strings"
)

// prompts tells whether the request asks for a prompt of this name (OpenID Connect Core §3.1.2.1).
func (a *authorization) prompts(name string) bool {
	return slices.Contains(strings.Fields(a.prompt), name)
}

// consentKey names what a user is asked to agree to, as IdentityServer does.
func (a *authorization) consentKey(subject string) string {
	scopes := slices.Sorted(slices.Values(a.scopes))
	sum := sha256.Sum256([]byte(a.client.ID + ":" + subject + ":" + a.nonce + ":" + strings.Join(scopes, ",")))
	return base64URL(sum[:])
}

// interaction is what the user has to do before the client gets its code, nil if nothing.
func (d *decision) interaction(a *authorization) outcome {
	who := d.signedIn()
	if who == nil || a.prompts("login") && d.at == authorizeEndpoint {
		if a.prompts("none") {
			return d.sendBack(a, "login_required")
		}
		return redirect{location: d.base() + "/login?ReturnUrl=" + escapeURL(d.callback(a))}
	}
	if !a.client.RequireConsent && !a.prompts("consent") {
		return nil
	}
	agreed, answered := d.state.takeConsent(a.consentKey(who.subject))
	switch {
	case agreed:
		return nil
	case answered:
		return d.sendBack(a, "access_denied")
	case a.prompts("none"):
		return d.sendBack(a, "consent_required")
	}
	return redirect{location: d.base() + "/consent?returnUrl=" + escapeURL(d.callback(a))}
}

// callback is where a page of the host sends the browser back to.
func (d *decision) callback(a *authorization) string {
	return d.pathBase + d.profile.authorizePath + "/callback?" + a.sent.query()
}

// sendBack tells the client why it gets no code.
func (d *decision) sendBack(a *authorization, code string) outcome {
	answer := pairs{{"error", code}}
	if a.state != "" {
		answer = append(answer, [2]string{"state", a.state})
	}
	if d.profile.sessionState {
		answer = append(answer, [2]string{"session_state", d.sessionState(a.client.ID, a.redirectURI, "")})
	}
	if d.profile.issuerInRefusals {
		answer = append(answer, [2]string{"iss", d.rules.issuer(d)})
	}
	return redirect{location: a.location(answer) + d.profile.errorFragment, toClient: true, code: code}
}

// toErrorPage shows the user what is wrong; the client hears nothing.
func (d *decision) toErrorPage(m *mistake) outcome {
	id := d.state.errorID()
	d.state.keepMistake(id, *m)
	return redirect{location: d.base() + "/home/error?errorId=" + id, code: m.code}
}

// keepConsent remembers what a user said until it is asked for.
func (s *state) keepConsent(key string, agreed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.consents == nil {
		s.consents = map[string]bool{}
	}
	bound(s.consents)
	s.consents[key] = agreed
}

// takeConsent is what a user said, and whether it said anything; it counts once.
func (s *state) takeConsent(key string) (agreed, answered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	agreed, answered = s.consents[key]
	delete(s.consents, key)
	return agreed, answered
}

// keepMistake remembers what an error page is to say.
func (s *state) keepMistake(id string, m mistake) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mistakes == nil {
		s.mistakes = map[string]mistake{}
	}
	bound(s.mistakes)
	s.mistakes[id] = m
}

// mistake is what an error page says.
func (s *state) mistake(id string) mistake {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mistakes[id]
}
