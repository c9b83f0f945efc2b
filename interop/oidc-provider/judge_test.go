package oidcprovider_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/interop"
)

// TestOidcProviderIsJudgedRightly registers what mtlscheck init prints at a running oidc-provider and judges it: with
// certificates verified, and with a careless deployment that believes every certificate. expected.yaml names each case that
// is not a pass, and why; a verdict that is not expected fails the test, in either direction.
func TestOidcProviderIsJudgedRightly(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "mtlscheck")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/mtlscheck/mtlscheck/cmd/mtlscheck").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, c := range []struct {
		name     string
		careless bool
		exit     int
		sections []string
	}{
		{"honest", false, harness.ExitBroken, []string{"honest"}}, // PATH-17: OpenSSL takes keyAgreement for enough
		{"careless", true, harness.ExitBroken, []string{"honest", "careless"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			expected, err := interop.ReadExpected("expected.yaml", c.sections...)
			if err != nil {
				t.Fatal(err)
			}
			outcome, exit := judge(t, binary, c.careless)
			for _, difference := range expected.Compare(outcome) {
				t.Error(difference)
			}
			if exit != c.exit || outcome.ExitCode != c.exit {
				t.Errorf("exit code %d, in the document %d (%s), expected %d", exit, outcome.ExitCode, outcome.Reason, c.exit)
			}
		})
	}
}

// judge follows the README: certificates, registrations, a server that has them, a run.
func judge(t *testing.T, binary string, careless bool) (*harness.Outcome, int) {
	t.Helper()
	launch, err := interop.Prepare(t.Context(), binary, t.TempDir(), "oidc-provider")
	if err != nil {
		t.Fatal(err)
	}
	if err := launch.SignIn(); err != nil {
		t.Fatal(err)
	}
	start(t, launch, careless)
	outcome, exit, err := launch.Judge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return outcome, exit
}
