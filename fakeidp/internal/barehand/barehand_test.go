package barehand_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp/internal/barehand"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// proves takes a proof that verifies with the key of the leaf.
func proves(shown [][]byte, scheme tls.SignatureScheme, message, signature []byte) barehand.Alert {
	if c, err := x509.ParseCertificate(shown[0]); err != nil || !barehand.Verifies(c.PublicKey, scheme, message, signature) {
		return barehand.DecryptError
	}
	return 0
}

// meets lets a server of this package and a client of crypto/tls meet: the server sends back in capitals what the client says, until
// that says good-bye. The errors are those of the two sides.
func meets(t *testing.T, server *pki.Identity, client *tls.Config, proves func([][]byte, tls.SignatureScheme, []byte, []byte) barehand.Alert, says string) (heard string, conn *barehand.Conn, serverErr, clientErr error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			serverErr = err
			return
		}
		defer func() { _ = c.Close() }()
		hello, rest := barehand.Peek(c)
		if hello == nil {
			serverErr = tls.Server(rest, &tls.Config{Certificates: []tls.Certificate{*server.TLS()}}).Handshake()
			return
		}
		if conn, serverErr = barehand.Server(rest, hello, barehand.Config{Certificate: server.TLS(), Proves: proves}); serverErr != nil {
			return
		}
		all, err := io.ReadAll(conn)
		if err != nil {
			serverErr = err
			return
		}
		_, serverErr = conn.Write(bytes.ToUpper(all))
		_ = conn.Close()
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), client)
	if err == nil {
		_, err = io.WriteString(c, says)
		_ = c.CloseWrite()
		var back []byte
		if err == nil {
			back, err = io.ReadAll(c)
		}
		heard = string(back)
		_ = c.Close()
	}
	<-done
	return heard, conn, serverErr, err
}

func TestMeetsClientsOfCryptoTLS(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{Seed: "barehand"})
	ca := lab.Root("CA")
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate())
	says := strings.Repeat("what is said ", 5000) // several records each way
	for _, key := range []trait.KeyKind{trait.P256, trait.P384, trait.RSA2048, trait.Ed25519} {
		server := ca.Server("server "+string(key), trait.DNS("localhost"), trait.Key(key))
		client := ca.Client("client "+string(key), trait.Key(key))
		for _, shows := range []*pki.Identity{nil, client, ca.Fault(client, "C-BIG60")} {
			config := &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{"h2", "http/1.1"}}
			var want [][]byte
			if shows != nil {
				want = shows.Chain()
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shows.TLS(), shows.Err() }
			}
			heard, conn, serverErr, clientErr := meets(t, server, config, proves, says)
			if serverErr != nil || clientErr != nil || heard != strings.ToUpper(says) {
				t.Errorf("%s: server %v, client %v, heard %d bytes of %d", key, serverErr, clientErr, len(heard), len(says))
				continue
			}
			if s := conn.State(); !slices.EqualFunc(conn.Shown(), want, bytes.Equal) || s.ServerName != "localhost" || s.NegotiatedProtocol != "http/1.1" {
				t.Errorf("%s: %d certificates, want %d; %+v", key, len(conn.Shown()), len(want), s)
			}
		}
	}
}

// TestHandsOutWhatGoDoesNotRead: that is what the package is for.
func TestHandsOutWhatGoDoesNotRead(t *testing.T) {
	t.Parallel()
	ca := pki.New(pki.Options{Seed: "barehand"}).Root("CA")
	server := ca.Server("server", trait.DNS("localhost"))
	strange := ca.Fault(ca.Client("client", trait.Subject("CN=client,OU=a,O=b,C=SE")), "C-DUPEXT")
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate())
	config := func(shows *tls.Certificate) *tls.Config {
		return &tls.Config{RootCAs: roots, ServerName: "localhost", GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shows, nil }}
	}
	anything := func([][]byte, tls.SignatureScheme, []byte, []byte) barehand.Alert { return 0 }
	heard, conn, serverErr, clientErr := meets(t, server, config(strange.TLS()), anything, "here I am")
	if heard != "HERE I AM" || serverErr != nil || clientErr != nil || !bytes.Equal(conn.Shown()[0], strange.DER()) {
		t.Errorf("heard %q, server %v, client %v", heard, serverErr, clientErr)
	}
	stolen := *ca.Client("client").TLS()
	stolen.PrivateKey = ca.Client("thief").Key()
	for name, accepts := range map[string]bool{"": false, "anything": true} {
		verify := proves
		if accepts {
			verify = anything
		}
		heard, _, serverErr, clientErr := meets(t, server, config(&stolen), verify, "here I am")
		if accepts != (heard == "HERE I AM") || accepts != (serverErr == nil) || !accepts && !strings.Contains(clientErr.Error(), "error decrypting message") {
			t.Errorf("a stolen certificate, %q: heard %q, server %v, client %v", name, heard, serverErr, clientErr)
		}
	}
}

// TestLeavesOthersToCryptoTLS: a hello that offers too little is handed on unread.
func TestLeavesOthersToCryptoTLS(t *testing.T) {
	t.Parallel()
	ca := pki.New(pki.Options{Seed: "barehand"}).Root("CA")
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate())
	for name, change := range map[string]func(*tls.Config){
		"TLS 1.2":       func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 },
		"another group": func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP256} },
	} {
		config := &tls.Config{RootCAs: roots, ServerName: "localhost"}
		change(config)
		_, conn, serverErr, _ := meets(t, ca.Server("server", trait.DNS("localhost")), config, proves, "")
		if conn != nil || serverErr != nil {
			t.Errorf("%s: handed out %v, %v", name, conn != nil, serverErr)
		}
	}
}

// FuzzHello: whatever comes first is read, or handed on as it came.
func FuzzHello(f *testing.F) {
	f.Add([]byte{22, 3, 1, 0, 5, 1, 0, 0, 1, 0})
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		near, far := net.Pipe()
		go func() {
			_, _ = far.Write(sent)
			_ = far.Close()
		}()
		hello, conn := barehand.Peek(near)
		if hello == nil {
			if got, _ := io.ReadAll(conn); !bytes.Equal(got, sent) {
				t.Errorf("%x is handed on as %x", sent, got)
			}
		}
		_ = near.Close()
	})
}
