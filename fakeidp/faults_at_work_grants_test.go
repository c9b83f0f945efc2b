package fakeidp_test

import (
	"net/url"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
)

// asks posts a form to an endpoint for clients with certificates.
func (w *workshop) asks(endpoint string, shows *pki.Identity, form url.Values) reply {
	w.Helper()
	q := question{to: w.at(endpoint), form: form}
	if shows != nil {
		q.shows = shows.TLS()
	}
	return put(w, w.idp, q)
}

// must is a reply that has to be good for the rest to say anything.
func (w *workshop) must(r reply) reply {
	w.Helper()
	if r.err != nil || r.status/100 != 2 {
		w.Fatalf("%d %s %v", r.status, r.text, r.err)
	}
	return r
}

// signsIn is the form that redeems a code for this client.
func (w *workshop) signsIn(id string, more ...string) url.Values {
	w.Helper()
	s := newBrowser(w, w.idp).opens(authorizeURL(w.plain("authorize"), append([]string{"client_id", id}, more...)...))
	code := s.at.Query().Get("code")
	if code == "" {
		w.Fatalf("%s: the browser came back to %s with %d %s", id, s.at, s.status, s.text)
	}
	return form("authorization_code", id, "code", code, "redirect_uri", backAt, "code_verifier", verifier)
}

// boundIn is whose certificate the token of a reply names.
func (w *workshop) boundIn(r reply) string {
	w.Helper()
	_, claims, err := decoded(text(w.must(r), "access_token"))
	if err != nil {
		w.Fatal(err)
	}
	return w.bound(claims)
}

// refreshes lets one get a refresh token and another use it.
func (w *workshop) refreshes(id string, first *pki.Identity, asID string, then *pki.Identity) reply {
	w.Helper()
	r := w.must(w.asks("token", first, w.signsIn(id)))
	return w.asks("token", then, form("refresh_token", asID, "refresh_token", text(r, "refresh_token")))
}

// device starts the device flow of app, has the user agree, and is the form that then asks for the token.
func (w *workshop) device() url.Values {
	w.Helper()
	r := w.must(w.asks("device", w.app, url.Values{"client_id": {"app"}, "scope": {"openid"}}))
	newBrowser(w, w.idp).opens(text(r, "verification_uri_complete"))
	return form(fakeidp.DeviceCode, "app", "device_code", text(r, "device_code"))
}

// pushes an authorization request of app.
func (w *workshop) pushes(shows *pki.Identity) reply {
	request, err := url.Parse(authorizeURL(w.plain("authorize")))
	if err != nil {
		w.Fatal(err)
	}
	return w.asks("par", shows, request.Query())
}

func grantsAtWork() []atWork {
	return []atWork{
		{"refreshes-without-authentication", "invalid_client", "200", func(w *workshop) string { return said(w.refreshes("app", w.app, "app", w.other)) }, nil},
		{"refreshes-for-other-clients", "invalid_grant", "200", func(w *workshop) string { return said(w.refreshes("app", w.app, "app-2", w.other)) }, nil},
		{"refreshes-for-other-certificates", "invalid_grant", "200", func(w *workshop) string { return said(w.refreshes("public", w.alone, "public", w.other)) }, nil},
		{"refreshes-unbound", "app", "nothing", func(w *workshop) string { return w.boundIn(w.refreshes("app", w.app, "app", w.app)) }, nil},
		{"refresh-keeps-the-first-certificate", "renewed", "app", func(w *workshop) string { return w.boundIn(w.refreshes("app", w.app, "app", w.renewed)) }, nil},
		{"keeps-replaced-refresh-tokens", "invalid_grant", "200", func(w *workshop) string {
			first := w.must(w.asks("token", w.app, w.signsIn("once")))
			again := form("refresh_token", "once", "refresh_token", text(first, "refresh_token"))
			w.must(w.asks("token", w.app, again))
			return said(w.asks("token", w.app, again))
		}, nil},
		{"pushes-without-authentication", "invalid_client", "201", func(w *workshop) string { return said(w.pushes(w.other)) }, nil},
		{"binds-to-the-pushed-certificate", "renewed", "app", func(w *workshop) string {
			uri := text(w.must(w.pushes(w.app)), "request_uri")
			s := newBrowser(w, w.idp).opens(w.plain("authorize") + "?" + url.Values{"client_id": {"app"}, "request_uri": {uri}}.Encode())
			return w.boundIn(w.asks("token", w.renewed, form("authorization_code", "app", "code", s.at.Query().Get("code"), "redirect_uri", backAt, "code_verifier", verifier)))
		}, nil},
		{"starts-devices-without-authentication", "invalid_client", "200", func(w *workshop) string {
			return said(w.asks("device", w.other, url.Values{"client_id": {"app"}, "scope": {"openid"}}))
		}, nil},
		{"asks-users-without-authentication", "invalid_client", "200", func(w *workshop) string {
			return said(w.asks("ciba", w.other, url.Values{"client_id": {"app"}, "scope": {"openid"}, "login_hint": {"alice"}}))
		}, nil},
		{"polls-without-authentication", "invalid_client", "200", func(w *workshop) string { return said(w.asks("token", w.other, w.device())) }, nil},
		{"binds-to-the-devices-first-certificate", "renewed", "app", func(w *workshop) string { return w.boundIn(w.asks("token", w.renewed, w.device())) }, nil},
		{"userinfo-ignores-bindings", "invalid_token", "200", func(w *workshop) string { return w.atUserinfo(nil) }, nil},
		{"userinfo-takes-any-certificate", "invalid_token", "200", func(w *workshop) string { return w.atUserinfo(w.other) }, nil},
	}
}

