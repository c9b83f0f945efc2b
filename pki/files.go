package pki

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"
)

// A file is what is to be written: its path within a folder, contents, and mode.
type file struct {
	name string
	data []byte
	mode fs.FileMode
}

// temporary begins the names of files that are not finished.
const temporary = ".unfinished-"

// together is how many files are open at a time while several are written.
const together = 128

// writeAll makes files appear, each whole or not at all, and the last when all others are there. What the disk is asked to keep it is
// asked for many files at once, which costs it hardly more than one.
func writeAll(root *os.Root, files []file) error {
	if len(files) == 0 {
		return nil
	}
	last := len(files) - 1
	for group := range slices.Chunk(files[:last], together) {
		if err := writeGroup(root, group); err != nil {
			return err
		}
	}
	return files[last].write(root)
}

func (f file) write(root *os.Root) error { return writeGroup(root, []file{f}) }

// writeGroup makes files appear: they are written beside their places, synced, and renamed. Leftovers of an interrupted run are replaced.
// The root keeps the paths inside its folder, whatever the names.
func writeGroup(root *os.Root, files []file) (err error) {
	var open []*os.File
	defer func() {
		if err == nil {
			return
		}
		for i, out := range open {
			_ = out.Close()
			if gone := root.Remove(files[i].beside()); !errors.Is(gone, fs.ErrNotExist) {
				err = errors.Join(err, gone)
			}
		}
	}()
	for _, f := range files {
		out, err := f.begin(root)
		if out != nil {
			open = append(open, out)
		}
		if err != nil {
			return err
		}
	}
	if err := syncAll(open); err != nil {
		return err
	}
	for _, f := range files {
		if err := root.Rename(f.beside(), f.name); err != nil {
			return err
		}
	}
	return nil
}

// syncAll has the disk keep files, and closes them. Asked by several at once it keeps what all ask for at one go, which takes a
// fifth of the time.
func syncAll(files []*os.File) error {
	const askers = 16
	errs := make([]error, len(files))
	next := make(chan int)
	var group sync.WaitGroup
	for range min(askers, len(files)) {
		group.Go(func() {
			for i := range next {
				errs[i] = errors.Join(files[i].Sync(), files[i].Close())
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	group.Wait()
	return errors.Join(errs...)
}

// beside is where a file is written before it appears.
func (f file) beside() string { return path.Join(path.Dir(f.name), temporary+path.Base(f.name)) }

// begin writes the file beside its place.
func (f file) begin(root *os.Root) (*os.File, error) {
	if err := root.Remove(f.beside()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("removing a leftover: %w", err)
	}
	out, err := root.OpenFile(f.beside(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, f.mode)
	if err != nil {
		return nil, err
	}
	_, err = out.Write(f.data)
	return out, errors.Join(err, out.Chmod(f.mode))
}
