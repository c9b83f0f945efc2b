package pki

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
)

// forget removes what an earlier Init, Add, WriteTwins and the lists of revoked certificates left in a folder, but for what is written anew.
// What nobody of these wrote stays, and without overwrite everything but the register of what was revoked, which means nothing to another
// authority. A run that ends in between is finished by the next one: the indexes go last.
func forget(root *os.Root, anew []*Identity, overwrite bool) error {
	old := []string{"crl/" + caName + ".json"}
	if overwrite {
		more, err := obsolete(root, anew)
		if err != nil {
			return err
		}
		old = append(old, more...)
	}
	for _, name := range old {
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing what the old authority issued: %w", err)
		}
	}
	for _, folder := range []string{"faults", "crl"} {
		if info, err := root.Lstat(folder); err == nil && info.IsDir() {
			_ = root.Remove(folder) // it stays where it holds files of others
		}
	}
	return nil
}

// obsolete are the files that belong to the old authority alone.
func obsolete(root *os.Root, anew []*Identity) ([]string, error) {
	var out []string
	if index, err := readIndex(root); err == nil { // else nobody knows what is ours
		for _, e := range index.Certificates {
			isNew := slices.ContainsFunc(anew, func(i *Identity) bool { return i.Name() == e.Name })
			if e.Kind == string(rootKind) || isNew || CheckName(e.Name) != nil {
				continue
			}
			for _, suffix := range []string{"-chain.pem", ".pem", "-key.pem"} {
				out = append(out, "id/"+e.Name+suffix)
			}
		}
	}
	twins, err := twinFiles(root)
	if err != nil {
		return nil, err
	}
	out = append(out, twins...)
	for _, list := range []string{caName, caName + "-stale", caName + "-forged"} {
		out = append(out, "crl/"+list+".crl", "crl/"+list+".crl.pem")
	}
	return out, nil
}

// twinFiles are the files of the folder of twins within a folder. It has none where somebody else filled it.
func twinFiles(root *os.Root) ([]string, error) {
	const folder = "faults"
	info, err := root.Lstat(folder)
	if err != nil || !info.IsDir() {
		return nil, nil // nothing of ours is there
	}
	faults, err := root.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("opening the folder of twins: %w", err)
	}
	defer faults.Close()
	names, err := oldTwins(faults, folder)
	if errors.Is(err, ErrNotTwins) || err == nil && len(names) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if text, err := fs.ReadFile(faults.FS(), ".gitignore"); err == nil && bytes.Equal(text, []byte("*\n")) {
		names = append(names, ".gitignore")
	}
	var out []string
	for _, name := range append(names, indexFile) {
		if path.Base(name) == name {
			out = append(out, path.Join(folder, name))
		}
	}
	return out, nil
}
