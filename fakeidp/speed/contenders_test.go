package speed_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A comparison says something only if both do the same: each of our servers gives tokens that are signed with the algorithm
// and bound to the client's certificate, and refuses a stranger.
func TestContendersDoTheSame(t *testing.T) {
	t.Parallel()
	day := time.Now()
	c := newCast(day)
	for _, s := range []served{{Kind: "fake", Alg: "ES256"}, {Kind: "bare", Alg: "ES256"}, {Kind: "fake", Alg: "RS256"}, {Kind: "bare", Alg: "RS256"}} {
		s.Day = day
		endpoint, _ := start(t, s)
		var header struct{ Alg string }
		var claims struct {
			Confirmation map[string]string `json:"cnf"`
		}
		parts := strings.Split(newLoader(t, endpoint, c, 1, token(), http.StatusOK).tokenOf(t), ".")
		for i, into := range []any{&header, &claims} {
			text, err := base64.RawURLEncoding.DecodeString(parts[i])
			if err == nil {
				err = json.Unmarshal(text, into)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if shown := c.client.Thumbprints().X5tS256; header.Alg != s.Alg || claims.Confirmation["x5t#S256"] != shown {
			t.Errorf("%s %s: alg %s and cnf %v, expected %s", s.Kind, s.Alg, header.Alg, claims.Confirmation, shown)
		}
		status := http.StatusBadRequest
		if s.Kind == "fake" && s.Alg == "ES256" {
			status = http.StatusUnauthorized
		}
		newLoader(t, endpoint, c, 1, stranger(), status)
	}
}
