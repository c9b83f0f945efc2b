package fakeidp

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
)

// The cookies of IdentityServer.
const (
	sessionCookie   = "idsrv"
	sessionIDCookie = "idsrv.session"
)

// session is a user who signed in.
type session struct {
	id       string
	subject  string
	authTime int64
	// clients got codes in this session, in this order. The state guards it.
	clients []string
}

// authorized is what a user agreed to.
type authorized struct {
	subject  string
	session  string
	authTime int64
	methods  []string
	// scopes in the order in which they were asked for.
	scopes []string
	nonce  string
	state  string
	// actor and audiences are what only an extension grant says of its tokens.
	actor     any
	audiences []string
}

// writes puts into a token what is known of the user.
func (to *authorized) writes(t *accessToken) {
	t.subject, t.authTime, t.session, t.methods, t.actor = to.subject, to.authTime, to.session, to.methods, to.actor
	if to.audiences != nil {
		t.audiences = to.audiences
	}
}

// newSession signs a user in and returns the value of the cookie. Who is signed in already stays in the same session.
func (s *state) newSession(subject string, now int64, was *session) (cookie string, it *session) {
	it = &session{subject: subject, authTime: now}
	if was != nil && was.subject == subject {
		it.id, it.clients = was.id, s.clientsOf(was)
	} else {
		it.id = s.id()
	}
	return s.keepSession(it), it
}

// joins notes that a client got a code in a session.
func (s *state) joins(who *session, client string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(who.clients, client) {
		who.clients = append(who.clients, client)
	}
}

// clientsOf are the clients that got codes in a session.
func (s *state) clientsOf(who *session) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(who.clients)
}

// keepSession remembers a session under a new cookie value.
func (s *state) keepSession(it *session) string {
	cookie := base64URL(append(s.random.bytes(32), s.random.bytes(32)...))
	s.mu.Lock()
	defer s.mu.Unlock()
	bound(s.sessions)
	s.sessions[cookie] = it
	return cookie
}

// signedIn is the session of the request's cookie, nil if nobody is signed in.
func (d *decision) signedIn() *session {
	return d.state.sessionOf(d.header["Cookie"])
}

// sessionOf is the session of a request with these Cookie headers.
func (s *state) sessionOf(cookies []string) *session {
	r := http.Request{Header: http.Header{"Cookie": cookies}}
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[c.Value]
}

// sessionState is session_state (OpenID Connect Session Management §3).
func (d *decision) sessionState(clientID, redirectURI, sessionID string) string {
	origin := redirectURI
	if i := strings.Index(origin, "://"); i >= 0 {
		if j := strings.IndexByte(origin[i+3:], '/'); j >= 0 {
			origin = origin[:i+3+j]
		}
	}
	salt := d.state.id()
	sum := sha256.Sum256([]byte(clientID + origin + sessionID + salt))
	return base64URL(sum[:]) + "." + salt
}

// setCookie is the value of a Set-Cookie header of a session cookie.
func setCookie(name, value string, scriptsMayRead bool) string {
	text := name + "=" + value + "; path=/; secure; samesite=none"
	if !scriptsMayRead {
		text += "; httponly"
	}
	return text
}

// Session is a user's session at the server.
type Session struct {
	// ID is the sid of tokens.
	ID      string
	Subject string
	since   int64
}

// SignIn signs a user in for the browser behind this response, as a login page does: it sets the
// cookies and the headers that keep the answer out of caches. The page goes on with the response.
func (s *Server) SignIn(w http.ResponseWriter, subject string) Session {
	cookie, it := s.state.newSession(subject, s.settings.clock().Unix(), nil)
	h := w.Header()
	h["Cache-Control"], h["Expires"], h["Pragma"] = []string{"no-cache,no-store"}, []string{longAgo}, []string{"no-cache"}
	h["Set-Cookie"] = append(h["Set-Cookie"], setCookie(sessionIDCookie, it.id, true), setCookie(sessionCookie, cookie, false))
	return Session{ID: it.id, Subject: subject, since: it.authTime}
}

// longAgo is the date with which ASP.NET expires what carries cookies.
const longAgo = "Thu, 01 Jan 1970 00:00:00 GMT"
