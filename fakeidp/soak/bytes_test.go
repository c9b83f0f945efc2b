package soak_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// hostile is what somebody sends after the handshake, and what each server answers: a status, or "closed".
type hostile struct {
	name             string
	text             string // {path}, {host} stand for those of the token endpoint
	identity, strict string
}

// post is a request with a form.
func post(body string, headers ...string) string {
	return "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n" +
		strings.Join(append(headers, ""), "\r\n") + "\r\n" + body
}

const form = "grant_type=client_credentials&client_id=app"

// many repeats a pattern with its number.
func many(n int, pattern string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, pattern, i)
	}
	return b.String()
}

func hostilities() []hostile {
	const big = 5 << 20
	head := "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	return []hostile{
		{"nothing wrong", post(form), "200", "200"},
		{"a value of 5 MB", post(form + "&x=" + strings.Repeat("x", big)), "400", "400"},
		{"a client_id of 5 MB", post("grant_type=client_credentials&client_id=" + strings.Repeat("x", big)), "400", "400"},
		{"a name of 5 MB", post(form + "&" + strings.Repeat("x", big) + "=1"), "400", "400"},
		{"2,000 names", post(form + many(2000, "&p%d=1")), "400", "400"},
		{"2,000 times one name", post(form + strings.Repeat("&x=1", 2000)), "400", "400"},
		{"a million ampersands", post(form + strings.Repeat("&", 1<<20)), "200", "200"},
		{"nothing but percent signs", post(form + "&x=" + strings.Repeat("%", 1<<16)), "200", "200"},
		{"NUL in a value", post(form + "&x=%00"), "400", "400"},
		{"NUL in client_id", post(form + "%00"), "400", "400"},
		{"no UTF-8", post(form + "&x=\xff\xfe"), "200", "200"},
		{"UTF-7", strings.Replace(post(form), "urlencoded", "urlencoded; charset=utf-7", 1), "500", "400"},
		{"UTF-16", strings.Replace(post(form), "urlencoded", "urlencoded; charset=utf-16", 1), "400", "401"},
		{"a media type of commas", strings.Replace(post(form), "application/x-www-form-urlencoded", ";,;=,\"", 1), "400", "400"},
		{"a body that is compressed, it says", post(form, "Content-Encoding: gzip"), "200", "200"},
		{"a body that breaks off", head + "Content-Length: 1000\r\n\r\n" + form, "400", "400"},
		{"a body of more than there may be", head + "Content-Length: 99999999999\r\n\r\n" + form, "400", "400"},
		{"a negative length", head + "Content-Length: -1\r\n\r\n" + form, "400", "400"},
		{"two lengths", head + "Content-Length: 43\r\nContent-Length: 44\r\n\r\n" + form, "400", "400"},
		{"a length and chunks", head + "Content-Length: 43\r\nTransfer-Encoding: chunked\r\n\r\n2b\r\n" + form + "\r\n0\r\n\r\n", "200", "200"},
		{"a chunk without a size", head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + form, "400", "400"},
		{"a chunk larger than the world", head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + form, "400", "400"},
		{"an unknown coding", head + "Transfer-Encoding: shuffled\r\n\r\n" + form, "501", "501"},
		{"no Host", strings.Replace(post(form), "Host: {host}\r\n", "", 1), "400", "400"},
		{"two Hosts", post(form, "Host: elsewhere.example"), "400", "400"},
		{"a Host of nonsense", strings.Replace(post(form), "{host}", "[::1]]:x/..", 1), "400", "400"},
		{"two Authorization headers", post(form, "Authorization: Basic c2hhcmVkOnNlY3JldA==", "Authorization: Basic YTpi"), "200", "400"},
		{"an Authorization that is no Base64", post(form, "Authorization: Basic %%%"), "200", "400"},
		{"DPoP twice", post(form, "DPoP: a.b.c", "DPoP: a.b.c"), "400", "400"},
		{"an assertion of dots", post(form + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" + strings.Repeat(".", 1<<20)), "200", "400"},
		{"an assertion of brackets", post(form + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" +
			base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("[", 1<<20))) + ".e30."), "200", "400"},
		{"a header of 40 KB", post(form, "X-Long: "+strings.Repeat("x", 40<<10)), "431", "431"},
		{"a header of 2 MB", post(form, "X-Long: "+strings.Repeat("x", 2<<20)), "431", "431"},
		{"150 headers", post(form, strings.Split(strings.TrimSuffix(many(150, "X-%d: 1\n"), "\n"), "\n")...), "431", "431"},
		{"a header without a name", post(form, ": nobody"), "400", "400"},
		{"NUL in a header", post(form, "X-Nul: \x00"), "400", "400"},
		{"a folded header", post(form, "X-Folded: 1", " 2"), "200", "200"},
		{"a path of 20 KB", strings.Replace(post(form), "{path}", "{path}/"+strings.Repeat("x", 20<<10), 1), "414", "414"},
		{"a path with NUL", strings.Replace(post(form), "{path}", "{path}%00", 1), "404", "404"},
		{"a path that climbs", strings.Replace(post(form), "{path}", "/../../..{path}", 1), "404", "404"},
		{"a path of slashes", strings.Replace(post(form), "{path}", strings.Repeat("/", 4000), 1), "404", "404"},
		{"another's URL", strings.Replace(post(form), "{path}", "https://elsewhere.example{path}", 1), "200", "200"},
		{"a query of 100 KB", strings.Replace(post(form), "{path}", "{path}?"+strings.Repeat("x", 100<<10), 1), "414", "414"},
		{"an unknown method", strings.Replace(post(form), "POST", "BREW", 1), "400", "405"},
		{"a method of control characters", strings.Replace(post(form), "POST", "\x01\x02", 1), "400", "400"},
		{"CONNECT", "CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n", "404", "404"},
		{"OPTIONS of everything", "OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n", "404", "404"},
		{"HTTP/0.9", "GET /\r\n", "400", "400"},
		{"HTTP/9.9", strings.Replace(post(form), "HTTP/1.1", "HTTP/9.9", 1), "505", "505"},
		{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "404", "404"},
		{"an upgrade", post(form, "Connection: Upgrade", "Upgrade: h2c", "HTTP2-Settings: AAAA"), "200", "200"},
		{"half a request line", "POST {pa", "400", "400"},
		{"half a header", "POST {path} HTTP/1.1\r\nHost: {ho", "400", "400"},
		{"nothing at all", "", "closed", "closed"},
	}
}

