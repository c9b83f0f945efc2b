package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp/admin"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
)

// messages are a stderr of which each write is a message.
type messages chan string

func (m messages) Write(b []byte) (int, error) {
	m <- string(b)
	return len(b), nil
}

// TestFollowsItsFile: a file that is right is taken over while the fake runs; one that is wrong, or that would change what is
// fixed, is reported and changes nothing.
func TestFollowsItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "fakeidp.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	client := func(id string) string {
		return "clients: [{id: " + id + ", secrets: [{shared: x}], scopes: [api1]}]\n"
	}
	write("version: 1\n" + client("first"))
	said := make(messages, 10)
	p := place{dir: dir, stderr: said, getenv: func(string) string { return "" }}
	s := &serving{fake: "7.4", mode: "path", listen: "127.0.0.1:0", setup: "fakeidp.yaml", quiet: true, plane: admin.New()}
	file, err := s.read(p)
	if err != nil {
		t.Fatal(err)
	}
	cast := builtin.NewCast("")
	instance, err := builtin.Start(s.built(p, cast, file))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = instance.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		s.follow(ctx, p, instance.Server, cast, file)
		close(ended)
	}()
	defer func() { cancel(); <-ended }()

	for _, step := range []struct{ text, says, knows string }{
		{"version: 1\n" + client("second"), "fakeidp.yaml: taken over", "second"},
		{"version: 1\ncleints: []\n", `cleints: unknown key`, "second"},
		{"version: 1\nfake: \"6.3\"\n" + client("third"), "Version cannot change while the server runs", "second"},
		{"version: 1\n" + client("fourth"), "fakeidp.yaml: taken over", "fourth"},
	} {
		write(step.text)
		select {
		case got := <-said:
			if !strings.Contains(got, step.says) {
				t.Errorf("said %q, want %q", got, step.says)
			}
		case <-time.After(time.Minute):
			t.Fatalf("nothing is said of %q", step.text)
		}
		for _, id := range []string{"first", "second", "third", "fourth", "mtls.name"} {
			if _, known := instance.Server.Client(id); known != (id == step.knows || id == "mtls.name") {
				t.Errorf("after %q: client %s known: %v", step.text, id, known)
			}
		}
	}
}
