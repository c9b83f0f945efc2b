package main

import (
	"errors"
	"os"
	"syscall"
)

// lockedAlone opens a file that no other process has open. The system ends that when the process ends, however it does.
func lockedAlone(path string) (*os.File, error) {
	if err := plain(path); err != nil {
		return nil, err
	}
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS,
		syscall.FILE_ATTRIBUTE_NORMAL|syscall.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	const sharingViolation = syscall.Errno(32)
	if errors.Is(err, sharingViolation) {
		err = errInUse
	}
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(handle), path)
	if err := written(file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// unlock lets others have a folder, and does the last thing to it: what is open cannot be removed here.
func unlock(file *os.File, last func() error) error { return errors.Join(file.Close(), last()) }
