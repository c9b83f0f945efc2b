package fakeidp_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// script knows what the placeholders of a recording stand for.
type script struct {
	*recording
	clothes wardrobe
	bound   map[string]string
	makers  makers
	pages   *hostPages
	key     *rsa.PublicKey
	now     func() time.Time
}

var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// port is the one that Host headers carry; the socket may be any.
const port = "5443"

// fill replaces the placeholders of a request. Those that are not bound stay as they are.
func (s *script) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		name := p[2 : len(p)-2]
		if v, ok := s.value(name); ok {
			return v
		}
		if rest, ok := strings.CutPrefix(name, "repeat:"); ok {
			i := strings.LastIndexByte(rest, ':')
			n, _ := strconv.Atoi(rest[i+1:])
			return strings.Repeat(rest[:i], n)
		}
		if v, ok := s.make(name); ok {
			s.bound[name] = v
			return v
		}
		return p
	})
}

// unbound is the first placeholder of a request that nothing has been bound to, or "".
func (s *script) unbound(e *exchange) string {
	texts := []string{e.Request.Path, e.Request.Host}
	for _, f := range e.Request.Form {
		texts = append(texts, f[1])
	}
	for _, h := range e.Request.Headers {
		texts = append(texts, h[1])
	}
	for _, t := range texts {
		if p := placeholder.FindString(s.fill(t)); p != "" {
			return p
		}
	}
	return ""
}

// value is what a placeholder is known to stand for.
func (s *script) value(name string) (string, bool) {
	if v, ok := s.bound[name]; ok {
		return v, true
	}
	if name == "port" {
		return port, true
	}
	kind, of, ok := strings.Cut(name, ":")
	if !ok {
		return "", false
	}
	if kind == "jkt" {
		v, ok := s.makers.thumbprint(of)
		return v, ok
	}
	c := s.clothes[of]
	if c == nil {
		return "", false
	}
	der := c.certificate.Raw
	sum1, sum256 := sha1.Sum(der), sha256.Sum256(der)
	block := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	switch kind {
	case "x5t#S256":
		return base64.RawURLEncoding.EncodeToString(sum256[:]), true
	case "x5t":
		return base64.RawURLEncoding.EncodeToString(sum1[:]), true
	case "sha1":
		return hex.EncodeToString(sum1[:]), true
	case "SHA1":
		return strings.ToUpper(hex.EncodeToString(sum1[:])), true
	case "der-base64":
		return base64.StdEncoding.EncodeToString(der), true
	case "der-base64-u002B":
		return strings.ReplaceAll(base64.StdEncoding.EncodeToString(der), "+", `\u002B`), true
	case "der-base64url":
		return base64.RawURLEncoding.EncodeToString(der), true
	case "pem":
		return block, true
	case "pem-url":
		return url.PathEscape(block), true
	case "pem-one-line":
		return strings.TrimSpace(strings.ReplaceAll(block, "\n", " ")), true
	}
	return "", false
}

// binding is what matching a text would bind.
type binding map[string]string

// match compares an actual text with a recorded one that has placeholders.
func (s *script) match(recorded, actual string, found binding) error {
	var expr strings.Builder
	var names []string
	last := 0
	expr.WriteString(`(?s)\A`)
	for _, at := range placeholder.FindAllStringSubmatchIndex(recorded, -1) {
		expr.WriteString(regexp.QuoteMeta(recorded[last:at[0]]))
		last = at[1]
		name := recorded[at[2]:at[3]]
		switch v, ok := s.value(name); {
		case ok:
			expr.WriteString(regexp.QuoteMeta(v))
		case strings.HasPrefix(name, "iat") || name == "auth_time":
			expr.WriteString(`(\d+)`)
			names = append(names, name)
		default:
			expr.WriteString(`([^"&; ]+?)`)
			names = append(names, name)
		}
	}
	expr.WriteString(regexp.QuoteMeta(recorded[last:]) + `\z`)
	m := regexp.MustCompile(expr.String()).FindStringSubmatch(actual)
	if m == nil {
		return fmt.Errorf("differs:\n  recorded %s\n  answered %s", s.fill(recorded), actual)
	}
	var iats []string
	for i, name := range names {
		v := m[i+1]
		if name == "auth_time" {
			if since, _ := strconv.ParseInt(v, 10, 64); since > s.now().Unix() || since < s.now().Unix()-600 {
				return fmt.Errorf("auth_time %s: nobody signed in then", v)
			}
			continue
		}
		if strings.HasPrefix(name, "iat") {
			iats = append(iats, name+"="+v)
			continue
		}
		if old, ok := found[name]; ok && old != v {
			return fmt.Errorf("{{%s}} is %s and %s", name, old, v)
		}
		if err := s.shaped(name, v); err != nil {
			return err
		}
		found[name] = v
	}
	return s.timed(iats, recorded)
}

