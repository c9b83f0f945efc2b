package main

import "testing"

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
