package pki

import (
	"crypto/x509"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// readDescribed reads a folder that a manifest describes: authorities in ca, identities in id. Certificates that Go cannot parse,
// as faults make them, are left out.
func (s *Store) readDescribed(lab *Lab) error {
	authorities := map[string]*Authority{}
	var roots []string
	left := slices.DeleteFunc(slices.Clone(s.index.Certificates), func(e Entry) bool { return path.Dir(e.File) != "ca" })
	for len(left) > 0 { // an authority comes after its issuer
		before := len(left)
		left = slices.DeleteFunc(left, func(e Entry) bool {
			issuer, known := authorities[e.Issuer]
			if e.Kind != string(rootKind) && !known {
				return false
			}
			i, err := s.described(lab, e, issuer)
			if err != nil {
				return false
			}
			authorities[e.Name] = &Authority{i}
			if e.Kind == string(rootKind) {
				roots = append(roots, e.Name)
			}
			return true
		})
		if len(left) == before {
			break // keys of the rest are not here
		}
	}
	for _, e := range s.index.Certificates {
		if path.Dir(e.File) != "id" || e.NotAfter.IsZero() {
			continue
		}
		i, err := s.described(lab, e, authorities[e.Issuer])
		if err != nil {
			return err
		}
		s.byID[e.Name] = i
	}
	s.names = slices.Sorted(maps.Keys(s.byID))
	switch {
	case slices.Contains(roots, caName):
		s.ca = authorities[caName]
	case len(roots) == 1:
		s.ca = authorities[roots[0]]
	}
	return nil
}

// described reads one entry, as issued by an authority if that is at hand and signed it.
func (s *Store) described(lab *Lab, e Entry, issuer *Authority) (*Identity, error) {
	base, ok := strings.CutSuffix(path.Base(e.File), ".pem")
	if !ok || base != e.Name || CheckName(e.Name) != nil {
		return nil, fmt.Errorf("%s: %q is not a name that an identity can have", path.Join(s.dir, indexFile), e.Name)
	}
	f := s.files(path.Dir(e.File) + "/" + e.Name)
	certs, err := readCertificates(f.cert)
	if err != nil {
		return nil, err
	}
	key, err := readKey(f.key)
	if err != nil {
		return nil, err
	}
	var i *Identity
	if issuer != nil {
		i, err = issuer.issued(e.Name, certs[0], key)
	}
	if i == nil || err != nil {
		i, err = lab.given(e.Name, certs[0], key, s.above(e))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.cert, err)
	}
	i.recipe.kind = kind(e.Kind)
	return i, nil
}

// above are the certificates that an identity sends after its own.
func (s *Store) above(e Entry) []*x509.Certificate {
	file := path.Join(s.dir, strings.TrimSuffix(e.File, ".pem")+"-chain.pem")
	if _, err := os.Stat(file); err != nil {
		return nil
	}
	certs, err := readCertificates(file)
	if err != nil {
		return nil
	}
	return certs[1:]
}
