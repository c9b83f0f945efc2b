package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestReadyTexts: what serve wrote may be taken away, and what only looks like it may not.
func TestReadyTexts(t *testing.T) {
	t.Parallel()
	whole := string(factsJSON([]fact{{"issuer", "https://localhost:1"}, {"token_endpoint", "https://localhost:1/token"}, {"admin", ""}, {"key", "k"}, {"config", "c"}}))
	for _, test := range []struct {
		name, text string
		ours       bool
	}{
		{"whole", whole, true},
		{"cut off", whole[:len(whole)-5], true},
		{"cut off early", `{"issuer":"https://localhost:1`, false},
		{"a discovery document", `{"issuer":"https://a","token_endpoint":"https://a/token","scopes_supported":["openid"]}`, false},
		{"one over several lines", "{\"issuer\":\"https://a\",\"token_endpoint\":\"https://a/token\",\n\"jwks_uri\":", false},
		{"without the configuration", `{"issuer":"https://a","token_endpoint":"https://a/token","admin":"","key":"k"}`, false},
		{"no object", `["issuer"]`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if told, ours := readyText([]byte(test.text)); ours != test.ours {
				t.Errorf("ours %v, want %v: %v", ours, test.ours, told)
			}
		})
	}
}

// TestAsksNearServersAlone: whether a server answers is asked of this machine, of the address itself and of no other.
func TestAsksNearServersAlone(t *testing.T) {
	t.Parallel()
	alive := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"issuer":"i"}`) }))
	t.Cleanup(alive.Close)
	sends := httptest.NewServer(http.RedirectHandler(alive.URL+"/health", http.StatusFound))
	t.Cleanup(sends.Close)
	for _, test := range []struct {
		name, admin string
		answers     bool
	}{
		{"it answers", alive.URL, true},
		{"by its name", strings.Replace(alive.URL, "127.0.0.1", "localhost", 1), true},
		{"it sends elsewhere", sends.URL, false},
		{"none", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := answers(t.Context(), map[string]string{"issuer": "i", "admin": test.admin}); got != test.answers {
				t.Errorf("answers: %v, want %v", got, test.answers)
			}
		})
	}
	for address, want := range map[string]bool{"http://127.0.0.1:1": true, "http://[::1]:1": true, "http://localhost:1": true, "https://127.0.0.1:1": false,
		"http://169.254.169.254": false, "http://admin.example": false, "http://localhost.example": false, "http://127.0.0.1@a.example": false} {
		if got := near(address); got != want {
			t.Errorf("%s is near: %v, want %v", address, got, want)
		}
	}
	if answer, err := nearClient().Get("http://192.0.2.1:1/health"); err == nil || !strings.Contains(err.Error(), "not on loopback") {
		if err == nil {
			_ = answer.Body.Close()
		}
		t.Errorf("it asked beyond loopback: %v", err)
	}
}
