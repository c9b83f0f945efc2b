package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/mtlscheck/mtlscheck/harness"
)

// An output is stdout, and remembers the first thing that could not be written: some of what writes there tells nobody.
type output struct {
	io.Writer
	lost error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if err != nil && o.lost == nil {
		o.lost = err
	}
	return n, err
}

// remembering is the place with an output for its stdout.
func (p place) remembering() (place, *output) {
	out, terminal := &output{Writer: p.stdout}, p.terminal
	p.stdout = out
	p.terminal = func(stream any) (int, bool) {
		if stream == any(out) {
			stream = out.Writer
		}
		return terminal(stream)
	}
	return p, out
}

// judge is what a command comes to that ended with err: one that could not write its output has failed, whatever it says itself.
func (o *output) judge(err error) error {
	var said *failure
	if o.lost == nil || errors.As(err, &said) {
		return err
	}
	return &failure{code: harness.ExitUsage, err: unwritable(o.lost), try: "redirect it into a file that can be written"}
}

// unwritable says that stdout cannot be written, and why.
func unwritable(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("stdout could not be written: %w", err)
}