// TestAnyBytes: whatever is sent, the server answers it or closes, and goes on to serve the others.
func TestAnyBytes(t *testing.T) {
	defer nobodyIsLeft(t)
	for _, version := range []string{"7.4", "rfc8705"} {
		s := newStage(t, version)
		for _, h := range hostilities() {
			want := h.identity
			if version == "rfc8705" {
				want = h.strict
			}
			if got := s.says(patience, s.alice, s.aimed(h.text), "http/1.1"); got != want {
				t.Errorf("%s: %s: %s, want %s", version, h.name, got, want)
			}
			s.unharmed()
		}
		s.serves("everything hostile")
		s.leave()
	}
}

// aimed puts the token endpoint into a request.
func (s *stage) aimed(text string) string {
	at, err := url.Parse(s.tokenURL())
	if err != nil {
		s.Fatal(err)
	}
	return strings.NewReplacer("{path}", at.Path, "{host}", at.Host).Replace(text)
}

// TestAnyNoise: noise instead of TLS, of HTTP/1.1 and of HTTP/2.
func TestAnyNoise(t *testing.T) {
	defer nobodyIsLeft(t)
	for _, version := range []string{"7.4", "rfc8705"} {
		s := newStage(t, version)
		random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same noise each time
		for range 30 {
			for _, protocol := range []string{"http/1.1", "h2"} {
				preface := ""
				if protocol == "h2" && random.IntN(2) == 0 {
					preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
				}
				s.says(patience, s.alice, preface+noise(random, 1+random.IntN(4000))+"\r\n\r\n", protocol)
			}
		}
		s.serves("noise")
		s.leave()
	}
}

func noise(random *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return string(b)
}
