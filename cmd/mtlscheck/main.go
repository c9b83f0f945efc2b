// Mtlscheck tells whether a server does OAuth 2.0 mutual TLS right.
//
//	mtlscheck run                                          judge the built-in fake: no set-up, no network
//	mtlscheck run https://id.example                       judge a real server, as far as that needs no registered client
//	mtlscheck explain AUTH-07                              what a requirement says, why, and what to change
//
// There is one file per command. A command is made by a function that takes the place it runs in, so that scripts and tests
// can run it in process; only this file knows the process.
package main

import (
	"context"
	"io"
	"os"
	"runtime/debug"

	"golang.org/x/term"

	"github.com/mtlscheck/mtlscheck/harness"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	left := &leftovers{}
	go heed(listen(), cancel, func() {
		left.removeAll()
		os.Exit(harness.ExitInterrupted)
	})
	os.Exit(run(ctx, place{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, terminal: terminalOf, temporary: left, begin: begin,
	}, os.Args[1:]))
}

// begin collects little garbage while a server starts: there is hardly any, and looking for it would take a tenth of the start. Then it
// gives back what was needed for the start alone.
func begin() (begun func()) {
	const generous = 800 // percent
	usual := debug.SetGCPercent(generous)
	return func() {
		debug.SetGCPercent(usual)
		debug.FreeOSMemory()
	}
}

// terminalOf asks the system about a stream.
func terminalOf(w any) (columns int, ok bool) {
	file, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, true
	}
	return columns, true
}

// A place is where a command runs: its streams, its environment and its folder.
type place struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	dir            string // relative paths start here. Default value is the process's working directory if dir is empty
	// terminal tells whether a stream is a terminal, and how many columns it has; 0: not known.
	terminal func(stream any) (columns int, ok bool)
	// begin lets memory grow until the function that it returns is called. Default value does nothing if begin is nil.
	begin     func() (begun func())
	temporary *leftovers // folders that end with the process. Default value is an empty one if temporary is nil
}
