package main

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/pki"
)

// identityIn finds an identity of a folder.
func identityIn(p place, dir, name string) (*pki.Identity, error) {
	store, err := pki.Open(p.path(dir))
	if err != nil {
		return nil, usage("mtlscheck pki init makes a folder of certificates; --dir names another", "%w", err)
	}
	id, err := store.Identity(name)
	if err != nil {
		return nil, usage(didYouMean(name, store.Names(), "choose one of: "+strings.Join(store.Names(), ", ")), "%s holds no certificate %q", dir, name)
	}
	if err := id.Err(); err != nil {
		return nil, usage("choose another certificate", "%w", err)
	}
	return id, nil
}

// identityOf finds an identity of a folder, or reads the first certificate of a file, without its key. What has the form of a path is
// a file; a name that the folder knows is not.
func identityOf(p place, dir, name string) (*pki.Identity, error) {
	isPath := strings.ContainsAny(name, `/\`)
	if store, err := pki.Open(p.path(dir)); err == nil && !isPath {
		if _, err := store.Identity(name); err == nil {
			return identityIn(p, dir, name)
		}
	}
	file, err := os.Open(p.path(name))
	if errors.Is(err, fs.ErrNotExist) && !isPath {
		return identityIn(p, dir, name)
	}
	if err != nil {
		return nil, usage("name a certificate of the folder, or a file", "%w", err)
	}
	defer file.Close()
	found, err := readFrom(file, name, "")
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	for _, der := range found.Certificates {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, usage("mtlscheck pki inspect "+shellWord(name)+" says what is wrong with it", "%s: %w", name, err)
		}
		certs = append(certs, cert)
	}
	base := filepath.Base(name)
	id, err := pki.Known(strings.TrimSuffix(base, filepath.Ext(base)), certs[0], certs[1:]...)
	if err != nil {
		return nil, usage("mtlscheck pki inspect "+shellWord(name)+" says what is wrong with it", "%s: %w", name, err)
	}
	return id, nil
}

// completeIdentities completes the names of a folder.
func completeIdentities(p place, dir *string) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		store, err := pki.Open(p.path(*dir))
		if err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return beginning(store.Names(), word), cobra.ShellCompDirectiveDefault
	}
}
