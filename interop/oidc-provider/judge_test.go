package oidcprovider_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
	dir := t.TempDir()
	command := func(args ...string) ([]byte, int) {
		cmd := exec.CommandContext(t.Context(), binary, args...)
		var out, story bytes.Buffer
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &story
		if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code == harness.ExitUsage || code == harness.ExitOurFault {
			t.Fatalf("mtlscheck %v: exit code %d\n%s", args, code, story.Bytes())
		}
		return out.Bytes(), cmd.ProcessState.ExitCode()
	}
	ports, err := interop.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	command("pki", "init")
	pkiFile := func(name string) string { return filepath.Join(dir, "pki", name) }
	clients, _ := command("init", "https://localhost:"+strconv.Itoa(ports[0]), "--product", "oidc-provider", "--roles", "all", "--trust", "pki/ca/ca.pem")
	if err := os.WriteFile(filepath.Join(dir, "clients.json"), clients, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, ports, careless, map[string]string{"cert": pkiFile("id/server.pem"), "key": pkiFile("id/server-key.pem"),
		"client-ca": pkiFile("ca/ca.pem"), "clients": filepath.Join(dir, "clients.json")})
	result, exit := command("run", "-c", "mtlscheck.yaml", "--profile", "rfc8705", "-o", "json")
	var outcome harness.Outcome
	if err := json.Unmarshal(result, &outcome); err != nil {
		t.Fatalf("the result is no JSON: %v\n%s", err, result)
	}
	return &outcome, exit
}
