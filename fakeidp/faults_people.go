package fakeidp

// peopleFaults are mistakes in asking people. They can be seen where the server has Users and asks them.
func peopleFaults() []Fault {
	return []Fault{
		{"grants-without-asking", "A client that polls for the answer of a user gets tokens before there is one.", func(p *persona) {
			right := p.rules.answered
			p.rules.answered = func(d *decision, r *pendingRequest) (*authorized, string) {
				if r.approved != nil || r.denied || len(d.users) == 0 {
					return right(d, r)
				}
				to := authorized{subject: r.subject, authTime: d.now.Unix(), scopes: r.scopes}
				if to.subject == "" {
					to.subject = d.users[0].Subject
				}
				return &to, ""
			}
		}},
		{"takes-no-for-yes", "A user who says no to a client is taken for one who agrees.", func(p *persona) {
			p.rules.agreed = func(string) bool { return true }
		}},
		{"asks-other-users", "Any user can answer what was asked of another through the backchannel.", func(p *persona) {
			p.rules.isAsked = func(*session, *pendingRequest) bool { return true }
		}},
		concluding("hides-binding-messages", "The page on which a user answers requests through the backchannel does not show their binding messages.", func(_ *decision, o outcome) outcome {
			if shown, ok := o.(page); ok {
				for _, r := range shown.requests {
					r.message = ""
				}
			}
			return o
		}),
	}
}
