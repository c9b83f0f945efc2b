package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/harness/config"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// signingIn is the user of a configuration; folder is where its file stands.
func signingIn(u *config.User, folder string, p place) *scenarios.User {
	if u == nil {
		return nil
	}
	out := &scenarios.User{Username: u.Username, Password: u.Password}
	if len(u.Command) > 0 {
		out.SignIn = func(ctx context.Context, address string) (string, error) {
			return openWith(ctx, u.Command, address, folder, p)
		}
	}
	return out
}

// openWith runs a command that opens an address as a user's browser does, and returns the last line that it prints: where the browser was
// sent; empty if it prints nothing. What it says on stderr is part of the story.
func openWith(ctx context.Context, command []string, address, folder string, p place) (string, error) {
	name := command[0]
	if strings.ContainsRune(name, '/') && !filepath.IsAbs(name) {
		name = filepath.Join(folder, name)
	}
	cmd := exec.CommandContext(ctx, name, append(append([]string{}, command[1:]...), address)...)
	var said bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = folder, &said, p.stderr, time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("the command %s of user.sign_in takes too long: %w", command[0], context.Cause(ctx))
		}
		return "", fmt.Errorf("the command %s of user.sign_in: %w", command[0], err)
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	return strings.TrimSpace(lines[len(lines)-1]), nil
}
