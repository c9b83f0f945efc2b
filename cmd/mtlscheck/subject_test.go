package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness/suite"
)

// What is printed under "again" reaches the command unchanged, whatever is in it.
func TestShellWordsAreGivenOnUnchanged(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"", "AUTH-07.alias", "my file.pem", "it's", "$(touch x)", "`id`", "a;b|c&d", "!x", "*", "~", "ü", "-", "a\nb", `"\`} {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf '%s' "+shellWord(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q becomes %q (%v)", word, out, err)
		}
	}
}

// The command that repeats a case means the same server, judged by the same.
func TestAgainMeansTheSame(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args []string
		want string
	}{
		{nil, "mtlscheck run AUTH-07"},
		{[]string{"--fake", "6.3", "--broken", "accepts-expired,ignores-usage", "--profile", "rfc8705"}, "mtlscheck run --fake 6.3 --broken accepts-expired,ignores-usage --profile rfc8705 AUTH-07"},
		{[]string{"https://id.example/a", "--trust", "my ca.pem", "--product", "keycloak", "--timeout", "3s", "-q", "AUTH"}, "mtlscheck run https://id.example/a --trust 'my ca.pem' --product keycloak --timeout 3s AUTH-07"},
	}
	for _, test := range tests {
		var j judging
		p, _, _ := here(t)
		cmd := newRunCommandFor(p, &j)
		if err := cmd.ParseFlags(test.args); err != nil {
			t.Fatal(err)
		}
		var err error
		if j.issuer, j.terms, err = selection(cmd.Flags().Args()); err != nil {
			t.Fatal(err)
		}
		if got := j.again("AUTH-07"); got != test.want {
			t.Errorf("%q: %s, expected %s", test.args, got, test.want)
		}
	}
}

func TestShards(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]suite.Shard{"": {}, "1/1": {Index: 1, Of: 1}, "2/5": {Index: 2, Of: 5}} {
		if got, err := parseShard(text); err != nil || got != want {
			t.Errorf("%q is %v (%v), expected %v", text, got, err, want)
		}
	}
	for _, text := range []string{"0/1", "2/1", "1", "1/", "/2", "1/2/3", "a/b", "1/2 .", "-1/2", "1/99999999999999999999"} {
		if got, err := parseShard(text); err == nil {
			t.Errorf("%q is %v, expected an error", text, got)
		}
	}
}

func TestSelection(t *testing.T) {
	t.Parallel()
	issuer, terms, err := selection([]string{"AUTH", "https://id.example", "PKI-13"})
	if err != nil || issuer != "https://id.example" || !slices.Equal(terms, []string{"AUTH", "PKI-13"}) {
		t.Errorf("%q %q %v", issuer, terms, err)
	}
	if _, _, err := selection([]string{"https://a.example", "https://b.example"}); err == nil || !strings.Contains(err.Error(), "two issuers") {
		t.Errorf("two issuers: %v", err)
	}
}
