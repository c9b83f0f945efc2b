package fakeidp

import (
	"crypto/x509"
	"slices"
)

// unproven makes a fault that takes a client's word for who it is, here.
func unproven(name, doc string, here func(d *decision) bool) Fault {
	return authenticating(name, doc, func(d *decision, right func(*decision) authentication) authentication {
		a := right(d)
		if a.caller != nil || !here(d) {
			return a
		}
		if c := d.clients[formOf(d).first("client_id")]; c != nil {
			return shownBy(d, c)
		}
		return a
	})
}

// at tells requests to an endpoint from others.
func at(e endpoint) func(d *decision) bool { return func(d *decision) bool { return d.at == e } }

// about tells token requests with one of these grants from others.
func about(grants ...string) func(d *decision) bool {
	return func(d *decision) bool {
		return d.at == tokenEndpoint && slices.Contains(grants, formOf(d).first("grant_type"))
	}
}

const refreshGrant = "refresh_token"

// refreshing makes a fault that changes what a refresh ends in.
func refreshing(name, doc string, change func(d *decision, o issued) issued) Fault {
	return concluding(name, doc, func(d *decision, o outcome) outcome {
		if token, ok := o.(issued); ok && about(refreshGrant)(d) {
			return change(d, token)
		}
		return o
	})
}

// bindsToFirst makes a fault that binds the tokens of some grants to the certificate that the client showed before, when it began.
func bindsToFirst(name, doc string, begins, ends func(d *decision) bool) Fault {
	return Fault{name, doc, func(p *persona) {
		began := newMemory()
		conclude, bind := p.rules.concludes, p.rules.bindingCertificate
		p.rules.concludes = func(d *decision, o outcome) outcome {
			if _, failed := o.(refused); begins(d) && !failed && d.certificate() != nil {
				began.first(d.asking, d.certificate())
			}
			return conclude(d, o)
		}
		p.rules.bindingCertificate = func(d *decision, who *caller) *x509.Certificate {
			c := bind(d, who)
			if c != nil && who.client != nil && ends(d) && began.known(who.client.ID) != nil {
				return began.known(who.client.ID)
			}
			return c
		}
	}}
}

// grantFaults are mistakes in grants in which a user takes part. They can be seen where the server has Users.
func grantFaults() []Fault {
	return []Fault{
		unproven("refreshes-without-authentication", "Whoever has a refresh token and names its client gets new tokens.", about(refreshGrant)),
		authenticating("refreshes-for-other-clients", "A client may use another client's refresh token.", func(d *decision, right func(*decision) authentication) authentication {
			a := right(d)
			if a.caller == nil || a.caller.client == nil || !about(refreshGrant)(d) {
				return a
			}
			if r := d.state.refresh(d.form.first(refreshGrant)); r != nil && d.clients[r.client] != nil {
				taken := *a.caller
				taken.client, a.caller = d.clients[r.client], &taken
			}
			return a
		}),
		{"refreshes-for-other-certificates", "The refresh token of a public client works with any certificate.", func(p *persona) {
			p.rules.mayRefresh = func(*decision, *caller, *refreshToken) bool { return true }
		}},
		refreshing("refreshes-unbound", "A refreshed token is bound to nothing.", func(_ *decision, o issued) issued {
			o.access.confirmation = nil
			return o
		}),
		refreshing("refresh-keeps-the-first-certificate", "A refreshed token is bound to the certificate of the first request, whatever is shown now.", func(d *decision, o issued) issued {
			if r := d.state.refresh(o.refresh); r != nil {
				o.access.confirmation = r.first.confirmation
			}
			return o
		}),
		refreshing("keeps-replaced-refresh-tokens", "A refresh token that was replaced still works.", func(d *decision, o issued) issued {
			if old := d.form.first(refreshGrant); old != o.refresh {
				if r := d.state.refresh(o.refresh); r != nil {
					d.state.keepRefresh(old, r)
				}
			}
			return o
		}),
		unproven("redeems-without-authentication", "Whoever has a code and names its client gets tokens.", about(AuthorizationCode)),
		unproven("pushes-without-authentication", "Whoever names a client may push authorization requests for it.", at(parEndpoint)),
		bindsToFirst("binds-to-the-pushed-certificate", "A token is bound to the certificate with which the client first pushed a request, not to that of the token request.",
			at(parEndpoint), about(AuthorizationCode)),
		unproven("starts-devices-without-authentication", "Whoever names a client may start its device flow.", at(deviceEndpoint)),
		unproven("asks-users-without-authentication", "Whoever names a client may have its users asked through the backchannel.", at(cibaEndpoint)),
		unproven("polls-without-authentication", "Whoever has a device code or an auth_req_id and names its client gets the tokens.", about(DeviceCode, CIBA)),
		bindsToFirst("binds-to-the-devices-first-certificate", "A token for a device is bound to the certificate with which the client first started, not to that of the token request.",
			at(deviceEndpoint), about(DeviceCode)),
	}
}

// userinfoFaults are mistakes of the userinfo endpoint. They can be seen where the server has Users.
func userinfoFaults() []Fault {
	return []Fault{
		{"userinfo-ignores-bindings", "Userinfo does not ask for the certificate to which a token is bound.", func(p *persona) {
			p.rules.mayUseUserinfo = func(*decision, *accessToken) bool { return true }
		}},
		{"userinfo-takes-any-certificate", "Userinfo asks for a certificate where a token is bound, and takes any.", func(p *persona) {
			right := p.rules.mayUseUserinfo
			p.rules.mayUseUserinfo = func(d *decision, t *accessToken) bool {
				member, _ := boundTo(t.confirmation)
				return member == "x5t#S256" && d.certificate() != nil || right(d, t)
			}
		}},
	}
}
