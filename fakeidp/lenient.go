package fakeidp

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"net"

	"github.com/mtlscheck/mtlscheck/fakeidp/internal/barehand"
)

// lenience is how a server that is wrong on purpose takes certificates that crypto/tls would not let through: it then makes the
// handshakes at the port where clients are asked for certificates with package barehand. A client that package cannot meet is met by
// crypto/tls as usual.
type lenience struct {
	// repairs make of a certificate that Go does not read another that it reads, nil if they cannot.
	repairs []func(der []byte) []byte
	// drops: what cannot be read is passed over, unless it is the client's own certificate.
	drops bool
	// hashesRepaired: the thumbprint is that of the repaired certificate, not of what was sent.
	hashesRepaired bool
	// unproved: nobody asks whether the client has the key.
	unproved bool
}

// lenient makes a fault of a server that takes what crypto/tls would not.
func lenient(name, doc string, change func(*lenience)) Fault {
	return Fault{name, doc, func(p *persona) { p.lenient(change) }}
}

func (p *persona) lenient(change func(*lenience)) {
	l := lenience{}
	if p.handshake.lenience != nil {
		l = *p.handshake.lenience
	}
	change(&l)
	p.handshake.lenience = &l
}

// read reads a certificate, repaired if need be. What was signed stays what was sent, and so does what is hashed unless that is wrong too.
func (l *lenience) read(der []byte) *x509.Certificate {
	if c, err := x509.ParseCertificate(der); err == nil {
		return c
	}
	for _, repair := range l.repairs {
		fixed := repair(der)
		c, err := x509.ParseCertificate(fixed)
		if fixed == nil || err != nil {
			continue
		}
		if !l.hashesRepaired {
			c.Raw = der
		}
		if tbs := firstOf(outermost(der)); tbs != nil {
			c.RawTBSCertificate = tbs
		}
		return c
	}
	return nil
}

// all reads what a client showed; false if that is not possible.
func (l *lenience) all(shown [][]byte) ([]*x509.Certificate, bool) {
	var out []*x509.Certificate
	for i, der := range shown {
		c := l.read(der)
		if c == nil && (i == 0 || !l.drops) {
			return nil, false
		}
		if c != nil {
			out = append(out, c)
		}
	}
	return out, true
}

// proves decides what a handshake comes to: 0, or an alert.
func (l *lenience) proves(shown [][]byte, scheme tls.SignatureScheme, message, signature []byte) barehand.Alert {
	certificates, ok := l.all(shown)
	switch {
	case !ok:
		return barehand.BadCertificate
	case l.unproved || barehand.Verifies(certificates[0].PublicKey, scheme, message, signature):
		return 0
	}
	return barehand.DecryptError
}

// shake makes a handshake, by hand where the server is lenient and the client can be met so.
func (l *doorman) shake(c net.Conn) (secure net.Conn, state tls.ConnectionState, err error) {
	config := l.config()
	if lenient := l.lenience(); lenient != nil && config.ClientAuth != tls.NoClientCert {
		hello, rest := barehand.Peek(c)
		if c = rest; hello != nil {
			by, err := barehand.Server(c, hello, barehand.Config{Certificate: &config.Certificates[0], Proves: lenient.proves})
			if err != nil {
				return nil, tls.ConnectionState{}, err
			}
			state := by.State()
			var ok bool
			if state.PeerCertificates, ok = lenient.all(by.Shown()); !ok {
				return nil, state, errors.New("the certificate cannot be read")
			}
			return &bared{by, &state}, state, nil
		}
	}
	t := tls.Server(c, config)
	err = t.Handshake()
	return t, t.ConnectionState(), err
}

// bared is a connection that was made by hand, with what is known of it.
type bared struct {
	net.Conn
	state *tls.ConnectionState
}

// outermost is a SEQUENCE without its header, or what follows it. It reads BER: a length of any form, and whatever stands behind.
func outermost(der []byte) []byte {
	if len(der) < 2 || der[0] != 0x30 {
		return nil
	}
	length, rest := int(der[1]), der[2:]
	switch {
	case length == 0x80: // indefinite: up to two zeros
		if len(rest) < 2 {
			return nil
		}
		return rest[:len(rest)-2]
	case length > 0x80:
		n := length & 0x7f
		if n > 8 || n > len(rest) {
			return nil
		}
		length = 0
		for _, b := range rest[:n] {
			length = length<<8 | int(b)
		}
		rest = rest[n:]
	}
	if length < 0 || length > len(rest) {
		return nil
	}
	return rest[:length]
}

// firstOf is the first value of some, with its header.
func firstOf(values []byte) []byte {
	var first asn1.RawValue
	if _, err := asn1.Unmarshal(values, &first); err != nil {
		return nil
	}
	return first.FullBytes
}
