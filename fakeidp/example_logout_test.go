package fakeidp_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// A client on loopback hears through the backchannel that its user signed out.
func Example_backChannelLogout() {
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, claims, err := decoded(r.PostFormValue("logout_token")) // a real client verifies it
		fmt.Println(r.URL.Path, claims["aud"], claims["sub"], claims["events"], err)
	}))
	defer app.Close()
	idp, err := fakeidp.New(
		fakeidp.Pages(fakeidp.ApproveAtOnce), fakeidp.Users(fakeidp.User{Subject: "1", Username: "alice"}),
		fakeidp.Clients(fakeidp.Client{ID: "web", Public: true, Grants: []string{fakeidp.AuthorizationCode}, Scopes: []string{"openid"}, RedirectURIs: []string{"https://app.example/cb"},
			BackChannelLogoutURI: app.URL + "/logout"}),
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
	for _, to := range []string{
		"/connect/authorize?" + url.Values{"client_id": {"web"}, "response_type": {"code"}, "redirect_uri": {"https://app.example/cb"}, "scope": {"openid"},
			"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode(),
		"/connect/endsession",
	} {
		answer, err := browser.Get(idp.URL + to)
		if err != nil {
			fmt.Println(err)
			return
		}
		answer.Body.Close()
	}
	for _, r := range idp.Requests() {
		if r.Outgoing {
			fmt.Println(r.Endpoint, r.ClientID, r.Status)
		}
	}
	// Output:
	// /logout web 1 map[http://schemas.openid.net/event/backchannel-logout:map[]] <nil>
	// back-channel logout web 200
}
