package fakeidp

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// logoutRules are the decisions about who hears of the end of a session, and what.
type logoutRules struct {
	// hears are the clients that are to hear of it.
	hears func(d *decision, f farewell) []*Client
	// frame is what the browser loads for a client, "" if nothing.
	frame func(d *decision, c *Client, f farewell) string
}

// hearsOfSignOut: those that got codes in the session, and are still there.
func hearsOfSignOut(d *decision, f farewell) []*Client {
	var list []*Client
	for _, id := range f.clients {
		if c := d.clients[id]; c != nil && !c.Disabled {
			list = append(list, c)
		}
	}
	return list
}

// frameOf is the client's address with sid and iss (Front-Channel Logout 1.0 §2), in IdentityServer's order.
func frameOf(d *decision, c *Client, f farewell) string {
	if c.FrontChannelLogoutURI == "" || c.FrontChannelLogoutWithoutSession {
		return c.FrontChannelLogoutURI
	}
	return withQuery(c.FrontChannelLogoutURI, pairs{{"sid", f.session}, {"iss", d.rules.issuer(d)}})
}

// frames: the page in which the clients of a session hear of its end.
type frames struct{ urls []string }

func (frames) decided() {}

// framesOf are the addresses that a browser has to load.
func (d *decision) framesOf(ended []farewell) []string {
	var list []string
	for _, f := range ended {
		for _, c := range d.rules.hears(d, f) {
			if u := d.rules.frame(d, c, f); u != "" {
				list = append(list, u)
			}
		}
	}
	return list
}

// frameURL is where the page of these frames stands, "" if there are none.
func (d *decision) frameURL(ended []farewell) string {
	if len(d.framesOf(ended)) == 0 {
		return ""
	}
	return d.base() + d.profile.endSessionPath + "/callback?endSessionId=" + escapeURL(d.state.keepFarewells(ended))
}

// decideFrames is IdentityServer's end session callback, which a page of the host shows in a frame after the sign-out.
func decideFrames(d *decision) outcome {
	if o, ok := d.only(http.MethodGet); !ok {
		return o
	}
	ended := d.state.farewellsOf(readPairs(d.rawQuery).value("endSessionId"))
	if ended == nil {
		return emptyAnswer{http.StatusBadRequest}
	}
	return frames{d.framesOf(ended)}
}

// framesStyle is how a version writes the page of frames.
type framesStyle struct{ style, element, end string }

// soundFrames is the page of the versions before 6.0.
func soundFrames() framesStyle {
	return framesStyle{style: "iframe{display:none;width:0;height:0;}", element: "<iframe src='%s'></iframe>", end: "</body></html>"}
}

// eagerFrames is the page since 6.0: its style sheet has each brace twice, so that it says nothing, and its end is missing.
func eagerFrames() framesStyle {
	return framesStyle{style: "iframe{{display:none;width:0;height:0;}}", element: "<iframe loading='eager' allow='' src='%s'></iframe>\n"}
}

// renderFrames writes the page of frames. Its policy lets the browser load them and nothing else.
func renderFrames(r *renderer, o frames) response {
	with := r.profile.frames
	hash := sha256.Sum256([]byte(with.style))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
	body := "<!DOCTYPE html><html><style>" + with.style + "</style><body>"
	var origins []string
	for _, u := range o.urls {
		body += fmt.Sprintf(with.element, htmlText(u))
		if origin := originOf(u); origin != "" && !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	if len(origins) > 0 {
		policy += "; frame-src " + strings.Join(origins, " ")
	}
	return response{status: http.StatusOK, body: []byte(body + with.end), headers: append(append([][2]string{{"Content-Type", "text/html; charset=UTF-8"}}, forbidCaches()...),
		[2]string{"Content-Security-Policy", policy}, [2]string{"X-Content-Security-Policy", policy})}
}

// originOf is scheme, host and port of a URL, "" if it has no origin.
func originOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// htmlText escapes as .NET's HtmlEncoder does: what HTML needs, the plus sign, the grave accent and all that is not ASCII.
func htmlText(s string) string {
	names := map[rune]string{'<': "&lt;", '>': "&gt;", '&': "&amp;", '"': "&quot;", '\'': "&#x27;", '+': "&#x2B;", '`': "&#x60;"}
	var b strings.Builder
	for _, c := range s {
		switch name, special := names[c]; {
		case special:
			b.WriteString(name)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, "&#x%X;", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// keepFarewells remembers which sessions ended and returns the name of it.
func (s *state) keepFarewells(ended []farewell) string {
	id := s.errorID()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.farewells == nil {
		s.farewells = map[string][]farewell{}
	}
	bound(s.farewells)
	s.farewells[id] = ended
	return id
}

// farewellsOf are the sessions that a name stands for, nil if for none.
func (s *state) farewellsOf(id string) []farewell {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.farewells[id]
}
