package inspect_test

import (
	"bytes"
	"crypto/tls"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/export"
	"github.com/mtlscheck/mtlscheck/pki/inspect"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// What export writes is read back: the same certificate first, the right form, the key noticed and never repeated.
func TestReadsEveryForm(t *testing.T) {
	t.Parallel()
	id := lab("read").Root("root").Sub("issuing").Client("client", trait.DNS("client.example"))
	forms := map[string]string{
		"pem": "PEM", "der": "DER", "chain": "PEM", "fullkey": "PEM", "p12": "PKCS#12", "p12-legacy": "PKCS#12", "jwk": "JSON Web Key", "jwks": "JSON Web Key Set",
		"k8s-secret": "Kubernetes Secret", "trust": "PEM", "intermediates": "PEM", "truststore": "PKCS#12",
	}
	unread := map[string]string{"key": "no certificate is in it", "env": "neither PEM, DER"}
	keyPEM, err := id.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(keyPEM)
	scalar := block.Bytes[36:68]
	for _, f := range export.Forms() {
		data, err := f.Write(export.Options{Folder: "/f", Namespace: "login"}, id)
		if err != nil {
			t.Fatal(err)
		}
		found, err := inspect.Read(data, export.DefaultPassword)
		if says, is := unread[f.Name]; is {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v, expected an error with %q", f.Name, err, says)
			}
			continue
		}
		if err != nil || found.Form != forms[f.Name] {
			t.Errorf("%s: %v, form %+v", f.Name, err, found)
			continue
		}
		first := id.DER()
		switch f.Name {
		case "trust", "truststore":
			first = id.Roots()[0]
		case "intermediates":
			first = id.Chain()[1]
		}
		if !bytes.Equal(found.Certificates[0], first) {
			t.Errorf("%s: another certificate came first", f.Name)
		}
		report := inspect.Describe(found, present())
		if f.Secret != (len(report.Keys) == 1) || f.Secret && report.Keys[0] != (inspect.Key{Kind: "EC P-256", Certificate: 1}) {
			t.Errorf("%s: keys %+v", f.Name, report.Keys)
		}
		text, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{string(scalar), base64.StdEncoding.EncodeToString(block.Bytes)[48:80], "PRIVATE KEY"} {
			if strings.Contains(string(text), form) {
				t.Errorf("%s: the report holds the key", f.Name)
			}
		}
	}
}

func TestSaysWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	id := lab("unread").Root("root").Client("client")
	key, err := id.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(key)
	tests := map[string]struct{ data, says string }{
		"nothing":           {" \n", "nothing is in it"},
		"a text":            {"hello", "neither PEM"},
		"a key":             {string(key), "no certificate is in it, but a private key"},
		"a key in DER":      {string(block.Bytes), "a private key in DER"},
		"an encrypted key":  {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "a private key, encrypted"},
		"cut off":           {string(id.DER()[:200]), "cut off"},
		"other JSON":        {`{"a":1}`, "neither a JSON Web Key"},
		"broken JSON":       {`{"keys":`, "cannot be read"},
		"a key without x5c": {`{"kty":"EC","crv":"P-256","x":"a","y":"b"}`, "has no x5c"},
		"no keys":           {`{"keys":[]}`, "no certificate is in it"},
		"an empty Secret":   {"kind: Secret\ndata:\n  tls.crt: AAAA\n", "without a certificate"},
		"two Secrets":       {"kind: Secret\ndata:\n  a: AAAA\n---\nkind: Secret\n", "several documents"},
		"too much":          {strings.Repeat("x", inspect.MaxSize+1), "more than 4 MB"},
		"many":              {strings.Repeat(string(pki.PEM([]byte{0x30, 0})), 501), "501 certificates"},
	}
	for name, test := range tests {
		if _, err := inspect.Read([]byte(test.data), ""); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, expected an error with %q", name, err, test.says)
		}
	}
	slow, err := asn1.Marshal(struct {
		Version int
		Content struct{ Type asn1.ObjectIdentifier }
		Mac     struct {
			Mac        struct{}
			Salt       []byte
			Iterations int
		}
	}{Version: 3, Content: struct{ Type asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2}}, Mac: struct {
		Mac        struct{}
		Salt       []byte
		Iterations int
	}{Iterations: 1 << 30}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inspect.Read(slow, "x"); err == nil || !strings.Contains(err.Error(), "1073741824 rounds") {
		t.Errorf("a PKCS#12 file that takes hours: %v", err)
	}
	p12, err := id.P12("right", pki.Modern)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inspect.Read(p12, "wrong"); !errors.Is(err, inspect.ErrPassword) {
		t.Errorf("a wrong password: %v", err)
	}
}

