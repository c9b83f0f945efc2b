package pki

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// PEM writes certificates one after another.
func PEM(ders ...[]byte) []byte {
	var out []byte
	for _, der := range ders {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return out
}

// KeyPEM writes the private key as PKCS#8, which every product reads, for every kind of key.
func (i *Identity) KeyPEM() ([]byte, error) {
	m, err := i.made()
	if err != nil {
		return nil, err
	}
	if m.key == nil {
		return nil, fmt.Errorf("the key of %s is not at hand", i.Name())
	}
	der, err := x509.MarshalPKCS8PrivateKey(exportable(m.key))
	if err != nil {
		return nil, fmt.Errorf("the key of %s: %w", i.Name(), err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// ChainPEM writes what the identity sends: its certificate, then the intermediates.
func (i *Identity) ChainPEM() []byte { return PEM(i.Chain()...) }
