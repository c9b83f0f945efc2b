package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A destination is where a command writes what somebody asked for by a path. A regular file appears whole or not at all, and a
// link that led to it still leads to it. What is no regular file (a pipe, a device) is written through, and so is a path
// that is stdout or stderr.
type destination struct {
	io.Writer
	path   string   // links followed
	beside *os.File // will take the place of path; nil where path is written through
	closer io.Closer
	mode   fs.FileMode
}

// open finds out what a path is and opens it. mode is that of a regular file. Opening a pipe waits for its reader, or for the
// end of ctx.
func (p place) open(ctx context.Context, path string, mode fs.FileMode) (*destination, error) {
	path, err := follow(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder", path)
	case err == nil && p.streamOf(info) != nil:
		return &destination{Writer: p.streamOf(info), path: path}, nil
	case err == nil && !info.Mode().IsRegular():
		file, err := openThrough(ctx, path)
		if err != nil {
			return nil, err
		}
		return &destination{Writer: file, path: path, closer: file}, nil
	}
	beside, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return nil, cause(err)
	}
	return &destination{Writer: beside, path: path, beside: beside, mode: mode}, nil
}

// write writes a text to a path.
func (p place) write(ctx context.Context, path string, text []byte, mode fs.FileMode) error {
	d, err := p.open(ctx, path, mode)
	if err != nil {
		return err
	}
	_, err = d.Write(text)
	return d.finish(err)
}

// writable finds out why a regular file cannot be written to a path. What is there and is no regular file, a pipe say, is not tried.
func (p place) writable(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil
	}
	d, err := p.open(context.Background(), path, 0o600)
	if err == nil {
		d.discard()
	}
	return err
}

// placeable is writable for a file whose folders are made when it is written: it tries the first of them that is there.
func (p place) placeable(path string) error {
	folder := filepath.Dir(path)
	for folder != filepath.Dir(folder) {
		if _, err := os.Lstat(folder); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		folder = filepath.Dir(folder)
	}
	return p.writable(filepath.Join(folder, filepath.Base(path)))
}

// remove removes the regular file that a path leads to, if there is one; links, pipes, devices and the place's streams stay. If
// text is not nil, it removes only a file that holds that text: another may have been put in its place.
func (p place) remove(path string, text []byte) error {
	path, err := follow(filepath.Clean(path))
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !info.Mode().IsRegular() || p.streamOf(info) != nil {
		return err
	}
	if text != nil {
		if holds, err := os.ReadFile(path); err != nil || !bytes.Equal(holds, text) {
			return err
		}
	}
	return os.Remove(path)
}

// finish makes what was written appear; err is what came of writing it.
func (d *destination) finish(err error) error {
	switch {
	case d.beside != nil:
		err = errors.Join(err, d.beside.Chmod(d.mode), d.beside.Sync(), d.beside.Close())
		if err == nil {
			err = os.Rename(d.beside.Name(), d.path)
		}
		if err != nil {
			_ = os.Remove(d.beside.Name())
		}
		return cause(err)
	case d.closer != nil:
		return errors.Join(err, d.closer.Close())
	}
	return err
}

// discard forgets what was written, where that is possible still.
func (d *destination) discard() {
	if d.beside != nil {
		_ = d.beside.Close()
		_ = os.Remove(d.beside.Name())
	}
	if d.closer != nil {
		_ = d.closer.Close()
	}
}

// follow is where a chain of links leads, whether something is there or not.
func follow(path string) (string, error) {
	for range 40 {
		info, err := os.Stat(path)
		if err == nil && !info.Mode().IsRegular() {
			return path, nil // /dev/stdout is a link to what has no path
		}
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil //nolint:nilerr // it is no link, or nothing is there
		}
		if !filepath.IsAbs(to) {
			folder, err := filepath.EvalSymlinks(filepath.Dir(path)) // to may begin with ..
			if err != nil {
				return "", cause(err)
			}
			to = filepath.Join(folder, to)
		}
		path = to
	}
	return "", fmt.Errorf("%s is one of too many links", path)
}

// streamOf is the stream of the place that a path turned out to be, or nil.
func (p place) streamOf(info fs.FileInfo) io.Writer {
	for _, stream := range []io.Writer{p.stdout, p.stderr} {
		behind := stream
		if out, ok := stream.(*output); ok {
			behind = out.Writer
		}
		if file, ok := behind.(*os.File); ok {
			if its, err := file.Stat(); err == nil && os.SameFile(info, its) {
				return stream
			}
		}
	}
	return nil
}

// openThrough opens what is no regular file. Opening a pipe that nobody reads takes until somebody does.
func openThrough(ctx context.Context, path string) (*os.File, error) {
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		done <- opened{file, err}
	}()
	select {
	case o := <-done:
		return o.file, o.err
	case <-ctx.Done():
		return nil, fmt.Errorf("nobody reads the pipe %s: %w", path, ctx.Err())
	}
}

// cause is an error without the name of the temporary file, which says nothing to anybody.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return fmt.Errorf("%s: %w", filepath.Dir(at.Path), at.Err)
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return fmt.Errorf("%s: %w", link.New, link.Err)
	}
	return err
}
