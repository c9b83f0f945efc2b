package fakeidp_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A client that authenticates by the name of its certificate gets a token, and the journal says what arrived.
func Example() {
	ca := pki.New(pki.Options{}).Root("Example Root")
	certificate := ca.Client("app", trait.Subject("CN=app,O=Example"))

	idp, err := fakeidp.New(
		fakeidp.Trust(ca.Certificate()),
		fakeidp.Clients(fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name("CN=app, O=Example")}, Scopes: []string{"api1"}}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer idp.Close()

	roots := x509.NewCertPool()
	roots.AddCert(idp.CA())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{*certificate.TLS()}}}}
	defer client.CloseIdleConnections()
	answer, err := client.PostForm(idp.MTLSURL+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status)
	for _, r := range idp.Requests() {
		fmt.Println(r.Method, r.Endpoint, r.ClientID, r.TLS.Presented[0].Subject)
	}
	// Output:
	// 200 OK
	// POST token app CN=app, O=Example
}
