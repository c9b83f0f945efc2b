package pki

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// lockFile is in every folder of certificates. Package manifest locks the same file.
const lockFile = ".lock"

// lock waits until nobody else changes a folder, and returns what ends the lock. The system lifts that of a process that was killed.
func lock(dir string) (func(), error) {
	file := filepath.Join(dir, lockFile)
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file: move it away", file)
	}
	unlock, err := lockedfile.MutexAt(file).Lock()
	if err != nil {
		return nil, fmt.Errorf("locking the folder of certificates: %w", err)
	}
	return unlock, nil
}
