package admin_test

import (
	"crypto/tls"
	"crypto/x509"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// cells are the texts of the cells of each row of the page, as a browser shows them.
func (s *stage) cells() [][]string {
	s.Helper()
	_, body := s.call("GET", "/", "")
	tags := regexp.MustCompile(`<[^>]*>`)
	var rows [][]string
	for _, row := range regexp.MustCompile(`(?s)<tr>(.*?)</tr>`).FindAllStringSubmatch(body, -1) {
		var cells []string
		for _, cell := range regexp.MustCompile(`(?s)<td[^>]*>(.*?)</td>`).FindAllStringSubmatch(row[1], -1) {
			cells = append(cells, strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(cell[1], ""))))
		}
		if cells != nil {
			rows = append(rows, cells)
		}
	}
	return rows
}

// TestPageReads: what the page says of faults and requests are sentences, with dates.
func TestPageReads(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	fault, _ := fakeidp.FaultNamed("accepts-expired")
	for _, l := range []struct {
		limit fakeidp.Limit
		says  string
	}{
		{fakeidp.Limit{Next: 1}, "the next request"},
		{fakeidp.Limit{Next: 2, Match: fakeidp.Match{Endpoint: "token"}}, "the next 2 requests to the endpoint token"},
		{fakeidp.Limit{Match: fakeidp.Match{Client: "a\u202eb"}}, `every request of the client a\u202eb`},
		{fakeidp.Limit{Next: 3, Match: fakeidp.Match{Endpoint: "jwks", Client: "<b>", Certificate: "CN=a"}}, "the next 3 requests to the endpoint jwks of the client <b> with the certificate CN=a"},
		{fakeidp.Limit{}, "every request"},
	} {
		s.idp.Mend()
		if err := s.idp.Break(l.limit, fault); err != nil {
			t.Fatal(err)
		}
		if row := s.cells()[0]; row[0] != "accepts-expired" || row[1] != fault.Doc || row[2] != l.says {
			t.Errorf("the page says %q, want %q", row, l.says)
		}
	}
	s.idp.Mend()
	s.idp.Freeze(time.Date(2031, 2, 3, 4, 5, 6, 7_000_000, time.UTC))
	s.token(nil, credentials("app"), nil)
	got := s.cells()[0]
	if got[0] != "2031-02-03 04:05:06.007" || !strings.HasPrefix(got[1], "1.1 TLS 1.3") || got[2] != "POST /connect/mtls/token" || got[3] != "app" || got[4] != "none" ||
		!regexp.MustCompile(`^400 invalid_client no certificate \d+\.\d\d ms$`).MatchString(got[5]) {
		t.Errorf("the page says %q", got)
	}
}

// TestTellsWhatTheFakeDidWrong: a mistake of the fake itself is told apart from what a client did wrong.
func TestTellsWhatTheFakeDidWrong(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakeidp.Application(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("out of <order>") })))
	roots := x509.NewCertPool()
	roots.AddCert(s.idp.CA())
	res, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}).Get(s.idp.URL + "/elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if _, body := s.call("GET", "/requests", ""); !strings.Contains(body, `"failure": "out of \u003corder\u003e"`) {
		t.Errorf("the journal says %s", body)
	}
	if row := s.cells()[0]; !strings.HasPrefix(row[5], "500  the fake failed: out of <order>") {
		t.Errorf("the page says %q", row)
	}
}

// TestPageEscapes: what a client writes is text, never markup, and gives no orders.
func TestPageEscapes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	evil := `<script>alert(1)</script>"'><img src=x>` + "\x1b[31m\u202e"
	s.token(s.ca.Client("evil", trait.Subject(`CN=\<b\>evil\</b\>`)), credentials(evil), nil)
	s.idp.SetClient(fakeidp.Client{ID: evil, Scopes: []string{evil}, Secrets: []fakeidp.Secret{fakeidp.Name(evil)}})
	status, body := s.call("GET", "/", "")
	if status != http.StatusOK || strings.Count(body, "&lt;script&gt;alert(1)") != 4 || !strings.Contains(body, "&lt;b&gt;evil") {
		t.Errorf("the page does not show the request and the client: %d %s", status, body)
	}
	for _, raw := range []string{"<script", "<img", "<b>evil", "\x1b", "\u202e"} {
		if strings.Contains(body, raw) {
			t.Errorf("the page holds %s", raw)
		}
	}
	if _, _, header := s.ask("GET", "/", "", nil); !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") || header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("header %v", header)
	}
}
