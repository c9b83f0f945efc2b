package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/mtlscheck/mtlscheck/interop"
)

// composeFile is what the compose files of serve have in them, of what the Compose Specification knows.
type composeFile struct {
	Services map[string]struct {
		Image, User string
		WorkingDir  string `yaml:"working_dir"`
		Entrypoint  []string
		Command     []string
		Environment []string
		Volumes     []struct {
			Type, Source, Target string
			ReadOnly             bool `yaml:"read_only"`
			Bind                 struct {
				CreateHostPath *bool `yaml:"create_host_path"`
			}
		}
		Ports       []string
		Networks    map[string]struct{ Aliases []string }
		Healthcheck struct {
			Test              []string
			Interval, Timeout string
			Retries           int
		}
		ReadOnly    bool     `yaml:"read_only"`
		CapDrop     []string `yaml:"cap_drop"`
		SecurityOpt []string `yaml:"security_opt"`
	}
}

// at is a place in a folder.
func at(dir string, stdout, stderr io.Writer) place {
	return place{stdin: strings.NewReader(""), stdout: stdout, stderr: stderr, dir: dir, getenv: func(string) string { return "" },
		terminal: func(any) (int, bool) { return 0, false }}
}

// compose runs serve --print compose and reads the file strictly.
func compose(t *testing.T, dir string, args ...string) (file composeFile, text, warned string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), at(dir, &stdout, &stderr), append([]string{"serve", "--print", "compose"}, args...)); code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, &stderr)
	}
	if err := yaml.UnmarshalWithOptions(stdout.Bytes(), &file, yaml.Strict()); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, &stdout)
	}
	return file, stdout.String(), stderr.String()
}

// TestComposeFiles: whatever the flags say, the file is one, it publishes on loopback unless told otherwise, and what it publishes the
// program listens on.
func TestComposeFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fakeidp.yaml"), []byte("version: 1\nfake: rfc8705\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args, command string
		ports         []string
		warns         bool
	}{
		{"", "--listen 0.0.0.0:8443 --admin 0.0.0.0:8444 --dir fake --ready-file fake/ready.json", []string{"127.0.0.1:8443:8443", "127.0.0.1:8444:8444"}, false},
		{"--admin none --dir a/b -q --tickets", "--admin none --dir a/b --ready-file a/b/ready.json --tickets --quiet", []string{"127.0.0.1:8443:8443"}, false},
		{"--fake rfc8705", "--fake rfc8705 --mode sub-domain", []string{"127.0.0.1:8443:8443", "127.0.0.1:8444:8444"}, false},
		{"--setup fakeidp.yaml", "--mode sub-domain --setup fakeidp.yaml", []string{"127.0.0.1:8443:8443", "127.0.0.1:8444:8444"}, false},
		{"--fake 6.3 --mode domain --broken accepts-expired --seed a$b", "--fake 6.3 --mode domain --broken accepts-expired --seed a$$b", []string{"127.0.0.1:8443:8443", "127.0.0.1:8444:8444"}, false},
		{"--listen localhost:9443 --admin [::1]:0", "--listen 0.0.0.0:9443 --admin 0.0.0.0:8444", []string{"127.0.0.1:9443:9443", "[::1]:8444:8444"}, false},
		{"--listen 0.0.0.0:9443", "--listen 0.0.0.0:9443", []string{"0.0.0.0:9443:9443", "127.0.0.1:8444:8444"}, true},
		{"--admin :9444", "--admin 0.0.0.0:9444", []string{"127.0.0.1:8443:8443", "9444:9444"}, true},
	} {
		t.Run(test.args, func(t *testing.T) {
			t.Parallel()
			file, text, warned := compose(t, dir, strings.Fields(test.args)...)
			s := file.Services["fakeidp"]
			if command := strings.Join(s.Command, " "); !strings.Contains(command, test.command) {
				t.Errorf("command %s, want …%s…", command, test.command)
			}
			if strings.Join(s.Ports, " ") != strings.Join(test.ports, " ") || strings.Contains(warned, "beyond this machine") != test.warns {
				t.Errorf("ports %v, want %v; said %q", s.Ports, test.ports, warned)
			}
			for _, v := range s.Volumes {
				if v.Type != "bind" || !v.ReadOnly && (v.Bind.CreateHostPath == nil || *v.Bind.CreateHostPath) {
					t.Errorf("volume %+v: Docker would make it, as root", v)
				}
			}
			if !s.ReadOnly || s.User == "" || s.Image == "" || len(s.Healthcheck.Test) != 2 {
				t.Errorf("not what it should be:\n%s", text)
			}
			if exec.Command("docker", "compose", "version").Run() == nil { // its own judgement, where it is at hand
				path := filepath.Join(t.TempDir(), "compose.yaml")
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if out, err := exec.Command("docker", "compose", "-f", path, "config", "-q").CombinedOutput(); err != nil {
					t.Errorf("docker compose config: %v\n%s", err, out)
				}
			}
		})
	}
	for _, args := range []string{"--dir /etc/fake", "--dir ..", "--dir .", "--dir a\x01b", "--listen :9443 --admin :9443", "--listen :8444", "--ready-file x", "--setup " + filepath.Join(dir, "fakeidp.yaml")} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), at(dir, &stdout, &stderr), append([]string{"serve", "--print", "compose"}, strings.Fields(args)...)); code != 2 || stdout.Len() > 0 {
			t.Errorf("%s: exit code %d, %s", args, code, &stdout)
		}
	}
}

