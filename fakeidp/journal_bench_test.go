package fakeidp

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// BenchmarkJournal is what the journal costs one request, when it is full.
func BenchmarkJournal(b *testing.B) {
	var j journal
	r := httptest.NewRequest(http.MethodPost, "https://localhost/connect/mtls/token", strings.NewReader(""))
	f, err := parseForm([]byte("grant_type=client_credentials&client_id=client&scope=api1"), "", false)
	if err != nil {
		b.Fatal(err)
	}
	d := &decision{request: &request{form: f}, guarded: true, at: tokenEndpoint, asking: "client"}
	now := time.Now()
	for b.Loop() {
		entry := j.begin(r, now)
		entry.note(d, issued{})
		j.finish(entry, 200)
	}
}
