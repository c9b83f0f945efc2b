package clients_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mtlscheck/mtlscheck/interop"
)

// A program is a client and the command that runs it.
type program struct {
	name    string
	command []string
	// refusesItself: without a certificate it fails before it asks anybody.
	refusesItself bool
}

// programs are all clients.
func programs(t *testing.T) []program {
	t.Helper()
	if _, err := interop.Node("."); err != nil { // are the packages of this folder installed?
		t.Fatal(err)
	}
	node, err := interop.Node("../oidc-provider") // whose lock file pins one
	if err != nil {
		t.Fatal(err)
	}
	out := []program{
		{name: "openid-client-6", command: []string{node, "run.mjs", "openid-client-6"}},
		{name: "openid-client-5", command: []string{node, "run.mjs", "openid-client-5"}, refusesItself: true},
		{name: "oauth4webapi", command: []string{node, "run.mjs", "oauth4webapi"}},
		{name: "simple-oauth2", command: []string{node, "run.mjs", "simple-oauth2"}},
		{name: "x-oauth2", command: []string{build(t, "xoauth2", "go", "build", "-C", "xoauth2", "-o")}},
		{name: "python", command: []string{"python3", "-B", "run.py"}},
	}
	// The one program that may be missing: Debian has no .NET.
	if _, err := exec.LookPath("dotnet"); err == nil {
		folder := build(t, "dotnet-client", "dotnet", "build", "dotnet", "--configuration", "Release", "--output")
		out = append(out, program{name: "dotnet", command: []string{"dotnet", filepath.Join(folder, "dotnet-client.dll")}})
	}
	return out
}

// build runs a compiler, whose last argument is where its output goes, and returns that place.
func build(t *testing.T, name, compiler string, args ...string) string {
	t.Helper()
	place := filepath.Join(t.TempDir(), name)
	if out, err := exec.CommandContext(t.Context(), compiler, append(args, place)...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", compiler, args, err, out)
	}
	return place
}
