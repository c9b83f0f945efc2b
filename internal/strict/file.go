package strict

import (
	"fmt"
	"io"
	"os"
)

// ReadFile reads a file of at most so many bytes, whatever it is: a pipe or a device may have no end.
func ReadFile(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s has more than %d bytes, which is the most that is read", path, most)
	}
	return text, nil
}
