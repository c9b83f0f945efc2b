package fakeidp

// userVariations differ in grants other than client_credentials.
func userVariations() []Variation {
	return []Variation{
		{"replaces-refresh-tokens", "Each refresh replaces the refresh token, whoever the client is (RFC 6749 §6 leaves that to the server).", "", func(p *persona) {
			p.profile.refreshRotates = true
		}},
		{"no-refresh-tokens", "There are no refresh tokens.", "", func(p *persona) {
			before := p.rules.concludes
			p.rules.concludes = func(d *decision, o outcome) outcome {
				o = before(d, o)
				if token, ok := o.(issued); ok {
					token.refresh = ""
					return token
				}
				return o
			}
		}},
		{"passes-proofs-over", "The server has no use for DPoP proofs, and binds tokens to certificates alone, though its metadata name algorithms for proofs.", "", func(p *persona) {
			before := p.rules.sees
			p.rules.sees = func(d *decision) {
				before(d)
				d.header = d.header.Clone()
				d.header.Del("DPoP")
			}
		}},
		{"exchanges-no-bound-tokens", "A token that is bound to another certificate than the client shows is not exchanged (RFC 8693 §2.2.2).", "", func(p *persona) {
			before := p.rules.concludes
			p.rules.concludes = func(d *decision, o outcome) outcome {
				o = before(d, o)
				if _, ok := o.(issued); ok && about(TokenExchangeGrant)(d) {
					return explain("invalid_request", "The token is bound to another certificate.")
				}
				return o
			}
		}},
	}
}
