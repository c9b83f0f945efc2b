package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
)

// administration is the plain port of a fake.
type administration struct {
	url    string // empty: there is none
	server *http.Server
}

// administer opens the port for the administration, if it is wanted.
func (s *serving) administer(idp *fakeidp.Server) (*administration, error) {
	if s.admin == "none" {
		return &administration{}, nil
	}
	l, err := net.Listen("tcp", s.admin)
	if err != nil {
		return nil, usage("choose another address with --admin, or --admin none", "--admin: %w", cmp.Or(unheard(s.admin, err), err))
	}
	a := &administration{url: "http://" + reachable(l.Addr()), server: &http.Server{Handler: s.plane.Handler(idp), ReadHeaderTimeout: 30 * time.Second}}
	go func() { _ = a.server.Serve(l) }() // until close
	return a, nil
}

// reachable is an address as it is told to those who are to connect to it.
func reachable(a net.Addr) string {
	if host, port, err := net.SplitHostPort(a.String()); err == nil && net.ParseIP(host).IsUnspecified() {
		return "localhost:" + port
	}
	return a.String()
}

func (a *administration) close() {
	if a.server != nil {
		_ = a.server.Close()
	}
}

// fact is one thing that is told about a running fake, under its name in JSON; FAKEIDP_ and capitals make it a variable.
type fact struct{ name, value string }

// told is what programs are told, in order.
func (s *serving) told(i *builtin.Instance, a *administration, dir string) []fact {
	in := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	facts := []fact{
		{"issuer", i.Server.Issuer()}, {"token_endpoint", i.Server.MTLSURL + "/token"}, {"admin", a.url}, {"client_id", "mtls.name"}, {"scope", "api1"},
		{"ca", in("pki", "ca", "ca.pem")}, {"certificate", in("pki", "id", "client.pem")}, {"key", in("pki", "id", "client-key.pem")},
		{"config", in(configName)},
	}
	if at := curlResolve(i.Server.MTLSURL, s.found(i)); at != "" {
		facts = append(facts, fact{"resolve", at})
	}
	return facts
}

// announce writes the ready file, and then says where the server is and how it is asked. It returns what is in the ready file.
func (s *serving) announce(ctx context.Context, p place, told []fact) ([]byte, error) {
	document := factsJSON(told)
	text := string(document)
	switch s.print {
	case "env":
		text = factsEnv(told)
	case "text":
		text = factsText(told)
	}
	for _, open := range []struct{ what, address string }{{"the server", s.listen}, {"its administration", s.admin}} {
		host, _, err := net.SplitHostPort(open.address)
		if err == nil && host != "localhost" && !net.ParseIP(host).IsLoopback() {
			_, _ = fmt.Fprintf(p.stderr, "warning: %s listens on %s, beyond this machine; its secrets are known to everybody\n", open.what, open.address)
		}
	}
	if s.ready != "" {
		if err := p.write(ctx, p.path(s.ready), document, 0o644); err != nil {
			return nil, unready(err)
		}
	}
	if _, err := fmt.Fprint(p.stdout, text); err != nil {
		return nil, errors.Join(err, s.retract(p, document))
	}
	return document, nil
}

// retract removes the ready file, unless another server has put its own there.
func (s *serving) retract(p place, told []byte) error {
	if s.ready == "" {
		return nil
	}
	return p.remove(p.path(s.ready), told)
}

// factsJSON is one line of JSON.
func factsJSON(told []fact) []byte {
	var b strings.Builder
	for i, f := range told {
		value, _ := json.Marshal(f.value) // text always can be
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0] + `"` + f.name + `":` + string(value))
	}
	return []byte(b.String() + "}\n")
}

// factsEnv are assignments that a shell reads, and docker --env-file where nothing needs quotes.
func factsEnv(told []fact) string {
	var b strings.Builder
	for _, f := range told {
		b.WriteString("FAKEIDP_" + strings.ToUpper(f.name) + "=" + shellWord(f.value) + "\n")
	}
	return b.String()
}

// factsText is for people. Its last line is for programs that wait.
func factsText(told []fact) string {
	is := map[string]string{}
	for _, f := range told {
		is[f.name] = f.value
	}
	admin, page := is["admin"], is["admin"]+"/   (a page; docs/fakeidp.md)"
	if admin == "" {
		admin, page = "-", "none"
	}
	resolve := ""
	if at := is["resolve"]; at != "" {
		resolve = "--resolve " + shellWord(at) + " "
	}
	return fmt.Sprintf(`mtlscheck serve: a fake for tests, not a server for production

issuer   %s
token    %s   (with a client certificate)
admin    %s
ca       %s
client   %s   client_id %s

curl     %s--cacert %s --cert %s --key %s -d grant_type=client_credentials -d client_id=%s -d scope=%s %s
.NET     new HttpClientHandler { ClientCertificates = { X509Certificate2.CreateFromPemFile("%s", "%s") } }
next     mtlscheck run -c %s

READY %s %s
`, is["issuer"], is["token_endpoint"], page, is["ca"], is["certificate"], is["client_id"], resolve, is["ca"], is["certificate"], is["key"], is["client_id"], is["scope"],
		is["token_endpoint"], is["certificate"], is["key"], shellWord(is["config"]), is["issuer"], admin)
}
