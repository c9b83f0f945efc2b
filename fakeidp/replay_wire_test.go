package fakeidp_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// answer is a response as it came over the wire.
type answer struct {
	status  int
	headers [][2]string
	body    string
	resumed bool
}

// wire speaks to the server as the recorder did: by hand.
type wire struct {
	address string
	plain   string // of the plain HTTP port, if there is one
	roots   *x509.CertPool
	clothes wardrobe
	kept    map[string]*conversation
}

// conversation is a connection that may carry several requests.
type conversation struct {
	net.Conn
	in      *bufio.Reader
	resumed bool
}

func (w *wire) close() {
	for _, c := range w.kept {
		c.Close()
	}
}

// open makes a connection that shows a certificate, or none.
func (w *wire) open(t transport, host string, certificate *string, cache tls.ClientSessionCache) (*conversation, error) {
	address := w.address
	if t.TLS == "none" {
		address = w.plain
	}
	raw, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return nil, err
	}
	raw.SetDeadline(time.Now().Add(30 * time.Second))
	if t.TLS == "none" {
		return &conversation{Conn: raw, in: bufio.NewReader(raw)}, nil
	}
	name, _, _ := strings.Cut(host, ":")
	config := &tls.Config{
		RootCAs: w.roots, ServerName: name, ClientSessionCache: cache,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if certificate == nil {
				return &tls.Certificate{}, nil
			}
			s := w.clothes[*certificate]
			if s == nil {
				return nil, fmt.Errorf("no certificate %s", *certificate)
			}
			return &tls.Certificate{Certificate: s.chain, PrivateKey: s.key}, nil
		},
		// Host headers such as "bad host" name nobody; whom the server is, is checked against its own name.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: w.roots, DNSName: "localhost"})
			return err
		},
	}
	switch t.TLS {
	case "1.2":
		config.MaxVersion = tls.VersionTLS12
	case "1.3":
		config.MinVersion = tls.VersionTLS13
	}
	if t.ALPN != "" {
		config.NextProtos = []string{t.ALPN}
	}
	c := tls.Client(raw, config)
	if err := c.Handshake(); err != nil {
		raw.Close()
		return nil, err
	}
	return &conversation{Conn: c, in: bufio.NewReader(c), resumed: c.ConnectionState().DidResume}, nil
}

// send plays one exchange; an error is a transport failure.
func (w *wire) send(e *exchange, fill func(string) string) (*answer, error) {
	r := &e.Request
	if name := r.Transport.Connection; name != "" {
		if w.kept[name] == nil {
			c, err := w.open(r.Transport, fill(r.Host), r.Certificate, nil)
			if err != nil {
				return nil, err
			}
			w.kept[name] = c
		}
		return w.kept[name].exchange(e, fill)
	}
	var cache tls.ClientSessionCache
	if first := r.Transport.Resumes; first != nil {
		cache = tls.NewLRUClientSessionCache(1)
		c, err := w.open(r.Transport, fill(r.Host), first.Certificate, cache)
		if err != nil {
			return nil, err
		}
		before := &exchange{}
		before.Request.Method, before.Request.Path, _ = strings.Cut(first.FirstRequest, " ")
		before.Request.Host = r.Host
		_, err = c.exchange(before, fill)
		c.Close()
		if err != nil {
			return nil, err
		}
	}
	c, err := w.open(r.Transport, fill(r.Host), r.Certificate, cache)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if r.Transport.ALPN == "h2" {
		return c.http2(e, fill)
	}
	a, err := c.exchange(e, fill)
	if err == nil && r.Transport.Resumes != nil && !a.resumed {
		return nil, errors.New("the session was not resumed")
	}
	return a, err
}

// exchange writes a request and reads its answer. Writing may fail while an answer is on its way.
func (c *conversation) exchange(e *exchange, fill func(string) string) (*answer, error) {
	message := requestBytes(e, fill)
	var writing sync.WaitGroup
	var unsent error
	writing.Go(func() { _, unsent = c.Write(message) })
	a, err := readAnswer(c.in, e.Request.Method)
	if err != nil {
		c.Close()
	}
	writing.Wait()
	if err != nil && unsent != nil {
		err = fmt.Errorf("%w; the request was not sent: %w", err, unsent)
	}
	if a != nil {
		a.resumed = c.resumed
	}
	return a, err
}