// timed checks the numbers of seconds of one text against each other.
func (s *script) timed(iats []string, recorded string) error {
	offsets := map[int64]int64{} // recorded offset → actual
	for _, entry := range iats {
		name, v, _ := strings.Cut(entry, "=")
		actual, _ := strconv.ParseInt(v, 10, 64)
		var offset int64
		if text := strings.TrimPrefix(name, "iat"); text != "" {
			offset, _ = strconv.ParseInt(text, 10, 64)
		}
		if old, ok := offsets[offset]; ok && old != actual {
			return fmt.Errorf("{{%s}} is %d and %d", name, old, actual)
		}
		offsets[offset] = actual
	}
	if len(offsets) == 0 {
		return nil
	}
	if s.version == "is4-4.1" {
		// A refreshed token keeps the first one's iat; how long ago that was differs from the recording.
		nbf, iat := memberOffset(recorded, "nbf"), memberOffset(recorded, "iat")
		if nbf != iat {
			delete(offsets, iat)
		}
	}
	keys := make([]int64, 0, len(offsets))
	for k := range offsets {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	for _, k := range keys {
		if offsets[k]-offsets[keys[0]] != k-keys[0] {
			return fmt.Errorf("times: iat%+d is %d, but iat%+d is %d", keys[0], offsets[keys[0]], k, offsets[k])
		}
	}
	return nil
}

// memberOffset is N where a recorded text has "name":{{iat+N}}.
func memberOffset(recorded, name string) int64 {
	m := regexp.MustCompile(`"` + name + `":\{\{iat([+-]\d+)?\}\}`).FindStringSubmatch(recorded)
	if m == nil || m[1] == "" {
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	return n
}

// shapes are the character sets in which values are recorded.
var shapes = map[string]*regexp.Regexp{
	"upper-hex":                regexp.MustCompile(`\A[0-9A-F]+\z`),
	"upper-hex with suffix -1": regexp.MustCompile(`\A[0-9A-F]+-1\z`),
	"base64url":                regexp.MustCompile(`\A[0-9A-Za-z_-]+\z`),
	"base64url.upper-hex":      regexp.MustCompile(`\A[0-9A-Za-z_-]+\.[0-9A-F]+\z`),
	"digits":                   regexp.MustCompile(`\A[0-9]+\z`),
	"jwt":                      regexp.MustCompile(`\A[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+\z`),
}

func (s *script) shaped(name, v string) error {
	shape := s.Values[name].Shape
	if shape == "" {
		return nil
	}
	r := shapes[shape]
	if r == nil {
		return fmt.Errorf("{{%s}}: shape %q is not known", name, shape)
	}
	if !r.MatchString(v) {
		return fmt.Errorf("{{%s}} is %q, which is not %s", name, v, shape)
	}
	return nil
}

// compare tells in what an answer differs from the recorded one, and binds what is new.
func (s *script) compare(e *exchange, a *answer) error {
	found := binding{}
	want := e.Response
	if a.status != want.Status {
		return fmt.Errorf("status: recorded %d, answered %d %v %s", want.Status, a.status, a.headers, a.body)
	}
	if err := s.compareHeaders(want.Headers, a.headers, found); err != nil {
		return err
	}
	if err := s.match(want.Body, a.body, found); err != nil {
		return fmt.Errorf("body %w", err)
	}
	for kind, d := range e.Decoded {
		text, err := s.tokenOf(kind, want.Body, found)
		if err != nil {
			return err
		}
		if err := s.compareToken(text, d.Header, d.Payload, want.Body, found); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	for name, v := range found {
		s.bound[name] = v
	}
	return nil
}

// tokenOf is the text of a decoded token: the placeholder of that kind in the body.
func (s *script) tokenOf(kind, body string, found binding) (string, error) {
	for _, m := range placeholder.FindAllStringSubmatch(body, -1) {
		if k, _, _ := strings.Cut(m[1], ":"); k == kind {
			if v, ok := found[m[1]]; ok {
				return v, nil
			}
			return s.bound[m[1]], nil
		}
	}
	return "", fmt.Errorf("no %s in %s", kind, body)
}

func (s *script) compareHeaders(recorded, actual [][2]string, found binding) error {
	left := append([][2]string(nil), actual...)
next:
	for _, h := range recorded {
		var err error
		for i, g := range left {
			if g[0] != strings.ToLower(h[0]) {
				continue
			}
			if err = s.match(h[1], g[1], found); err == nil {
				left = append(left[:i], left[i+1:]...)
				continue next
			}
		}
		if err != nil {
			return fmt.Errorf("header %s %w", h[0], err)
		}
		return fmt.Errorf("header %s is missing; answered %v", h[0], actual)
	}
	if len(left) > 0 {
		return fmt.Errorf("headers that were not recorded: %v", left)
	}
	return nil
}

// compareToken verifies a JWT and compares header and payload as text.
func (s *script) compareToken(token, header, payload, body string, found binding) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return fmt.Errorf("%q is no JWT", token)
	}
	var text [3]string
	for i, p := range parts {
		b, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil {
			return err
		}
		text[i] = string(b)
	}
	if err := s.match(header, text[0], found); err != nil {
		return fmt.Errorf("header %w", err)
	}
	if err := s.match(payload, text[1], found); err != nil {
		return fmt.Errorf("payload %w", err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(s.key, crypto.SHA256, sum[:], []byte(text[2])); err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	return s.hashed(payload, body, found)
}

// hashed checks at_hash (OpenID Connect Core §3.1.3.6) against the access token of the same answer, and s_hash against
// the state that every recorded authorization request had.
func (s *script) hashed(payload, body string, found binding) error {
	half := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	for _, m := range placeholder.FindAllStringSubmatch(payload, -1) {
		var of string
		switch {
		case strings.HasPrefix(m[1], "at_hash:"):
			access, err := s.tokenOf("access_token", body, found)
			if err != nil {
				return err
			}
			of = access
		case strings.HasPrefix(m[1], "s_hash:"):
			of = "s1"
		default:
			continue
		}
		if v := found[m[1]]; v != "" && v != half(of) {
			return fmt.Errorf("{{%s}} is %s, but the hash of %s is %s", m[1], v, of, half(of))
		}
	}
	return nil
}
