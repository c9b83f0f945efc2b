package fakeidp

import "net/http"

// failing makes a fault that does something when a client does not authenticate, here.
func failing(name, doc string, here func(d *decision) bool, then func(d *decision)) Fault {
	return authenticating(name, doc, func(d *decision, right func(*decision) authentication) authentication {
		a := right(d)
		if a.caller == nil && here(d) {
			then(d)
		}
		return a
	})
}

// takenFor is an authentication as another client, if there is one with that client_id.
func takenFor(d *decision, a authentication, id string) authentication {
	if c := d.clients[id]; c != nil {
		taken := *a.caller
		taken.client, a.caller = c, &taken
	}
	return a
}

// codeFaults are mistakes with codes, pushed requests and what is issued for them.
func codeFaults() []Fault {
	return []Fault{
		failing("spends-codes-of-failures", "A code is used up by a request whose client does not authenticate.", about(AuthorizationCode), func(d *decision) {
			d.state.takeCode(d.form.first("code"), d.form.first("client_id"))
		}),
		authenticating("redeems-for-other-clients", "A client may redeem another client's code.", func(d *decision, right func(*decision) authentication) authentication {
			a := right(d)
			if a.caller == nil || a.caller.client == nil || !about(AuthorizationCode)(d) {
				return a
			}
			return takenFor(d, a, d.state.codeOf(d.form.first("code")))
		}),
		concluding("identity-tokens-with-cnf", "Identity tokens say what the access token is bound to.", func(_ *decision, o outcome) outcome {
			if token, ok := o.(issued); ok && token.identity != nil && token.access != nil {
				identity := *token.identity
				identity.confirmation = token.access.confirmation
				token.identity = &identity
				return token
			}
			return o
		}),
		seeing("opens-requests-of-other-clients", "A pushed request may be used by any client.", func(d *decision) {
			if p := d.state.pushed(d.query.Get("request_uri"), d.now.Unix()); p != nil && p.client != d.query.Get("client_id") {
				other := *p
				other.client = d.query.Get("client_id")
				d.state.push(d.query.Get("request_uri"), &other)
			}
		}),
		concluding("gives-tokens-in-front", "The authorization endpoint gives an access token where response_type is token.", func(d *decision, o outcome) outcome {
			if d.at != authorizeEndpoint || d.query.Get("response_type") != "token" || d.query.Get("redirect_uri") == "" {
				return o
			}
			return redirect{location: d.query.Get("redirect_uri") + "#" + pairs{{"access_token", d.state.handle()}, {"token_type", "Bearer"}, {"state", d.query.Get("state")}}.query(), toClient: true}
		}),
		failing("ends-grants-of-failures", "A refresh token is ended by a request whose client does not authenticate.", about(refreshGrant), func(d *decision) {
			d.state.forgetRefresh(d.form.first(refreshGrant))
		}),
	}
}

// exchangeFaults are mistakes with tokens of several keys.
func exchangeFaults() []Fault {
	return []Fault{
		concluding("binds-to-both-keys", "A token that was asked for with a certificate and a DPoP proof is bound to both keys.", func(d *decision, o outcome) outcome {
			token, ok := o.(issued)
			if ok && token.dpop && token.access != nil && d.certificate() != nil {
				token.access.confirmation = object{{"x5t#S256", thumbprintSHA256(d.certificate())}, {"jkt", d.proof.thumbprint}}
			}
			return o
		}),
		concluding("exchanges-keep-bindings", "A token that is exchanged for another is bound to the certificate of the first.", func(d *decision, o outcome) outcome {
			if token, ok := o.(issued); ok && token.access != nil && about(TokenExchangeGrant)(d) {
				if subject, _ := d.findToken(d.form.first("subject_token")); subject != nil {
					token.access.confirmation = subject.confirmation
				}
			}
			return o
		}),
	}
}

// codeOf is whose code this is, "" if there is no such code.
func (s *state) codeOf(code string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.codes[code]; c != nil {
		return c.client
	}
	return ""
}

// publicFaults are mistakes with public clients whose tokens are bound, by the strict server.
func publicFaults() []Fault {
	return []Fault{
		{"refreshes-no-bound-tokens", "The refresh token of a public client works with no certificate, not even its own.", func(p *persona) {
			right := p.rules.mayRefresh
			p.rules.mayRefresh = func(d *decision, who *caller, r *refreshToken) bool { return !who.anonymous && right(d, who, r) }
		}},
		{"refreshes-with-an-empty-hand", "The refresh token of a public client works without a certificate, too, and the new token is bound to none.", func(p *persona) {
			may, demands := p.rules.mayRefresh, p.rules.demandsCertificate
			empty := func(d *decision) bool { return about(refreshGrant)(d) && d.certificate() == nil }
			p.rules.mayRefresh = func(d *decision, who *caller, r *refreshToken) bool { return empty(d) || may(d, who, r) }
			p.rules.demandsCertificate = func(d *decision, who *caller) bool { return !empty(d) && demands(d, who) }
		}},
		concluding("wants-issued-certificates", "A public client gets no token with a certificate that no trusted authority issued, unless it is a registered one.", func(d *decision, o outcome) outcome {
			token, ok := o.(issued)
			if !ok || token.access == nil || d.certificate() == nil || d.clients[token.access.clientID] == nil || !d.clients[token.access.clientID].Public {
				return o
			}
			if d.pathHolds() || d.registeredSomewhere() {
				return o
			}
			return refused{at: d.at, code: "invalid_client", description: "The certificate is not trusted."}
		}),
	}
}

// registeredSomewhere tells whether some client is registered with the certificate of the connection.
func (d *decision) registeredSomewhere() bool {
	for _, c := range d.clients {
		for _, s := range c.Secrets {
			if s.Type == JSONWebKey && d.rules.certificateProves(d, s, d.certificate()) {
				return true
			}
		}
	}
	return false
}

// moreUserinfoFaults are further mistakes of the userinfo endpoint.
func moreUserinfoFaults() []Fault {
	return []Fault{
		concluding("userinfo-refuses-bound-tokens", "Userinfo takes no token that is bound.", func(d *decision, o outcome) outcome {
			if _, ok := o.(userClaims); !ok {
				return o
			}
			if t, _ := d.findToken(d.bearer()); t == nil || t.confirmation == nil {
				return o
			}
			return challenge{http.StatusUnauthorized, "invalid_token", ""}
		}),
		guarding("ids-no-userinfo-behind-the-door", "Behind the door for certificates there is no userinfo.", func(d *decision) (string, bool) {
			path, guarded := routesMTLS(d)
			if guarded && path == "/connect/userinfo" {
				return d.path, true
			}
			return path, guarded
		}),
	}
}
