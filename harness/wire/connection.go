package wire

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A connection is one on which the handshake is done, with what TLS showed of it.
type connection struct {
	conn   *tls.Conn
	in     *counter
	reader *bufio.Reader
	seen   harness.Handshake
	ended  bool // the server said that it ends the connection
	close  func()
}

// connect makes the connection for a question. Where there is none, the answer or the error is all that came of it.
func (c *Client) connect(ctx context.Context, q Question, u *url.URL) (*connection, harness.Answer, error) {
	var a harness.Answer
	tcp, err := new(net.Dialer).DialContext(ctx, "tcp", c.address(u))
	if err != nil {
		var late net.Error
		if end, ok := ctx.Deadline(); ok && errors.As(err, &late) && late.Timeout() && !time.Now().Before(end) {
			<-ctx.Done() // the dialer's clock is another, and may be the first to say that the time is over
		}
		return nil, a, err
	}
	stop := context.AfterFunc(ctx, func() { _ = tcp.Close() })
	end := func() {
		stop()
		_ = tcp.Close()
	}
	conn := tls.Client(tcp, c.config(q, u, &a.TLS))
	shook := time.Now()
	err = conn.HandshakeContext(ctx)
	a.TLS.HandshakeTook = time.Since(shook)
	a.TLS.HandshakeMilli = ms(a.TLS.HandshakeTook)
	describe(conn.ConnectionState(), &a.TLS)
	if err != nil {
		end()
		a, err = refused(a, err, harness.InHandshake)
		return nil, a, err
	}
	in := &counter{r: conn}
	return &connection{conn: conn, in: in, reader: bufio.NewReader(in), seen: a.TLS, close: end}, a, nil
}

// put puts one question and reads its answer. more says that another question follows on the connection.
func (l *connection) put(ctx context.Context, q Question, u *url.URL, more bool) (harness.Answer, error) {
	a, before := harness.Answer{TLS: l.seen}, l.in.n
	_, wrote := l.conn.Write(q.bytes(u, more))
	// Read even if the write failed: under TLS 1.3 the refusal comes after the handshake, and may be waiting there.
	resp, err := http.ReadResponse(l.reader, &http.Request{Method: q.method()})
	if err != nil {
		if l.in.n > before {
			return a, fmt.Errorf("what came back is no HTTP: %w", err)
		}
		if ctx.Err() == nil && wrote != nil && !errors.As(err, new(*net.OpError)) {
			err = errors.Join(err, wrote)
		}
		return refused(a, err, harness.AfterHandshake)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err != nil {
		return a, fmt.Errorf("the answer broke off in its body: %w", err)
	}
	if len(body) > MaxBody {
		return a, fmt.Errorf("the body is longer than %d bytes", MaxBody)
	}
	l.ended = resp.Close
	a.Status, a.Header, a.Body = resp.StatusCode, resp.Header, body
	return a, nil
}

// AskInTurn puts questions over one connection, each after the answer to the one before (RFC 9112 §9.3). The connection is made
// for the first question: its host, what its person shows and its TLS count for all. A server may end a connection after any
// answer (RFC 9112 §9.5); then there are fewer answers than questions. An error is that of [Client.Ask], about the first question
// that got no answer, or says that a question is for another host. The Client's Timeout counts for each question.
func (c *Client) AskInTurn(ctx context.Context, questions ...Question) ([]harness.Answer, error) {
	where := make([]*url.URL, len(questions))
	for i, q := range questions {
		u, err := q.target()
		if err != nil {
			return nil, err
		}
		if where[i] = u; u.Host != where[0].Host {
			return nil, fmt.Errorf("%s is another host than %s, to which the connection is", harness.Printable(u.Host), harness.Printable(where[0].Host))
		}
	}
	timeout := c.timeout() * time.Duration(len(questions))
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	var l *connection
	var answers []harness.Answer
	again := ""
	defer func() {
		if l != nil {
			l.close()
		}
	}()
	for i, q := range questions {
		r := &recorder{client: c, question: q, url: where[i], began: time.Now(), before: again}
		var a harness.Answer
		var err error
		if i == 0 {
			l, a, err = c.connect(ctx, q, where[i])
		}
		if l != nil {
			a, err = l.put(ctx, q, where[i], i < len(questions)-1)
		}
		if i > 0 && (a.Closed || err != nil && ctx.Err() == nil && closed(err)) { // between two questions, as it may
			return answers, nil
		}
		r.record(&a, err)
		if err != nil {
			return answers, r.noAnswer(ctx, err, timeout, a)
		}
		answers, again = append(answers, a), a.Evidence.Curl
		if l == nil || l.ended || a.Status == 0 {
			return answers, nil
		}
	}
	return answers, nil
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}
