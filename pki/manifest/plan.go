package manifest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
)

// Options of a plan.
type Options struct {
	// Prune removes what the folder holds and the manifest no longer describes. Without it such files stay.
	Prune bool
	// Force replaces files that were changed by hand, or that stand where a certificate is to go, and takes the clock as right.
	Force bool
}

// An Action is what happens to a certificate or file.
type Action string

// The actions. Keep, Left and Skip change nothing.
const (
	Keep   Action = "keep"
	Make   Action = "make"   // it is new
	Remake Action = "remake" // it was there
	Renew  Action = "renew"  // its life ends
	Mend   Action = "mend"   // a file or mode beside it
	Revoke Action = "revoke"
	Remove Action = "remove"
	Left   Action = "left" // no longer described
	Skip   Action = "skip" // a fault that this certificate cannot have
)

// A Step says what happens to one certificate or file, and why.
type Step struct {
	Action Action
	Name   string // "id/client", "trust.pem"
	Why    string
}

// A Plan is what has to be done so that a folder is what its manifest says. Nothing is written before Apply.
type Plan struct {
	Steps []Step

	disk    *disk
	files   map[string][]byte // to write
	removed []string
	modes   []string // to correct
	index   []byte
}

// Changes tells whether there is anything to do.
func (p *Plan) Changes() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action != Keep && s.Action != Left && s.Action != Skip })
}

// A Conflict is why a plan would lose something that is not ours to lose.
type Conflict struct{ Reasons []string }

func (c *Conflict) Error() string {
	const shown = 20
	if more := len(c.Reasons) - shown; more > 0 {
		return strings.Join(c.Reasons[:shown], "\n") + fmt.Sprintf("\nand %d more", more)
	}
	return strings.Join(c.Reasons, "\n")
}

// Plan works out what Apply would do to a folder, which need not exist. It makes everything that is missing in memory, so that
// whatever cannot be made is found before anything is written. An error is a *Mistakes where the manifest asks for what
// cannot be, a *Conflict where files would be lost, or says that the folder cannot be read.
func (m *Manifest) Plan(dir string, o Options) (*Plan, error) {
	return m.PlanContext(context.Background(), dir, o)
}

// PlanContext is Plan, and ends early, before the next certificate is made, when ctx does; its error is then that of ctx.
func (m *Manifest) PlanContext(ctx context.Context, dir string, o Options) (*Plan, error) {
	d, err := open(dir)
	if err != nil {
		return nil, err
	}
	p, err := m.plan(ctx, d, o)
	return p, errors.Join(err, d.close())
}

func (m *Manifest) plan(ctx context.Context, d *disk, o Options) (*Plan, error) {
	present := m.clock
	if present.IsZero() {
		present = m.now
	}
	b := &builder{
		m: m, o: o, disk: d, reader: m.reader.Apart("mistakes"), present: present.Truncate(time.Second), today: present.Truncate(day), plan: &Plan{disk: d, files: map[string][]byte{}},
		lab: pki.New(pki.Options{Seed: m.seed, Key: m.key, Clock: func() time.Time { return present }}),
		old: map[string]pki.Entry{}, ids: map[string]*pki.Identity{}, anew: map[string]bool{}, now: map[string]pki.Entry{},
		index: pki.Index{Schema: schema, Manifest: filepath.Base(m.file), Seeded: m.seed != "", Files: map[string]string{}},
	}
	for _, e := range d.index.Certificates {
		b.old[strings.TrimSuffix(e.File, ".pem")] = e
	}
	if d.late {
		b.step(Mend, indexFile, "an interrupted run is finished first")
	}
	for _, e := range m.entries {
		if ctx.Err() == nil {
			b.entry(e)
		}
	}
	for _, s := range m.faults {
		b.faults(ctx, s)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("nothing was changed in %s: %w", d.dir, err)
	}
	if err := b.reader.Err(); err != nil {
		return nil, err
	}
	b.revocations()
	b.left()
	b.shared()
	b.mend()
	if err := b.reader.Err(); err != nil {
		return nil, err
	}
	if len(b.conflicts) > 0 && !o.Force {
		slices.Sort(b.conflicts)
		return nil, &Conflict{slices.Compact(b.conflicts)}
	}
	if b.failed != nil {
		return nil, b.failed
	}
	slices.SortFunc(b.index.Certificates, func(x, y pki.Entry) int { return strings.Compare(x.File, y.File) })
	text, err := json.MarshalIndent(b.index, "", "  ")
	if err != nil {
		return nil, err
	}
	b.plan.index = append(text, '\n')
	if !b.plan.Changes() && d.raw != nil && sum(d.raw) != sum(b.plan.index) {
		b.step(Mend, indexFile, "it describes something else")
	}
	return b.plan, nil
}

