package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/harness/config"
)

const oneTarget = "version: 1\ntargets: {staging: {issuer: https://id.example}}\n"

func TestReadsAUser(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]*config.User{
		"": nil,
		"user: {sign_in: redirects, username: alice}\n":                 {Username: "alice", Redirects: true},
		"user:\n  sign_in: [./sign-in.sh, --headless]\n":                {Command: []string{"./sign-in.sh", "--headless"}},
		"user: {username: alice, password: env:SHARED_SECRET}\n":        {Username: "alice", Password: "s3cret"},
		"user: {sign_in: redirects}\n":                                  {Redirects: true},
		"user:\n  sign_in:\n    - sign-in\n  username: alice@example\n": {Username: "alice@example", Command: []string{"sign-in"}},
	} {
		c, err := config.Parse("mtlscheck.yaml", []byte(oneTarget+text), options())
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, c.User); diff != "" {
			t.Errorf("%s (- expected, + got):\n%s", text, diff)
		}
	}
}

func TestMistakesAboutAUser(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"user: {username: alice}\n":        "nothing says how the user signs in",
		"user: {sign_in: automatically}\n": `"automatically" is no way to sign in`,
		"user: {sign_in: []}\n":            "the list is empty",
		"user: {sign_in: [\"\"]}\n":        "the command has no name",
		"user: {sign_in: true}\n":          "user.sign_in",
		"user: {sign_in: redirects, username: alice, password: env:SHARED_SECRET}\n": "sign_in stands beside password",
		"user: {password: env:SHARED_SECRET}\n":                                      "a password needs a username",
		"user: {username: alice, password: s3cret}\n":                                "a secret is named, not written",
		"user: {sign_in: redirects, browser: firefox}\n":                             "browser",
		"user: alice\n":                                    "expected a mapping",
		"user: {sign_in: [sign-in, 7]}\n":                  "user.sign_in[1]",
		"user: {sign_in: redirects, sign_in: redirects}\n": "user.sign_in: the key stands twice",
		"user: {username: 7, sign_in: redirects}\n":        "user.username",
		"user: {username: alice, password: env:NO_SUCH}\nclients: [{role: x, client_id: y}]\n": "NO_SUCH is not set",
	} {
		_, err := config.Parse("mtlscheck.yaml", []byte(oneTarget+text), options())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, expected one with %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") && !strings.Contains(text, "s3cret") {
			t.Errorf("%s: the error shows the password", text)
		}
	}
}
