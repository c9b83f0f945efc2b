package fakeidp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Kestrel's limits.
const (
	maxRequestLine = 8 * 1024
	maxHeaderBytes = 32 * 1024
	maxHeaders     = 100
	maxBody        = 30_000_000
	// drained is how much of a body that nobody read is taken off the wire, so that the answer gets through.
	drained = 32 << 20
)

// errBodyTooLarge says that Kestrel would refuse to read on.
var errBodyTooLarge = errors.New("the body is longer than the server reads")

// connectionKey finds the connection of a request in its context.
type connectionKey struct{}

// ServeHTTP answers one request: it reads facts off the wire, has them decided and rendered, and
// writes the result.
func (s *Server) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	arrived := time.Now() // not the server's clock, which tests move
	if c := connectionOf(hr.Context()); c != nil && hr.TLS == nil {
		hr.TLS = c.bared
	}
	entry := s.journal.begin(hr, s.settings.clock())
	defer s.ownMistake(w, entry)
	g := s.current.Load()
	p := response{status: overLimits(hr), ends: true}
	if p.status == 0 {
		r := g.read(hr)
		g = g.armed(r)
		p = s.answer(g, r, entry)
	}
	entry.Took = time.Since(arrived)
	s.journal.finish(entry, p.status) // before the answer goes out: whoever has it finds it in the journal
	if p.hijack != nil {
		p.hijack(w, hr)
		return
	}
	if late := g.persona.profile.latency; late > 0 {
		select {
		case <-time.After(late):
		case <-hr.Context().Done():
		}
	}
	io.Copy(io.Discard, io.LimitReader(hr.Body, drained))
	h := w.Header()
	for _, pair := range p.headers {
		h[pair[0]] = append(h[pair[0]], pair[1])
	}
	if h["Server"] == nil && g.persona.profile.server != "" {
		h["Server"] = []string{g.persona.profile.server}
	}
	if c := connectionOf(hr.Context()); c != nil && c.leaving.Load() {
		p.ends = true
	}
	if p.ends || hr.ProtoMajor == 1 && hr.ProtoMinor == 0 {
		h["Connection"] = []string{"close"}
	}
	hasBody := hr.Method != http.MethodHead && len(p.body) > 0
	chunks := hasBody && !g.persona.profile.sendsLength && hr.ProtoMajor == 1 && hr.ProtoMinor == 1
	switch {
	case g.persona.profile.sendsLength:
		h["Content-Length"] = []string{strconv.Itoa(len(p.body))}
	case chunks:
		h["Transfer-Encoding"] = []string{"chunked"} // as Kestrel's: net/http would send a length, and a flush costs a write
	}
	w.WriteHeader(p.status)
	if !hasBody {
		return
	}
	w.Write(p.body)
	if f, ok := w.(http.Flusher); ok && !chunks {
		f.Flush() // no length here either
	}
}

// ownMistake answers 500 where the server panics, and notes it, instead of closing the connection without a word. A panic with
// http.ErrAbortHandler is meant.
func (s *Server) ownMistake(w http.ResponseWriter, entry *Request) {
	v := recover()
	switch v {
	case nil:
		return
	case http.ErrAbortHandler:
		panic(v)
	}
	w.WriteHeader(http.StatusInternalServerError)
	broken := *entry // the entry itself may be in the journal already
	broken.Failure = fmt.Sprint(v)
	s.journal.finish(&broken, http.StatusInternalServerError)
}

// decision is a request about which nothing is decided yet.
func (s *Server) decision(g *generation, r *request) *decision {
	return &decision{request: r, settings: g.settings, profile: &g.persona.profile, rules: &g.persona.rules, state: s.state, now: s.settings.clock()}
}

// answer is the response to a request.
func (s *Server) answer(g *generation, r *request, entry *Request) response {
	d := s.decision(g, r)
	o := d.decide(g.persona.endpoints)
	if r.delayed && r.wanted {
		return response{status: http.StatusInternalServerError, ends: true}
	}
	s.tells(g, d, endedBy(o))
	entry.note(d, o)
	if _, shut := o.(doorShut); shut {
		p := g.renderer.render(o)
		entry.noteDoor(g, d, p)
		return p
	}
	if _, ok := o.(notMine); ok && g.settings.application != nil {
		return response{hijack: g.toApplication}
	}
	return g.renderer.render(o)
}

