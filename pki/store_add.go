package pki

import (
	"os"
	"path"
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

func writeAll(root *os.Root, files []file) error {
	for _, f := range files {
		if err := f.write(root); err != nil {
			return err
		}
	}
	return nil
}
