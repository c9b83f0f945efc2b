package barehand

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"io"
	"net"
	"slices"
)

// The numbers that are chosen, and the extensions that are read or sent (RFC 8446 §4.2, RFC 7301).
const (
	suite = tls.TLS_AES_128_GCM_SHA256
	group = uint16(tls.X25519)

	extServerName = 0
	extSignatures = 13
	extALPN       = 16
	extVersions   = 43
	extKeyShare   = 51
)

// A Hello is what a client began with.
type Hello struct {
	raw     []byte // the message, with its header
	session []byte
	share   []byte
	name    string
	http1   bool // the client speaks HTTP/1.1, and says so
}

// Peek reads the first record of a connection. The hello is nil where Server cannot go on with it: the connection is then as if
// nothing had been read.
func Peek(c net.Conn) (*Hello, net.Conn) {
	var seen bytes.Buffer
	var partial []byte
	kind, body, err := readRecord(io.TeeReader(c, &seen), &partial)
	if err == nil && kind == recordHandshake {
		if h := parseHello(body); h != nil {
			return h, c
		}
	}
	return nil, &replayed{Conn: c, first: &seen}
}

// replayed is a connection of which something was read already.
type replayed struct {
	net.Conn
	first *bytes.Buffer
}

func (r *replayed) Read(b []byte) (int, error) {
	if r.first.Len() > 0 {
		return r.first.Read(b)
	}
	return r.Conn.Read(b)
}

// parseHello is the hello in one record, nil if it offers too little.
func parseHello(record []byte) *Hello {
	r := reader{rest: record}
	if r.number(1) != clientHello {
		return nil
	}
	body := reader{rest: r.vector(3)}
	if len(r.rest) > 0 {
		return nil
	}
	h := &Hello{raw: record}
	body.take(2 + 32) // version and random
	h.session = body.vector(1)
	suites := body.vector(2)
	body.vector(1) // compression
	extensions := reader{rest: body.vector(2)}
	version := false
	for len(extensions.rest) > 0 && !extensions.bad {
		kind, value := extensions.number(2), reader{rest: extensions.vector(2)}
		switch kind {
		case extServerName:
			names := reader{rest: value.vector(2)}
			names.take(1)
			h.name = string(names.vector(2))
		case extVersions:
			version = has16(value.vector(1), tls.VersionTLS13)
		case extALPN:
			for list := (reader{rest: value.vector(2)}); len(list.rest) > 0 && !list.bad; {
				h.http1 = h.http1 || string(list.vector(1)) == "http/1.1"
			}
		case extKeyShare:
			for list := (reader{rest: value.vector(2)}); len(list.rest) > 0 && !list.bad; {
				if of, share := list.number(2), list.vector(2); uint16(of) == group {
					h.share = share
				}
			}
		}
	}
	if r.bad || body.bad || extensions.bad || !version || h.share == nil || !has16(suites, suite) {
		return nil
	}
	return h
}

func has16(list []byte, n uint16) bool {
	return slices.ContainsFunc(slices.Collect(slices.Chunk(list, 2)), func(b []byte) bool { return bytes.Equal(b, u16(n)) })
}

// answer is the body of the server's hello.
func (h *Hello) answer(share []byte) []byte {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	extensions := slices.Concat(
		extension(extVersions, u16(tls.VersionTLS13)),
		extension(extKeyShare, append(u16(group), vector(2, share)...)))
	return slices.Concat(u16(tls.VersionTLS12), random, vector(1, h.session), u16(suite), []byte{0}, vector(2, extensions))
}

// extensions is the body of EncryptedExtensions.
func (h *Hello) extensions() []byte {
	if !h.http1 {
		return vector(2, nil)
	}
	return vector(2, extension(extALPN, vector(2, vector(1, []byte("http/1.1")))))
}

// asks is the body of a CertificateRequest that names no authorities.
func asks() []byte {
	var schemes []byte
	for _, s := range []tls.SignatureScheme{tls.PSSWithSHA256, tls.ECDSAWithP256AndSHA256, tls.Ed25519, tls.PSSWithSHA384, tls.PSSWithSHA512,
		tls.ECDSAWithP384AndSHA384, tls.ECDSAWithP521AndSHA512} {
		schemes = append(schemes, u16(uint16(s))...)
	}
	return append(vector(1, nil), vector(2, extension(extSignatures, vector(2, schemes)))...)
}

// chain is the body of a Certificate message.
func chain(certificates [][]byte) []byte {
	var list []byte
	for _, der := range certificates {
		list = slices.Concat(list, vector(3, der), vector(2, nil))
	}
	return append(vector(1, nil), vector(3, list)...)
}

func extension(kind uint16, value []byte) []byte { return append(u16(kind), vector(2, value)...) }

func message(kind byte, body []byte) []byte { return append([]byte{kind}, vector(3, body)...) }

func u16(n uint16) []byte { return []byte{byte(n >> 8), byte(n)} }

// vector is a value behind its length in so many bytes.
func vector(size int, value []byte) []byte {
	length := []byte{byte(len(value) >> 16), byte(len(value) >> 8), byte(len(value))}
	return append(length[3-size:], value...)
}

// reader takes values off the front of a message. After the first that is not there it is bad, and gives nothing more.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.rest) {
		r.bad = true
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) number(size int) int {
	n := 0
	for _, b := range r.take(size) {
		n = n<<8 | int(b)
	}
	return n
}

func (r *reader) vector(size int) []byte { return r.take(r.number(size)) }
