package report_test

import (
	"encoding/json"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
)

// nasty is what a hostile server may write wherever it may write: it clears a terminal, turns text round, ends lines, gives
// orders to CI systems, and holds what XML and UTF-8 do not have.
const nasty = "a\x1b[2Jb\u202ec\nd\r\n::error::e ##[group]f ##vso[task.complete]g\x00h\ufffei\xffj<k>&\"l]]>m\u2028n\x7fo\u009bp"

// examined is an outcome with one case of each verdict. It is a fixed value: the golden files are functions of it.
func examined() *harness.Outcome {
	at := time.Date(2026, 11, 23, 11, 4, 2, 318e6, time.UTC)
	client := harness.CertificateSummary{Name: "client, expired", Subject: "CN=client,OU=production,O=company", Issuer: "CN=Example Root",
		NotBefore: at.AddDate(0, 0, -9), NotAfter: at.AddDate(0, 0, -2), Key: "P-256", Usages: []string{"clientAuth"},
		SHA1: "6B1FA2", SHA256: "0380ed2f626650c8", X5tS256: "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0", Sent: 2}
	tls := harness.Handshake{Version: "TLS 1.3", Suite: "TLS_AES_128_GCM_SHA256", Group: "X25519MLKEM768", ALPN: "http/1.1", ServerName: "id.example",
		Asked: true, AcceptableCAs: []string{"CN=Example Root"}, Shown: &client, HandshakeMilli: 3.2}
	form := harness.Message{Line: "POST /connect/mtls/token HTTP/1.1", Host: "id.example", Header: []string{"Content-Type: application/x-www-form-urlencoded"},
		Body: "grant_type=client_credentials&client_id=mtls.name&scope=api1"}
	control := harness.Evidence{Person: "name", Role: "name", Control: true, At: at, Took: 12.3, Question: form,
		Reply: &harness.Message{Line: "HTTP/1.1 200 OK", Body: `{"access_token":"[JWT 812 B sha256:9f2c41d0]"}`}, TLS: tls}
	accepted := harness.Evidence{Person: "client, expired", Role: "name", At: at.Add(time.Second), Took: 41.2, Question: form,
		Reply: &harness.Message{Line: "HTTP/1.1 200 OK", Header: []string{"Content-Type: application/json", "X-Nasty: " + nasty},
			Body: "{\"access_token\":\"[JWT 812 B sha256:9f2c41d0]\",\n\"note\":\"" + nasty + "\"}"},
		TLS: tls, Curl: "curl -sS -i --cert client-expired.pem --key client-expired-key.pem -d grant_type=client_credentials https://id.example/connect/mtls/token",
		Tokens: []harness.Token{{Member: "access_token", Mark: "[JWT 812 B sha256:9f2c41d0]", Header: json.RawMessage(`{"alg": "RS256", "typ": "at+jwt"}`),
			Claims: json.RawMessage(`{"iss": "https://id.example", "note": "\u202e` + "\u202e" + `"}`)}}}
	refused := harness.Evidence{Person: "alone", At: at.Add(2 * time.Second), Took: 4, Question: form,
		TLS: harness.Handshake{Version: "TLS 1.3", Asked: true, Alert: "unknown certificate authority", AlertPhase: harness.AfterHandshake}}
	silent := harness.Evidence{Person: "client", At: at.Add(3 * time.Second), Took: 10000, Question: form, Silence: "no answer within 10s"}

	one := func(id, variant, chapter string, level harness.Level, verdict harness.Verdict, because string) harness.Case {
		return harness.Case{ID: id, Variant: variant, Chapter: chapter, Title: "the token endpoint " + id, Level: level, Cite: "RFC 8705 §2", Says: "The token endpoint keeps " + id + ".",
			Verdict: verdict, Because: because, Evidence: []harness.Evidence{}, Certificates: []harness.CertificateSummary{}, DurationMS: 12.5}
	}
	fail := one("PATH-03", "", "chain", harness.Must, harness.Fail, "")
	fail.Title, fail.Says = "the token endpoint turns away an expired certificate", "The token endpoint refuses a certificate whose validity has ended."
	fail.Expected, fail.Observed = "400 or 401 invalid_client, or a TLS alert", "200 and an access token: "+nasty
	fail.Why, fail.Advice = "Whoever finds an old key may use it for ever.", "options.ValidateValidityPeriod = true in AddCertificate; it is the default."
	fail.Evidence, fail.Certificates = []harness.Evidence{control, accepted}, []harness.CertificateSummary{client}
	fail.Again = &harness.Again{Mtlscheck: "mtlscheck run --fake 7.4 --broken accepts-expired PATH-03", Curl: accepted.Curl}
	fail2 := fail
	fail2.ID, fail2.Variant, fail2.Evidence = "PATH-04", "not-yet-valid", []harness.Evidence{control, refused}
	lost := one("AUTH-07", "alias", "token-endpoint", harness.Must, harness.Inconclusive, "no answer within 10s")
	lost.Evidence, lost.Again = []harness.Evidence{silent}, &harness.Again{Mtlscheck: "mtlscheck run AUTH-07.alias"}
	pass := one("AUTH-01", "", "token-endpoint", harness.Must, harness.Pass, "")
	pass.Evidence = []harness.Evidence{control}
	warn := one("PATH-01", "", "chain", harness.Must, harness.Warn, "known deviation: an intermediate that the client sends is ignored")
	warn.Deviation, warn.Expected, warn.Observed = true, "200 and an access token", "401 invalid_client"

	o := &harness.Outcome{
		Tool: harness.Tool{Name: "mtlscheck", Version: "0.1.0", Go: "go1.26.8"}, Catalogue: "2026.11", Profile: "rfc8705",
		Target: harness.TargetRecord{Name: "staging", Issuer: "https://id.example", Product: "identityserver", ProductVersion: "7.4",
			Features: []harness.Feature{harness.Aliases, harness.BoundTokens}, Mismatches: []harness.Mismatch{{Feature: harness.Introspection, Declared: true}}},
		Selection: harness.Selection{Terms: []string{"AUTH", "PATH"}}, Started: at, Ended: at.Add(18400 * time.Millisecond),
		Preflight: []harness.Step{{Name: "issuer", OK: true, Detail: "https://id.example"}, {Name: "connection", OK: true, Detail: "TLS 1.3"}, {Name: "discovery", OK: true}},
		Unfilled: []harness.Vacancy{{Role: "thumbprint-2", Adds: 1, Cases: []string{"SS-03"}}, {Role: "spelling:colons", Adds: 1, Cases: []string{"IDS-1"}},
			{Role: "spelling:blanks", Adds: 2, Cases: []string{"IDS-2", "IDS-3"}}},
		Cases: []harness.Case{pass, lost, warn, fail, fail2,
			one("PATH-17", "", "chain", harness.May, harness.Note, "key usage is not looked at"),
			one("SS-03", "", "self-signed", harness.Must, harness.NotApplicable, "no client is configured for the role thumbprint-2"),
			one("META-01", "", "discovery", harness.Must, harness.NotRun, "filtered out"),
			one("PKI-14", "", "names", harness.Must, harness.Waived, "IDP-4711: names are compared as strings, until 2027-01-31")},
	}
	o.Conclude()
	return o
}

// unreachable is the outcome of a run that ended with its preflight.
func unreachable() *harness.Outcome {
	o := examined()
	o.Preflight = []harness.Step{{Name: "issuer", OK: true}, {Name: "connection", Detail: "nobody listens at 127.0.0.1:1 " + nasty, Advice: "start the server, or check the port"}}
	o.Unfilled, o.Target.Mismatches, o.Target.Features = nil, nil, nil
	for i := range o.Cases {
		o.Cases[i].Verdict, o.Cases[i].Deviation, o.Cases[i].Because = harness.NotRun, false, "preflight failed"
		o.Cases[i].Evidence, o.Cases[i].Certificates, o.Cases[i].Again, o.Cases[i].Expected, o.Cases[i].Observed = nil, nil, nil, "", ""
	}
	o.Conclude()
	return o
}
