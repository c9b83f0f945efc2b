package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// signIn is the program sign-in: it opens the URL that is its last argument as a browser does, trusting ca.pem, and prints where it was
// sent. With the word "fail" it fails; with "nothing" it prints nothing.
func signIn() {
	address := os.Args[len(os.Args)-1]
	switch os.Args[1] {
	case "fail":
		os.Exit(7)
	case "nothing":
		return
	}
	text, err := os.ReadFile("ca.pem")
	if err != nil {
		panic(err)
	}
	trust := x509.NewCertPool()
	trust.AppendCertsFromPEM(text)
	jar, _ := cookiejar.New(nil)
	end := address
	browser := http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust}}, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if end = r.URL.String(); strings.HasPrefix(end, scenarios.RedirectURI) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	response, err := browser.Get(address)
	if err != nil {
		panic(err)
	}
	_ = response.Body.Close()
	fmt.Println("the browser was sent to")
	fmt.Println(end)
}

// atUsers starts the built-in fake with a user, whom it signs in at once, for the clients of the folder pki. It writes ca.pem, and
// configurations that say how the user signs in: command.yaml, redirects.yaml, fails.yaml and nothing.yaml; nobody.yaml names no user.
func atUsers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: at-users VERSION")
	}
	store, err := pki.Init(ts.MkAbs("pki"), pki.InitOptions{Seed: "users"})
	ts.Check(err)
	instance, err := builtin.Start(builtin.Options{Version: args[0], Cast: builtin.CastOf(store), Whole: true})
	ts.Check(err)
	ts.Defer(func() { _ = instance.Close() })
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), pki.PEM(store.CA().Certificate().Raw), 0o600))
	for name, signs := range map[string]string{"command": "[sign-in, go]", "redirects": "redirects", "fails": "[sign-in, fail]", "nothing": "[sign-in, nothing]", "nobody": ""} {
		who := "user: {sign_in: " + signs + ", username: alice}\n"
		if signs == "" {
			who = ""
		}
		text := fmt.Sprintf(`version: 1
targets: {users: {issuer: %q, trust: [file:ca.pem]}}
pki: {dir: pki}
scope: api1
%sclients:
  - {role: name, client_id: mtls.name, certificate: client}
  - {role: code, client_id: mtls.code, certificate: client}
  - {role: code-2, client_id: mtls.code-2, certificate: client-2}
`, instance.Server.Issuer(), who)
		ts.Check(os.WriteFile(ts.MkAbs(name+".yaml"), []byte(text), 0o600))
	}
}
