package fakeidp

import (
	"net/http"
	"strings"
)

// tellingFaults are mistakes of introspection and revocation.
func tellingFaults() []Fault {
	return []Fault{
		authenticating("introspects-without-authentication", "Introspection answers whoever asks.", func(d *decision, right func(*decision) authentication) authentication {
			a := right(d)
			if d.at == introspectionEndpoint && (a.caller == nil || a.caller.anonymous) && len(d.resources) > 0 {
				return authentication{caller: &caller{resource: &d.resources[0]}}
			}
			return a
		}),
		{"introspects-for-anybody", "Introspection tells a client of other clients' tokens.", func(p *persona) {
			p.rules.mayIntrospect = func(*decision, *caller, *accessToken) bool { return true }
		}},
		{"expired-tokens-live", "Introspection calls tokens active that have run out.", func(p *persona) {
			p.rules.tokenAlive = func(d *decision, t *accessToken, _ bool) bool { return !d.state.revokedID(t.id) }
		}},
		unproven("revokes-without-authentication", "Whoever has a token and names its client may revoke it.", at(revocationEndpoint)),
		concluding("revokes-for-anybody", "A client may revoke other clients' tokens.", func(d *decision, o outcome) outcome {
			if d.at != revocationEndpoint || d.form == nil {
				return o
			}
			if a, empty := o.(emptyAnswer); !empty || a.status != http.StatusOK {
				if r, wrong := o.(refused); !wrong || r.code != "invalid_grant" {
					return o
				}
			}
			handle := d.form.first("token")
			if t, _ := d.findToken(handle); t != nil {
				d.state.revoke(handle, t.clientID)
				d.state.revokeID(t.id, t.expires)
			}
			return emptyAnswer{http.StatusOK}
		}),
		seeing("revokes-nothing", "Revocation says that it was done, and nothing is.", func(d *decision) {
			if f := formOf(d); f != nil && strings.HasSuffix(strings.ToLower(d.path), "/revocation") && f.first("token") != "" {
				f.values["token"] = []string{"nothing"}
			}
		}),
	}
}
