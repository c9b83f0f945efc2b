package barehand

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// The types of records (RFC 8446 §5.1), and their limits.
const (
	recordChangeCipherSpec = 20
	recordAlert            = 21
	recordHandshake        = 22
	recordData             = 23

	mostPlaintext = 1 << 14
	mostRecord    = mostPlaintext + 256
	mostMessage   = 1 << 18
)

// Conn is a connection whose handshake is done.
type Conn struct {
	net.Conn
	hello   *Hello
	shown   [][]byte
	in, out *protected
	unread  []byte // of data, or of handshake messages while the handshake lasts
	partial []byte // of a record that has not come to its end
	writing sync.Mutex
	closing sync.Once
}

// Shown is what the client showed, leaf first, as it was sent; empty if it showed nothing.
func (c *Conn) Shown() [][]byte { return c.shown }

// State is what is known of the connection. PeerCertificates are for the caller to fill in.
func (c *Conn) State() tls.ConnectionState {
	s := tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, CipherSuite: suite, ServerName: c.hello.name}
	if c.hello.http1 {
		s.NegotiatedProtocol = "http/1.1"
	}
	return s
}

// Read implements net.Conn.
func (c *Conn) Read(b []byte) (int, error) {
	for len(c.unread) == 0 {
		kind, body, err := c.record()
		switch {
		case err != nil:
			return 0, err
		case kind != recordData:
			return 0, fmt.Errorf("a record of type %d where data are expected", kind)
		}
		c.unread = body
	}
	n := copy(b, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

// Write implements net.Conn.
func (c *Conn) Write(b []byte) (int, error) {
	written := 0
	for len(b) > 0 {
		n := min(len(b), mostPlaintext)
		if err := c.write(recordData, b[:n]); err != nil {
			return written, err
		}
		written, b = written+n, b[n:]
	}
	return written, nil
}

// goodbye is for how long Close tries to say good-bye to a client that does not read.
const goodbye = time.Second

// Close says good-bye, unless somebody is still writing, and closes the connection. It does not wait for a client that does not read.
func (c *Conn) Close() error {
	c.closing.Do(func() {
		if !c.writing.TryLock() {
			return
		}
		defer c.writing.Unlock()
		if c.SetWriteDeadline(time.Now().Add(goodbye)) == nil {
			_ = c.put(recordAlert, closeNotify.record())
		}
	})
	return c.Conn.Close()
}

// alert tells the client why the connection ends. That it does not get there changes nothing.
func (c *Conn) alert(code Alert) { _ = c.write(recordAlert, code.record()) }

// record is the body of the record that carries an alert.
func (a Alert) record() []byte {
	const warning, fatal = 1, 2
	level := byte(fatal)
	if a == closeNotify {
		level = warning
	}
	return []byte{level, byte(a)}
}

// write sends one record, protected where keys are there.
func (c *Conn) write(kind byte, body []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.put(kind, body)
}

// put writes one record; the caller has locked writing.
func (c *Conn) put(kind byte, body []byte) error {
	record := append([]byte{kind, 3, 3}, vector(2, body)...)
	if c.out != nil {
		record = c.out.seal(kind, body)
	}
	_, err := c.Conn.Write(record)
	return err
}

// record reads one record, and opens it where keys are there. An alert is an error; a good-bye is io.EOF.
func (c *Conn) record() (kind byte, body []byte, err error) {
	for {
		kind, body, err = c.nextRecord()
		if err != nil {
			return 0, nil, err
		}
		if kind == recordChangeCipherSpec { // sent for the sake of boxes between (RFC 8446 §D.4)
			continue
		}
		if c.in != nil && kind == recordData {
			if kind, body, err = c.in.open(body); err != nil {
				return 0, nil, err
			}
		}
		if kind == recordAlert {
			if len(body) == 2 && body[1] == byte(closeNotify) {
				return 0, nil, io.EOF
			}
			return 0, nil, fmt.Errorf("the client ends with the alert %v", body)
		}
		return kind, body, nil
	}
}

// nextRecord reads one record. What came of it before an error is kept, and the next call goes on from there: net/http interrupts a
// read by a deadline after each request.
func (c *Conn) nextRecord() (kind byte, body []byte, err error) {
	if kind, body, err = readRecord(c.Conn, &c.partial); err == nil {
		c.partial = nil
	}
	return kind, body, err
}

// readRecord reads one record, of which the bytes that have come stand in partial.
func readRecord(from io.Reader, partial *[]byte) (kind byte, body []byte, err error) {
	const header = 5
	if err := fill(from, partial, header); err != nil {
		return 0, nil, err
	}
	length := int((*partial)[3])<<8 | int((*partial)[4])
	if length > mostRecord {
		return 0, nil, errors.New("a record that is too long")
	}
	if err := fill(from, partial, header+length); err != nil {
		return 0, nil, err
	}
	return (*partial)[0], (*partial)[header:], nil
}

// fill reads until there are so many bytes.
func fill(from io.Reader, partial *[]byte, length int) error {
	have := len(*partial)
	all := append(*partial, make([]byte, max(length-have, 0))...)
	n, err := io.ReadFull(from, all[have:])
	*partial = all[:have+n]
	if errors.Is(err, io.EOF) && have+n > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

// send sends a handshake message.
func (s *session) send(m []byte) error {
	s.transcript.Write(m)
	for len(m) > 0 {
		n := min(len(m), mostPlaintext)
		if err := s.write(recordHandshake, m[:n]); err != nil {
			return err
		}
		m = m[n:]
	}
	return nil
}

// next reads a handshake message.
func (s *session) next() (kind byte, body []byte, err error) {
	const header = 4
	for {
		if len(s.unread) >= header {
			r := reader{rest: s.unread[1:]}
			length := r.number(3)
			if length > mostMessage {
				return 0, nil, errUnreadable
			}
			if len(s.unread) >= header+length {
				m := s.unread[:header+length]
				s.unread = s.unread[header+length:]
				s.transcript.Write(m)
				return m[0], m[header:], nil
			}
		}
		kind, more, err := s.record()
		if err != nil {
			return 0, nil, err
		}
		if kind != recordHandshake {
			return 0, nil, errUnreadable
		}
		s.unread = append(s.unread, more...)
	}
}
