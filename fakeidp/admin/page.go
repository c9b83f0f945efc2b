package admin

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

//go:embed page.html
var pageText string

// status is what the page shows.
type status struct {
	Version, Issuer, MTLS string
	Now                   time.Time
	Faults                []fakeidp.ActiveFault
	Clients               []fakeidp.Client
	Requests              []fakeidp.Request
	Hidden                int // older requests that are not shown
}

// onPage is how many requests the page shows.
const onPage = 100

// plain writes out the characters that do not stand for themselves: those for control, and those that turn the direction of
// writing, which could put a row in another order.
func plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// limited says for which requests a fault is.
func limited(f fakeidp.ActiveFault) string {
	text := "every request"
	switch {
	case f.Next == 1:
		text = "the next request"
	case f.Next > 1:
		text = fmt.Sprintf("the next %d requests", f.Next)
	}
	if f.Endpoint != "" {
		text += " to the endpoint " + f.Endpoint
	}
	if f.Client != "" {
		text += " of the client " + f.Client
	}
	if f.Certificate != "" {
		text += " with the certificate " + f.Certificate
	}
	return text
}

// pages are what is no JSON.
func pages() []served {
	return []served{
		{http.MethodGet, "/", "A page for people.", "text/html", (*handler).page},
		{http.MethodGet, "/metrics", "Counters and durations in the text format of Prometheus.", "text/plain", (*handler).metrics},
	}
}

// page is for people. Everything that a client wrote goes through html/template, which escapes it, and no script may run.
func (h *handler) page(w http.ResponseWriter, _ *http.Request) {
	t, err := template.New("page").Funcs(template.FuncMap{
		"day":   func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"clock": func(t time.Time) string { return t.UTC().Format("15:04:05.000") },
		"exact": func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
		"took":  func(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) },
		"ways": func(c fakeidp.Client) string {
			var ways []string
			for _, s := range c.Secrets {
				way := string(s.Type)
				if public(s.Type) && s.Type != fakeidp.JSONWebKey {
					way += " " + s.Value
				}
				ways = append(ways, way)
			}
			return strings.Join(ways, " · ")
		},
		"plain": plain,
		"list":  func(l []string) string { return strings.Join(l, " ") },
		"limit": limited,
		"good":  func(r fakeidp.Request) bool { return r.Status > 0 && r.Status < 400 },
	}).Parse(pageText)
	if err != nil { // the text is ours, and a test reads it
		fail(w, http.StatusInternalServerError, err)
		return
	}
	all := h.idp.Requests()
	slices.Reverse(all)
	shown := all[:min(len(all), onPage)]
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	_ = t.Execute(w, status{Version: h.idp.Version(), Issuer: h.idp.URL, MTLS: h.idp.MTLSURL, Now: h.idp.Now(), Faults: h.idp.Broken(),
		Clients: h.idp.Clients(), Requests: shown, Hidden: len(all) - len(shown)})
}
