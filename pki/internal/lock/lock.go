// Package lock keeps those apart who change one folder of certificates at once.
package lock

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// File is in every folder of certificates.
const File = ".lock"

// patience is how long nothing is said of waiting.
const patience = time.Second

// waiting is the key of what is to be called.
type waiting struct{}

// WhenWaiting returns a context under which say is called, once, by whoever has waited for a while for a folder; it is told the file
// that another process has locked.
func WhenWaiting(ctx context.Context, say func(file string)) context.Context {
	return context.WithValue(ctx, waiting{}, say)
}

// Folder waits until nobody else changes a folder, and returns what ends the lock. The system lifts that of a process that was killed. It
// fails if ctx ends first, or if the lock's file cannot be one.
func Folder(ctx context.Context, dir string) (unlock func(), err error) {
	return take(ctx, filepath.Join(dir, File), time.After(patience))
}

func take(ctx context.Context, file string, tired <-chan time.Time) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, given(file, err)
	}
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file: move it away", file)
	}
	type taken struct {
		unlock func()
		err    error
	}
	done := make(chan taken, 1)
	go func() { // the system's own waiting is fair, and cannot be ended
		unlock, err := lockedfile.MutexAt(file).Lock()
		done <- taken{unlock, err}
	}()
	for {
		select {
		case t := <-done:
			if t.err != nil {
				return nil, fmt.Errorf("locking the folder of certificates: %w", t.err)
			}
			return t.unlock, nil
		case <-tired:
			if say, told := ctx.Value(waiting{}).(func(string)); told {
				say(file)
			}
			tired = nil // once
		case <-ctx.Done():
			go func() { // nobody wants it any more
				if t := <-done; t.err == nil {
					t.unlock()
				}
			}()
			return nil, given(file, ctx.Err())
		}
	}
}

// given is the error of who gave up.
func given(file string, err error) error {
	return fmt.Errorf("waiting for %s, which another process has locked: %w", file, err)
}
