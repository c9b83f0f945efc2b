package fakeidp

import (
	"cmp"
	"net/http"
	"slices"
)

// peopleRules are the decisions about what people say.
type peopleRules struct {
	// agreed tells what the button of a form means.
	agreed func(answer string) bool
	// answered is what a client hears that polls for a user's answer: what was agreed to, or an error.
	answered func(d *decision, p *pendingRequest) (*authorized, string)
	// isAsked: may this user answer the request.
	isAsked func(who *session, p *pendingRequest) bool
}

func isAsked(who *session, p *pendingRequest) bool { return who.subject == p.subject }

// askedUser is whom a request through the backchannel is for: the user of the id_token, else whom login_hint names, else the first. It is
// nobody where there are no users.
func (d *decision) askedUser(loginHint string, hint *identityToken) string {
	if hint != nil {
		return hint.subject
	}
	if u := d.userNamed(loginHint, true); u != nil {
		return u.Subject
	}
	return ""
}

// decideRequestsPage shows a user what clients ask for through the backchannel, and takes the answers (CIBA Core §8).
func decideRequestsPage(d *decision) outcome {
	sent, posted, wrong := d.pageRequest()
	if wrong != nil {
		return wrong
	}
	who := d.signedIn()
	if who == nil {
		return redirect{location: d.base() + "/login?ReturnUrl=" + escapeURL(d.pathBase+"/ciba")}
	}
	p := page{status: http.StatusOK, kind: requestPage, token: formToken(who)}
	waiting := d.state.requestsFor(func(p *pendingRequest) bool { return d.rules.isAsked(who, p) }, d.now.Unix())
	if posted {
		if sent.value("token") != formToken(who) {
			return lost("This form is not from your session.")
		}
		i := slices.IndexFunc(waiting, func(p *pendingRequest) bool { return p.name == sent.value("id") })
		if i < 0 {
			p.status, p.message, p.requests = http.StatusBadRequest, "This request does not wait any more.", waiting
			return p
		}
		agreed := d.rules.agreed(sent.value("answer"))
		d.state.answer(func(p *pendingRequest) bool { return p.name == waiting[i].name }, agreed, Session{ID: who.id, Subject: who.subject, since: who.authTime})
		p.message = "The application was told no."
		if agreed {
			p.message = "The application may go on."
		}
		waiting = slices.Delete(waiting, i, i+1)
	}
	if p.requests = waiting; len(waiting) == 0 && !posted {
		p.message = "No application asks for anything now."
	}
	return p
}

// requestsFor are the requests through the backchannel that wait for an answer, oldest first. They are copies.
func (s *state) requestsFor(fits func(*pendingRequest) bool, now int64) []*pendingRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*pendingRequest
	for _, p := range s.pending {
		if p.name != "" && p.approved == nil && !p.denied && now <= p.expires && fits(p) {
			found := *p
			list = append(list, &found)
		}
	}
	slices.SortFunc(list, func(a, b *pendingRequest) int { return cmp.Compare(a.nth, b.nth) })
	return list
}
