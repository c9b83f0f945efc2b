package pki

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/mtlscheck/mtlscheck/pki/internal/lock"
)

// files are what a folder holds of an identity, keys first, and its entry in the index.
func (i *Identity) files(folder string) (Entry, []file, error) {
	key, err := i.KeyPEM()
	if err != nil {
		return Entry{}, nil, err
	}
	base := path.Join(folder, i.Name())
	entry, err := i.Entry(base + ".pem")
	if err != nil {
		return Entry{}, nil, err
	}
	return entry, []file{{base + "-key.pem", key, 0o600}, {base + ".pem", PEM(i.DER()), 0o644}, {base + "-chain.pem", i.ChainPEM(), 0o644}}, nil
}

// Add writes one more identity into the folder: key, certificate and chain, and its entry in the index, which comes last. It fails,
// and changes nothing, if the name cannot be one or is taken, or if a manifest describes the folder. Those who add at once, in other
// processes too, wait for each other.
func (s *Store) Add(i *Identity) error { return s.AddContext(context.Background(), i) }

// AddContext is Add, and ends early when ctx does; then it wrote nothing, and its error is that of ctx.
func (s *Store) AddContext(ctx context.Context, i *Identity) error {
	if err := CheckName(i.Name()); err != nil {
		return err
	}
	if err := i.Err(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s is not written into %s: %w", i.Name(), s.dir, err)
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return fmt.Errorf("opening the folder of certificates: %w", err)
	}
	defer root.Close()
	unlock, err := lock.Folder(ctx, s.dir)
	if err != nil {
		return fmt.Errorf("%s is not written into %s: %w", i.Name(), s.dir, err)
	}
	defer unlock()
	index, err := readIndex(root)
	switch {
	case err != nil:
		return fmt.Errorf("reading %s: %w", s.dir, err)
	case index.Manifest != "":
		return fmt.Errorf("%s holds what %s describes: add the certificate there", s.dir, index.Manifest)
	case slices.ContainsFunc(index.Certificates, func(e Entry) bool { return e.Name == i.Name() }):
		return fmt.Errorf("%s holds a certificate %s already", s.dir, i.Name())
	}
	entry, files, err := i.files("id")
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := root.Lstat(f.name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already", path.Join(s.dir, f.name))
		}
	}
	index.Certificates = append(index.Certificates, entry)
	text, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return err
	}
	if err := writeAll(root, append(files, file{indexFile, append(text, '\n'), 0o644})); err != nil {
		return fmt.Errorf("writing %s: %w", s.dir, err)
	}
	s.index, s.byID[i.Name()] = index, i
	s.names = append(s.names, i.Name())
	slices.Sort(s.names)
	return nil
}
