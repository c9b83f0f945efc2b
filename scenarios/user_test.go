package scenarios_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// TestWaysToSignIn: a case that needs a user says what became of the sign-in, and accuses nobody where it did not work.
func TestWaysToSignIn(t *testing.T) {
	signsIn := func(end string, err error) *scenarios.User {
		return &scenarios.User{SignIn: func(context.Context, string) (string, error) { return end, err }}
	}
	redirects := &scenarios.User{Username: "alice"}
	for _, test := range []struct {
		name    string
		user    *scenarios.User
		more    []fakeidp.Option
		terms   string
		verdict harness.Verdict
		because string
	}{
		{"nobody", nil, nil, "RT-02", harness.NotApplicable, "names no user"},
		{"redirects", redirects, nil, "RT-02", harness.Pass, ""},
		{"a page for people", redirects, []fakeidp.Option{fakeidp.Pages(fakeidp.AskPeople)}, "RT-02", harness.Inconclusive, "the browser does not come back"},
		{"a command that fails", signsIn("", errors.New("no browser")), nil, "RT-02", harness.Inconclusive, "the user cannot sign in: no browser"},
		{"a command that prints nothing", signsIn("", nil), nil, "RT-02", harness.Inconclusive, "prints nothing"},
		{"a command that prints no URL", signsIn("://", nil), nil, "RT-02", harness.Inconclusive, "prints no URL"},
		{"a command that ends elsewhere", signsIn("https://id.example/login?code=1", nil), nil, "RT-02", harness.Inconclusive, "ends at https://id.example/login"},
		{"a refusal", signsIn(scenarios.RedirectURI+"?error=access_denied", nil), nil, "RT-02", harness.Inconclusive, "the error access_denied"},
		{"no code", signsIn(scenarios.RedirectURI, nil), nil, "RT-02", harness.Inconclusive, "without a code"},
		{"a wrong password", &scenarios.User{Username: "alice", Password: "wrong"}, nil, "RT-02", harness.Inconclusive, "did not hold"},
		{"a password", &scenarios.User{Username: "alice", Password: "password-of-alice"}, nil, "RT-01", harness.Pass, ""},
		{"a password where a code is needed", &scenarios.User{Username: "alice", Password: "password-of-alice"}, nil, "CBT-16", harness.NotApplicable, "password alone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			instance := start(t, builtin.Options{Version: current, Whole: true, More: test.more})
			setup := instance.Setup()
			own := setup.Members[slices.IndexFunc(setup.Members, func(m scenarios.Member) bool { return m.Role == "code" })]
			name, err := own.Identity.DN().DotNet()
			if err != nil {
				t.Fatal(err)
			}
			// The role code, which may use the password grant, too.
			instance.Server.SetClient(fakeidp.Client{ID: own.ClientID, Secrets: []fakeidp.Secret{fakeidp.Name(name)},
				Grants: []string{fakeidp.AuthorizationCode, fakeidp.Password}, Scopes: []string{"api1", "openid"}, OfflineAccess: true, RedirectURIs: []string{scenarios.RedirectURI}})
			setup.User = test.user
			world, err := scenarios.NewWorld(setup)
			if err != nil {
				t.Fatal(err)
			}
			profile, _ := scenarios.ProfileNamed("identityserver")
			outcome, err := scenarios.Suite(world, profile).Run(t.Context(), suite.Options{Terms: []string{test.terms}})
			if err != nil {
				t.Fatal(err)
			}
			c := casesOf(t, outcome)[test.terms]
			if c.Verdict != test.verdict || !strings.Contains(c.Because, test.because) {
				t.Errorf("%s: %s%s; expected %s, %q", c.Verdict, c.Because, heard(c), test.verdict, test.because)
			}
		})
	}
}
