package fakeidp

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// journalLength is how many requests are kept.
const journalLength = 1000

// Request is one entry of the journal: what arrived, without any secret, and what was answered. A handshake
// that failed is an entry too, with Handshake set and Status 0.
type Request struct {
	Time time.Time
	// Connection numbers the connections, Nth the requests on one; both start at 1.
	Connection, Nth int
	Method          string
	Host            string
	Path            string
	// Endpoint that answered, such as "token"; empty if none did.
	Endpoint string
	// MTLS tells whether this was an mTLS request, for which a certificate is demanded.
	MTLS      bool
	ClientID  string
	GrantType string
	// Parameters are the names of the form's parameters, sorted. Their values are not kept.
	Parameters []string
	TLS        TLSFacts
	// Handshake is why the handshake came to nothing.
	Handshake string
	Status    int
	// Took is how long it took until the answer was ready to be sent, the body of the request included where it was read.
	Took time.Duration
	// Error is the OAuth error code that was answered.
	Error string
	// Failure is what went wrong inside the fake, which then answers 500 and nothing else: a mistake of ours, not of the client. Empty.
	Failure string
	// Barred is why a request was turned away at the door of an mTLS endpoint, such as "no certificate"; empty if it was not.
	Barred string
	// Outgoing: the server itself sent this, a logout token to a client, and Status is what the client answered. Where it was not
	// sent or not answered, Status is 0 and Error says why. A Match fits it by its endpoint only, "back-channel logout".
	Outgoing bool

	// The facts of the connection are worked out when somebody asks.
	state *tls.ConnectionState
}

// TLSFacts are what is known of a connection.
type TLSFacts struct {
	Version    string
	Suite      string
	ServerName string
	Protocol   string
	Resumed    bool
	// Presented are the certificates that the client showed, leaf first.
	Presented []CertificateFacts
}

// CertificateFacts describe a certificate without holding it.
type CertificateFacts struct {
	// Subject as .NET prints it.
	Subject  string
	Serial   string
	SHA1     string
	X5TS256  string
	NotAfter time.Time
}

// connection counts the requests on one connection.
type connection struct {
	number int
	// alias: the connection was made to the port of the alias.
	alias bool
	// bared is what is known of a connection of which net/http does not know that it is one of TLS.
	bared *tls.ConnectionState
	nth   atomic.Int64
	// leaving: the next answer ends the connection.
	leaving atomic.Bool
}

// journal keeps the last requests.
type journal struct {
	mu      sync.Mutex
	entries []*Request
	count   int

	changed chan struct{} // closed when there is one more; nil: nobody waits
	counts  []*count

	telling sync.Mutex
	watch   func(Request) // nil: nobody is told
}

// next numbers a connection.
func (j *journal) next() *connection {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count++
	return &connection{number: j.count}
}

// begin makes the entry of a request; finish stores it.
func (j *journal) begin(r *http.Request, now time.Time) *Request {
	e := &Request{Time: now, Method: r.Method, Host: r.Host, Path: r.URL.Path}
	if c := connectionOf(r.Context()); c != nil {
		e.Connection, e.Nth = c.number, int(c.nth.Add(1))
	}
	if r.TLS != nil {
		e.state = r.TLS
	}
	return e
}

func (j *journal) finish(e *Request, status int) {
	e.Status = status
	j.keep(e)
	if j.watch == nil {
		return
	}
	j.telling.Lock()
	defer j.telling.Unlock()
	j.watch(e.whole())
}

func (j *journal) keep(e *Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) >= journalLength {
		j.entries = slices.Delete(j.entries, 0, journalLength/10)
	}
	j.entries = append(j.entries, e)
	for _, c := range j.counts {
		if c.match.of(e) {
			c.n++
		}
	}
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// failed stores a handshake that came to nothing.
func (j *journal) failed(_ net.Addr, state tls.ConnectionState, reason error, now time.Time) {
	j.finish(&Request{Time: now, Connection: j.next().number, TLS: tlsFacts(state), Handshake: reason.Error()}, 0)
}

// all is a copy of the entries, oldest first.
func (j *journal) all() []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := make([]Request, len(j.entries))
	for i, e := range j.entries {
		list[i] = e.whole()
	}
	return list
}

// whole is the entry with the facts of its connection.
func (e *Request) whole() Request {
	r := *e
	if e.state != nil {
		r.TLS, r.state = tlsFacts(*e.state), nil
	}
	return r
}

// How many parameters of a form are kept, how many bytes of each name, and how many of a client_id.
const (
	noted   = 100
	notedID = 256
	// notedForm is how long a form may be that only the journal reads.
	notedForm = 64 << 10
)

// cut is the beginning of what a client wrote, so that no request fills the journal.
func cut(text string, most int) string { return strings.ToValidUTF8(text[:min(len(text), most)], "") }

// note takes over what the decision found out.
func (e *Request) note(d *decision, o outcome) {
	e.MTLS, e.Endpoint, e.ClientID = d.guarded, string(d.at), cut(d.asking, notedID)
	if d.form != nil {
		e.noteForm(d.form)
	}
	switch o := o.(type) {
	case refused:
		e.Error = o.code
	case challenge:
		e.Error = o.code
	case redirect:
		e.Error = o.code
	}
	if e.ClientID == "" && (d.at == authorizeEndpoint || d.at == callbackEndpoint) { // where nobody authenticates
		e.ClientID = cut(cmp.Or(d.query.Get("client_id"), formOf(d).first("client_id")), notedID)
	}
}

// noteForm takes over what is no secret of a form.
func (e *Request) noteForm(f *form) {
	e.GrantType, e.Parameters = cut(f.first("grant_type"), noted), nil
	for _, name := range f.keys[:min(len(f.keys), noted)] {
		e.Parameters = append(e.Parameters, cut(name, noted))
	}
	slices.Sort(e.Parameters)
}

// noteDoor adds what is known of a request that was turned away at the door, before any endpoint looked at it: where it went, who
// it says it comes from, and what was answered. The server does not look at its form; the journal does, if it is a small one.
func (e *Request) noteDoor(g *generation, d *decision, p response) {
	e.Endpoint, e.Barred = string(g.endpointOf(d.request)), d.barred
	if d.length >= 0 && d.length <= notedForm {
		e.ClientID = cut(g.claimed(d.request), notedID)
		if f, err := d.readForm(); err == nil && f != nil {
			e.noteForm(f)
		}
	}
	var answered struct{ Error string }
	if json.Unmarshal(p.body, &answered) == nil { // no error code in any other body
		e.Error = answered.Error
	}
}

func tlsFacts(s tls.ConnectionState) TLSFacts {
	f := TLSFacts{ServerName: s.ServerName, Protocol: s.NegotiatedProtocol, Resumed: s.DidResume}
	if s.Version != 0 {
		f.Version, f.Suite = tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite)
	}
	for _, c := range s.PeerCertificates {
		f.Presented = append(f.Presented, certificateFacts(c))
	}
	return f
}

func certificateFacts(c *x509.Certificate) CertificateFacts {
	return CertificateFacts{Subject: dotnetSubject(c), Serial: c.SerialNumber.Text(16), SHA1: thumbprintSHA1(c), X5TS256: thumbprintSHA256(c), NotAfter: c.NotAfter}
}