// A JSON Web Key is held against its certificate, and its private half is a mistake.
func TestJSONWebKeysAreComparedWithTheirCertificate(t *testing.T) {
	t.Parallel()
	l := lab("jwk")
	right, err := l.SelfSigned("alone").JWK()
	if err != nil {
		t.Fatal(err)
	}
	other, err := l.SelfSigned("other").JWK()
	if err != nil {
		t.Fatal(err)
	}
	urlSafe := base64.RawURLEncoding.EncodeToString(l.SelfSigned("alone").DER())
	tests := []struct {
		name  string
		wrong func(*pki.JWK)
		says  string
	}{
		{"right", func(*pki.JWK) {}, ""},
		{"another key", func(k *pki.JWK) { k.X, k.Y = other.X, other.Y }, "another key than that of its certificate"},
		{"another thumbprint", func(k *pki.JWK) { k.X5tS256 = other.X5tS256 }, "x5t#S256 of key 1 is not that of its certificate"},
		{"base64url", func(k *pki.JWK) { k.X5c = []string{urlSafe} }, "base64url"},
		{"for encryption", func(k *pki.JWK) { k.Use = "enc" }, `is for "enc"`},
	}
	for _, test := range tests {
		k := right
		test.wrong(&k)
		text, err := json.Marshal(pki.JWKS{Keys: []pki.JWK{k}})
		if err != nil {
			t.Fatal(err)
		}
		found, err := inspect.Read(text, "")
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		notes := strings.Join(found.Notes, "; ")
		if test.says == "" && notes != "" || !strings.Contains(notes, test.says) {
			t.Errorf("%s: %q, expected %q", test.name, notes, test.says)
		}
	}
	found, err := inspect.Read([]byte(`{"kty":"EC","d":"secret-half","x5c":["`+right.X5c[0]+`"]}`), "")
	if err != nil || !strings.Contains(strings.Join(found.Notes, ";"), "private half") || strings.Contains(strings.Join(found.Notes, ";"), "secret-half") {
		t.Errorf("%v, %+v", err, found)
	}
}

// What kubectl prints is read too: JSON, and YAML with metadata that repeats the Secret, and members in blocks.
func TestSecretsAsKubectlPrintsThem(t *testing.T) {
	t.Parallel()
	id := lab("kubectl").Root("root").Client("client")
	b64 := base64.StdEncoding.EncodeToString(id.ChainPEM())
	indented := strings.ReplaceAll(strings.TrimSpace(string(id.ChainPEM())), "\n", "\n    ")
	for name, text := range map[string]string{
		"JSON":     `{"apiVersion":"v1","kind":"Secret","data":{"tls.crt":"` + b64 + `","other":"!"}}`,
		"metadata": "apiVersion: v1\ndata:\n  tls.crt: " + b64 + "\nkind: Secret\nmetadata:\n  annotations:\n    last: |\n      {\"data\":{\"tls.crt\":\"AAAA\"}}\n  name: x\ntype: kubernetes.io/tls\n",
		"block":    "kind: \"Secret\"\nstringData:\n  tls.crt: |\n    " + indented + "\n",
	} {
		found, err := inspect.Read([]byte(text), "")
		if err != nil || found.Form != "Kubernetes Secret" || !bytes.Equal(found.Certificates[0], id.DER()) {
			t.Errorf("%s: %v, %+v", name, err, found)
		}
	}
}

func TestReadsTheChainOfALiveServer(t *testing.T) {
	t.Parallel()
	ca := lab("live").Root("root").Sub("issuing")
	server := ca.Server("server", trait.DNS("localhost"))
	for _, test := range []struct {
		auth tls.ClientAuthType
		host string
		says string
	}{
		{tls.NoClientCert, "localhost", "certificate 1 is for the host localhost"},
		{tls.RequireAnyClientCert, "localhost", "the server asks for a client certificate"},
		{tls.NoClientCert, "127.0.0.1", "certificate 1 is not for the host 127.0.0.1"},
	} {
		ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*server.TLS()}, ClientAuth: test.auth})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).HandshakeContext(t.Context())
			_ = conn.Close()
		}()
		_, port, err := net.SplitHostPort(ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		found, err := inspect.Live(t.Context(), net.JoinHostPort(test.host, port))
		_ = ln.Close()
		<-done
		if err != nil || len(found.Certificates) != 2 || !bytes.Equal(found.Certificates[0], server.DER()) {
			t.Errorf("%v: %v, %+v", test.auth, err, found)
			continue
		}
		if notes := strings.Join(found.Notes, "; "); !strings.Contains(notes, test.says) {
			t.Errorf("%q, expected %q", notes, test.says)
		}
	}
	if _, err := inspect.Live(t.Context(), "localhost:1"); err == nil || !strings.Contains(err.Error(), "nobody answers") {
		t.Errorf("a closed port: %v", err)
	}
	if _, err := inspect.Live(t.Context(), "localhost"); err == nil {
		t.Error("an address without a port is taken")
	}
}

// Whatever is read, nothing panics, and a report of it can be made.
func FuzzRead(f *testing.F) {
	id := lab("fuzz").Root("root").Sub("issuing").Client("client", trait.DNS("client.example"))
	for _, form := range export.Forms() {
		if form.Name == "p12" || form.Name == "p12-legacy" || form.Name == "truststore" {
			continue // their rounds of encryption take all the time
		}
		data, err := form.Write(export.Options{Folder: "/f"}, id)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, fault := range []string{"indefinite-length", "duplicate-extension", "ip-with-mask", "set-reversed"} {
		f.Add(lab("fuzz").Root("root").Fault(id, fault).DER())
	}
	f.Add([]byte("kind: Secret\ndata:\n  a: |\n    b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := inspect.Read(data, "x")
		if err != nil {
			return
		}
		report := inspect.Describe(found, present())
		if len(report.Certificates) != len(found.Certificates) || len(found.Certificates) == 0 {
			t.Errorf("%d certificates found, %d described", len(found.Certificates), len(report.Certificates))
		}
		if _, err := json.Marshal(report); err != nil {
			t.Error(err)
		}
	})
}
