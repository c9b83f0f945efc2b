package fakeidp

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"
)

// carrying makes a fault in how every answer is carried. The server then speaks HTTP/1.1 alone, where an answer has its
// connection to itself. What the request asked for was done all the same.
func carrying(name, doc string, carry func(p response) response) Fault {
	change := last(name, doc, func(_ outcome, p response) response { return carry(p) }).apply
	return Fault{name, doc, func(p *persona) {
		p.withTLS(func(_ *settings, c *tls.Config) { c.NextProtos = []string{"http/1.1"} })
		change(p)
	}}
}

// taking makes a fault that takes the connection from HTTP and ends it.
func taking(name, doc string, with func(conn net.Conn, p response)) Fault {
	return carrying(name, doc, func(p response) response {
		answer := p
		p.hijack = func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, io.LimitReader(r.Body, drained)) // else the system resets the connection when it is closed
			if h, ok := w.(http.Hijacker); ok {
				if conn, _, err := h.Hijack(); err == nil {
					with(conn, answer)
					conn.Close()
				}
			}
		}
		return p
	})
}

// instead makes a fault that gives another answer to every request.
func instead(name, doc string, status int, headers [][2]string, body string) Fault {
	return last(name, doc, func(outcome, response) response {
		return response{status: status, headers: slices.Clone(headers), body: []byte(body)}
	})
}

// The pace of slow answers.
const (
	dripPace = 100 * time.Millisecond
	lateness = 30 * time.Second
)

// transportFaults are mistakes in the carriage of answers, or of what stands before the server.
func transportFaults() []Fault {
	page := [][2]string{{"Content-Type", "text/html"}}
	return []Fault{
		taking("resets-connections", "The server resets the connection instead of answering.", func(conn net.Conn, _ response) { reset(conn) }),
		taking("closes-connections-unanswered", "The server closes the connection instead of answering.", func(net.Conn, response) {}),
		taking("cuts-answers", "The server closes the connection in the middle of an answer.", func(conn net.Conn, p response) {
			text := onTheWire(p)
			most := len(text) / 2
			if len(p.body) > 0 {
				most = len(text) - (len(p.body)+1)/2
			}
			_, _ = conn.Write(text[:most])
		}),
		taking("speaks-garbage", "The server answers in another protocol than HTTP.", func(conn net.Conn, _ response) {
			_, _ = io.WriteString(conn, "220 mail.example ESMTP\r\n\x00\xff\r\n")
		}),
		carrying("stalls", "The server takes requests and never answers.", func(p response) response {
			p.status, p.hijack = 0, func(_ http.ResponseWriter, r *http.Request) {
				// Only when the body is read net/http notices that the client has left; where it breaks off, it has.
				if _, err := io.Copy(io.Discard, r.Body); err == nil {
					<-r.Context().Done()
				}
				panic(http.ErrAbortHandler)
			}
			return p
		}),
		carrying("drips", "The body of each answer comes byte by byte, ten in a second.", func(p response) response {
			answer := p
			p.hijack = func(w http.ResponseWriter, r *http.Request) { drip(w, r, answer) }
			return p
		}),
		carrying("answers-without-end", "No answer ever ends: its body goes on with blanks until the client leaves.", func(p response) response {
			answer := p
			p.hijack = func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, io.LimitReader(r.Body, drained))
				begin(w, answer)
				w.Write(answer.body)
				for blanks := bytes.Repeat([]byte(" "), 1<<12); r.Context().Err() == nil; {
					if _, err := w.Write(blanks); err != nil {
						break
					}
				}
				panic(http.ErrAbortHandler)
			}
			return p
		}),
		{"answers-late", "Each answer takes half a minute.", func(p *persona) { p.profile.latency = lateness }},
		instead("answers-429", "Every request is one too many: 429 with Retry-After.", http.StatusTooManyRequests, [][2]string{{"Retry-After", "60"}}, ""),
		instead("answers-500", "Every request ends in 500 without a word.", http.StatusInternalServerError, nil, ""),
		instead("answers-502", "Every request is answered with 502 and the page of a gateway.", http.StatusBadGateway, page, "<h1>502 Bad Gateway</h1>\n"),
		instead("answers-503", "The server is down for maintenance: 503 with Retry-After.", http.StatusServiceUnavailable, append(slices.Clone(page), [2]string{"Retry-After", "60"}), "<h1>Back soon</h1>\n"),
		instead("redirects-elsewhere", "Every request is sent to another host, with its form.", http.StatusTemporaryRedirect, [][2]string{{"Location", "https://elsewhere.example/"}}, ""),
		instead("answers-with-a-page", "Every request is answered with 200 and a page for people.", http.StatusOK, page, "<title>Welcome</title>\n"),
	}
}

// reset ends a connection so that the other side is told of a reset and not of an end.
func reset(conn net.Conn) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	conn.Close()
}

// onTheWire is an answer in HTTP/1.1.
func onTheWire(p response) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", p.status, http.StatusText(p.status))
	for _, h := range p.headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(p.body), p.body)
	return b.Bytes()
}

// begin writes the head of an answer.
func begin(w http.ResponseWriter, p response) {
	for _, h := range p.headers {
		w.Header()[h[0]] = append(w.Header()[h[0]], h[1])
	}
	w.WriteHeader(p.status)
}

// drip writes an answer byte by byte, until it is done or the client leaves.
func drip(w http.ResponseWriter, r *http.Request, p response) {
	io.Copy(io.Discard, io.LimitReader(r.Body, drained))
	w.Header().Set("Content-Length", fmt.Sprint(len(p.body)))
	begin(w, p)
	if r.Method == http.MethodHead {
		return
	}
	pace := time.NewTicker(dripPace)
	defer pace.Stop()
	for i := range p.body {
		w.Write(p.body[i : i+1])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		select {
		case <-pace.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
}
