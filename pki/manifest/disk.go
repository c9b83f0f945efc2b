package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/internal/lock"
)

// Names of files that belong to the folder and to no one certificate.
const (
	indexFile     = "index.json"
	trustFile     = "trust.pem"
	untrustedFile = "untrusted.pem"
	jwksFile      = "jwks.json"
	ignoreFile    = ".gitignore"
	lockFile      = lock.File
	// commitFile is the next index. While it is there, every file that it lists is either in its place or staged, and what is
	// staged belongs into its place.
	commitFile = ".commit.json"
	// staged begins the names of files that are written and not yet in their place.
	staged = ".unfinished-"
	schema = "mtlscheck.pki/v1"
)

func folders() []string { return []string{"ca", "id", "crl", "faults"} }

// A disk is the folder. All paths go through os.Root, so that none leaves it; a nil root is a folder that is not there yet.
type disk struct {
	dir   string
	root  *os.Root
	index pki.Index
	raw   []byte            // the index as it was read; nil: none
	late  bool              // a run was interrupted after it had staged everything
	sums  map[string]string // path to digest, of all files that the index lists
	// before, if set, is asked before each change, and ends the run by an error: for tests of interrupted runs.
	before func(change, path string) error
}

// open reads what is in a folder. It refuses a folder that somebody else filled.
func open(dir string) (*disk, error) {
	d := &disk{dir: dir, sums: map[string]string{}}
	root, err := os.OpenRoot(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d, nil
	case err != nil:
		return nil, fmt.Errorf("opening the folder of certificates: %w", err)
	}
	d.root = root
	d.raw, err = d.contents(commitFile)
	if d.late = err == nil; !d.late {
		d.raw, err = d.contents(indexFile)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.raw = nil
		return d, d.unused()
	case err != nil:
		return nil, errors.Join(fmt.Errorf("reading the index of %s: %w", dir, err), root.Close())
	}
	if d.index, err = parseIndex(d.raw); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w; move it away if it is not needed", dir, err), root.Close())
	}
	if d.index.Manifest == "" {
		return nil, errors.Join(fmt.Errorf("%s was made by mtlscheck pki init, and certificates of it may be registered somewhere", dir), root.Close())
	}
	d.sums = sumsOf(d.index)
	return d, nil
}

// parseIndex reads an index and refuses one whose paths could not be ours.
func parseIndex(raw []byte) (pki.Index, error) {
	var index pki.Index
	if err := json.Unmarshal(raw, &index); err != nil || index.Schema != schema {
		return index, fmt.Errorf("%s is not an index of certificates that this version knows", indexFile)
	}
	for name := range sumsOf(index) {
		if !fs.ValidPath(name) || strings.Count(name, "/") > 1 || strings.HasPrefix(path.Base(name), ".") {
			return index, fmt.Errorf("%s lists %q, which is no file of ours", indexFile, name)
		}
	}
	for _, e := range index.Certificates {
		if strings.TrimSuffix(e.File, ".pem") == e.File {
			return index, fmt.Errorf("%s lists %q, which is no certificate of ours", indexFile, e.File)
		}
	}
	return index, nil
}

// unused refuses a folder without an index that holds anything but what an interrupted first run leaves.
func (d *disk) unused() error {
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return errors.Join(fmt.Errorf("reading %s: %w", d.dir, err), d.root.Close())
	}
	for _, e := range entries {
		known := e.Name() == lockFile || strings.HasPrefix(e.Name(), staged)
		if e.IsDir() && slices.Contains(folders(), e.Name()) {
			inside, err := fs.ReadDir(d.root.FS(), e.Name())
			known = err == nil && !slices.ContainsFunc(inside, func(f fs.DirEntry) bool { return !strings.HasPrefix(f.Name(), staged) })
		}
		if !known {
			return errors.Join(fmt.Errorf("%s holds %s and no %s: it is not ours", d.dir, e.Name(), indexFile), d.root.Close())
		}
	}
	return nil
}

func (d *disk) close() error {
	if d.root == nil {
		return nil
	}
	return d.root.Close()
}

func besides(name string) string { return path.Join(path.Dir(name), staged+path.Base(name)) }

// read returns a file of the folder, also one that an interrupted run has staged for its place.
func (d *disk) read(name string) ([]byte, error) {
	if d.root == nil {
		return nil, fs.ErrNotExist
	}
	if d.late {
		if data, err := d.contents(besides(name)); err == nil && sum(data) == d.sums[name] {
			return data, nil
		}
	}
	return d.contents(name)
}

// contents reads a file, unless it is none or is larger than anything that belongs here.
func (d *disk) contents(name string) ([]byte, error) {
	info, err := d.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	const most = 64 << 20
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fmt.Errorf("%s is no file of ours", name)
	}
	return fs.ReadFile(d.root.FS(), name)
}

// condition is how a file is, beside what the index says of it.
type condition int

const (
	right condition = iota
	missing
	changed // by somebody else
)

func (d *disk) condition(name, want string) condition {
	data, err := d.read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing
	case err != nil || sum(data) != want:
		return changed
	}
	return right
}

// wrongMode tells whether others may read a key, or look into a folder of keys. Windows has no such modes.
func (d *disk) wrongMode(name string) bool {
	if runtime.GOOS == "windows" || d.root == nil {
		return false
	}
	info, err := d.root.Lstat(name)
	if err != nil || !info.IsDir() && modeOf(name) != 0o600 {
		return false
	}
	return info.Mode().Perm()&0o077 != 0
}

// modeOf is the mode of a file: keys are for their owner alone.
func modeOf(name string) fs.FileMode {
	if strings.HasSuffix(name, "-key.pem") || strings.HasSuffix(name, ".p12") {
		return 0o600
	}
	return 0o644
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}
