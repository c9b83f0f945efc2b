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

func tellingAtWork() []atWork {
	token := func(w *workshop, id string) string {
		return text(w.must(w.asks("token", w.app, grant(id))), "access_token")
	}
	about := func(token, id string) url.Values { return url.Values{"token": {token}, "client_id": {id}} }
	toTheAPI := func(w *workshop, token string) string {
		return said(put(w, w.idp, question{to: w.plain("introspection"), basic: [2]string{"api", "of-the-api"}, form: url.Values{"token": {token}}}))
	}
	return []atWork{
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
