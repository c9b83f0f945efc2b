package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/mtlscheck/mtlscheck/harness/config"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// products are the products that a configuration may name: those for which advice, tolerances or registrations differ.
func products() []string {
	return []string{"auto", "identityserver", "keycloak", "oidc-provider", "go-oidc", "spring", "openiddict", "glewlwyd", "rfc8705", "other"}
}

// knownNames are what a configuration is read against.
func knownNames(ctx context.Context, p place) config.Options {
	o := config.Options{Profiles: profileNames(), Products: products(), Env: func(name string) (string, bool) {
		v := p.getenv(name)
		return v, v != ""
	}}
	if file, ok := p.stdin.(*os.File); ok {
		if _, there := p.terminal(file); there {
			o.Prompt = func(what string) (string, error) {
				_, _ = fmt.Fprintf(p.stderr, "%s: ", what)
				defer func() { _, _ = fmt.Fprintln(p.stderr) }()
				before, err := term.GetState(int(file.Fd()))
				if err != nil {
					return "", err
				}
				return unlessDone(ctx, func() ([]byte, error) { return term.ReadPassword(int(file.Fd())) },
					func() { _ = term.Restore(int(file.Fd()), before) })
			}
		}
	}
	for _, r := range scenarios.Roles() {
		o.Roles = append(o.Roles, string(r.Role))
	}
	return o
}

// unlessDone reads, and waits no longer than ctx lasts. Then it leaves the reading to itself and puts the terminal back as it was, which
// shows what is typed.
func unlessDone(ctx context.Context, read func() ([]byte, error), restore func()) (string, error) {
	type answer struct {
		text []byte
		err  error
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	given := make(chan answer, 1)
	go func() {
		text, err := read()
		given <- answer{text, err}
	}()
	select {
	case a := <-given:
		return string(a.text), a.err
	case <-ctx.Done():
		restore()
		return "", ctx.Err()
	}
}

// configured is a server of a configuration, with everybody who is registered there.
func (a aim) configured(ctx context.Context, p place, s *subject) error {
	c, err := config.Load(p.path(a.config), knownNames(ctx, p))
	var mistakes *config.Mistakes
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("reading the configuration: %w", ctx.Err())
	case errors.As(err, &mistakes):
		return usage("correct them and run again; mtlscheck init ISSUER writes a configuration that works", "the configuration cannot be used:\n%w", err)
	case err != nil:
		return usage("mtlscheck init ISSUER writes a configuration", "%w", err)
	}
	target, err := c.Target(a.target)
	if a.issuer != "" {
		target, err = nil, usage("name the target: --target NAME", "%s names no target with the issuer %s", a.config, a.issuer)
		for _, name := range c.Targets() {
			if t, e := c.Target(name); e == nil && strings.TrimSuffix(t.Issuer, "/") == strings.TrimSuffix(a.issuer, "/") {
				target, err = t, nil
			}
		}
	}
	if err != nil {
		return usage("--target NAME chooses one", "%w", err)
	}
	preset := c.Profile
	switch {
	case preset != "":
	case target.Product == "identityserver":
		preset = "identityserver"
	default:
		preset = "rfc8705"
	}
	if s.profile, err = profileNamed(a.profile, preset); err != nil {
		return err
	}
	s.setup = scenarios.Setup{Target: target, CA: c.CA, User: signingIn(c.User, filepath.Dir(p.path(a.config)), p)}
	if files := c.TrustFiles(target.Name); len(files) > 0 {
		s.caFile = files[0]
	}
	for _, m := range c.Clients {
		s.setup.Members = append(s.setup.Members, scenarios.Member{Role: m.Role, ClientID: m.ClientID, Secret: m.Secret, Identity: m.Identity, File: m.File, KeyFile: m.KeyFile})
	}
	return nil
}
