package fakeidp

import (
	"net/http"
	"slices"
)

// logout is a request to sign out that was found good, on its way to the page of the host.
type logout struct {
	client, redirectURI, state string
	// session is the sid of the browser, "" if nobody is signed in there.
	session string
}

// farewell is a session that ended, as its clients hear of it.
type farewell struct {
	subject, session string
	clients          []string
}

// keepLogout remembers a request to sign out and returns its name.
func (s *state) keepLogout(l *logout) string {
	id := s.errorID()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.logouts == nil {
		s.logouts = map[string]*logout{}
	}
	bound(s.logouts)
	s.logouts[id] = l
	return id
}

// logout is what a name stands for, nil if for nothing.
func (s *state) logout(id string) *logout {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logouts[id]
}

// endSessions forgets every browser that is signed in under this sid. There is no farewell where there was none.
func (s *state) endSessions(sid string) []farewell {
	s.mu.Lock()
	defer s.mu.Unlock()
	var last *farewell
	for cookie, it := range s.sessions {
		if it.id != sid {
			continue
		}
		delete(s.sessions, cookie)
		if last == nil {
			last = &farewell{subject: it.subject, session: sid}
		}
		for _, c := range it.clients {
			if !slices.Contains(last.clients, c) {
				last.clients = append(last.clients, c)
			}
		}
	}
	if last == nil {
		return nil
	}
	return []farewell{*last}
}

// decideEndSession is the end session endpoint (OpenID Connect RP-Initiated Logout 1.0 §2) as IdentityServer does it: whatever
// it is asked, it sends the browser to the page on which the host signs users out, with a name for the request if it was
// good. A hint that is none of this server's, or that names another user, is not; an address that is not registered only
// gets lost.
func decideEndSession(d *decision) outcome {
	sent, wrong := d.browserParameters()
	if wrong != nil {
		return wrong
	}
	page := d.base() + "/logout"
	if l := d.logoutRequest(sent); l != nil {
		page += "?logoutId=" + escapeURL(d.state.keepLogout(l))
	}
	return redirect{location: page}
}

// browserParameters are those of the query of a GET, or of the form of a POST.
func (d *decision) browserParameters() (pairs, outcome) {
	switch {
	case d.method == http.MethodGet:
		return readPairs(d.rawQuery), nil
	case d.method != http.MethodPost:
		return nil, wrongMethod{[]string{http.MethodGet, http.MethodPost}}
	case !d.isForm():
		return nil, emptyAnswer{http.StatusUnsupportedMediaType}
	}
	f, err := d.readForm()
	if err != nil {
		return nil, d.unreadable(err, emptyAnswer{http.StatusBadRequest})
	}
	var sent pairs
	for _, k := range f.keys {
		sent = append(sent, [2]string{k, f.values[k][0]})
	}
	return sent, nil
}

// logoutRequest is what a request to sign out asks for, nil if it is not good, or says no client and nobody is signed in.
func (d *decision) logoutRequest(sent pairs) *logout {
	who := d.signedIn()
	l := &logout{}
	if who != nil {
		l.session = who.id
	}
	hint := sent.get("id_token_hint")
	if hint == "" {
		if who == nil || len(d.state.clientsOf(who)) == 0 {
			return nil
		}
		return l
	}
	t := d.identityTokenHint(hint)
	if t == nil || who != nil && t.subject != who.subject {
		return nil
	}
	client := d.rules.knownClient(d, t.audience)
	if client == nil || client.Disabled {
		return nil
	}
	l.client = client.ID
	if uri := sent.get("post_logout_redirect_uri"); slices.Contains(client.PostLogoutRedirectURIs, uri) {
		l.redirectURI, l.state = uri, sent.get("state")
	}
	return l
}

// identityTokenHint reads an id_token that this server issued; how old it is does not matter (RP-Initiated Logout §2).
func (d *decision) identityTokenHint(text string) *identityToken {
	j, err := parseJWS(text)
	if err != nil || j.header.text("typ") != "JWT" {
		return nil
	}
	if !d.state.keys.signed(j) || j.payload.text("iss") != d.rules.issuer(d) {
		return nil
	}
	return &identityToken{audience: j.payload.text("aud"), subject: j.payload.text("sub")}
}

// location is where the browser goes once the user is signed out, "" if nowhere.
func (l *logout) location() string {
	switch {
	case l == nil || l.redirectURI == "":
		return ""
	case l.state == "":
		return l.redirectURI
	}
	return withQuery(l.redirectURI, pairs{{"state", l.state}})
}

// Logout is a request of a client to sign its user out, as a page of the host finds it by its logoutId.
type Logout struct {
	// ClientID is who asked; empty where nobody said.
	ClientID string
	// Location is where the browser is to go afterwards, with the client's state; empty where the client gave no address, or one
	// that is not among its PostLogoutRedirectURIs.
	Location string
	// FrameURL is what the page shows in a frame, so that the clients of the session hear of its end through the browser:
	// IdentityServer's SignOutIFrameUrl. Empty where none of them has a FrontChannelLogoutURI.
	FrameURL string
}

// SignOut signs out the user of the browser that sent this request, and of the one that sent the request named by logoutID: it
// forgets the session and sets the cookies that end it. It returns that request, and the zero value where there is none.
// Clients of the session that have a BackChannelLogoutURI are told before it returns, or five seconds are over.
// It is the counterpart of SignIn for hosts with a sign-out page of their own.
func (s *Server) SignOut(w http.ResponseWriter, r *http.Request, logoutID string) Logout {
	g := s.current.Load()
	in := g.read(r)
	in.pathBase = g.settings.mount // an application does not see it
	d := s.decision(g, in)
	l := s.state.logout(logoutID)
	cookies, ended := s.state.signOut(r.Header["Cookie"], l)
	w.Header()["Set-Cookie"] = append(w.Header()["Set-Cookie"], cookies...)
	out := Logout{FrameURL: d.frameURL(ended)}
	s.tells(g, d, ended)
	if l != nil {
		out.ClientID, out.Location = l.client, l.location()
	}
	return out
}

// signOut ends the session of these cookies and the one that the request names, and returns the cookies that say so.
func (s *state) signOut(cookies []string, l *logout) (set []string, ended []farewell) {
	if who := s.sessionOf(cookies); who != nil {
		ended = s.endSessions(who.id)
	}
	if l != nil && l.session != "" {
		ended = append(ended, s.endSessions(l.session)...)
	}
	const gone = "; expires=" + longAgo
	return []string{setCookie(sessionIDCookie, gone, true), setCookie(sessionCookie, gone, false)}, ended
}