// atUserinfo is what userinfo says to somebody who has a token of app.
func (w *workshop) atUserinfo(shows *pki.Identity) string {
	token := text(w.must(w.asks("token", w.app, w.signsIn("app"))), "access_token")
	return said(w.asks("userinfo", shows, url.Values{"access_token": {token}}))
}

func tellingAtWork() []atWork {
	token := func(w *workshop, id string) string {
		return text(w.must(w.asks("token", w.app, grant(id))), "access_token")
	}
	about := func(token, id string) url.Values { return url.Values{"token": {token}, "client_id": {id}} }
	toTheAPI := func(w *workshop, token string) string {
		return said(put(w, w.idp, question{to: w.plain("introspection"), basic: [2]string{"api", "of-the-api"}, form: url.Values{"token": {token}}}))
	}
	revokes := func(shows func(w *workshop) *pki.Identity, id string) func(w *workshop) string {
		return func(w *workshop) string {
			t := token(w, "opaque")
			w.asks("revocation", shows(w), about(t, id))
			return toTheAPI(w, t)
		}
	}
	app, other := func(w *workshop) *pki.Identity { return w.app }, func(w *workshop) *pki.Identity { return w.other }
	return []atWork{
		{"introspects-without-authentication", "invalid_client", "active true", func(w *workshop) string {
			return said(put(w, w.idp, question{to: w.plain("introspection"), form: url.Values{"token": {token(w, "machine")}}}))
		}, nil},
		{"introspects-for-anybody", "active false", "active true", func(w *workshop) string {
			return said(w.asks("introspection", w.other, about(token(w, "machine"), "machine-2")))
		}, nil},
		{"expired-tokens-live", "active false", "active true", func(w *workshop) string {
			t := token(w, "machine")
			w.later.Add(int64(2 * time.Hour))
			return toTheAPI(w, t)
		}, func(w *workshop) []fakeidp.Option {
			return []fakeidp.Option{fakeidp.Clock(func() time.Time { return time.Now().Add(time.Duration(w.later.Load())) })}
		}},
		{"revokes-without-authentication", "active true", "active false", revokes(other, "opaque"), nil},
		{"revokes-for-anybody", "active true", "active false", revokes(other, "machine-2"), nil},
		{"revokes-nothing", "active false", "active true", revokes(app, "opaque"), nil},
	}
}

func revokedAtWork() []atWork {
	revokes := func(w *workshop, a *pki.Authority, id *pki.Identity) {
		if err := a.Revocation().Revoke(id); err != nil {
			w.Fatal(err)
		}
	}
	registered := func(w *workshop) []fakeidp.Option { return []fakeidp.Option{fakeidp.RevokedBy(w.ca)} }
	return []atWork{
		{"ignores-revoked-certificates", "invalid_client", "200", func(w *workshop) string {
			revokes(w, w.ca, w.app)
			return getsToken(w)
		}, registered},
		{"takes-silence-for-good", "invalid_client", "200", getsToken, func(*workshop) []fakeidp.Option {
			return []fakeidp.Option{fakeidp.Revocation(fakeidp.OnlineRevocation)}
		}},
		{"ignores-revoked-authorities", "invalid_client", "200", getsToken, func(w *workshop) []fakeidp.Option {
			below := w.ca.Sub("Below")
			w.app = below.Client("app")
			revokes(w, w.ca, below.Identity)
			return []fakeidp.Option{fakeidp.RevokedBy(w.ca, below), fakeidp.Intermediates(below.Certificate())}
		}},
		{"remembers-good-certificates", "200, invalid_client", "200, 200", func(w *workshop) string {
			first := getsToken(w)
			revokes(w, w.ca, w.app)
			return first + ", " + getsToken(w)
		}, registered},
	}
}
