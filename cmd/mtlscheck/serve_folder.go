package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
)

// A folder is where a server keeps its certificates and its configuration. One server has it at a time.
type folder struct {
	path  string
	lock  *os.File                // nil: a temporary folder, which nobody else knows
	made  []string                // the folder and those above it, as far as this server made them, innermost first
	files []string                // of those that a server leaves, what was not there before
	end   func(path string) error // of a temporary one
}

var errInUse = errors.New("it is in use by another mtlscheck serve")

const (
	lockName   = ".lock"
	configName = "mtlscheck.yaml"
)

// hold makes the folder, if it is not there, and keeps other servers out of it.
func (s *serving) hold(p place) (*folder, error) {
	if s.dir == "" {
		path, err := p.temporary.folder("mtlscheck-serve-")
		if err != nil {
			return nil, usage("choose a folder with --dir", "%w", err)
		}
		return &folder{path: path, end: p.temporary.remove}, nil
	}
	f := &folder{path: p.path(s.dir)}
	if err := f.make(); err != nil {
		f.forget()
		return nil, usage("choose a folder that can be written with --dir", "%w", err)
	}
	first := absent(filepath.Join(f.path, lockName))
	if err := f.take(); err != nil {
		f.forget()
		return f, err
	}
	if first {
		f.files = append(f.files, lockName)
	}
	for _, name := range []string{"pki", "secrets", configName} { // looked for under the lock: another server may have left them just now
		if absent(filepath.Join(f.path, name)) {
			f.files = append(f.files, name)
		}
	}
	return f, nil
}

// make makes the folder and those above it, as far as nobody else does.
func (f *folder) make() error {
	var missing []string
	for path := filepath.Clean(f.path); absent(path) && path != filepath.Dir(path); path = filepath.Dir(path) {
		missing = append(missing, path)
	}
	for _, path := range slices.Backward(missing) {
		err := os.Mkdir(path, 0o700)
		if err == nil {
			f.made = slices.Insert(f.made, 0, path)
		} else if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return os.MkdirAll(f.path, 0o700) // an error if it is no folder
}

// forget removes the folders that were made, unless somebody else has put something there meanwhile.
func (f *folder) forget() {
	for _, path := range f.made {
		_ = os.Remove(path)
	}
}

// take locks the folder. The lock says which process has it, for the message of another.
func (f *folder) take() (err error) {
	name := filepath.Join(f.path, lockName)
	f.lock, err = lockedAlone(name)
	if errors.Is(err, errInUse) {
		who := ""
		if text, err := os.ReadFile(name); err == nil && len(text) > 0 { // on Windows nobody may read it
			who = " (" + strings.TrimSpace(string(text)) + ")"
		}
		return usage("choose another folder with --dir, or end that one", "%s: %w%s", f.path, err, who)
	}
	if errors.Is(err, errForeign) {
		return usage("choose another folder with --dir, or move that file away", "%s: %w", name, err)
	}
	if err != nil {
		return usage("choose a folder that can be written with --dir", "%w", err)
	}
	_ = f.lock.Truncate(0)   // what it says is for people alone
	host, _ := os.Hostname() // in a container every server is process 1
	_, _ = fmt.Fprintf(f.lock, "process %d on %s\n", os.Getpid(), host)
	return nil
}

// leave lets others have the folder. A server that never answered leaves nothing that was not there before.
func (f *folder) leave(answered bool) error {
	if f.end != nil {
		return f.end(f.path)
	}
	if f.lock == nil {
		return nil
	}
	return unlock(f.lock, func() error {
		if answered {
			return nil
		}
		var errs []error
		for _, name := range f.files {
			errs = append(errs, os.RemoveAll(filepath.Join(f.path, name)))
		}
		f.forget()
		return errors.Join(errs...)
	})
}

// takes refuses a ready file where the server puts something else.
func (f *folder) takes(ready string) error {
	for _, name := range []string{configName, lockName} {
		if filepath.Clean(ready) == filepath.Join(f.path, name) {
			return fmt.Errorf("%s is the place of another file of the server", ready)
		}
	}
	return nil
}

// store is what the folder has of certificates. They are made if there are none.
func (f *folder) store(ctx context.Context, seed string) (*pki.Store, error) {
	dir := filepath.Join(f.path, "pki")
	store, unreadable := pki.OpenCertificates(dir)
	if unreadable != nil {
		made, err := pki.InitContext(ctx, dir, pki.InitOptions{Seed: seed, ServerNames: hostNames()})
		if errors.Is(err, pki.ErrOccupied) {
			err = unreadable
		}
		if err != nil {
			return nil, usage("choose another folder with --dir", "%w", err)
		}
		return made, nil
	}
	if store.CA() == nil {
		return nil, usage("choose another folder with --dir", "%s holds no key of its authority", dir)
	}
	if seed != "" && !grown(store.CA(), seed) {
		return nil, usage("choose another folder with --dir, or leave out --seed to use the certificates that are there", "%s holds certificates that did not grow from the seed %q", dir, seed)
	}
	return store, nil
}

// grown tells whether an authority that pki.Init made has the key that a seed gives it.
func grown(ca *pki.Authority, seed string) bool {
	same := pki.New(pki.Options{Seed: seed}).Root(ca.Name())
	return same.Thumbprints().SPKI == ca.Thumbprints().SPKI
}

// absent tells whether nothing is there.
func absent(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// tellsOf tells whether a ready file is that of a server in this folder.
func (f *folder) tellsOf(p place, told map[string]string) bool {
	its, err := os.Stat(p.path(told["config"]))
	own, err2 := os.Stat(filepath.Join(f.path, configName))
	return err == nil && err2 == nil && os.SameFile(its, own)
}