// TestComposedCommand: what the compose file starts gives tokens, under the names by which this machine and other containers know it,
// and its health check finds what it asks for.
func TestComposedCommand(t *testing.T) {
	t.Parallel()
	ports, err := interop.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	own, plane := strconv.Itoa(ports[0]), strconv.Itoa(ports[1])
	dir := t.TempDir()
	file, _, _ := compose(t, dir, "-q", "--listen", "127.0.0.1:"+own, "--admin", "127.0.0.1:"+plane)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	said := make(messages, 10)
	go func() { ended <- run(ctx, at(dir, said, io.Discard), file.Services["fakeidp"].Command) }()
	defer func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d", code)
		}
	}()
	select {
	case <-said:
	case code := <-ended:
		go func() { ended <- 0 }()
		t.Fatalf("it ended with exit code %d", code)
	}
	var told map[string]string
	text, err := os.ReadFile(filepath.Join(dir, "fake", "ready.json"))
	if err == nil {
		err = json.Unmarshal(text, &told)
	}
	if err != nil || told["issuer"] != "https://localhost:"+own || told["admin"] != "http://localhost:"+plane {
		t.Errorf("ready.json: %v, %v", told, err)
	}
	check := file.Services["fakeidp"].Healthcheck.Test[1]
	res, err := http.Get(check[strings.LastIndex(check, " ")+1:])
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", check, res.Status)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "fake", "pki", "ca", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	for _, host := range []string{"localhost", "fakeidp", "mtls.fakeidp"} {
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: time.Minute}).DialContext(ctx, "tcp", "127.0.0.1:"+own)
		}
		transport := &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}
		res, err := (&http.Client{Transport: transport}).Get("https://" + host + ":" + own + "/.well-known/openid-configuration")
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		document, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || !strings.Contains(string(document), `"issuer":"https://`+host+":"+own+`"`) {
			t.Errorf("%s: %v, %s", host, err, document)
		}
	}
}

// TestComposedNames: variables come by their names, without what is in them, and a folder is a word of the shell in what people copy.
func TestComposedNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	setup := "version: 1\nclients:\n  - {id: a, secrets: [{shared: env:B_SECRET}, {shared: env:A_SECRET}, {shared: env:B_SECRET, until: \"2030-01-01T00:00:00Z\"}], scopes: [api1]}\n"
	if err := os.WriteFile(filepath.Join(dir, "fakeidp.yaml"), []byte(setup), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	p := at(dir, &stdout, &stderr)
	p.getenv = func(name string) string {
		return map[string]string{"A_SECRET": "hush", "B_SECRET": "hush too"}[name]
	}
	if code := run(t.Context(), p, []string{"serve", "--print", "compose", "--setup", "fakeidp.yaml", "--dir", "a;b"}); code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	var file composeFile
	if err := yaml.UnmarshalWithOptions(stdout.Bytes(), &file, yaml.Strict()); err != nil {
		t.Fatalf("%v\n%s", err, &stdout)
	}
	if names := strings.Join(file.Services["fakeidp"].Environment, " "); names != "A_SECRET B_SECRET" || strings.Contains(stdout.String(), "hush") {
		t.Errorf("environment %q:\n%s", names, &stdout)
	}
	if !strings.Contains(stdout.String(), "mkdir -p 'a;b' ") || !strings.Contains(stdout.String(), "ca.pem in 'a;b/pki/ca' ") {
		t.Errorf("no word of a shell:\n%s", &stdout)
	}
}
