// Package barehand is the server's side of a TLS 1.3 handshake (RFC 8446) that hands out what a client showed as it came: crypto/tls
// ends a handshake with a certificate that Go does not read, and with a proof of the key that does not hold, before anybody can
// decide otherwise. It knows one cipher suite, one group and HTTP/1.1, and is for a fake that is wrong on purpose.
//
//	hello, conn := barehand.Peek(accepted)
//	if hello != nil {
//		c, err := barehand.Server(conn, hello, barehand.Config{Certificate: certificate, Proves: proves})
//		…
//	}
//	// else crypto/tls takes conn
package barehand

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"hash"
	"net"
)

// Config is what the server shows and asks.
type Config struct {
	// Certificate is the server's own, with its key.
	Certificate *tls.Certificate
	// Proves decides whether a client that showed certificates, leaf first and as DER or what it took for it, has the key: the
	// signature is said to be made over message by the scheme. An alert other than 0 ends the handshake.
	Proves func(shown [][]byte, scheme tls.SignatureScheme, message, signature []byte) Alert
}

// An Alert is the reason why a handshake ends (RFC 8446 §6).
type Alert byte

// The alerts that Config.Proves may give; 0 ends nothing.
const (
	BadCertificate Alert = 42
	DecryptError   Alert = 51
)

// The types of handshake messages that occur (RFC 8446 §4).
const (
	clientHello         = 1
	serverHello         = 2
	encryptedExtensions = 8
	certificate         = 11
	certificateRequest  = 13
	certificateVerify   = 15
	finished            = 20
)

// Further alerts that are sent.
const (
	closeNotify   Alert = 0
	unexpected    Alert = 10
	handshakeFail Alert = 40
	decodeError   Alert = 50
)

// session is a handshake under way.
type session struct {
	*Conn
	config     Config
	transcript hash.Hash
}

var errUnreadable = errors.New("a message of the handshake cannot be read")

// Server finishes the handshake that a hello began. It asks for a certificate and is content without one. An error tells how the
// handshake ended; an alert has been sent then.
func Server(conn net.Conn, hello *Hello, c Config) (*Conn, error) {
	s := &session{Conn: &Conn{Conn: conn, hello: hello}, config: c, transcript: sha256.New()}
	s.transcript.Write(hello.raw)
	code, err := s.run()
	if err != nil {
		s.alert(code)
		return nil, err
	}
	return s.Conn, nil
}

func (s *session) run() (alert Alert, err error) {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return handshakeFail, err
	}
	peer, err := ecdh.X25519().NewPublicKey(s.hello.share)
	if err != nil {
		return handshakeFail, err
	}
	shared, err := key.ECDH(peer)
	if err != nil {
		return handshakeFail, err
	}
	if err := s.send(message(serverHello, s.hello.answer(key.PublicKey().Bytes()))); err != nil {
		return handshakeFail, err
	}
	early, err := extract(nil, nil)
	if err != nil {
		return handshakeFail, err
	}
	secret, err := extract(shared, derive(early, "derived", nothing()))
	if err != nil {
		return handshakeFail, err
	}
	mine, theirs := derive(secret, "s hs traffic", s.sum()), derive(secret, "c hs traffic", s.sum())
	s.out, s.in = protection(mine), protection(theirs)
	if err := s.introduce(mine); err != nil {
		return handshakeFail, err
	}
	main, err := extract(nil, derive(secret, "derived", nothing()))
	if err != nil {
		return handshakeFail, err
	}
	mineNext, theirsNext := derive(main, "s ap traffic", s.sum()), derive(main, "c ap traffic", s.sum())
	s.out = protection(mineNext)
	if alert, err := s.meet(theirs); err != nil {
		return alert, err
	}
	s.in = protection(theirsNext)
	return 0, nil
}

// introduce sends what the server has to say of itself, and asks for a certificate.
func (s *session) introduce(secret []byte) error {
	own := s.config.Certificate
	scheme, err := schemeOf(own.PrivateKey)
	if err != nil {
		return err
	}
	for _, m := range [][]byte{message(encryptedExtensions, s.hello.extensions()), message(certificateRequest, asks()), message(certificate, chain(own.Certificate))} {
		if err := s.send(m); err != nil {
			return err
		}
	}
	signature, err := sign(own.PrivateKey, scheme, signed("TLS 1.3, server CertificateVerify", s.sum()))
	if err != nil {
		return err
	}
	if err := s.send(message(certificateVerify, append(u16(uint16(scheme)), vector(2, signature)...))); err != nil {
		return err
	}
	return s.send(message(finished, s.finishing(secret)))
}

// meet reads what the client shows, and how it proves that.
func (s *session) meet(secret []byte) (alert Alert, err error) {
	kind, body, err := s.next()
	if err != nil || kind != certificate {
		return unexpected, errors.Join(err, errors.New("the client does not go on with its certificate"))
	}
	r := reader{rest: body}
	r.vector(1) // the context of the request, which was empty
	list := reader{rest: r.vector(3)}
	for len(list.rest) > 0 && !list.bad {
		s.shown = append(s.shown, list.vector(3))
		list.vector(2)
	}
	if r.bad || list.bad {
		return decodeError, errUnreadable
	}
	if len(s.shown) > 0 {
		message := signed("TLS 1.3, client CertificateVerify", s.sum())
		kind, body, err := s.next()
		r := reader{rest: body}
		scheme, signature := tls.SignatureScheme(r.number(2)), r.vector(2)
		switch {
		case err != nil || kind != certificateVerify:
			return unexpected, errors.Join(err, errors.New("the client does not prove that it has the key"))
		case r.bad:
			return decodeError, errUnreadable
		}
		if alert := s.config.Proves(s.shown, scheme, message, signature); alert != 0 {
			return alert, fmt.Errorf("what the client shows is refused with the alert %d", alert)
		}
	}
	want := s.finishing(secret)
	kind, body, err = s.next()
	if err != nil || kind != finished || !hmac.Equal(body, want) {
		return DecryptError, errors.Join(err, fmt.Errorf("the client does not finish the handshake (message %d)", kind))
	}
	return 0, nil
}
