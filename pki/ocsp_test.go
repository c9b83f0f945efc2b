package pki_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ocsp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// asked puts a question to a handler, without a network.
func asked(h http.Handler, method, path string, body []byte) []byte {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, bytes.NewReader(body)))
	return w.Body.Bytes()
}

func questionAbout(t *testing.T, i *pki.Identity, ca *pki.Authority, hash crypto.Hash) []byte {
	t.Helper()
	q, err := ocsp.CreateRequest(i.Certificate(), ca.Certificate(), &ocsp.RequestOptions{Hash: hash})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestAServedAnswerIsWhatTheOptionsSay(t *testing.T) {
	t.Parallel()
	l := lab("serving")
	ca := l.Root("ca")
	alice := ca.Client("alice")
	r := ca.Revocation()
	question := questionAbout(t, alice, ca, crypto.SHA1)
	stranger := l.Root("stranger").Client("responder", trait.ExtKeyUsage("OCSPSigning"))
	for _, test := range []struct {
		name   string
		o      pki.OCSPOptions
		status int
		says   string // of an error
	}{
		{"good", pki.OCSPOptions{}, ocsp.Good, ""},
		{"revoked", pki.OCSPOptions{Status: pki.Revoked}, ocsp.Revoked, ""},
		{"unknown", pki.OCSPOptions{Status: pki.Unknown}, ocsp.Unknown, ""},
		{"delegated", pki.OCSPOptions{Delegated: true}, ocsp.Good, ""},
		{"stale", pki.OCSPOptions{Timing: r.Stale()}, ocsp.Good, ""},
		{"try later", pki.OCSPOptions{Status: pki.TryLater}, 0, "try later"},
		{"forged", pki.OCSPOptions{Forged: true}, 0, "bad OCSP signature"},
		{"by a stranger", pki.OCSPOptions{By: stranger}, 0, "bad OCSP signature"},
	} {
		body := asked(r.Handler(pki.Serving{OCSP: test.o}), http.MethodPost, "/", question)
		answer, err := ocsp.ParseResponseForCert(body, alice.Certificate(), ca.Certificate())
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) || err == nil && answer.Status != test.status {
			t.Errorf("%s: %+v, %v; want %d %q", test.name, answer, err, test.status, test.says)
			continue
		}
		if err == nil && answer.NextUpdate.Before(present()) != (test.name == "stale") {
			t.Errorf("%s holds until %s", test.name, answer.NextUpdate)
		}
		if again := asked(r.Handler(pki.Serving{OCSP: test.o}), http.MethodPost, "/", question); !bytes.Equal(body, again) {
			t.Errorf("%s: two answers differ", test.name)
		}
	}
}

// What Answer laid down about one certificate wins over what the handler says of all, and the list does not know of it.
func TestAnAnswerLaidDownForOneIsForOne(t *testing.T) {
	t.Parallel()
	ca := lab("laid down").Root("ca")
	alice, bob := ca.Client("alice"), ca.Client("bob")
	gone := ca.Fault(alice, "revoked-ocsp")
	for _, test := range []struct {
		of     *pki.Identity
		status int
	}{{alice, ocsp.Good}, {bob, ocsp.Good}, {gone, ocsp.Revoked}, {ca.Fault(bob, "unknown-ocsp"), ocsp.Unknown}, {ca.Fault(bob, "revoked"), ocsp.Revoked}} {
		der := asked(ca.Revocation(), http.MethodPost, "/", questionAbout(t, test.of, ca, crypto.SHA256))
		answer, err := ocsp.ParseResponse(der, ca.Certificate())
		if err != nil || answer.Status != test.status || answer.SerialNumber.Cmp(test.of.Certificate().SerialNumber) != 0 || answer.IssuerHash != crypto.SHA256 {
			t.Errorf("%s: %+v, %v; want status %d", test.of.Name(), answer, err, test.status)
		}
	}
	der, err := ca.Revocation().CRL(pki.Timing{})
	if list := crlOf(t, der, err); len(list.RevokedCertificateEntries) != 1 || list.RevokedCertificateEntries[0].SerialNumber.Cmp(gone.Certificate().SerialNumber) == 0 {
		t.Errorf("the list has %v", list.RevokedCertificateEntries)
	}
	if err := ca.Revocation().Answer(pki.OCSPOptions{}, lab("another").Root("r").Client("x")); err == nil {
		t.Error("an answer about another authority's certificate")
	}
}

