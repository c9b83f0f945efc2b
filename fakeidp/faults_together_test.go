package fakeidp_test

import (
	"net/http"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// TestFaultsGoTogether: a server may have several faults that change the same stage of an answer, and each shows.
func TestFaultsGoTogether(t *testing.T) {
	t.Parallel()
	var all []fakeidp.Fault
	for _, name := range []string{"tokens-may-be-kept", "errors-may-be-kept", "no-challenge", "answers-get", "looks-at-the-code-first", "serves-get", "ignores-further-credentials"} {
		f, ok := fakeidp.FaultNamed(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		all = append(all, f)
	}
	l := newStrictLab(t)
	idp := l.start(t, fakeidp.Breaks(all...))
	at, uncached := idp.MTLSURL+"/token", func(r reply) bool { return r.header.Get("Cache-Control") != "no-store" }
	if r := put(t, idp, question{to: at, shows: l.client.TLS(), form: grant("named", "client_secret", "ignored")}); r.status != http.StatusOK || !uncached(r) {
		t.Errorf("a token: %d %s, %v", r.status, r.text, r.header)
	}
	if r := put(t, idp, question{to: at, form: grant("named")}); r.status != http.StatusUnauthorized || !uncached(r) || r.header.Get("WWW-Authenticate") != "" {
		t.Errorf("an error: %d %s, %v", r.status, r.text, r.header)
	}
	if r := put(t, idp, question{to: at, form: grant("named", "code", "wrong")}); r.oauthError() != "invalid_grant" {
		t.Errorf("a code: %d %s", r.status, r.text)
	}
	if r := put(t, idp, question{to: at, method: http.MethodGet}); r.status != http.StatusOK {
		t.Errorf("GET: %d %s", r.status, r.text)
	}
	if r := put(t, idp, question{to: at + "?" + grant("named").Encode(), shows: l.client.TLS(), method: http.MethodGet}); r.body["access_token"] == nil {
		t.Errorf("GET with parameters: %d %s", r.status, r.text)
	}
}
