package main

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/pki"
)

// exits runs a command and compares its exit code; the commands stdout and stderr then see what it wrote.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, expected %d", got, want)
	}
}

// hostile starts a server that answers discovery in a bad way, sets $ISSUER to its URL and writes the authority of its
// certificate into ca.pem.
func hostile(ts *testscript.TestScript, neg bool, args []string) {
	answers := map[string]http.HandlerFunc{
		"html": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><script>alert(1)</script>")
		},
		"huge": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"issuer":"`+strings.Repeat("x", 10<<20)+`"}`)
		},
		"wrong-types": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"issuer":["x"],"token_endpoint":7,"mtls_endpoint_aliases":"none"}`)
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		},
		"error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
	}
	if neg || len(args) != 1 || answers[args[0]] == nil {
		ts.Fatalf("usage: hostile html|huge|wrong-types|redirect|error")
	}
	server := httptest.NewUnstartedServer(answers[args[0]])
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it are the point
	server.StartTLS()
	ts.Defer(server.Close)
	ts.Setenv("ISSUER", server.URL)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), text, 0o600))
}

// A turncoat is the built-in fake behind a door that lets some connections through and keeps all others waiting for ever. The
// command turncoat starts one, sets $ISSUER and writes ca.pem; the command heard waits until a connection has to wait.
type turncoat struct{ waiting <-chan struct{} }

// theTurncoat is the key of the latest turncoat of a script.
type theTurncoat struct{}

func startTurncoat(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: turncoat CONNECTIONS")
	}
	through, err := strconv.Atoi(args[0])
	ts.Check(err)
	instance, err := builtin.Start(builtin.Options{})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), pki.PEM(instance.Setup().CA.Certificate().Raw), 0o600))
	issuer, err := url.Parse(instance.Server.URL)
	ts.Check(err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv("ISSUER", "https://"+ln.Addr().String())
	waiting := make(chan struct{})
	ts.Value(theTurncoat{}).(*turncoat).waiting = waiting
	var group sync.WaitGroup
	done := make(chan struct{})
	group.Go(func() {
		for n := 0; ; n++ {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			if n == through {
				close(waiting)
			}
			group.Go(func() {
				defer func() { _ = conn.Close() }()
				if n < through {
					forward(conn, net.JoinHostPort("127.0.0.1", issuer.Port()))
					return
				}
				<-done
			})
		}
	})
	ts.Defer(func() {
		close(done)
		_ = ln.Close()
		group.Wait()
		_ = instance.Close()
	})
}

// forward joins a connection with another one until the first ends.
func forward(in net.Conn, address string) {
	out, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	go func() { _, _ = io.Copy(in, out) }()
	_, _ = io.Copy(out, in)
}

func heard(ts *testscript.TestScript, _ bool, _ []string) {
	if waiting := ts.Value(theTurncoat{}).(*turncoat).waiting; waiting != nil {
		<-waiting
		return
	}
	ts.Fatalf("nothing is heard before a turncoat starts")
}

// appears waits until a file is there, for as long as the script may run.
func appears(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: appears FILE")
	}
	deadline := time.After(time.Minute)
	for tick := time.Tick(5 * time.Millisecond); ; {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		select {
		case <-tick:
		case <-deadline:
			ts.Fatalf("%s does not appear", args[0])
		}
	}
}

// asks puts a question about a certificate of the folder pki to a responder whose URL stands in a file, by OpenSSL.
func asks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: asks READY-FILE NAME [ISSUER]")
	}
	issuer, trust := "pki/ca/ca.pem", "-CAfile"
	if len(args) == 3 {
		issuer, trust = args[2], "-VAfile" // no root, and so trusted for itself
	}
	var ready struct{ OCSP string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &ready))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(ts.ReadFile("pki/id/"+args[1]+".pem")), 0o600))
	ts.Check(ts.Exec("openssl", "ocsp", "-issuer", issuer, trust, issuer, "-cert", args[1], "-url", ready.OCSP))
}
