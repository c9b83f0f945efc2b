//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// lockedAlone opens a file that no other process has open in this way. The system ends that when the process ends, however it does.
func lockedAlone(path string) (*os.File, error) {
	if err := plain(path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err = written(file); err == nil {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err == nil {
		err = named(file, path)
	}
	if err == nil {
		return file, nil
	}
	_ = file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errInUse
	}
	return nil, err
}

// unlock does the last thing to a folder, and lets others have it.
func unlock(file *os.File, last func() error) error { return errors.Join(last(), file.Close()) }

// named finds out whether a locked file still has its name: the server that had it before may have removed it meanwhile.
func named(file *os.File, path string) error {
	its, err := file.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Lstat(path); err != nil || !os.SameFile(its, there) {
		return errInUse
	}
	return nil
}
