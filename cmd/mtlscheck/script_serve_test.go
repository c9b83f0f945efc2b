package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// readyOf reads what a ready file tells.
func readyOf(ts *testscript.TestScript, file string) map[string]string {
	var out map[string]string
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &out))
	return out
}

// administer asks the administration of a fake; stdout then is its answer.
func administer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: administer READY METHOD PATH [BODY]")
	}
	r, err := http.NewRequest(args[1], readyOf(ts, args[0])["admin"]+args[2], strings.NewReader(strings.Join(args[3:], "")))
	ts.Check(err)
	answered(ts, http.DefaultClient, r)
}

// administerUntil asks the administration again until its answer holds a text, for as long as the script may run.
func administerUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: administer-until READY PATH TEXT")
	}
	deadline := time.After(time.Minute)
	for tick := time.Tick(20 * time.Millisecond); ; {
		res, err := http.Get(readyOf(ts, args[0])["admin"] + args[1])
		ts.Check(err)
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		ts.Check(err)
		if strings.Contains(string(text), args[2]) {
			return
		}
		select {
		case <-tick:
		case <-deadline:
			ts.Fatalf("%s does not tell %s: %s", args[1], args[2], text)
		}
	}
}

// fetch gets a page of a fake, or a token from its token endpoint; stdout then is its answer.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fetch READY PATH|token_endpoint")
	}
	is := readyOf(ts, args[0])
	ca, err := os.ReadFile(ts.MkAbs(is["ca"]))
	ts.Check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	own, err := tls.LoadX509KeyPair(ts.MkAbs(is["certificate"]), ts.MkAbs(is["key"]))
	ts.Check(err)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequest(http.MethodGet, is["issuer"]+args[1], nil)
	if args[1] == "token_endpoint" {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {is["client_id"]}, "scope": {is["scope"]}}
		r, err = http.NewRequest(http.MethodPost, is["token_endpoint"], strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	ts.Check(err)
	answered(ts, &http.Client{Transport: transport}, r)
}

func answered(ts *testscript.TestScript, c *http.Client, r *http.Request) {
	res, err := c.Do(r)
	ts.Check(err)
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusBadRequest {
		ts.Logf("%s", res.Status)
	}
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(err)
}
