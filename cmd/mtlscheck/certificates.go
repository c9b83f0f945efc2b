package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/wire"
	"github.com/mtlscheck/mtlscheck/pki"
)

// A wallet keeps the certificates and keys of cases that print a curl line, under the names that the lines use. The zero
// wallet keeps nothing.
type wallet struct {
	p      place
	client *wire.Client
	err    error
}

// newWallet makes the folder and puts the authority of the server's certificate into it. The client is told where curl
// finds what.
func newWallet(ctx context.Context, p place, folder string, s *subject, client *wire.Client) (*wallet, error) {
	client.CAFile = s.caFile
	if folder == "" {
		return &wallet{}, nil
	}
	client.Folder = p.path(folder)
	if err := os.MkdirAll(client.Folder, 0o700); err != nil {
		return nil, usage("name a folder that can be written", "--certificates: %w", err)
	}
	if s.caFile == "" && len(s.ca) > 0 {
		if err := p.write(ctx, filepath.Join(client.Folder, "ca.pem"), s.ca, 0o644); err != nil {
			return nil, usage("name a folder that can be written", "--certificates: %w", err)
		}
	}
	return &wallet{p: p, client: client}, nil
}

// keep writes what was shown during a case, if the case has a curl line. Only certificates that were made for the case are
// written: the others are files already.
func (w *wallet) keep(ctx context.Context, c *harness.Case, shown []*harness.Certificate) {
	if w.client == nil || c.Again == nil || c.Again.Curl == "" {
		return
	}
	for _, one := range shown {
		if one.File == "" {
			w.err = errors.Join(w.err, w.put(ctx, one))
		}
	}
}

func (w *wallet) put(ctx context.Context, one *harness.Certificate) error {
	key, err := x509.MarshalPKCS8PrivateKey(one.Key)
	if err != nil {
		return fmt.Errorf("the key of %s: %w", one.Name, err)
	}
	certificate, keyFile := w.client.Files(one)
	return errors.Join(
		w.p.write(ctx, certificate, pki.PEM(one.Chain...), 0o644),
		w.p.write(ctx, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
}
