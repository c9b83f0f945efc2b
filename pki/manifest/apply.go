package manifest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/internal/lock"
)

// Apply does what the plan says. Everything is written beside its place first; then the next index is put down as a promise, and
// each file is moved into its place. A run that ends before the promise changed nothing; one that ends after it is finished by the
// next run, whose plan sees the folder as if it had been. Two runs wait for each other, and the second fails if the first changed
// anything. It ends with reading everything back.
func (p *Plan) Apply() error { return p.ApplyContext(context.Background()) }

// ApplyContext is Apply, and ends early, before the next file, when ctx does; its error is then that of ctx, and says whether the folder is as
// it was or is finished by the next run.
func (p *Plan) ApplyContext(ctx context.Context) error {
	if !p.Changes() {
		return nil
	}
	if err := os.MkdirAll(p.disk.dir, 0o700); err != nil {
		return fmt.Errorf("making the folder for certificates: %w", err)
	}
	unlock, err := lock.Folder(ctx, p.disk.dir)
	if err != nil {
		return fmt.Errorf("nothing was changed in %s: %w", p.disk.dir, err)
	}
	defer unlock()
	d, err := open(p.disk.dir)
	if err != nil {
		return err
	}
	d.before = p.disk.before
	if d.root == nil {
		return fmt.Errorf("%s was removed meanwhile", d.dir)
	}
	if !bytes.Equal(d.raw, p.disk.raw) || d.late != p.disk.late {
		return errors.Join(fmt.Errorf("%s was changed meanwhile by another run: plan again", d.dir), d.close())
	}
	return errors.Join(p.apply(ctx, d), d.close())
}

func (p *Plan) apply(ctx context.Context, d *disk) error {
	if d.late {
		if err := d.finish(ctx); err != nil {
			return fmt.Errorf("finishing an interrupted run, with which the next one goes on: %w", err)
		}
	}
	if err := d.tidy(); err != nil {
		return err
	}
	names := slices.SortedFunc(maps.Keys(p.files), keysFirst)
	if err := p.stage(ctx, d, names); err != nil {
		err = fmt.Errorf("nothing was changed in %s: %w", d.dir, err)
		if !errors.Is(err, errKilled) {
			err = errors.Join(err, d.tidy())
		}
		return err
	}
	// From here on, what is staged is promised.
	if err := d.move(staged+commitFile, commitFile); err != nil {
		return err
	}
	d.late = true
	if err := d.adopt(p.index); err != nil {
		return err
	}
	for _, name := range p.removed {
		if err := d.remove(name); err != nil {
			return err
		}
	}
	if err := d.finish(ctx); err != nil {
		return fmt.Errorf("everything is written, and the next run will move it into its place: %w", err)
	}
	for _, name := range p.modes {
		mode := modeOf(name)
		if info, err := d.root.Lstat(name); err == nil && info.IsDir() {
			mode = 0o700
		}
		if err := d.root.Chmod(name, mode); err != nil {
			return err
		}
	}
	return d.verify()
}

// keysFirst orders files: a certificate is of no use without its key.
func keysFirst(a, b string) int {
	key := func(name string) int {
		if strings.HasSuffix(name, "-key.pem") {
			return 0
		}
		return 1
	}
	if d := key(a) - key(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// stage writes every file beside its place.
func (p *Plan) stage(ctx context.Context, d *disk, names []string) error {
	for _, sub := range folders() {
		if !slices.ContainsFunc(names, func(name string) bool { return path.Dir(name) == sub }) {
			continue
		}
		if err := d.root.Mkdir(sub, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.write(besides(name), p.files[name], modeOf(name), !strings.HasPrefix(name, "faults/")); err != nil {
			return err
		}
	}
	return d.write(staged+commitFile, p.index, 0o644, true)
}

// errKilled ends a run as a kill does, for tests: nothing is tidied up.
var errKilled = errors.New("killed")

func (d *disk) asked(change, name string) error {
	if d.before == nil {
		return nil
	}
	return d.before(change, name)
}

func (d *disk) write(name string, data []byte, mode fs.FileMode, durable bool) error {
	if err := d.asked("write", name); err != nil {
		return err
	}
	out, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	err = errors.Join(err, out.Chmod(mode))
	if durable {
		err = errors.Join(err, out.Sync())
	}
	return errors.Join(err, out.Close())
}

func (d *disk) move(from, to string) error {
	if err := d.asked("move", to); err != nil {
		return err
	}
	return d.root.Rename(from, to)
}

func (d *disk) remove(name string) error {
	if err := d.asked("remove", name); err != nil {
		return err
	}
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// adopt takes over an index, so that finish knows which files are promised.
func (d *disk) adopt(raw []byte) error {
	next, err := parseIndex(raw)
	if err != nil {
		return err
	}
	d.raw, d.index, d.sums = raw, next, sumsOf(next)
	return nil
}

// finish moves what is staged and promised into its place, and the promise last.
func (d *disk) finish(ctx context.Context) error {
	for _, name := range slices.SortedFunc(maps.Keys(d.sums), keysFirst) {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := d.contents(besides(name))
		if err != nil || sum(data) != d.sums[name] {
			continue
		}
		if err := d.move(besides(name), name); err != nil {
			return err
		}
	}
	if _, err := d.contents(besides(ignoreFile)); err == nil {
		if err := d.move(besides(ignoreFile), ignoreFile); err != nil {
			return err
		}
	}
	if err := d.move(commitFile, indexFile); err != nil {
		return err
	}
	d.late = false
	return nil
}

// tidy removes what an interrupted run left and nobody was promised.
func (d *disk) tidy() error {
	for _, folder := range append(folders(), ".") {
		entries, err := fs.ReadDir(d.root.FS(), folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), staged) && !e.IsDir() {
				if err := d.root.Remove(path.Join(folder, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// verify reads back every file.
func (d *disk) verify() error {
	for _, name := range slices.Sorted(maps.Keys(d.sums)) {
		if d.condition(name, d.sums[name]) != right {
			return fmt.Errorf("%s was written, and is another now", filepath.Join(d.dir, filepath.FromSlash(name)))
		}
	}
	return nil
}

func sumsOf(index pki.Index) map[string]string {
	out := map[string]string{}
	for _, e := range index.Certificates {
		maps.Copy(out, e.Files)
	}
	maps.Copy(out, index.Files)
	return out
}
