package main

import (
	"errors"
	"io"
	"os"
	"regexp"
)

// errForeign: what is there under the name of a lock belongs to somebody else, and is neither locked nor written.
var errForeign = errors.New("it is there, and is not one that mtlscheck serve wrote")

// lockText is how the lock of a server begins. It is empty where one ended before it could write.
var lockText = regexp.MustCompile(`^process [0-9]+ on `)

// plain refuses to open what is there and is no regular file: a link leads to a file of somebody else.
func plain(path string) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return errForeign
	}
	return nil
}

// written refuses an open file in which something else stands than in a lock.
func written(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errForeign
	}
	head := make([]byte, 64)
	n, err := file.ReadAt(head, 0)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case n > 0 && !lockText.Match(head[:n]):
		return errForeign
	}
	return nil
}