// Clients write the base64 of a question into an address with and without escaping it (RFC 6960 appendix A.1).
func TestAQuestionIsFoundInAnyAddress(t *testing.T) {
	t.Parallel()
	ca := lab("addresses").Root("ca")
	found := map[string]bool{}
	for n := range 200 { // so many that some have a slash or a plus where it hurts
		alice := ca.Client("alice", trait.Salt(strings.Repeat("x", n)))
		text := base64.StdEncoding.EncodeToString(questionAbout(t, alice, ca, crypto.SHA1))
		for _, special := range []string{"/", "//", "+", "="} {
			found[special] = found[special] || strings.Contains(text, special)
		}
		escaped := strings.NewReplacer("/", "%2F", "+", "%2B", "=", "%3D").Replace(text)
		for _, path := range []string{"/" + escaped, "/" + text, "/ocsp/" + escaped, "/ocsp/" + text, "/a/b/" + strings.TrimRight(text, "="), "/" + strings.ReplaceAll(text, "+", "%20"), "//" + text} {
			answer, err := ocsp.ParseResponse(asked(ca.Revocation(), http.MethodGet, "http://ca.example"+path, nil), ca.Certificate())
			if err != nil || answer.SerialNumber.Cmp(alice.Certificate().SerialNumber) != 0 {
				t.Fatalf("GET %s: %v", path, err)
			}
		}
	}
	if len(found) != 4 || !found["/"] || !found["+"] {
		t.Errorf("these certificates try out only %v", found)
	}
}

// OpenSSL's client asks by POST with a nonce, and about several certificates at once.
func TestOpenSSLUnderstandsTheResponder(t *testing.T) {
	t.Parallel()
	for _, key := range []trait.KeyKind{trait.P256, trait.P384, trait.RSA2048} {
		ca := pki.New(pki.Options{Seed: "openssl ocsp", Key: key}).Root("ca", trait.KeyOf("fixture"))
		alice, bob := ca.Client("alice", trait.Key(trait.P256)), ca.Client("bob", trait.Key(trait.P256))
		if err := ca.Revocation().Revoke(bob); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for name, i := range map[string]*pki.Identity{"ca": ca.Identity, "alice": alice, "bob": bob} {
			if err := os.WriteFile(filepath.Join(dir, name), pki.PEM(i.DER()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range []pki.OCSPOptions{{}, {Delegated: true}} {
			server := httptest.NewServer(ca.Revocation().Handler(pki.Serving{OCSP: o}))
			for _, hash := range []string{"-sha1", "-sha256"} {
				cmd := exec.CommandContext(t.Context(), "openssl", "ocsp", "-nonce", hash, "-issuer", "ca", "-cert", "alice", hash, "-cert", "bob", "-CAfile", "ca", "-url", server.URL)
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				if errors.Is(err, exec.ErrNotFound) {
					t.Fatal("openssl is needed for this test: install it (Debian: apt-get install openssl)")
				}
				text := string(out)
				if err != nil || !strings.Contains(text, "Response verify OK") || !strings.Contains(text, "alice: good") || !strings.Contains(text, "bob: revoked") ||
					strings.Contains(text, "nonce") {
					t.Errorf("%s %+v %s: %v\n%s", key, o, hash, err, text)
				}
			}
			server.Close()
		}
	}
}

func FuzzOCSPQuestion(f *testing.F) {
	ca := lab("fuzz").Root("ca")
	question, err := ocsp.CreateRequest(ca.Client("alice").Certificate(), ca.Certificate(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(question)
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(asked(ca.Revocation(), http.MethodPost, "/", body)) < 5 {
			t.Errorf("no answer to %x", body)
		}
	})
}
