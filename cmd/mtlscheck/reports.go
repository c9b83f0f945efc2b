package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/report"
)

// A pending report is a file that will hold an outcome. It is opened before the run, so that a path that cannot be written
// is known before anything is asked, and it appears whole or not at all.
type pending struct {
	format report.Format
	path   string
	beside *os.File
}

// openReports reads --report FORMAT=PATH and opens the files. If one is wrong none is left.
func openReports(p place, values []string) ([]*pending, error) {
	var out []*pending
	var mistakes []error
	taken := map[string]bool{}
	for _, value := range values {
		one, err := openReport(p, value, taken)
		if err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		out = append(out, one)
	}
	if len(mistakes) > 0 {
		discard(out)
		return nil, usage("--report FORMAT=PATH, like --report junit=junit.xml; formats: "+strings.Join(report.FormatNames(), ", "), "%w", errors.Join(mistakes...))
	}
	return out, nil
}

func openReport(p place, value string, taken map[string]bool) (*pending, error) {
	name, path, found := strings.Cut(value, "=")
	format, known := report.FormatNamed(name)
	switch {
	case !found || path == "":
		return nil, fmt.Errorf("--report %q names no file", value)
	case !known:
		return nil, fmt.Errorf("--report %q: there is no format %q", value, name)
	case path == "-":
		return nil, fmt.Errorf("--report %q: a report goes into a file; -o says what stdout holds", value)
	}
	full := filepath.Clean(p.path(path))
	if taken[full] {
		return nil, fmt.Errorf("--report %q: another report goes to the same file", value)
	}
	taken[full] = true
	if info, err := os.Stat(full); err == nil && info.IsDir() {
		return nil, fmt.Errorf("--report %q: %s is a folder", value, path)
	}
	beside, err := os.CreateTemp(filepath.Dir(full), "."+filepath.Base(full)+"-*")
	if err != nil {
		return nil, fmt.Errorf("--report %q: %w", value, cause(err))
	}
	return &pending{format, full, beside}, nil
}

// cause is an error without the name of the temporary file, which says nothing to anybody.
func cause(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return fmt.Errorf("%s: %w", filepath.Dir(at.Path), at.Err)
	}
	return err
}

// write makes the report appear.
func (r *pending) write(o *harness.Outcome) error {
	err := r.format.Write(r.beside, o)
	err = errors.Join(err, r.beside.Chmod(0o644), r.beside.Sync(), r.beside.Close())
	if err == nil {
		err = os.Rename(r.beside.Name(), r.path)
	}
	if err != nil {
		_ = os.Remove(r.beside.Name())
		return fmt.Errorf("the %s report %s could not be written: %w", r.format.Name, r.path, err)
	}
	return nil
}

// discard removes reports that will not be written.
func discard(reports []*pending) {
	for _, r := range reports {
		_ = r.beside.Close()
		_ = os.Remove(r.beside.Name())
	}
}
