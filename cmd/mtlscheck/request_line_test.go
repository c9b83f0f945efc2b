package main

import (
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

func TestRequestLines(t *testing.T) {
	t.Parallel()
	shows := func(subject string) fakeidp.TLSFacts {
		return fakeidp.TLSFacts{Presented: []fakeidp.CertificateFacts{{Subject: subject}, {Subject: "CN=an intermediate"}}}
	}
	for _, test := range []struct {
		request fakeidp.Request
		line    string
	}{
		{fakeidp.Request{Method: "GET", Path: "/", Status: 404}, "GET / 404 · no certificate"},
		{fakeidp.Request{Method: "POST", Path: "/connect/mtls/token", Status: 400, ClientID: "mtls.name", Error: "invalid_client", TLS: shows("CN=client")}, "POST /connect/mtls/token 400 · CN=client · client_id mtls.name · invalid_client"},
		{fakeidp.Request{Method: "POST", Path: "/t", Status: 400, Error: "invalid_client", Barred: "no certificate"}, "POST /t 400 · no certificate · invalid_client"},
		{fakeidp.Request{Method: "POST", Path: "/t", Status: 403, Barred: "the certificate chains to no trusted root", TLS: shows("CN=a")}, "POST /t 403 · CN=a · the certificate chains to no trusted root"},
		{fakeidp.Request{Method: "GET", Path: "/a b\n\x1b[2J", Status: 404, ClientID: "x\n::error::y\u202e", TLS: shows("CN=\x1b[2J")}, `GET /a%20b%0A%1B%5B2J 404 · CN=\u001b[2J · client_id x\u000a::error::y\u202e`},
		{fakeidp.Request{Method: "GET", Path: "/", Status: 200, TLS: shows("")}, "GET / 200 · a certificate without a subject"},
		{fakeidp.Request{Outgoing: true, Method: "POST", Host: "127.0.0.1:81", Path: "/out", ClientID: "app", Status: 204}, "POST /out 204 · sent to 127.0.0.1:81 · client_id app"},
		{fakeidp.Request{Handshake: "remote error: tls: bad certificate"}, "no handshake · no certificate · remote error: tls: bad certificate"},
		{fakeidp.Request{Method: "GET", Path: "/" + strings.Repeat("a", 300), Status: 404}, "GET /" + strings.Repeat("a", 199) + "… 404 · no certificate"},
	} {
		if got := requestLine(test.request); got != test.line {
			t.Errorf("got  %s\nwant %s", got, test.line)
		}
	}
}
