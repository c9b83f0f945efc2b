package fakeidp_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// A plain HTTP client goes through the authorization endpoint: the login page signs in and sends back without a question.
func ExamplePages() {
	idp, err := fakeidp.New(
		fakeidp.Pages(fakeidp.ApproveAtOnce), fakeidp.Users(fakeidp.User{Subject: "1", Username: "alice"}, fakeidp.User{Subject: "2", Username: "bob"}),
		fakeidp.Clients(fakeidp.Client{ID: "web", Public: true, Grants: []string{fakeidp.AuthorizationCode}, Scopes: []string{"openid"}, RedirectURIs: []string{"https://app.example/cb"}}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer idp.Close()

	roots := x509.NewCertPool()
	roots.AddCert(idp.CA())
	cookies, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: cookies, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "app.example" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	defer browser.CloseIdleConnections()
	answer, err := browser.Get(idp.URL + "/connect/authorize?" + url.Values{"client_id": {"web"}, "response_type": {"code"}, "redirect_uri": {"https://app.example/cb"},
		"scope": {"openid"}, "state": {"s"}, "login_hint": {"bob"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode())
	if err != nil {
		fmt.Println(err)
		return
	}
	answer.Body.Close()
	back, _ := answer.Location()
	fmt.Println(back.Host, back.Path, back.Query().Get("code") != "", back.Query().Get("state"))
	// Output:
	// app.example /cb true s
}