func (b *builder) step(a Action, name, why string) {
	b.plan.Steps = append(b.plan.Steps, Step{a, name, why})
}

func (b *builder) conflict(format string, args ...any) {
	b.conflicts = append(b.conflicts, fmt.Sprintf(format, args...))
}

// put notes that a file is to have these contents. What stands in its place must be ours.
func (b *builder) put(name string, data []byte) string {
	s := sum(data)
	was, listed := b.disk.sums[name]
	switch b.disk.condition(name, was) {
	case missing:
		b.plan.files[name] = data
	case right:
		if was != s {
			b.plan.files[name] = data
		}
	case changed:
		switch {
		case b.disk.condition(name, s) == right: // it is what we would write
		case !listed:
			b.conflict("%s is there, and this folder's index does not list it", path.Join(b.disk.dir, name))
		default:
			b.conflict("%s was changed by hand", path.Join(b.disk.dir, name))
		}
		b.plan.files[name] = data
	}
	return s
}

// left keeps or removes what the manifest no longer describes.
func (b *builder) left() {
	for _, base := range slices.Sorted(maps.Keys(b.old)) {
		e := b.old[base]
		if _, still := b.now[base]; still {
			continue
		}
		if b.o.Prune {
			b.step(Remove, base, "the manifest no longer describes it")
			b.remove(slices.Sorted(maps.Keys(e.Files)))
			continue
		}
		b.step(Left, base, "the manifest no longer describes it")
		b.index.Certificates = append(b.index.Certificates, e)
	}
}

// remove notes files to remove: those that are still as we wrote them.
func (b *builder) remove(names []string) {
	for _, name := range names {
		switch b.disk.condition(name, b.disk.sums[name]) {
		case changed:
			b.conflict("%s was changed by hand, and would be removed", path.Join(b.disk.dir, name))
			fallthrough
		case right:
			b.plan.removed = append(b.plan.removed, name)
		case missing:
		}
	}
}

// shared makes the files that belong to no one certificate.
func (b *builder) shared() {
	var roots, between [][]byte
	var keys []string
	for _, e := range b.m.entries {
		switch {
		case e.authority && e.issuer != "":
			between = append(between, b.der(e))
		case e.authority && !e.untrusted:
			roots = append(roots, b.der(e))
		case slices.Contains(e.exports, "jwk"):
			keys = append(keys, exportFile(base(e), "jwk"))
		}
	}
	files := map[string][]byte{trustFile: pki.PEM(roots...), untrustedFile: pki.PEM(between...)}
	if len(keys) > 0 {
		files[jwksFile] = b.keySet(keys)
	}
	if len(between) == 0 {
		delete(files, untrustedFile)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch was, listed := b.disk.sums[name]; {
		case !listed:
			b.step(Make, name, "it is new")
		case b.disk.condition(name, was) == missing:
			b.step(Mend, name, "it is missing")
		case was != sum(files[name]) || b.disk.condition(name, was) != right:
			b.step(Mend, name, "it is out of date")
		}
		b.index.Files[name] = b.put(name, files[name])
	}
	if b.disk.condition(ignoreFile, "") == missing {
		b.plan.files[ignoreFile] = []byte("*\n")
		if b.disk.raw != nil {
			b.step(Mend, ignoreFile, "it is missing")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.disk.index.Files)) {
		if _, still := b.index.Files[name]; !still && !strings.HasPrefix(name, "crl/") {
			b.step(Remove, name, "nothing belongs into it any more")
			b.remove([]string{name})
		}
	}
}

// keySet joins keys that are files by themselves.
func (b *builder) keySet(names []string) []byte {
	set := pki.JWKS{Keys: []pki.JWK{}}
	for _, name := range names {
		data, ok := b.plan.files[name]
		var err error
		if !ok {
			data, err = b.disk.read(name)
		}
		var key pki.JWK
		if err := errors.Join(err, json.Unmarshal(data, &key)); err != nil {
			b.fail(fmt.Errorf("%s: %w", name, err))
		}
		set.Keys = append(set.Keys, key)
	}
	text, err := json.MarshalIndent(set, "", "  ")
	if err != nil {
		b.fail(err)
	}
	return append(text, '\n')
}

// mend finds files and folders with modes that let others read keys.
func (b *builder) mend() {
	names := append(folders(), ".")
	for name := range b.disk.sums {
		if _, anew := b.plan.files[name]; !anew && !slices.Contains(b.plan.removed, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if b.disk.wrongMode(name) {
			b.step(Mend, name, "others may read it")
			b.plan.modes = append(b.plan.modes, name)
		}
	}
}
