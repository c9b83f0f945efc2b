package soak_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/interop"
)

// besieged tells a process of this binary to be a fake: with both ends in one process, the limit of open files would be met twice.
const besieged = "MTLSCHECK_SOAK_BESIEGED"

func TestMain(m *testing.M) {
	if os.Getenv(besieged) == "" {
		m.Run()
		return
	}
	if err := serveOnly(); err != nil {
		fmt.Fprintln(os.Stderr, err) // nobody is told that it is ready
	}
}

func serveOnly() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	idp, err := fakeidp.New()
	if err != nil {
		return err
	}
	fmt.Println("ready", idp.Addr())
	<-ctx.Done()
	return idp.Close()
}

// TestTenThousandConnections: ten thousand connections that stop in the middle of the handshake cost little, and nobody waits for them.
func TestTenThousandConnections(t *testing.T) {
	connections := 10_000
	if testing.Short() { // each costs several times as much under the race detector
		connections = 500
	}
	const (
		// most is what one may cost the server in bytes: a goroutine, buffers, the state of TLS.
		most = 64 << 10
		// besides is what the process may take whatever the number: the race detector's, the heap's room to grow.
		besides = 64 << 20
	)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	n := min(connections, int(limit.Cur)-200) //nolint:gosec // far below the limit of int
	if n < connections {
		t.Logf("the system allows %d open files: %d connections", limit.Cur, n)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server, err := interop.Start(t.Context(), "ready ", "env", besieged+"=1", self)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	serves := func(when string) {
		t.Helper()
		transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // no secret is told
		r, err := (&http.Client{Transport: transport, Timeout: patience}).Get("https://" + server.Ready + "/.well-known/openid-configuration")
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		defer r.Body.Close()
		if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, %v", when, r.StatusCode, err)
		}
	}
	serves("before")
	before := resident(t, server.PID())
	hello := "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" // a ClientHello begins, of which 500 bytes never come
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for range n {
		c, err := net.DialTimeout("tcp", server.Ready, patience)
		if err != nil {
			t.Fatalf("connection %d: %v", len(open)+1, err)
		}
		open = append(open, c)
		if _, err := io.WriteString(c, hello); err != nil {
			t.Fatal(err)
		}
	}
	serves("with all of them open")
	if each := (resident(t, server.PID()) - before - besides) / n; each > most {
		t.Errorf("each connection costs %d bytes, which is more than %d", each, most)
	}
	for _, c := range open {
		c.Close()
	}
	open = nil
	serves("afterwards")
}

// resident is the memory that a process holds, in bytes.
func resident(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
