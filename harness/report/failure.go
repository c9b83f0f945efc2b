package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mtlscheck/mtlscheck/harness"
)

// MaxBodyLine is how many characters of one line of a body text shows; JSON has them all.
const MaxBodyLine = 1000

// Failure is one case as the text report prints a failure, without colour.
func Failure(c harness.Case) string {
	var b strings.Builder
	p := &page{w: &b, width: 100}
	p.failure(c)
	return b.String()
}

// failure writes a case with everything that is known about it.
func (p *page) failure(c harness.Case) {
	p.line("%s  %s  %s", p.paint(red, strings.ToUpper(string(c.Verdict))), p.paint(bold, safe(c.Name())), safe(c.Cite+" · "+string(c.Level)))
	for _, part := range wrap(safe(c.Says), p.width-6) {
		p.line("      %s", part)
	}
	p.line("")
	p.labelled("scenario", c.Title)
	p.labelled("expected", c.Expected)
	p.labelled("observed", c.Observed)
	p.labelled("because", c.Because)
	p.evidence(c.Evidence)
	for i, cert := range c.Certificates {
		p.exact(map[bool]string{true: "cert"}[i == 0], certificate(cert)...)
	}
	p.labelled("why", c.Why)
	p.labelled("change", c.Advice)
	if c.Again != nil {
		var lines []string
		for _, text := range []string{c.Again.Mtlscheck, c.Again.Curl} {
			if text != "" {
				lines = append(lines, safe(text))
			}
		}
		p.exact("again", lines...)
	}
	p.line("")
}

// evidence writes the last two exchanges that are no controls in full, all others in a line: what was found stands at the
// end, what came before led there.
func (p *page) evidence(all []harness.Evidence) {
	full := map[int]bool{}
	for i := len(all) - 1; i >= 0 && len(full) < 2; i-- {
		if !all[i].Control {
			full[i] = true
		}
	}
	for i := range all {
		e := &all[i]
		label := "exchange"
		if e.Control {
			label = "control"
		}
		if !full[i] {
			p.exact(label, safe(e.Summary()))
			continue
		}
		p.exact(label, safe(fmt.Sprintf("%d of %d · %s · %s · %.0f ms", i+1, len(all), e.Person, e.At.UTC().Format(time.RFC3339), e.Took)))
		p.exact("", transcript(e)...)
		for _, t := range e.Tokens {
			p.exact("token", token(t))
		}
		p.exact("tls", handshake(e.TLS)...)
	}
}

// transcript is an exchange in lines: > what was sent, < what came back.
func transcript(e *harness.Evidence) []string {
	lines := message("> ", &e.Question)
	switch {
	case e.Reply != nil:
		lines = append(lines, message("< ", e.Reply)...)
	case e.Silence != "":
		lines = append(lines, "< no answer: "+safe(e.Silence))
	case e.TLS.Alert != "":
		lines = append(lines, "< TLS alert "+safe(string(e.TLS.AlertPhase)+": "+e.TLS.Alert))
	default:
		lines = append(lines, "< closed after the handshake, without an alert")
	}
	return lines
}

func message(lead string, m *harness.Message) []string {
	lines := []string{lead + safe(m.Line)}
	if m.Host != "" {
		lines = append(lines, lead+"Host: "+safe(m.Host))
	}
	for _, h := range m.Header {
		lines = append(lines, lead+safe(h))
	}
	if m.Body == "" {
		return lines
	}
	lines = append(lines, lead)
	for text := range strings.SplitSeq(strings.TrimRight(m.Body, "\r\n"), "\n") {
		lines = append(lines, lead+short(safe(strings.TrimSuffix(text, "\r"))))
	}
	return lines
}

// short cuts a line and says how much is missing.
func short(line string) string {
	n := utf8.RuneCountInString(line)
	if n <= MaxBodyLine {
		return line
	}
	return fmt.Sprintf("%s… (%d more characters in the JSON report)", string([]rune(line)[:MaxBodyLine]), n-MaxBodyLine)
}

func token(t harness.Token) string {
	part := func(raw json.RawMessage) string {
		if len(raw) == 0 {
			return "(not readable)"
		}
		return safe(compact(raw))
	}
	return fmt.Sprintf("%s %s %s . %s", safe(t.Member), safe(t.Mark), part(t.Header), part(t.Claims))
}

// handshake says what TLS showed: the connection, whether a certificate was asked for, what was sent, and an alert.
func handshake(h harness.Handshake) []string {
	if h.Version == "" && h.Alert == "" {
		return []string{"no handshake"}
	}
	facts := []string{}
	for _, fact := range []string{h.Version, h.Suite, h.Group} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	if h.ALPN != "" {
		facts = append(facts, "ALPN "+h.ALPN)
	}
	if h.ServerName != "" {
		facts = append(facts, "server name "+h.ServerName)
	}
	if h.Resumed {
		facts = append(facts, "resumed")
	}
	asked := "the server did not ask for a client certificate"
	if h.Asked {
		asked = "the server asked for a client certificate, of any CA"
		if len(h.AcceptableCAs) > 0 {
			asked = fmt.Sprintf("the server asked for a client certificate; it names %s: %s", plural(len(h.AcceptableCAs), "CA"), strings.Join(h.AcceptableCAs, " | "))
		}
	}
	shown := "we sent no certificate"
	if h.Shown != nil {
		shown = "we sent " + h.Shown.Name
		if h.Shown.Sent > 1 {
			shown += fmt.Sprintf(" and %s of its chain", plural(h.Shown.Sent-1, "certificate"))
		}
	}
	lines := []string{safe(strings.Join(facts, ", ")), safe(asked), safe(shown)}
	if h.Alert != "" {
		lines = append(lines, safe(fmt.Sprintf("alert %s: %s", h.AlertPhase, h.Alert)))
	}
	return lines
}

// certificate describes a certificate in two lines.
func certificate(c harness.CertificateSummary) []string {
	facts := []string{"issuer " + c.Issuer, c.Key, strings.Join(c.Usages, " "),
		c.NotBefore.UTC().Format(time.DateOnly) + " → " + c.NotAfter.UTC().Format(time.DateOnly)}
	if c.Problem != "" {
		facts = []string{"cannot be read: " + c.Problem}
	}
	var there []string
	for _, f := range facts {
		if f != "" {
			there = append(there, f)
		}
	}
	return []string{
		safe(c.Name + "  " + c.Subject),
		safe(strings.Join(there, " · ")),
		safe("x5t#S256 " + c.X5tS256 + " · SHA-1 " + c.SHA1),
	}
}
