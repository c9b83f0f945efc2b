package interop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// Node finds the Node.js that runs the server in a folder: the one that the folder's lock file pins for this platform, and
// else the one in the PATH. It fails if the folder's npm packages are not installed.
func Node(folder string) (string, error) {
	const install = "run ./task install"
	modules := filepath.Join(folder, "node_modules")
	if _, err := os.Stat(modules); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the npm packages of %s are not installed: %s", folder, install)
	}
	pinned, err := filepath.Glob(filepath.Join(modules, "node-*", "bin", "node"))
	if err != nil {
		return "", err
	}
	if len(pinned) > 0 {
		return filepath.Abs(pinned[0])
	}
	found, err := exec.LookPath("node")
	if err != nil {
		return "", fmt.Errorf("there is no Node.js for %s: %s (%w)", folder, install, err)
	}
	return found, nil
}
