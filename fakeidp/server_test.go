package fakeidp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// person is a certificate with its key, and who may have signed it.
type person struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// mint makes a certificate signed by its issuer, or by itself.
func mint(t testing.TB, template *x509.Certificate, issuer *person) *person {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	signer := &person{template, key}
	if issuer != nil {
		signer = issuer
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.certificate, key.Public(), signer.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &person{c, key}
}

func authority(t testing.TB) *person {
	return mint(t, &x509.Certificate{Subject: pkix.Name{CommonName: "Root"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
}

// client is an HTTP client that trusts the server and shows this person's certificate, if any.
func client(idp *fakeidp.Server, shows *person) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(idp.CA())
	config := &tls.Config{RootCAs: roots, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if shows == nil {
			return &tls.Certificate{}, nil
		}
		return &tls.Certificate{Certificate: [][]byte{shows.certificate.Raw}, PrivateKey: shows.key}, nil
	}}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}, Timeout: 10 * time.Second}
}

// ask posts a form and returns status and body.
func ask(t testing.TB, c *http.Client, to string, form url.Values) (int, string) {
	t.Helper()
	r, err := c.PostForm(to, form)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

func TestServesAClientByTheNameOfItsCertificate(t *testing.T) {
	t.Parallel()
	ca := authority(t)
	alice := mint(t, &x509.Certificate{Subject: pkix.Name{CommonName: "alice", Organization: []string{"Acme, Inc."}}}, ca)
	mallory := mint(t, &x509.Certificate{Subject: pkix.Name{CommonName: "mallory"}}, ca)
	expired := mint(t, &x509.Certificate{Subject: pkix.Name{CommonName: "alice", Organization: []string{"Acme, Inc."}}, NotBefore: time.Now().Add(-2 * time.Hour),
		NotAfter: time.Now().Add(-time.Hour)}, ca)
	app := fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name(`CN=alice, O="Acme, Inc."`)}, Scopes: []string{"api1"}}
	idp := fakeidp.Start(t, fakeidp.Trust(ca.certificate), fakeidp.Clients(app))
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}}

	for _, c := range []struct {
		who    string
		shows  *person
		status int
		body   string
	}{
		{"its certificate", alice, 200, `"token_type":"Bearer","scope":"api1"}`},
		{"another's certificate", mallory, 400, `{"error":"invalid_client"}`},
		{"an expired certificate", expired, 400, `{"error":"invalid_client","error_description":"mTLS authentication failed."}`},
		{"no certificate", nil, 400, `{"error":"invalid_client","error_description":"mTLS authentication failed."}`},
	} {
		status, body := ask(t, client(idp, c.shows), idp.MTLSURL+"/token", form)
		if status != c.status || !strings.HasSuffix(body, c.body) {
			t.Errorf("%s: got %d %s, want %d …%s", c.who, status, body, c.status, c.body)
		}
	}
	last := idp.Requests()
	if len(last) != 4 || last[0].ClientID != "app" || last[0].Endpoint != "token" || !last[0].MTLS || last[0].Status != 200 ||
		last[0].TLS.Presented[0].Subject != `CN=alice, O="Acme, Inc."` || last[1].Error != "invalid_client" {
		t.Errorf("journal: %+v", last)
	}
}

func TestRefusesAnUnknownVersion(t *testing.T) {
	t.Parallel()
	if _, err := fakeidp.New(fakeidp.Version("3.1")); err == nil || !strings.Contains(err.Error(), "is4-4.1, 5.2, 6.3") {
		t.Errorf("got %v, want an error that names the versions", err)
	}
}
