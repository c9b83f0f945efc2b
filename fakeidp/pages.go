package fakeidp

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
)

// PageStyle is what people see who are sent to the server by a client.
type PageStyle int

// The styles of pages.
const (
	// NoPages: the host brings its own by Application, SignIn, ApproveDevice and SignOut.
	NoPages PageStyle = iota
	// ApproveAtOnce asks nobody anything: whoever comes is signed in, agrees to everything and is sent back. It is the user that
	// login_hint names by subject or user name, else the first.
	ApproveAtOnce
	// AskPeople shows small pages, without scripts: user name and password, consent, device code, requests through the backchannel,
	// sign-out.
	AskPeople
)

// Pages gives the server pages of its own at /login, /consent, /device, /ciba, /logout and /home/error, below its path base. They need
// Users. Default NoPages.
func Pages(style PageStyle) Option { return func(s *settings) { s.pages = style } }

// agree looks for options that contradict each other.
func (s *settings) agree() {
	if s.pages != NoPages && len(s.users) == 0 {
		s.fail("Pages needs somebody who can sign in: give Users")
	}
	if s.version == strictName && s.certificateMode == DelayCertificate {
		s.fail("%s does not ask for certificates later: DelayCertificate is Kestrel's", strictName)
	}
}

// hostPages are the pages of a host that brings none, by their path.
func hostPages() map[string]func(d *decision) outcome {
	return map[string]func(d *decision) outcome{
		"/login": decideLoginPage, "/consent": decideConsentPage, "/device": decideDevicePage, "/ciba": decideRequestsPage, "/logout": decideLogoutPage,
		"/home/error": decideErrorPage,
	}
}

// page: something for people to read, and perhaps a form to fill in.
type page struct {
	status int
	kind   pageKind
	// message is what went wrong before, or "".
	message string
	// client asks, for these scopes.
	client string
	scopes []string
	// back is where a form sends the browser in the end, code what a device shows, token what proves that the form is ours.
	back, code, token string
	user              string
	cookies           []string
	// frame is loaded beside what people read, onward where they can go; atOnce sends them there when all of it is loaded.
	frame, onward string
	atOnce        bool
	// requests wait for the answer of who looks at the page.
	requests []*pendingRequest
	// ended are sessions of which clients are to hear.
	ended []farewell
}

func (page) decided() {}

// pageKind names a page.
type pageKind string

// The pages.
const (
	loginPage   pageKind = "login"
	consentPage pageKind = "consent"
	devicePage  pageKind = "device"
	logoutPage  pageKind = "logout"
	donePage    pageKind = "done"
	errorPage   pageKind = "error"
	requestPage pageKind = "requests"
)

// pageRequest are the parameters of a page, and whether they came by its form.
func (d *decision) pageRequest() (sent pairs, posted bool, wrong outcome) {
	sent, wrong = d.browserParameters()
	if wrong == nil && d.method == http.MethodPost && d.pages == ApproveAtOnce {
		wrong = wrongMethod{[]string{http.MethodGet}}
	}
	return sent, d.method == http.MethodPost, wrong
}

// value is a parameter whatever the case of its name, as ASP.NET reads them.
func (p pairs) value(name string) string {
	for _, e := range p {
		if strings.EqualFold(e[0], name) {
			return e[1]
		}
	}
	return ""
}

// returnsHere tells whether a page may send the browser there: to the authorization callback, the device page or the page of requests of
// this server, and nowhere else.
func (d *decision) returnsHere(to string) bool {
	return strings.HasPrefix(to, d.pathBase+d.profile.authorizePath+"/callback?") || strings.HasPrefix(to, d.pathBase+"/device?") || to == d.pathBase+"/ciba"
}

// lost is the page for those who came by a link that leads nowhere.
func lost(message string) outcome {
	return page{status: http.StatusBadRequest, kind: errorPage, message: message}
}

// decideLoginPage signs a user in.
func decideLoginPage(d *decision) outcome {
	sent, posted, wrong := d.pageRequest()
	if wrong != nil {
		return wrong
	}
	back := sent.value("ReturnUrl")
	if !d.returnsHere(back) {
		return lost("This page is reached from an application that wants to know who you are.")
	}
	_, query, _ := strings.Cut(back, "?")
	hint := d.hintOf(readPairs(query))
	switch {
	case d.pages == ApproveAtOnce:
		return d.enters(d.userNamed(hint, true), back)
	case !posted:
		return page{status: http.StatusOK, kind: loginPage, back: back, user: hint}
	}
	u := d.userNamed(sent.value("username"), false)
	if u == nil || !sameSecret(u.Password, sent.value("password")) {
		return page{status: http.StatusOK, kind: loginPage, back: back, user: sent.value("username"), message: "User name or password is wrong."}
	}
	return d.enters(u, back)
}

// hintOf is the login_hint of an authorization request, which may have been pushed.
func (d *decision) hintOf(sent pairs) string {
	if p := d.state.pushed(sent.get("request_uri"), d.now.Unix()); p != nil {
		sent = p.sent
	}
	return sent.get("login_hint")
}

// userNamed finds a user by user name, or by subject too where a hint names it; an unknown hint is the first user.
func (d *decision) userNamed(name string, byHint bool) *User {
	i := slices.IndexFunc(d.users, func(u User) bool { return u.Username == name || byHint && u.Subject == name })
	switch {
	case i >= 0:
		return &d.users[i]
	case byHint && len(d.users) > 0:
		return &d.users[0]
	}
	return nil
}

