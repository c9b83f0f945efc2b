package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// patience is how many signals it takes to end a process that does not end by itself. The second may be the same as the first:
// timeout(1) sends one to the process and one to its group, and a shell, npm and the like pass on what the terminal has sent already.
const patience = 3

// listen receives the signals that end a process. A hang-up that whoever started it wants ignored, as nohup does, is none of them.
func listen() <-chan os.Signal {
	signals := make(chan os.Signal, patience)
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP)
	}
	signal.Notify(signals, ends...)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a pipe that nobody reads is an error like others, not the end
	return signals
}

// heed ends the work at the first signal, and gives it time to write its reports and to clear up; when somebody insists, it ends the process.
func heed(signals <-chan os.Signal, end context.CancelFunc, insist func()) {
	count := 0
	for range signals {
		switch count++; count {
		case 1:
			end()
		case patience:
			insist()
		}
	}
}

// leftovers are folders with keys that must not outlive the process, however it ends. Its zero value has none.
type leftovers struct {
	mu    sync.Mutex
	paths map[string]bool
}

// folder makes a folder in the place for temporary files.
func (l *leftovers) folder(name string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	path, err := os.MkdirTemp("", name)
	if err == nil {
		if l.paths == nil {
			l.paths = map[string]bool{}
		}
		l.paths[path] = true
	}
	return path, err
}

// remove removes one.
func (l *leftovers) remove(path string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.paths, path)
	return os.RemoveAll(path)
}

// removeAll removes all, while others may be writing into them still. No folder can be made afterwards.
func (l *leftovers) removeAll() {
	l.mu.Lock() // for good: the process ends
	const attempts = 100
	for path := range l.paths {
		for range attempts {
			if os.RemoveAll(path) == nil {
				break
			}
		}
	}
}
