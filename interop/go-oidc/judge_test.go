package gooidc_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/interop"
)

// TestGoOIDCIsJudgedRightly registers what mtlscheck init prints at a running go-oidc and judges it: with chains verified by
// the launcher, and as go-oidc is without one that does. expected.yaml names each case that is not a pass, and why.
func TestGoOIDCIsJudgedRightly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	binary, server := filepath.Join(folder, "mtlscheck"), filepath.Join(folder, "server")
	for _, args := range [][]string{
		{"build", "-o", binary, "github.com/mtlscheck/mtlscheck/cmd/mtlscheck"},
		{"build", "-C", "server", "-o", server},
	} {
		if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
	for _, c := range []struct {
		name     string
		more     []string // arguments of the launcher
		sections []string
	}{
		{"honest", nil, []string{"honest"}},
		{"careless", []string{"-careless"}, []string{"honest", "careless"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			expected, err := interop.ReadExpected("expected.yaml", c.sections...)
			if err != nil {
				t.Fatal(err)
			}
			launch, err := interop.Prepare(t.Context(), binary, t.TempDir(), "go-oidc")
			if err != nil {
				t.Fatal(err)
			}
			start(t, server, launch, c.more)
			outcome, exit, err := launch.Judge(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, difference := range expected.Compare(outcome) {
				t.Error(difference)
			}
			if exit != harness.ExitBroken {
				t.Errorf("exit code %d (%s), expected %d", exit, outcome.Reason, harness.ExitBroken)
			}
		})
	}
}

// start runs the launcher until the test ends. What it printed is shown if the test failed.
func start(t *testing.T, program string, l *interop.Launch, more []string) {
	t.Helper()
	args := append([]string{"-port", l.Port, "-mtls-port", l.MTLSPort, "-cert", l.Cert, "-key", l.Key, "-client-ca", l.ClientCA, "-clients", l.Clients}, more...)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	process, err := interop.Start(ctx, "ready ", program, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Stop()
		if t.Failed() {
			t.Logf("go-oidc printed:\n%s", process.Output())
		}
	})
}
