package clients_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/clients.md shows the files that TestClientsGetBoundTokens runs, and nothing that it does not run.
func TestTheDocumentedClientsAreTheFilesThatRun(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	blocks := regexp.MustCompile("(?s)\\(\\.\\./interop/clients/([^)]+)\\)[^\n]*\n\n```[a-z]+\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	for _, b := range blocks {
		shown[b[1]] = true
		file, err := os.ReadFile(filepath.FromSlash(b[1]))
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(string(file), b[2]) {
			t.Errorf("docs/clients.md shows of %s what does not stand there:\n%s", b[1], b[2])
		}
	}
	if fences := strings.Count(string(page), "\n```"); fences != 2*len(blocks) {
		t.Errorf("docs/clients.md has %d fences, and %d blocks that follow a link to their file", fences, len(blocks))
	}
	for _, file := range []string{"openid-client-6.mjs", "openid-client-5.mjs", "oauth4webapi.mjs", "simple-oauth2.mjs", "xoauth2/token.go", "stdlib.py", "dotnet/Token.cs"} {
		if !shown[file] {
			t.Errorf("docs/clients.md does not show %s", file)
		}
	}
}
