package fakeidp

import (
	"slices"
	"strings"
)

// hearing makes a fault that lets other clients hear of the end of a session.
func hearing(name, doc string, hears func(d *decision, f farewell, right []*Client) []*Client) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.hears
		p.rules.hears = func(d *decision, f farewell) []*Client { return hears(d, f, right(d, f)) }
	}}
}

// framing makes a fault that has a browser load other addresses.
func framing(name, doc string, frame func(d *decision, c *Client, f farewell, right func(*decision, *Client, farewell) string) string) Fault {
	return Fault{name, doc, func(p *persona) {
		right := p.rules.frame
		p.rules.frame = func(d *decision, c *Client, f farewell) string { return frame(d, c, f, right) }
	}}
}

// signOutFaults are mistakes in what clients hear when a user signs out. They can be seen where the server has Users.
func signOutFaults() []Fault {
	type frame = func(*decision, *Client, farewell) string
	return []Fault{
		hearing("tells-nobody-of-sign-outs", "No client hears that a session ended.", func(*decision, farewell, []*Client) []*Client { return nil }),
		hearing("tells-the-last-client-alone", "Of the clients of a session only the last hears that it ended.", func(_ *decision, _ farewell, right []*Client) []*Client {
			return right[max(len(right)-1, 0):]
		}),
		hearing("tells-clients-of-other-sessions", "Every client hears that a session ended, whether or not it took part.", func(d *decision, _ farewell, _ []*Client) []*Client {
			var all []*Client
			for _, c := range d.clients {
				all = append(all, c)
			}
			slices.SortFunc(all, func(a, b *Client) int { return strings.Compare(a.ID, b.ID) })
			return all
		}),
		framing("frames-without-session", "The frames of a sign-out have neither iss nor sid.", func(_ *decision, c *Client, _ farewell, _ frame) string {
			return c.FrontChannelLogoutURI
		}),
		framing("frames-of-another-session", "The frames of a sign-out name another session.", func(d *decision, c *Client, f farewell, right frame) string {
			f.session = d.state.id()
			return right(d, c, f)
		}),
		framing("frames-of-another-issuer", "The frames of a sign-out name another issuer.", func(d *decision, c *Client, f farewell, right frame) string {
			another, rules := *d, *d.rules
			rules.issuer = func(*decision) string { return "https://issuer.example" }
			another.rules = &rules
			return right(&another, c, f)
		}),
		{"frames-blocked-by-policy", "The policy of the page with the frames of a sign-out keeps browsers from loading them.", func(p *persona) {
			right := p.renderings.frames
			p.renderings.frames = func(r *renderer, o frames) response {
				a := right(r, o)
				for i, h := range a.headers {
					policy, _, _ := strings.Cut(h[1], "; frame-src")
					a.headers[i][1] = policy
				}
				return a
			}
		}},
	}
}
