package main

import (
	"errors"
	"os"
	"syscall"
)

// lockedAlone opens a file that no other process has open. The system ends that when the process ends, however it does.
func lockedAlone(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	const sharingViolation = syscall.Errno(32)
	if errors.Is(err, sharingViolation) {
		err = errInUse
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), path), nil
}

// unlock lets others have a folder, and does the last thing to it: what is open cannot be removed here.
func unlock(file *os.File, last func() error) error { return errors.Join(file.Close(), last()) }
