package oidcprovider_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/interop"
)

// The launcher answers for the comparison of names, which oidc-provider leaves to the application; its own tests come first.
func TestLauncherComparesNames(t *testing.T) {
	t.Parallel()
	node, err := interop.Node(".")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=tap", "names.test.mjs").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\n# fail 0\n") || strings.Contains(string(out), "\n# pass 0\n") {
		t.Errorf("node --test: %v\n%s", err, out)
	}
}
