package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/internal/fakefile"
)

// serviceName is what containers call the server. Its certificate has the name, and mtls. before it.
const serviceName = "fakeidp"

// hostNames are the names of the server's certificate beside localhost and mtls.localhost.
func hostNames() []string { return []string{builtin.Domain, serviceName, "mtls." + serviceName} }

// composed is a compose file that serves as the flags say. The program is mounted: there is no image of it.
type composed struct {
	s              *serving
	dir            string // with slashes, below the file
	server, plane  string // ports
	public, beside string // the addresses to which they are published; empty: any
}

// compose writes the compose file.
func (s *serving) compose(p place, file *fakefile.File) error {
	c, err := s.composed(p, file)
	if err != nil {
		return err
	}
	for _, open := range []struct{ flag, host, port string }{{"--listen", c.public, c.server}, {"--admin", c.beside, c.plane}} {
		if open.port != "" && !net.ParseIP(open.host).IsLoopback() {
			_, _ = fmt.Fprintf(p.stderr, "warning: %s publishes it beyond this machine; its secrets are known to everybody\n", open.flag)
		}
	}
	_, err = fmt.Fprint(p.stdout, c.text())
	return err
}

// composed is what the flags come to in a container, or why they come to nothing there.
func (s *serving) composed(p place, file *fakefile.File) (*composed, error) {
	c := &composed{s: s, dir: "fake"}
	if s.ready != "" {
		return nil, usage("leave out --ready-file", "--print compose puts the ready file into the folder of the certificates")
	}
	if s.dir != "" {
		c.dir = filepath.ToSlash(filepath.Clean(s.dir))
	}
	if !filepath.IsLocal(c.dir) || c.dir == "." {
		return nil, usage("--dir fake", "--print compose needs a folder below the one of the compose file, and %s is none", s.dir)
	}
	if strings.ContainsFunc(c.dir, unicode.IsControl) {
		return nil, usage("--dir fake", "--print compose needs a folder without control characters in its name, and %q has some", s.dir)
	}
	for _, name := range file.Files {
		if below, err := filepath.Rel(p.path("."), name); err != nil || !filepath.IsLocal(below) || filepath.IsAbs(s.setup) {
			return nil, usage("give its path from the folder of the compose file", "--print compose mounts the folder of the compose file, and %s is not in it", name)
		}
	}
	c.public, c.server = published(s.listen, "8443")
	if s.admin != "none" {
		c.beside, c.plane = published(s.admin, "8444")
	}
	if c.plane == c.server {
		return nil, usage("choose another port with --admin", "--listen and --admin have the same port in the container: %s", c.server)
	}
	return c, nil
}

// published splits an address; a port that is free to choose becomes the usual one.
func published(address, usual string) (host, port string) {
	host, port, _ = net.SplitHostPort(address) // check has done it before
	if port == "0" || port == "" {
		port = usual
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	return host, port
}

// command are the arguments of the program in the container. It listens on every address there is in the container, which only its
// neighbours and the published ports lead to.
func (c *composed) command() []string {
	s := c.s
	out := []string{"serve", "--listen", "0.0.0.0:" + c.server, "--admin", "none", "--dir", c.dir, "--ready-file", c.dir + "/ready.json"}
	if c.plane != "" {
		out[4] = "0.0.0.0:" + c.plane
	}
	add := func(flag, value string, wanted bool) {
		if wanted {
			out = append(out, flag, value)
		}
	}
	add("--fake", s.fake, s.chosen)
	add("--mode", c.mode(), c.mode() != "path")
	add("--broken", strings.Join(s.broken, ","), len(s.broken) > 0)
	add("--seed", s.seed, s.seed != "")
	add("--setup", filepath.ToSlash(s.setup), s.setup != "")
	if s.tickets {
		out = append(out, "--tickets")
	}
	if s.quiet {
		out = append(out, "--quiet")
	}
	return out
}

// mode is where the endpoints for certificates stand. A port of their own, which nobody knows before, could not be published.
func (c *composed) mode() string {
	if c.s.fake == strictFake && c.s.mode == "path" {
		return "sub-domain"
	}
	return c.s.mode
}

// text is the file.
func (c *composed) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`# Written by mtlscheck serve --print compose: a fake for tests, not a server for production.
#
#   CGO_ENABLED=0 GOOS=linux go build -o mtlscheck ./cmd/mtlscheck   the program, which is mounted; or name another: MTLSCHECK=/path
#   mkdir -p %[4]s                                                   certificates, mtlscheck.yaml and ready.json, for you, too
#   docker compose up --wait
#
# Here it is https://localhost:%[2]s; to other services of this file https://%[3]s:%[2]s (rfc8705 names itself localhost only). A
# service with network_mode: service:%[3]s has it at localhost, too. ca.pem in %[1]s verifies both.
services:
  %[3]s:
    image: busybox:1.37`, shellWord(c.dir+"/pki/ca"), c.server, serviceName, shellWord(c.dir))
	user := "1000:1000"
	if uid, gid := os.Getuid(), os.Getgid(); uid >= 0 { // not on Windows
		user = fmt.Sprintf("%d:%d", uid, gid)
	}
	uid, gid, _ := strings.Cut(user, ":")
	line(`    user: "${FAKE_UID:-%s}:${FAKE_GID:-%s}" # who may read the keys`, uid, gid)
	line(`    working_dir: /srv`)
	line(`    entrypoint: ["/usr/local/bin/mtlscheck"]`)
	line(`    command: %s`, list(c.command()))
	if names := slices.Compact(slices.Sorted(slices.Values(c.s.refers))); len(names) > 0 {
		line(`    environment: %s # as they are where docker compose runs`, list(names))
	}
	line(`    volumes:`)
	line(`      - {type: bind, source: "${MTLSCHECK:-./mtlscheck}", target: /usr/local/bin/mtlscheck, read_only: true, bind: {create_host_path: false}}`)
	if c.s.setup != "" {
		line(`      - {type: bind, source: ".", target: /srv, read_only: true}`)
	}
	line(`      - {type: bind, source: %s, target: %s, bind: {create_host_path: false}}`, scalar("./"+c.dir), scalar("/srv/"+c.dir))
	line(`    ports:`)
	line(`      - %s`, scalar(port(c.public, c.server)))
	check := "test -s " + shellWord(c.dir+"/ready.json")
	if c.plane != "" {
		line(`      - %s # administration`, scalar(port(c.beside, c.plane)))
		check += " && wget -q -O /dev/null http://127.0.0.1:" + c.plane + "/health"
	}
	if c.mode() == "sub-domain" && c.s.fake != strictFake {
		line(`    networks: {default: {aliases: ["mtls.%s"]}}`, serviceName)
	}
	line(`    healthcheck: {test: ["CMD-SHELL", %s], interval: 1s, timeout: 5s, retries: 30}`, scalar(check))
	line(`    read_only: true`)
	line(`    cap_drop: [ALL]`)
	line(`    security_opt: ["no-new-privileges:true"]`)
	return b.String()
}

// port publishes a port under its own number, which stands in what the server says of itself.
func port(host, port string) string {
	if host == "" {
		return port + ":" + port
	}
	return net.JoinHostPort(host, port) + ":" + port
}

// scalar is a text for a compose file, in which a dollar sign stands for a variable.
func scalar(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(strings.ReplaceAll(text, "$", "$$")) // text always can be
	return strings.TrimSuffix(b.String(), "\n")
}

func list(words []string) string {
	words = slices.Clone(words)
	for i, w := range words {
		words[i] = scalar(w)
	}
	return "[" + strings.Join(words, ", ") + "]"
}