// http2 plays an exchange over HTTP/2.
func (c *conversation) http2(e *exchange, fill func(string) string) (*answer, error) {
	t := &http.Transport{ForceAttemptHTTP2: true, DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return c.Conn, nil }}
	defer t.CloseIdleConnections()
	asked, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(requestBytes(e, fill))))
	if err != nil {
		return nil, err
	}
	asked.URL.Scheme, asked.URL.Host, asked.RequestURI = "https", asked.Host, ""
	r, err := t.RoundTrip(asked)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	if r.ProtoMajor != 2 {
		return nil, fmt.Errorf("answered over %s", r.Proto)
	}
	body, err := io.ReadAll(r.Body)
	a := &answer{status: r.StatusCode, body: string(body)}
	for name, values := range r.Header {
		for _, v := range values {
			if name != "Date" {
				a.headers = append(a.headers, [2]string{strings.ToLower(name), v})
			}
		}
	}
	return a, err
}

func requestBytes(e *exchange, fill func(string) string) []byte {
	r := &e.Request
	if r.Transport.Raw != "" {
		return []byte(fill(r.Transport.Raw))
	}
	var head, body bytes.Buffer
	version := "1.1"
	if r.Transport.HTTP != "" {
		version = r.Transport.HTTP
	}
	fmt.Fprintf(&head, "%s %s HTTP/%s\r\nHost: %s\r\n", r.Method, fill(r.Path), version, fill(r.Host))
	for _, h := range r.Headers {
		fmt.Fprintf(&head, "%s: %s\r\n", h[0], fill(h[1]))
	}
	if m := r.HeadersMore; m != nil {
		for i := range m.Count {
			fmt.Fprintf(&head, "%s: %s\r\n", strings.ReplaceAll(m.Name, "{i}", strconv.Itoa(i)), strings.ReplaceAll(m.Value, "{i}", strconv.Itoa(i)))
		}
	}
	if r.HasForm {
		pairs := r.Form
		if m := r.FormMore; m != nil {
			for i := range m.Count {
				pairs = append(pairs, [2]string{strings.ReplaceAll(m.Key, "{i}", strconv.Itoa(i)), strings.ReplaceAll(m.Value, "{i}", strconv.Itoa(i))})
			}
		}
		for i, p := range pairs {
			if i > 0 {
				body.WriteByte('&')
			}
			body.WriteString(url.QueryEscape(fill(p[0])) + "=" + url.QueryEscape(fill(p[1])))
		}
		kind := "application/x-www-form-urlencoded"
		if r.CType != "" {
			kind = r.CType
		}
		fmt.Fprintf(&head, "Content-Type: %s\r\n", kind)
	}
	if r.Body != nil {
		body.WriteString(fill(*r.Body))
	}
	posts := r.Method == http.MethodPost || r.Method == http.MethodPut
	if (posts || body.Len() > 0) && (r.Length == nil || *r.Length) {
		fmt.Fprintf(&head, "Content-Length: %d\r\n", body.Len())
	}
	head.WriteString("\r\n")
	return append(head.Bytes(), body.Bytes()...)
}

// readAnswer reads one final response, header names in lower case.
func readAnswer(in *bufio.Reader, method string) (*answer, error) {
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		a := &answer{}
		if _, err := fmt.Sscanf(line, "HTTP/1.%1d %3d", new(int), &a.status); err != nil {
			return nil, fmt.Errorf("status line %q: %w", line, err)
		}
		length, chunked := -1, false
		for {
			if line, err = in.ReadString('\n'); err != nil {
				return nil, err
			}
			if line = strings.TrimRight(line, "\r\n"); line == "" {
				break
			}
			name, value, _ := strings.Cut(line, ": ")
			name = strings.ToLower(name)
			switch name {
			case "content-length":
				if length, err = strconv.Atoi(value); err != nil {
					return nil, err
				}
			case "transfer-encoding":
				chunked = value == "chunked"
			}
			if name != "date" {
				a.headers = append(a.headers, [2]string{name, value})
			}
		}
		if a.status/100 == 1 {
			continue
		}
		var body []byte
		switch {
		case method == "HEAD":
		case chunked:
			if body, err = io.ReadAll(httputil.NewChunkedReader(in)); err == nil {
				_, err = in.ReadString('\n') // the empty line after the last chunk
			}
		case length >= 0:
			body = make([]byte, length)
			_, err = io.ReadFull(in, body)
		default:
			body, err = io.ReadAll(in)
		}
		a.body = string(body)
		return a, err
	}
}

// broken tells whether an error is the other side's end of the connection: refused in the handshake, closed or reset.
func broken(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.As(err, &op) && op.Op == "remote error"
}
