package fakeidp

import (
	"fmt"
	"math/big"
	"net/http"
)

// The device and the backchannel flow, in seconds.
const (
	pendingLifetime = 300
	pollInterval    = 5
)

// pendingRequest waits for a user who is elsewhere: at another device, or at a phone.
type pendingRequest struct {
	client   string
	userCode string
	scopes   []string
	expires  int64
	// polled is when the client last asked; 0 if it never did.
	polled   int64
	approved *authorized
	denied   bool

	// Of a request through the backchannel: what the page calls it, the how manieth it is, who is asked, and the binding message.
	name, subject, message string
	nth                    int
}

// decideDevice is the device authorization endpoint (RFC 8628).
func decideDevice(d *decision) outcome {
	no := func(code string) outcome { return refused{at: deviceEndpoint, code: code} }
	if d.method != http.MethodPost || !d.isForm() {
		return no("invalid_request")
	}
	f, err := d.readForm()
	if err != nil {
		return d.unreadable(err, no("invalid_request"))
	}
	who := d.authenticate()
	if who.caller == nil {
		return no(who.code)
	}
	client := who.caller.client
	if !d.rules.grantAllowed(d, client, DeviceCode) {
		return no("unauthorized_client")
	}
	requested := d.parameters(f)["scope"]
	if blank(requested) {
		requested = d.ownScopes(client)
	}
	scopes, ok := d.userScopes(client, requested)
	if !ok {
		return no("invalid_scope")
	}
	p := &pendingRequest{client: client.ID, scopes: scopes, expires: d.now.Unix() + pendingLifetime, userCode: d.state.userCode()}
	device := d.state.handle()
	d.state.wait(device, p)
	return deviceStarted{device: device, user: p.userCode, page: d.rules.pageBase(d) + "/device"}
}

// userCode is nine digits.
func (s *state) userCode() string {
	n := new(big.Int).SetBytes(s.random.bytes(16))
	return fmt.Sprintf("%09d", n.Mod(n, big.NewInt(900_000_000)).Int64()+100_000_000)
}

// decidePending is a client's question whether the user has agreed; parameter names the handle.
func decidePending(d *decision, who *caller, grant, handle string) outcome {
	if !d.rules.grantAllowed(d, who.client, grant) {
		return refuse("unauthorized_client")
	}
	switch {
	case blank(handle):
		return refuse("invalid_request")
	case chars(handle) > handleLimit:
		return refuse("invalid_grant")
	}
	to, code := d.state.poll(handle, who.client.ID, d.now.Unix(), func(p *pendingRequest) (*authorized, string) { return d.rules.answered(d, p) })
	if code != "" {
		return refuse(code)
	}
	return d.issueToUser(who, *to)
}

// wait remembers a request that waits for its user.
func (s *state) wait(handle string, p *pendingRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bound(s.pending)
	s.asked++
	p.nth = s.asked
	s.pending[handle] = p
}

// answered is what the user said to a request, or the error for the client that asks.
func answered(_ *decision, p *pendingRequest) (*authorized, string) {
	switch {
	case p.denied:
		return nil, "access_denied"
	case p.approved == nil:
		return nil, "authorization_pending"
	}
	return p.approved, ""
}

// poll is what the user agreed to, or the error for the client that asks. An answer counts once.
func (s *state) poll(handle, client string, now int64, answer func(*pendingRequest) (*authorized, string)) (*authorized, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pending[handle]
	if p == nil || p.client != client {
		return nil, "invalid_grant"
	}
	last := p.polled
	p.polled = now
	switch {
	case last != 0 && now < last+pollInterval:
		return nil, "slow_down"
	case now > p.expires:
		return nil, "expired_token"
	}
	to, code := answer(p)
	if code != "authorization_pending" {
		delete(s.pending, handle)
	}
	return to, code
}

// approve lets every pending request that fits go on, and returns how many there were.
func (s *state) approve(fits func(*pendingRequest) bool, to authorized) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, p := range s.pending {
		if p.approved == nil && !p.denied && fits(p) {
			agreed := to
			agreed.scopes = p.scopes
			p.approved = &agreed
			n++
		}
	}
	return n
}

// ApproveDevice agrees, for the user of a session, to what a device with this user code asked for. It reports whether there was
// such a request.
func (s *Server) ApproveDevice(userCode string, by Session) bool {
	fits := func(p *pendingRequest) bool { return userCode != "" && p.userCode == userCode }
	return s.state.approve(fits, authorized{subject: by.Subject, session: by.ID, authTime: by.since, methods: []string{"pwd"}}) > 0
}

// ApproveBackchannel agrees in the name of a user to everything that was asked for through the backchannel, and returns how
// many requests that were.
func (s *Server) ApproveBackchannel(subject string) int {
	return s.state.approve(func(p *pendingRequest) bool { return p.userCode == "" }, authorized{subject: subject, authTime: s.settings.clock().Unix()})
}
