package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
)

// MaxBody is how much of an answer's body is read; more is no answer. 1 MiB.
const MaxBody = 1 << 20

// A Client asks a target. Its fields are not changed while it asks; it is safe for concurrent use.
type Client struct {
	Target  *harness.Target
	Timeout time.Duration // for one question, from dialling to the last byte. Default value is 10s if Timeout is zero
	Secrets []string      // values that must not appear in evidence wherever a server may echo them, beyond the question's own

	// For curl lines, which name files:
	Folder string // where certificates that were made for one case are kept. Default value is the current folder if Folder is empty
	CAFile string // what the target's certificate verifies against. Default value is ca.pem in Folder if CAFile is empty
}

// NoAnswer is silence: nothing came back that could be judged. It carries what was seen.
type NoAnswer struct {
	Reason   string // "nobody listens at 127.0.0.1:8443"
	Err      error
	Evidence *harness.Evidence
}

func (e *NoAnswer) Error() string { return e.Reason }
func (e *NoAnswer) Unwrap() error { return e.Err }

// Untrusted reports whether an error says that the server's own certificate does not verify against the configured
// trust.
func Untrusted(err error) bool {
	var v *tls.CertificateVerificationError
	return errors.As(err, &v)
}

// Ask puts one question over a connection of its own. An error is a *NoAnswer, or says that the question itself is
// impossible (a URL that is no absolute https URL).
func (c *Client) Ask(ctx context.Context, q Question) (harness.Answer, error) {
	u, err := q.target()
	if err != nil {
		return harness.Answer{}, err
	}
	timeout := c.timeout()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	r := &recorder{client: c, question: q, url: u, began: time.Now()}
	answer, err := c.ask(ctx, q, u)
	r.record(&answer, err)
	if err != nil {
		return answer, r.noAnswer(ctx, err, timeout, answer)
	}
	return answer, nil
}

// timeout is for one question.
func (c *Client) timeout() time.Duration { return cmp.Or(c.Timeout, 10*time.Second) }

func (c *Client) ask(ctx context.Context, q Question, u *url.URL) (harness.Answer, error) {
	l, a, err := c.connect(ctx, q, u)
	if l == nil {
		return a, err
	}
	defer l.close()
	return l.put(ctx, q, u, false)
}

// address is where to dial: the target's resolve table, like curl's --resolve, or the URL's own host.
func (c *Client) address(u *url.URL) string {
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = "443"
	}
	for _, name := range []string{u.Host, host + ":" + port, host} {
		if to, ok := c.Target.Resolve[name]; ok {
			if _, _, err := net.SplitHostPort(to); err != nil {
				to = net.JoinHostPort(strings.Trim(to, "[]"), port)
			}
			return to
		}
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // RFC 6761 §6.3; resolvers without it know only "localhost"
		return net.JoinHostPort("localhost", port)
	}
	return net.JoinHostPort(host, port)
}

func (c *Client) config(q Question, u *url.URL, seen *harness.Handshake) *tls.Config {
	name := q.TLS.ServerName
	if name == "" {
		name = u.Hostname()
	}
	seen.ServerName = name
	lowest := q.TLS.MinVersion
	if lowest == 0 {
		lowest = tls.VersionTLS12
	}
	var suites []uint16                                               // nil: those of Go
	if q.TLS.MaxVersion != 0 && q.TLS.MaxVersion < tls.VersionTLS12 { // whether an old version is spoken must not hang on what Go would rather not use
		for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			suites = append(suites, s.ID)
		}
	}
	return &tls.Config{
		CipherSuites: suites,
		RootCAs:      c.Target.Trust,
		ServerName:   name,
		MinVersion:   lowest,
		MaxVersion:   q.TLS.MaxVersion,
		NextProtos:   []string{"http/1.1"},
		// A nil interface, not a nil *Session: without a session nothing is kept.
		ClientSessionCache: q.TLS.Session.cache(),
		// Not Config.Certificates: crypto/tls would keep back a certificate that the server's CA names exclude, and a
		// negative case would test an empty hand.
		GetClientCertificate: func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			seen.Asked = true
			seen.AcceptableRaw = asked.AcceptableCAs
			for _, der := range asked.AcceptableCAs {
				seen.AcceptableCAs = append(seen.AcceptableCAs, distinguishedName(der))
			}
			for _, s := range asked.SignatureSchemes {
				seen.Signatures = append(seen.Signatures, s.String())
			}
			shown := q.Person.Certificate
			if shown.Leaf() == nil {
				return new(tls.Certificate), nil
			}
			summary := shown.Summary()
			seen.Shown = &summary
			leaf, _ := x509.ParseCertificate(shown.Leaf()) // one that Go cannot parse is sent all the same
			return &tls.Certificate{Certificate: shown.Chain, PrivateKey: shown.Key, Leaf: leaf}, nil
		},
	}
}

// refused tells a server that refused from a connection that broke: an alert from the other side is a refusal; a close
// or reset without a word is one only where a certificate had been asked for, on this connection or on that whose session it
// resumes, and only if the control is served again, which package suite sees to.
func refused(a harness.Answer, err error, phase harness.Phase) (harness.Answer, error) {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		a.TLS.Alert, a.TLS.AlertPhase = strings.TrimPrefix(op.Err.Error(), "tls: "), phase
		return a, nil
	}
	if (a.TLS.Asked || a.TLS.Resumed) && closed(err) {
		a.Closed = true
		return a, nil
	}
	return a, err
}

func closed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// reason turns an error into a sentence for people.
func reason(ctx context.Context, err error, u *url.URL, timeout time.Duration) string {
	var dns *net.DNSError
	switch {
	case Untrusted(err):
		return fmt.Sprintf("the certificate of %s does not verify: %s", u.Host, harness.Printable(distrust(err, u.Hostname())))
	case errors.As(err, &dns) && ctx.Err() == nil:
		return fmt.Sprintf("the host %s does not resolve", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens at " + u.Host
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Sprintf("%s gave no answer within %s", u.Host, timeout)
	case errors.Is(ctx.Err(), context.Canceled):
		if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
			return "cancelled: " + harness.Printable(cause.Error())
		}
		return "cancelled"
	case closed(err):
		return fmt.Sprintf("%s closed the connection without an answer", u.Host)
	}
	return harness.Printable(err.Error())
}

func describe(s tls.ConnectionState, seen *harness.Handshake) {
	if s.Version != 0 {
		seen.Version, seen.Suite = tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite)
		seen.Group = groupName(s.CurveID)
	}
	seen.ALPN, seen.Resumed = s.NegotiatedProtocol, s.DidResume
	for _, cert := range s.PeerCertificates {
		seen.Server = append(seen.Server, harness.Summarize(cert.Raw))
	}
}

func groupName(id tls.CurveID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
