package fakeidp

import (
	"bytes"
	"encoding/json"
	"strings"
)

// answerVariations write the same answers differently.
func answerVariations() []Variation {
	return []Variation{
		{"lower-case-token-type", "token_type is bearer in lower case (RFC 6749 §5.1: it is compared without regard to case).", "", func(p *persona) {
			p.afterwards(func(o outcome, r *response) {
				if _, ok := o.(issued); ok {
					r.body = bytes.Replace(r.body, []byte(`"token_type":"Bearer"`), []byte(`"token_type":"bearer"`), 1)
				}
			})
		}},
		{"extra-members", "Answers and metadata carry members that nobody asked for.", "", func(p *persona) {
			p.afterwards(func(o outcome, r *response) {
				switch o.(type) {
				case issued, metadata, refused:
					if r.isJSON() {
						r.body = append(bytes.TrimSuffix(r.body, []byte("}")), `,"vendor_hint":{"trace":"00f067aa0ba902b7"}}`...)
					}
				}
			})
		}},
		{"chunked", "Answers are sent in chunks, without Content-Length.", strictKind, func(p *persona) { p.profile.sendsLength = false }},
		{"content-length", "Answers are sent with Content-Length, not in chunks.", identityServerKind, func(p *persona) { p.profile.sendsLength = true }},
		{"charset", "The media type of JSON answers names a character set.", strictKind, func(p *persona) {
			p.afterwards(func(_ outcome, r *response) {
				if r.isJSON() {
					r.setHeader("Content-Type", "application/json; charset=utf-8")
				}
			})
		}},
		{"indented-json", "JSON is written over several lines.", "", func(p *persona) {
			p.afterwards(func(_ outcome, r *response) {
				var b bytes.Buffer
				if r.isJSON() && json.Indent(&b, r.body, "", "  ") == nil {
					r.body = append(b.Bytes(), '\n')
				}
			})
		}},
		{"lower-case-headers", "Header names are written in lower case, as Node and HAProxy write them.", "", func(p *persona) {
			p.afterwards(func(_ outcome, r *response) {
				for i := range r.headers {
					r.headers[i][0] = strings.ToLower(r.headers[i][0])
				}
			})
		}},
		{"other-cache-control", "Cache-Control forbids caches in other words.", "", func(p *persona) {
			p.afterwards(func(_ outcome, r *response) {
				for i, h := range r.headers {
					if h[0] == "Cache-Control" {
						r.headers[i][1] = "private, no-store, no-cache, must-revalidate"
					}
				}
			})
		}},
	}
}
