package mtlscheck_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadme follows the README: each of its commands that needs no server elsewhere is run in an empty folder, with the
// binary that the README builds, and does what the README says.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "mtlscheck")
	if out, err := exec.Command("go", "build", "-o", binary, "./cmd/mtlscheck").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	commands := regexp.MustCompile(`(?m)^    (?:go run \./cmd/mtlscheck|\./mtlscheck) (.*)$`).FindAllStringSubmatch(string(text), -1)
	if len(commands) < 5 {
		t.Fatalf("the README shows %d commands", len(commands))
	}
	const elsewhere = "needs a server elsewhere"
	says := map[string]string{ // what a command prints, and so that it ran
		"run":                            "every Must that applies was kept",
		"run --broken accepts-any-chain": "NOT CONFORMANT",
		"init https://id.example --product identityserver > Clients.cs": "next: mtlscheck run -c mtlscheck.yaml",
		"run -c mtlscheck.yaml": elsewhere,
		"pki init":              "", // init has made the folder, and it is not replaced
		"serve --dir fake --ready-file ready.json": "not a server for production",
	}
	shown := regexp.MustCompile(`(?m)^    (CONFORMANT .*) · .*\n    (.*)$`).FindStringSubmatch(string(text)) // without the time that it took
	if shown == nil {
		t.Fatal("the README does not show how a run ends")
	}
	for _, c := range commands {
		line := c[1]
		want, known := says[line]
		if !known {
			t.Errorf("the README shows mtlscheck %s, which this test does not know", line)
			continue
		}
		if want == elsewhere {
			continue
		}
		ctx, cancel := context.WithCancel(t.Context())
		words := strings.Fields(strings.ReplaceAll(line, " > Clients.cs", ""))
		cmd := exec.CommandContext(ctx, binary, words...)
		cmd.Dir = dir
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		out := &until{want: want, found: cancel}
		if words[0] != "serve" {
			out.found = func() {}
		}
		cmd.Stdout, cmd.Stderr = out, out
		_ = cmd.Run() // exit codes are for the scripts of the command
		cancel()
		if !strings.Contains(out.text.String(), want) {
			t.Errorf("mtlscheck %s does not print %q:\n%s", line, want, out.text.String())
		}
		for _, end := range shown[1:] {
			if line == "run" && !strings.Contains(out.text.String(), "\n"+end) {
				t.Errorf("the README shows %q, and mtlscheck run printed:\n%s", end, out.text.String())
			}
		}
	}
}

// until collects output, and tells when what was waited for is in it.
type until struct {
	text  strings.Builder
	want  string
	found func()
}

func (u *until) Write(p []byte) (int, error) {
	n, err := u.text.Write(p)
	if strings.Contains(u.text.String(), u.want) {
		u.found()
	}
	return n, err
}