// enters signs a user in and sends the browser on.
func (d *decision) enters(u *User, back string) outcome {
	if u == nil {
		return lost("Nobody can sign in here.")
	}
	cookie, it := d.state.newSession(u.Subject, d.now.Unix(), d.signedIn())
	return redirect{location: back, toClient: true, cookies: []string{setCookie(sessionIDCookie, it.id, true), setCookie(sessionCookie, cookie, false)}}
}

// formToken proves that a form was shown to this session.
func formToken(who *session) string {
	sum := sha256.Sum256([]byte("form of " + who.id + " " + who.subject))
	return base64URL(sum[:])
}

// decideConsentPage asks whether a client may have what it wants.
func decideConsentPage(d *decision) outcome {
	sent, posted, wrong := d.pageRequest()
	if wrong != nil {
		return wrong
	}
	back := sent.value("returnUrl")
	_, query, _ := strings.Cut(back, "?")
	who := d.signedIn()
	if who == nil || !d.returnsHere(back) {
		return lost("This page is reached from an application that wants something of you, after you have signed in.")
	}
	a, mistaken := d.authorization(readPairs(query), "")
	if mistaken != nil {
		return lost(mistaken.description)
	}
	if !posted && d.pages == AskPeople {
		return page{status: http.StatusOK, kind: consentPage, back: back, client: a.client.ID, scopes: a.scopes, token: formToken(who)}
	}
	if posted && sent.value("token") != formToken(who) {
		return lost("This form is not from your session.")
	}
	d.state.keepConsent(a.consentKey(who.subject), !posted || d.rules.agreed(sent.value("answer")))
	return redirect{location: back}
}

// decideDevicePage lets a user agree to what a device asked for (RFC 8628 §3.3).
func decideDevicePage(d *decision) outcome {
	sent, posted, wrong := d.pageRequest()
	if wrong != nil {
		return wrong
	}
	code := sent.value("userCode")
	who := d.signedIn()
	if who == nil {
		return redirect{location: d.base() + "/login?ReturnUrl=" + escapeURL(d.pathBase+"/device?"+pairs{{"userCode", code}}.query())}
	}
	p := d.state.waitsFor(code, d.now.Unix())
	switch {
	case p == nil && code == "" && d.pages == AskPeople:
		return page{status: http.StatusOK, kind: devicePage}
	case p == nil:
		return page{status: http.StatusBadRequest, kind: devicePage, message: "No device waits for this code."}
	case !posted && d.pages == AskPeople:
		return page{status: http.StatusOK, kind: devicePage, code: code, client: p.client, scopes: p.scopes, token: formToken(who)}
	case posted && sent.value("token") != formToken(who):
		return lost("This form is not from your session.")
	}
	by := Session{ID: who.id, Subject: who.subject, since: who.authTime}
	agreed := !posted || d.rules.agreed(sent.value("answer"))
	d.state.answer(func(p *pendingRequest) bool { return p.userCode == code }, agreed, by)
	if !agreed {
		return page{status: http.StatusOK, kind: donePage, message: "The device was told no."}
	}
	return page{status: http.StatusOK, kind: donePage, message: "The device may go on."}
}

// decideLogoutPage signs a user out, and sends the browser back to the client where there is a way.
func decideLogoutPage(d *decision) outcome {
	sent, posted, wrong := d.pageRequest()
	if wrong != nil {
		return wrong
	}
	id := sent.value("logoutId")
	l := d.state.logout(id)
	who := d.signedIn()
	if who != nil && !posted && d.pages == AskPeople {
		p := page{status: http.StatusOK, kind: logoutPage, code: id, token: formToken(who)}
		if l != nil {
			p.client = l.client
		}
		return p
	}
	if posted && who != nil && sent.value("token") != formToken(who) {
		return lost("This form is not from your session.")
	}
	cookies, ended := d.state.signOut(d.header["Cookie"], l)
	frame, onward := d.frameURL(ended), l.location()
	if onward != "" && frame == "" {
		return redirect{location: onward, toClient: true, cookies: cookies, ended: ended}
	}
	return page{status: http.StatusOK, kind: donePage, message: "You are signed out.", cookies: cookies, frame: frame, onward: onward, atOnce: d.pages == ApproveAtOnce,
		ended: ended}
}

// decideErrorPage tells a person why an application's request was not taken.
func decideErrorPage(d *decision) outcome {
	if o, ok := d.only(http.MethodGet); !ok {
		return o
	}
	m := d.state.mistake(d.query.Get("errorId"))
	message := m.code
	if m.description != "" {
		message += ": " + m.description
	}
	return page{status: http.StatusOK, kind: errorPage, message: message}
}

// waitsFor is the request of a device with this user code, nil if none waits. It is a copy.
func (s *state) waitsFor(userCode string, now int64) *pendingRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pending {
		if userCode != "" && p.userCode == userCode && p.approved == nil && !p.denied && now <= p.expires {
			found := *p
			return &found
		}
	}
	return nil
}

// answer tells those who wait for a user what was said.
func (s *state) answer(fits func(*pendingRequest) bool, agreed bool, by Session) {
	if agreed {
		s.approve(fits, authorized{subject: by.Subject, session: by.ID, authTime: by.since, methods: []string{"pwd"}})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pending {
		if p.approved == nil && fits(p) {
			p.denied = true
		}
	}
}
