package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/fakeidp/admin"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/internal/fakefile"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// serving is what the serve command was asked to do.
type serving struct {
	fake, mode, listen string
	admin, print       string
	broken             []string
	dir, seed, ready   string
	setup              string
	tickets, quiet     bool
	chosen             bool // --fake was given
	placed             bool // --mode was given

	refers []string // the variables to which the file of --setup refers

	plane *admin.Plane
}

func newServeCommand(p place) *cobra.Command {
	s := &serving{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a fake IdentityServer, or one that keeps RFC 8705 to the letter",
		Long: `Serve a fake IdentityServer with every client registered that the scenarios know. It is for tests: it listens on the
loopback interface, its shared secrets are known to everybody, and it may be wrong on purpose (--broken).
stderr gets a line for each request: method, path, status, the subject of the client's certificate, client_id, the error.
A second port, without TLS, is for its administration: a page for people, and JSON for programs (faults, journal, clock, keys, clients,
metrics); docs/fakeidp.md describes it. stdout ends in the line READY ISSUER ADMINISTRATION once the server answers.
SIGINT, SIGTERM or SIGHUP ends it, with exit code 0; the third signal ends it at once. One server has a folder at a time.`,
		Example: `  mtlscheck serve                                      a fake Duende IdentityServer 7.4
  mtlscheck serve --fake rfc8705 --ready-file ready    a strict server; ready holds its URLs once it answers
  mtlscheck serve --setup fakeidp.yaml                 the same with clients and users of your own
  mtlscheck serve --broken accepts-any-chain           a server with a hole, for a client's or a suite's own tests`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.chosen, s.placed = cmd.Flags().Changed("fake"), cmd.Flags().Changed("mode")
			return s.run(cmd.Context(), p)
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.fake, "fake", builtin.Latest, "`VERSION`: 7.4, 6.3, is4-4.1, rfc8705, …")
	f.StringSliceVar(&s.broken, "broken", nil, "`FAULT` that the server has; may be repeated")
	f.StringVar(&s.mode, "mode", "path", "where IdentityServer's endpoints for certificates stand: path, sub-domain, domain")
	f.StringVar(&s.listen, "listen", "127.0.0.1:0", "`ADDRESS` to listen on")
	f.StringVar(&s.setup, "setup", "", "`FILE` with clients, users, scopes, trust and faults, also of IdentityServer's appsettings; it is read again when it changes")
	f.StringVar(&s.admin, "admin", "127.0.0.1:0", "`ADDRESS` of the administration; none: there is no administration")
	f.StringVar(&s.print, "print", "text", "what stdout tells about the server: text, env, json; compose: a compose file that starts it, and nothing is started")
	f.BoolVar(&s.tickets, "tickets", false, "let clients resume TLS sessions")
	f.StringVar(&s.dir, "dir", "", "`FOLDER` for certificates and a configuration; made if it is not there (default: a temporary one)")
	f.StringVar(&s.seed, "seed", "", "make keys and certificates from this text: the same every time, and so no secret")
	f.StringVar(&s.ready, "ready-file", "", "`FILE` that is there while the server answers, with its URLs in JSON")
	f.BoolVarP(&s.quiet, "quiet", "q", false, "no line for each request on stderr")
	return cmd
}

