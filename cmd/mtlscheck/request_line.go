package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/harness"
)

// requestLine is a request to the fake in one line. What the client wrote is escaped. Neither the query nor the form is shown: they
// may hold secrets.
//
//	POST /connect/mtls/token 400 · CN=client, O=mtlscheck · client_id mtls.name · invalid_client · the certificate is not valid at this time
func requestLine(r fakeidp.Request) string {
	who := "no certificate"
	if len(r.TLS.Presented) > 0 {
		who = short(r.TLS.Presented[0].Subject)
		if who == "" {
			who = "a certificate without a subject"
		}
	}
	if r.Handshake != "" {
		return "no handshake · " + who + " · " + short(r.Handshake)
	}
	if r.Outgoing {
		who = "sent to " + short(r.Host)
	}
	line := fmt.Sprintf("%s %s %d · %s", short(r.Method), short((&url.URL{Path: r.Path}).EscapedPath()), r.Status, who)
	if r.ClientID != "" {
		line += " · client_id " + short(r.ClientID)
	}
	if r.Error != "" {
		line += " · " + short(r.Error)
	}
	if r.Barred != "" && len(r.TLS.Presented) > 0 {
		line += " · " + short(r.Barred)
	}
	return line
}

// short is text fit for a line: escaped, and cut where it is very long.
func short(text string) string {
	const most = 200
	runes := []rune(harness.Printable(strings.TrimSpace(text)))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}
