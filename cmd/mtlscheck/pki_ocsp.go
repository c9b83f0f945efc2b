package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ocsp"

	"github.com/mtlscheck/mtlscheck/pki"
)

// answering is what pki ocsp serve was asked to do.
type answering struct {
	revoking

	listen, ready, answer string
	delegated             bool
}

func newPKIOCSPCommand(p place) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ocsp",
		Short: "Answer whether certificates are revoked",
		Example: `  mtlscheck pki ocsp serve --listen 127.0.0.1:8888
  mtlscheck pki ocsp serve --answer try-later`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("mtlscheck pki ocsp serve", "there is no command pki ocsp %s", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPKIOCSPServeCommand(p))
	return cmd
}

func newPKIOCSPServeCommand(p place) *cobra.Command {
	s := &answering{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve OCSP and the list of revoked certificates, right or wrong",
		Long: `Serve OCSP (RFC 6960, by GET and POST) and, at a path that ends with .crl, the list of revoked certificates. What is revoked
meanwhile, by mtlscheck pki crl in another window, counts at once. Each question is a line on stderr: a server that never asks leaves
none. It listens on the loopback interface. SIGINT or SIGTERM ends it, with exit code 0.`,
		Example: `  mtlscheck pki ocsp serve --listen 127.0.0.1:8888     what is true
  mtlscheck pki ocsp serve --answer unknown            OCSP says of every certificate that it does not know it
  mtlscheck pki ocsp serve --stale                     what held until yesterday, list and OCSP
  mtlscheck pki ocsp serve --forged --answer good      what somebody else signed: a server must not believe it
  mtlscheck pki ocsp serve --delegated                 signed by a responder's own certificate`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.serve(cmd.Context(), p) },
	}
	s.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&s.listen, "listen", "127.0.0.1:0", "`ADDRESS` to listen on")
	f.StringVar(&s.answer, "answer", "registered", "`WHAT` OCSP says: registered (what is true), good, revoked, unknown, try-later")
	f.BoolVar(&s.delegated, "delegated", false, "sign OCSP with a responder's certificate that the authority issued for it")
	f.BoolVar(&s.stale, "stale", false, "serve what held until yesterday")
	f.BoolVar(&s.forged, "forged", false, "serve what another key signed in the authority's name")
	f.StringVar(&s.ready, "ready-file", "", "`FILE` that is there while it answers, with its URLs in JSON")
	return cmd
}

func (s *answering) serve(ctx context.Context, p place) error {
	var serving pki.Serving
	if err := serving.OCSP.Status.UnmarshalText([]byte(s.answer)); err != nil {
		return usage("--answer registered says what is true", "--answer: %w", err)
	}
	ca, err := s.authority(p)
	if err != nil {
		return err
	}
	serving.OCSP.Delegated, serving.OCSP.Forged, serving.ForgedCRL = s.delegated, s.forged, s.forged
	if s.stale {
		serving.CRL = ca.Revocation().Stale()
		serving.OCSP.Timing = serving.CRL
	}
	if err := portOf(s.listen); err != nil {
		return usage("--listen 127.0.0.1:0 takes any free port", "--listen: %w", err)
	}
	if err := s.prepare(p); err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return usage("--listen 127.0.0.1:0 takes any free port", "--listen: %w", cmp.Or(unheard(s.listen, err), err))
	}
	window := &window{s: s, p: p, of: ca.Revocation(), next: ca.Revocation().Handler(serving)}
	server := &http.Server{Handler: window}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	ready, err := s.announce(ctx, p, ln.Addr().String())
	if err != nil {
		_ = ln.Close()
		return err
	}
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(usage("choose another address with --listen", "%w", err), s.retract(p, ready))
	}
	if err := s.retract(p, ready); err != nil {
		return err
	}
	fmt.Fprintln(p.stderr, "stopped")
	return nil
}

// prepare finds out whether the ready file can be written, and removes that of an earlier responder. Any other file is refused.
func (s *answering) prepare(p place) error {
	if s.ready == "" {
		return nil
	}
	path := p.path(s.ready)
	text, err := readyFile(path)
	if err == nil {
		var is map[string]string
		if json.Unmarshal(text, &is) != nil || len(is) != 2 || is["ocsp"] == "" || is["crl"] == "" {
			return usage("choose another name with --ready-file, or move that file away", "%s is there, and is no ready file", s.ready)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return unready(err)
	}
	if err := p.writable(path); err != nil {
		return unready(err)
	}
	if err := p.remove(path, nil); err != nil {
		return unready(err)
	}
	return nil
}

// retract removes the ready file, unless another responder has put its own there.
func (s *answering) retract(p place, told []byte) error {
	if s.ready == "" {
		return nil
	}
	return p.remove(p.path(s.ready), told)
}

// announce says where it is asked. It returns what is in the ready file.
func (s *answering) announce(ctx context.Context, p place, address string) ([]byte, error) {
	url := "http://" + address
	crl := url + "/" + s.name() + ".crl"
	if _, err := fmt.Fprintf(p.stdout, `mtlscheck pki ocsp serve: for tests

ocsp   %s
crl    %s
%s`, url, crl, s.naming(url, crl)); err != nil {
		return nil, err
	}
	if host, _, _ := net.SplitHostPort(s.listen); host != "localhost" && !net.ParseIP(host).IsLoopback() {
		fmt.Fprintf(p.stderr, "warning: it listens on %s, beyond this machine\n", s.listen)
	}
	if s.ready == "" {
		return nil, nil
	}
	doc, err := json.Marshal(map[string]string{"ocsp": url, "crl": crl})
	if err != nil {
		return nil, err
	}
	doc = append(doc, '\n')
	if err := p.write(ctx, p.path(s.ready), doc, 0o644); err != nil {
		return nil, unready(err)
	}
	return doc, nil
}

// A window stands before a register: it reads what was revoked meanwhile, and says who asked what.
type window struct {
	s    *answering
	p    place
	of   *pki.Revocation
	next http.Handler

	mu sync.Mutex
}

func (w *window) ServeHTTP(out http.ResponseWriter, q *http.Request) {
	if err := w.s.read(w.p, w.of); err != nil {
		w.say("%v", err)
		http.Error(out, "the register cannot be read", http.StatusInternalServerError)
		return
	}
	heard := &copying{ResponseWriter: out}
	w.next.ServeHTTP(heard, q)
	w.say("%s %s from %s", q.Method, told(heard), q.RemoteAddr)
}

// say writes one line at a time.
func (w *window) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(w.p.stderr, format+"\n", args...)
}

// told is what an answer says, in a few words.
func told(a *copying) string {
	if a.Header().Get("Content-Type") != "application/ocsp-response" {
		return "list"
	}
	answer, err := ocsp.ParseResponse(a.body, nil)
	var refused ocsp.ResponseError
	switch {
	case errors.As(err, &refused):
		return "ocsp: " + refused.Status.String()
	case err != nil:
		return fmt.Sprintf("ocsp: %d bytes", len(a.body)) // about several certificates
	}
	status := map[int]string{ocsp.Good: "good", ocsp.Revoked: "revoked", ocsp.Unknown: "unknown"}[answer.Status]
	return fmt.Sprintf("ocsp: %s is %s", strings.ToLower(answer.SerialNumber.Text(16)), status)
}

// copying keeps what is written.
type copying struct {
	http.ResponseWriter
	body []byte
}

func (c *copying) Write(b []byte) (int, error) {
	c.body = append(c.body, b...)
	return c.ResponseWriter.Write(b)
}
