package main

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
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

// A mute server accepts connections and says nothing. The command mute starts one and sets $ISSUER; the command heard waits
// until somebody connected to it.
type mute struct{ connected chan struct{} }

func (m *mute) start(ts *testscript.TestScript, _ bool, _ []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	m.connected = make(chan struct{})
	ts.Defer(func() { _ = ln.Close() })
	ts.Setenv("ISSUER", "https://"+ln.Addr().String())
	go func() {
		var open []net.Conn
		for {
			conn, err := ln.Accept()
			if err != nil {
				for _, c := range open {
					_ = c.Close()
				}
				return
			}
			if open = append(open, conn); len(open) == 1 {
				close(m.connected)
			}
		}
	}()
}

func (m *mute) heard(_ *testscript.TestScript, _ bool, _ []string) { <-m.connected }