func (s *serving) run(ctx context.Context, p place) (err error) {
	if err := s.check(); err != nil {
		return err
	}
	file, err := s.read(p)
	if err != nil {
		return err
	}
	if err := s.play(file); err != nil {
		return err
	}
	if s.print == "compose" {
		return s.compose(p, file)
	}
	dir, err := s.prepare(ctx, p)
	if err != nil {
		return err
	}
	answered := false
	defer func() { err = errors.Join(err, dir.leave(answered)) }()
	begun := p.begin()
	store, err := dir.store(ctx, s.seed)
	if errors.Is(err, context.Canceled) {
		_, _ = fmt.Fprintln(p.stderr, "stopped")
		return nil
	}
	if err != nil {
		return err
	}
	s.plane = admin.New()
	cast := builtin.CastOf(store)
	instance, err := builtin.Start(s.built(p, cast, file))
	if err != nil {
		return unstarted(err, s.listen)
	}
	defer func() { _ = instance.Close() }()
	plane, err := s.administer(instance.Server)
	if err != nil {
		return err
	}
	defer plane.close()
	if err := s.leave(ctx, p, instance, dir.path); err != nil {
		if f := (*failure)(nil); errors.As(err, &f) {
			return err
		}
		return usage("choose a folder that can be written with --dir", "%w", err)
	}
	if ctx.Err() == nil {
		ready, err := s.announce(ctx, p, s.told(instance, plane, dir.path))
		if err != nil {
			return err
		}
		answered = true
		begun()
		if s.setup != "" {
			s.follow(ctx, p, instance.Server, cast, file)
		}
		<-ctx.Done()
		if err := s.retract(p, ready); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintln(p.stderr, "stopped")
	return nil
}

// check refuses flags that cannot be followed whatever stands in files.
func (s *serving) check() error {
	if s.chosen {
		if err := knownFake(s.fake, s.broken); err != nil {
			return err
		}
	}
	if err := oneOf("--mode", s.mode, "path", "sub-domain", "domain"); err != nil {
		return err
	}
	if err := portOf(s.listen); err != nil {
		return usage("--listen 127.0.0.1:8443", "--listen: %w", err)
	}
	if err := portOf(s.admin); err != nil && s.admin != "none" {
		return usage("choose another address with --admin, or --admin none", "--admin: %w", err)
	}
	return oneOf("--print", s.print, "text", "env", "json", "compose")
}

// play decides whom the server plays, and refuses what that one would not heed.
func (s *serving) play(file *fakefile.File) error {
	s.fake = s.version(file)
	if err := knownFake(s.fake, s.broken); err != nil {
		return err
	}
	if s.placed && s.mode == "path" && s.fake == strictFake {
		return usage("leave out --mode: its alias has a port of its own; --mode sub-domain gives it a host name instead",
			"--mode path is how IdentityServer does it; %s has no such path", s.fake)
	}
	return nil
}

// unstarted says what to try where the fake does not start.
func unstarted(err error, listen string) error {
	if said := unheard(listen, err); said != nil {
		return usage("choose another address with --listen; 127.0.0.1:0 takes any free port", "--listen: %w", said)
	}
	return usage("choose another folder with --dir", "%w", err)
}

// options are what a server for people has beyond one for a run.
func (s *serving) options(p place) []fakeidp.Option {
	return []fakeidp.Option{fakeidp.Listen(s.listen), fakeidp.Seed(s.seed), fakeidp.SessionTickets(s.tickets), fakeidp.Watch(func(r fakeidp.Request) {
		s.plane.Watch(r)
		if !s.quiet {
			_, _ = fmt.Fprintln(p.stderr, requestLine(r))
		}
	})}
}

// writtenByServe begins a configuration that may be replaced.
const writtenByServe = "# Written by mtlscheck serve"

// leave writes the configuration by which mtlscheck run judges the server, and the secrets that it names.
func (s *serving) leave(ctx context.Context, p place, i *builtin.Instance, dir string) error {
	setup := i.Setup()
	file := filepath.Join(dir, configName)
	if text, err := os.ReadFile(file); err == nil && !strings.HasPrefix(string(text), writtenByServe) {
		return occupied(file)
	} else if err != nil {
		if err := freeOfSecrets(filepath.Join(dir, "secrets"), setup.Members); err != nil {
			return err
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, writtenByServe+", for the server that it started.\nversion: 1\nprofile: %s\ntargets:\n  fake:\n    issuer: %s\n    product: %s\n", builtin.DefaultProfile(s.fake), setup.Target.Issuer, setup.Target.Product)
	if v := setup.Target.ProductVersion; v != "" {
		fmt.Fprintf(&b, "    product_version: %q\n", v)
	}
	fmt.Fprintf(&b, "    trust: [\"file:pki/ca/ca.pem\"]\n")
	b.WriteString(resolveLine(s.found(i)))
	fmt.Fprintf(&b, "pki: {dir: pki}\nscope: %s\nclients:\n", setup.Target.Scope)
	for _, m := range setup.Members {
		role, _ := scenarios.RoleNamed(m.Role)
		fmt.Fprintf(&b, "  - {role: %q, client_id: %q", m.Role, m.ClientID)
		if role.Certificate != "" {
			fmt.Fprintf(&b, ", certificate: %q", role.Certificate)
		}
		if m.Secret != "" {
			fmt.Fprintf(&b, ", secret: %q", "file:secrets/"+m.ClientID+".txt")
			if err := keepSecret(ctx, p, filepath.Join(dir, "secrets"), m); err != nil {
				return err
			}
		}
		b.WriteString("}\n")
	}
	return p.write(ctx, file, []byte(b.String()), 0o644)
}

// occupied refuses to put something into the place of a file.
func occupied(file string) error {
	return usage("choose another folder with --dir, or move that file away", "%s is there, and is not one that mtlscheck serve wrote", file)
}

// freeOfSecrets refuses a folder in which other secrets stand than those to be written: without a configuration of a server they are somebody else's.
func freeOfSecrets(dir string, members []scenarios.Member) error {
	for _, m := range members {
		if m.Secret == "" {
			continue
		}
		file := filepath.Join(dir, m.ClientID+".txt")
		if holds, err := os.ReadFile(file); !absent(file) && (err != nil || string(holds) != m.Secret+"\n") {
			return occupied(file)
		}
	}
	return nil
}

// keepSecret writes a secret, unless it is there already. Nobody else may read it.
func keepSecret(ctx context.Context, p place, dir string, m scenarios.Member) error {
	file, text := filepath.Join(dir, m.ClientID+".txt"), []byte(m.Secret+"\n")
	if holds, err := os.ReadFile(file); err == nil && bytes.Equal(holds, text) {
		return os.Chmod(file, 0o600)
	}
	if err := secretFolder(ctx, p, dir); err != nil {
		return err
	}
	return p.write(ctx, file, text, 0o600)
}
