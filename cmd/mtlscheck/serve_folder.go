package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
)

// A folder is where a server keeps its certificates and its configuration. One server has it at a time.
type folder struct {
	path    string
	lock    *os.File // nil: a temporary folder, which nobody else knows
	parents []string // that were made for it, innermost first
	files   []string // of those that a server leaves, what was not there before
	isNew   bool
	end     func(path string) error // of a temporary one
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
	for path := f.path; absent(path) && path != filepath.Dir(path); path = filepath.Dir(path) {
		f.parents = append(f.parents, path)
	}
	if f.isNew = len(f.parents) > 0; f.isNew {
		f.parents = f.parents[1:]
	}
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		f.forgetParents()
		return nil, usage("choose a folder that can be written with --dir", "%w", err)
	}
	for _, name := range []string{"pki", "secrets", configName, lockName} {
		if absent(filepath.Join(f.path, name)) {
			f.files = append(f.files, name)
		}
	}
	err := f.take()
	if err != nil && f.isNew && os.Remove(f.path) == nil {
		f.forgetParents()
	}
	return f, err
}

// forgetParents removes the folders above that were made for this one, unless somebody else uses them meanwhile.
func (f *folder) forgetParents() {
	for _, path := range f.parents {
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
		if f.isNew {
			defer f.forgetParents()
			return os.RemoveAll(f.path)
		}
		var errs []error
		for _, name := range f.files {
			errs = append(errs, os.RemoveAll(filepath.Join(f.path, name)))
		}
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
