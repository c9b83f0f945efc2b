package harness_test

import (
	"fmt"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
)

// An Answer has a method Error, the OAuth error code; package fmt must not take the answer for an error and print only that.
func TestAnswersPrintWhatCameBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		answer harness.Answer
		want   string
	}{
		{harness.Answer{Status: 401, Body: []byte(`{"error":"invalid_client"}`)}, "401 invalid_client"},
		{harness.Answer{Status: 200, Body: []byte(`{"access_token":"x"}`)}, "200 and an access token"},
		{harness.Answer{Status: 403}, "403 and an empty body"},
		{harness.Answer{TLS: harness.Handshake{Alert: "bad certificate", AlertPhase: harness.AfterHandshake}}, "a TLS alert after the handshake: bad certificate"},
		{harness.Answer{Closed: true}, "the connection closed after the handshake, without an alert and without an answer"},
	}
	for _, test := range tests {
		for _, verb := range []string{"%s", "%v", "%q"} {
			if got := fmt.Sprintf(verb, test.answer); got != test.want {
				t.Errorf("%s prints %q, expected %q", verb, got, test.want)
			}
		}
	}
}
