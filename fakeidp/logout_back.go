package fakeidp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// logoutEvent is what the events of a logout token name.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutTokenLifetime in seconds.
const logoutTokenLifetime = 300

// logoutToken is what a logout token says (Back-Channel Logout 1.0 §2.4), and where it goes.
type logoutToken struct {
	to                                     string
	issuer, audience, subject, session, id string
	issuedAt                               int64
}

// logoutTokens are those that the clients of these sessions are to get.
func (d *decision) logoutTokens(ended []farewell) []*logoutToken {
	var list []*logoutToken
	for _, f := range ended {
		for _, c := range d.rules.hears(d, f) {
			if c.BackChannelLogoutURI != "" {
				list = append(list, &logoutToken{to: c.BackChannelLogoutURI, issuer: d.rules.issuer(d), audience: c.ID, subject: f.subject, session: f.session,
					id: d.state.id(), issuedAt: d.now.Unix()})
			}
		}
	}
	return list
}

// renderLogoutToken writes a logout token as the version does.
func renderLogoutToken(r *renderer, t *logoutToken) string {
	claims := object{{"iss", t.issuer}, {"nbf", t.issuedAt}, {"iat", t.issuedAt}, {"exp", t.issuedAt + logoutTokenLifetime}, {"aud", t.audience}, {"jti", t.id},
		{"events", object{{logoutEvent, object{}}}}, {"sub", t.subject}, {"sid", t.session}, {"logout_reason", "user_logout"}}
	return r.keys.sign(r.jwtHeader(r.profile.logoutType), ordered(claims, r.profile.logoutToken), r.profile.jwtStyle)
}

// endedBy are the sessions that an outcome ended.
func endedBy(o outcome) []farewell {
	switch o := o.(type) {
	case page:
		return o.ended
	case redirect:
		return o.ended
	}
	return nil
}

// tells sends each client of these sessions its logout token, all at once, and waits for the answers, but not for long. The journal has
// them afterwards, in the order of the clients.
func (s *Server) tells(g *generation, d *decision, ended []farewell) {
	tokens := d.logoutTokens(ended)
	if len(tokens) == 0 {
		return
	}
	entries := make([]*Request, len(tokens))
	var posts []func(context.Context)
	for i, t := range tokens {
		e := &Request{Time: s.settings.clock(), Outgoing: true, Method: http.MethodPost, Endpoint: string(backChannelLogoutEndpoint), ClientID: t.audience}
		entries[i] = e
		form := url.Values{"logout_token": {g.renderer.with.logoutToken(g.renderer, t)}}
		posts = append(posts, func(ctx context.Context) { d.posts(ctx, t.to, form, e) })
	}
	if !s.errands.run(posts) {
		for _, e := range entries {
			e.Error = "not sent: the server ends"
		}
	}
	for _, e := range entries {
		s.journal.finish(e, e.Status)
	}
}

// posts sends a form to an address on loopback and notes what came of it.
func (d *decision) posts(ctx context.Context, to string, form url.Values, e *Request) {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		e.Error = "not sent: the address is no http or https address"
		return
	}
	e.Host, e.Path = u.Host, u.Path
	if !onLoopback(u.Hostname()) {
		e.Error = fmt.Sprintf("not sent: %s is not on loopback", u.Hostname())
		return
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		e.Error = "not sent: " + err.Error()
		return
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", "") // .NET sends none
	answer, err := d.loopbackClient().Do(r)
	if err != nil {
		if told := (*url.Error)(nil); errors.As(err, &told) {
			err = told.Err // without the address, which may hold a secret
		}
		e.Error = "not answered: " + err.Error()
		return
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
	e.Status = answer.StatusCode
}

// logoutPatience is for how long a sign-out waits for the clients that it tells.
const logoutPatience = 5 * time.Second
