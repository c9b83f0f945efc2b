package pki_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func crlOf(t *testing.T, der []byte, err error) *x509.RevocationList {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAListHasWhatWasRevoked(t *testing.T) {
	t.Parallel()
	ca := lab("crl").Root("ca")
	alice, bob := ca.Client("alice"), ca.Client("bob")
	der, err := ca.Revocation().CRL(pki.Timing{})
	before := crlOf(t, der, err)
	if err := ca.Revocation().Revoke(alice, alice); err != nil {
		t.Fatal(err)
	}
	der, err = ca.Revocation().CRL(pki.Timing{})
	list := crlOf(t, der, err)
	if len(before.RevokedCertificateEntries) != 0 || len(list.RevokedCertificateEntries) != 1 || list.RevokedCertificateEntries[0].SerialNumber.Cmp(alice.Certificate().SerialNumber) != 0 {
		t.Errorf("revoked before %v, after %v", before.RevokedCertificateEntries, list.RevokedCertificateEntries)
	}
	if list.Number.Cmp(before.Number) <= 0 {
		t.Errorf("list number %s after %s", list.Number, before.Number)
	}
	if err := list.CheckSignatureFrom(ca.Certificate()); err != nil {
		t.Error(err)
	}
	for _, of := range []struct {
		name string
		i    *pki.Identity
		want string
	}{{"revoked", alice, "23"}, {"not revoked", bob, ""}, {"fault", ca.Fault(bob, "revoked"), "23"}} {
		crl, err := ca.Revocation().CRL(pki.Timing{})
		if err != nil {
			t.Fatal(err)
		}
		if got := opensslWithCRL(t, of.i, ca, crl); got != of.want {
			t.Errorf("%s: openssl verify -crl_check says %q, want %q", of.name, got, of.want)
		}
	}
	stale, err := ca.Revocation().CRL(pki.Timing{This: present().Add(-48 * time.Hour), Next: present().Add(-24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if got := opensslWithCRL(t, bob, ca, stale); got != "12" {
		t.Errorf("a stale list: openssl says %q, want 12 (CRL has expired)", got)
	}
	forged, err := ca.Revocation().ForgedCRL(pki.Timing{})
	if got := crlOf(t, forged, err); got.CheckSignatureFrom(ca.Certificate()) == nil || len(got.RevokedCertificateEntries) != 0 || !bytes.Equal(got.RawIssuer, ca.Certificate().RawSubject) {
		t.Error("the forged list is not a forgery")
	}
	if err := ca.Revocation().Revoke(lab("other").Root("r").Client("x")); err == nil || !strings.Contains(err.Error(), "cannot say anything of it") {
		t.Errorf("revoking another authority's certificate: %v", err)
	}
}

func opensslWithCRL(t *testing.T, i *pki.Identity, ca *pki.Authority, crl []byte) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name string, data []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	out, err := exec.CommandContext(t.Context(), "openssl", "verify", "-crl_check", "-attime", timestamp(), "-CAfile", put("ca", pki.PEM(ca.DER())),
		"-CRLfile", put("crl", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: crl})), put("leaf", pki.PEM(i.DER()))).CombinedOutput()
	if err == nil {
		return ""
	}
	match := regexp.MustCompile(`(?m)^error (\d+) at`).FindSubmatch(out)
	if match == nil {
		t.Fatalf("openssl verify: %v %s", err, out)
	}
	return string(match[1])
}

func TestAnAnswerSaysWhatTheRegisterSaysOrWhatItIsTold(t *testing.T) {
	t.Parallel()
	ca := lab("ocsp").Root("ca")
	alice, bob := ca.Client("alice"), ca.Client("bob")
	if err := ca.Revocation().Revoke(bob); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		of     *pki.Identity
		o      pki.OCSPOptions
		status int
		valid  bool
	}{
		{"good", alice, pki.OCSPOptions{}, ocsp.Good, true},
		{"revoked", bob, pki.OCSPOptions{}, ocsp.Revoked, true},
		{"delegated", bob, pki.OCSPOptions{Delegated: true}, ocsp.Revoked, true},
		{"told to be unknown", alice, pki.OCSPOptions{Status: pki.Unknown}, ocsp.Unknown, true},
		{"told to be revoked", alice, pki.OCSPOptions{Status: pki.Revoked}, ocsp.Revoked, true},
		{"told to be good", bob, pki.OCSPOptions{Status: pki.Good}, ocsp.Good, true},
		{"forged", bob, pki.OCSPOptions{Status: pki.Good, Forged: true}, 0, false},
	}
	for _, test := range tests {
		der, err := ca.Revocation().OCSP(test.of, test.o)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		answer, err := ocsp.ParseResponseForCert(der, test.of.Certificate(), ca.Certificate())
		if (err == nil) != test.valid || err == nil && answer.Status != test.status {
			t.Errorf("%s: %+v, %v", test.name, answer, err)
		}
	}
	der, err := ca.Revocation().OCSP(alice, pki.OCSPOptions{Timing: pki.Timing{This: present().Add(-48 * time.Hour), Next: present().Add(-24 * time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	if stale, err := ocsp.ParseResponse(der, ca.Certificate()); err != nil || !stale.NextUpdate.Before(present()) {
		t.Errorf("a stale answer: %v, %v", stale, err)
	}
}

func TestARegisterServesListsAndAnswers(t *testing.T) {
	t.Parallel()
	ca := lab("serve").Root("ca")
	server := httptest.NewServer(ca.Revocation())
	t.Cleanup(server.Close)
	alice := ca.Client("alice", trait.CRLAt(server.URL+"/ca.crl"), trait.OCSPAt(server.URL))
	if err := ca.Revocation().Revoke(alice); err != nil {
		t.Fatal(err)
	}
	cert := alice.Certificate()
	if len(cert.CRLDistributionPoints) != 1 || cert.CRLDistributionPoints[0] != server.URL+"/ca.crl" || len(cert.OCSPServer) != 1 || cert.OCSPServer[0] != server.URL {
		t.Fatalf("addresses %v %v", cert.CRLDistributionPoints, cert.OCSPServer)
	}
	fetch := func(method, url string, body []byte) (string, []byte) {
		q, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.Header.Get("Content-Type"), text
	}
	kind, body := fetch(http.MethodGet, cert.CRLDistributionPoints[0], nil)
	if list := crlOf(t, body, nil); kind != "application/pkix-crl" || len(list.RevokedCertificateEntries) != 1 {
		t.Errorf("%s with %d entries", kind, len(list.RevokedCertificateEntries))
	}
	question, err := ocsp.CreateRequest(cert, ca.Certificate(), nil)
	if err != nil {
		t.Fatal(err)
	}
	stranger := lab("stranger").Root("other")
	foreign, err := ocsp.CreateRequest(stranger.Client("x").Certificate(), stranger.Certificate(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, ask := range []struct {
		name, method, path string
		body               []byte
		says               string
	}{
		{"by POST", http.MethodPost, "", question, ""},
		{"by GET", http.MethodGet, "/" + strings.NewReplacer("/", "%2F", "+", "%2B", "=", "%3D").Replace(base64.StdEncoding.EncodeToString(question)), nil, ""},
		{"garbage", http.MethodPost, "", []byte("?"), "malformed"},
		{"garbage in the address", http.MethodGet, "/garbage", nil, "malformed"},
		{"another method", http.MethodPut, "", question, "malformed"},
		{"about another authority", http.MethodPost, "", foreign, "unauthorized"},
	} {
		kind, body := fetch(ask.method, server.URL+ask.path, ask.body)
		answer, err := ocsp.ParseResponse(body, ca.Certificate())
		switch {
		case kind != "application/ocsp-response":
			t.Errorf("%s: Content-Type %s", ask.name, kind)
		case ask.says == "" && (err != nil || answer.Status != ocsp.Revoked):
			t.Errorf("%s: %v, %v", ask.name, answer, err)
		case ask.says != "" && (err == nil || !strings.Contains(err.Error(), ask.says)):
			t.Errorf("%s: %v, want %s", ask.name, err, ask.says)
		}
	}
}

func TestClonesHaveTheirOwnNamesAndKeys(t *testing.T) {
	t.Parallel()
	ca := lab("clones").Root("ca")
	like := ca.Client("load", trait.Subject("CN=load,OU=production,O=company"), trait.DNS("load.example"))
	seen := map[string]bool{like.Thumbprints().SPKI: true}
	count := 0
	for clone := range ca.Clones(like, 20) {
		count++
		if err := clone.Err(); err != nil {
			t.Fatal(err)
		}
		if got := verdicts(t, clone, ca.Roots()); count == 1 && got != (said{pki.GoAccepts, 0}) {
			t.Errorf("%s: %+v", clone.Name(), got)
		}
		if got, want := clone.DN().String(), "CN="+clone.Name()+",OU=production,O=company"; got != want {
			t.Errorf("subject %s, want %s", got, want)
		}
		if got := goVerdict(t, clone, ca.Roots()); got != pki.GoAccepts {
			t.Errorf("%s: %s", clone.Name(), got)
		}
		for _, id := range []string{clone.Thumbprints().SPKI, clone.Certificate().SerialNumber.String(), string(clone.Certificate().SubjectKeyId)} {
			if seen[id] {
				t.Errorf("%s shares its key or serial number", clone.Name())
			}
			seen[id] = true
		}
		if twin := clone.With(trait.Expired); twin.Thumbprints().SPKI != clone.Thumbprints().SPKI || twin.DN().String() != clone.DN().String() {
			t.Errorf("%s: the twin has another key or name: %v", clone.Name(), twin.Err())
		}
	}
	if count != 20 {
		t.Errorf("%d clones", count)
	}
	for clone := range lab("clones 2").Root("other").Clones(like, 1) {
		if clone.Err() == nil {
			t.Error("an authority clones what it did not issue")
		}
	}
}
