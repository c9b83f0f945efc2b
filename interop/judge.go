package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/mtlscheck/mtlscheck/harness"
)

// A Launch is what a launcher of a server is started with: two ports of 127.0.0.1 and files in PEM and JSON.
type Launch struct {
	Port, MTLSPort               string // of the issuer, and of the endpoints that ask for a certificate
	Cert, Key, ClientCA, Clients string // paths; Clients holds RFC 7591 client metadata
	folder, program              string
}

// Prepare follows the README up to the server's start, in an empty folder: program is the mtlscheck binary, which makes the
// certificates and prints the registrations of all roles for the product. Its error has what the program said.
func Prepare(ctx context.Context, program, folder, product string) (*Launch, error) {
	ports, err := FreePorts(2)
	if err != nil {
		return nil, err
	}
	file := func(name string) string { return filepath.Join(folder, filepath.FromSlash(name)) }
	l := &Launch{Port: strconv.Itoa(ports[0]), MTLSPort: strconv.Itoa(ports[1]),
		Cert: file("pki/id/server.pem"), Key: file("pki/id/server-key.pem"), ClientCA: file("pki/ca/ca.pem"), Clients: file("clients.json"),
		folder: folder, program: program}
	if _, _, err := l.mtlscheck(ctx, "pki", "init"); err != nil {
		return nil, err
	}
	clients, _, err := l.mtlscheck(ctx, "init", "https://localhost:"+l.Port, "--product", product, "--roles", "all", "--trust", "pki/ca/ca.pem")
	if err != nil {
		return nil, err
	}
	return l, os.WriteFile(l.Clients, clients, 0o600)
}

// SignIn says in the configuration that a user signs in: whoever comes, whom the launcher's server asks nothing.
func (l *Launch) SignIn() error {
	file, err := os.OpenFile(filepath.Join(l.folder, "mtlscheck.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString("user: {sign_in: redirects, username: alice}\n")
	return errors.Join(err, file.Close())
}

// Judge runs mtlscheck with profile rfc8705 against the server that was started as l says. It returns the result's document
// and the exit code, and an error if there is no document.
func (l *Launch) Judge(ctx context.Context) (*harness.Outcome, int, error) {
	result, exit, err := l.mtlscheck(ctx, "run", "-c", "mtlscheck.yaml", "--profile", "rfc8705", "-o", "json")
	if err != nil {
		return nil, exit, err
	}
	var outcome harness.Outcome
	if err := json.Unmarshal(result, &outcome); err != nil {
		return nil, exit, fmt.Errorf("the result is no JSON: %w\n%s", err, result)
	}
	return &outcome, exit, nil
}

// mtlscheck runs the program in the folder. That it was used wrongly or is itself at fault is an error; what a server deserves is not.
func (l *Launch) mtlscheck(ctx context.Context, args ...string) ([]byte, int, error) {
	cmd := exec.CommandContext(ctx, l.program, args...)
	var out, story bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = l.folder, &out, &story
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		return nil, 0, err
	}
	code := cmd.ProcessState.ExitCode()
	if code == harness.ExitUsage || code == harness.ExitOurFault || code < 0 {
		return nil, code, fmt.Errorf("mtlscheck %v: exit code %d\n%s", args, code, story.Bytes())
	}
	return out.Bytes(), code, nil
}
