package strict

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Contents reads a file that somebody named, of at most so many bytes. what says what it should be, such as "a manifest". An
// error is a sentence; errors.Is finds fs.ErrNotExist in it.
func Contents(path, what string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s%w", path, quiet{fs.ErrNotExist})
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", what, err)
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder, not %s", path, what)
	case info.Size() > most:
		return nil, fmt.Errorf("%s has %d bytes; %s has at most %d", path, info.Size(), what, most)
	}
	text, err := ReadFile(path, most) // of a pipe the size is not known before
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	return text, nil
}

// quiet is an error that says nothing, for errors.Is.
type quiet struct{ error }

func (quiet) Error() string   { return "" }
func (q quiet) Unwrap() error { return q.error }

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