// overLimits is the status with which Kestrel refuses a request before anybody sees it, or 0.
func overLimits(hr *http.Request) int {
	if len(hr.Method)+len(hr.RequestURI)+len(" ")*2+len("HTTP/1.1\r\n") > maxRequestLine {
		return http.StatusRequestURITooLong
	}
	count, size := 1, len("Host: \r\n")+len(hr.Host)
	for name, values := range hr.Header {
		for _, v := range values {
			count++
			size += len(name) + len(v) + len(": \r\n")
		}
	}
	if count > maxHeaders || size > maxHeaderBytes {
		return http.StatusRequestHeaderFieldsTooLarge
	}
	return 0
}

// read takes the facts of a request off net/http.
func (g *generation) read(hr *http.Request) *request {
	r := &request{
		method: hr.Method, scheme: "https", host: hr.Host, path: decodedPath(hr.URL), rawQuery: hr.URL.RawQuery, header: hr.Header, length: hr.ContentLength,
	}
	if hr.URL.RawQuery != "" {
		r.query, _ = url.ParseQuery(hr.URL.RawQuery)
	}
	if c := connectionOf(hr.Context()); c != nil {
		r.atAlias, r.connection = c.alias, c
	}
	r.exactNames = g.persona.profile.exactNames
	if hr.TLS == nil {
		r.scheme = "http"
	} else {
		r.serverName = hr.TLS.ServerName
		r.presented, r.resumed = hr.TLS.PeerCertificates, hr.TLS.DidResume
		r.delayed = g.settings.certificateMode == DelayCertificate && hr.ProtoMajor == 1
	}
	g.settings.forwarded(r, hr.RemoteAddr)
	if base := g.settings.mount; base != "" {
		if rest, ok := cutSegments(r.path, base); ok {
			r.pathBase, r.path = r.path[:len(base)], rest
		}
	}
	r.body = func() ([]byte, error) {
		b, err := io.ReadAll(io.LimitReader(hr.Body, maxBody+1))
		if len(b) > maxBody {
			return nil, errBodyTooLarge
		}
		if err != nil {
			return nil, errUnreadableForm
		}
		return b, nil
	}
	return r
}

// decodedPath undoes percent escapes but keeps an escaped slash, as Kestrel does.
func decodedPath(u *url.URL) string {
	raw := u.EscapedPath()
	if !strings.Contains(strings.ToLower(raw), "%2f") {
		return u.Path
	}
	parts := strings.Split(strings.ReplaceAll(raw, "%2f", "%2F"), "%2F")
	for i, p := range parts {
		if text, err := url.PathUnescape(p); err == nil {
			parts[i] = text
		}
	}
	return strings.Join(parts, "%2F")
}

// connectionOf is the connection's number and the request's number on it.
func connectionOf(ctx context.Context) *connection {
	c, _ := ctx.Value(connectionKey{}).(*connection)
	return c
}

// toApplication hands a request on, without the path base.
func (g *generation) toApplication(w http.ResponseWriter, hr *http.Request) {
	w.Header()["Server"] = []string{g.persona.profile.server}
	inner := hr.Clone(hr.Context())
	if rest, ok := cutSegments(inner.URL.Path, g.settings.mount); ok {
		inner.URL.Path, inner.URL.RawPath = rest, ""
	}
	g.settings.application.ServeHTTP(&pageWriter{w, hr}, inner)
}

// pageWriter writes a page as Kestrel does: what is left of the request is read first, and where no length was set the
// body goes out in chunks.
type pageWriter struct {
	http.ResponseWriter
	request *http.Request
}

func (p *pageWriter) WriteHeader(status int) {
	io.Copy(io.Discard, io.LimitReader(p.request.Body, drained))
	p.ResponseWriter.WriteHeader(status)
}

func (p *pageWriter) Write(b []byte) (int, error) {
	n, err := p.ResponseWriter.Write(b)
	if f, ok := p.ResponseWriter.(http.Flusher); ok && p.request.Method != http.MethodHead {
		f.Flush()
	}
	return n, err
}
