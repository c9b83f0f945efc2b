package fakeidp

// spoiling makes a fault that spoils finished logout tokens.
func spoiling(name, doc string, spoil func(m *minted)) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.renderings.logoutToken
		p.renderings.logoutToken = func(r *renderer, t *logoutToken) string {
			text := right(r, t)
			parts, err := parseJWS(text)
			if err != nil {
				return text // another fault made of it what is no JWT
			}
			m := &minted{header: parts.header, payload: parts.payload, alg: r.keys.alg, style: r.profile.jwtStyle, now: t.issuedAt, key: r.keys.named(parts.header.text("kid")).key}
			spoil(m)
			return m.text()
		}
	}}
}

// flawed makes a fault that spoils logout tokens as a flaw spoils minted access tokens.
func flawed(name, doc, flaw string) Fault {
	return spoiling(name, doc, func(m *minted) {
		f, _ := FlawNamed(flaw)
		f.spoil(m)
	})
}

// logoutTokenFaults are mistakes in logout tokens (Back-Channel Logout 1.0 §2.4 and 2.6). They can be seen where the server has Users.
func logoutTokenFaults() []Fault {
	saying := func(name, doc, claim string, value any) Fault {
		return spoiling(name, doc, func(m *minted) { m.claim(claim, value) })
	}
	leaving := func(name, doc, claim string) Fault {
		return spoiling(name, doc, func(m *minted) { m.payload = m.payload.drop(claim) })
	}
	return []Fault{
		leaving("logout-tokens-without-sid", "A logout token does not say which session ended.", "sid"),
		leaving("logout-tokens-without-events", "A logout token does not say that it is one: it has no events.", "events"),
		saying("logout-tokens-with-nonce", "A logout token has a nonce, as if it were an id_token.", "nonce", "n"),
		saying("logout-tokens-for-another-client", "A logout token has another client in aud.", "aud", "another-client"),
		saying("logout-tokens-of-another-issuer", "A logout token names another issuer.", "iss", "https://issuer.example"),
		saying("logout-tokens-of-another-user", "A logout token is about another user.", "sub", "another-user"),
		saying("logout-tokens-repeat-their-id", "Every logout token has the same jti.", "jti", "00000000000000000000000000000000"),
		flawed("logout-tokens-run-out", "A logout token ran out an hour before it comes.", "expired"),
		flawed("logout-tokens-as-id-tokens", "A logout token has the type of id_tokens.", "other-type"),
		flawed("logout-tokens-unsigned", "A logout token is not signed: alg is none.", "alg-none"),
		flawed("logout-tokens-badly-signed", "One bit of the signature of a logout token is wrong.", "bad-signature"),
	}
}
