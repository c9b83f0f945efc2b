package pki

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// A file is what is to be written: its path within a folder, contents, and mode.
type file struct {
	name string
	data []byte
	mode fs.FileMode
}

// temporary begins the names of files that are not finished.
const temporary = ".unfinished-"

// write makes the file appear whole or not at all: it is written beside its place, synced, and renamed. A leftover of an
// interrupted run is replaced. The root keeps the path inside its folder, whatever the name.
func (f file) write(root *os.Root) error {
	beside := path.Join(path.Dir(f.name), temporary+path.Base(f.name))
	if err := root.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a leftover: %w", err)
	}
	out, err := root.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, f.mode)
	if err != nil {
		return err
	}
	_, err = out.Write(f.data)
	err = errors.Join(err, out.Chmod(f.mode), out.Sync(), out.Close())
	if err == nil {
		err = root.Rename(beside, f.name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(beside))
	}
	return nil
}
