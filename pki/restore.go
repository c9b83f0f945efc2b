package pki

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
)

// Restore takes in a certificate that a lab made earlier under this name, with its key, so that it can issue, be exported, and
// have twins. The issuer is nil for a certificate that is its own; an identity that is an authority becomes one as
// &Authority{identity}. It fails if the issuer did not sign the certificate, or if key and certificate do not belong together.
func (l *Lab) Restore(name string, cert *x509.Certificate, key crypto.Signer, issuer *Authority) (*Identity, error) {
	if cert == nil || key == nil {
		return nil, errors.New("restoring an identity needs its certificate and its key")
	}
	if issuer != nil {
		return issuer.issued(name, cert, key)
	}
	return l.given(name, cert, key, nil)
}

// CheckName says why an identity cannot have this name in a folder of certificates, or nil: small letters, digits and . _ - are
// possible, at most 64 of them, beginning with a letter or digit, such that no name leaves the folder, means a device to Windows,
// or gives a file that another name gives.
func CheckName(name string) error {
	const most = 64
	odd := strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
	})
	stem, _, _ := strings.Cut(name, ".")
	switch {
	case name == "":
		return errors.New("a name is empty")
	case len(name) > most:
		return fmt.Errorf("a name has %d bytes; at most %d are possible", len(name), most)
	case odd >= 0:
		return fmt.Errorf("the name %q has a character other than a-z, 0-9, . _ -", name)
	case strings.IndexByte("._-", name[0]) >= 0:
		return fmt.Errorf("the name %q does not begin with a letter or digit", name)
	case strings.HasSuffix(name, "."):
		return fmt.Errorf("the name %q ends with a dot, which Windows drops", name)
	case strings.HasSuffix(name, "-key"), strings.HasSuffix(name, "-chain"), strings.HasSuffix(name, "-legacy"):
		return fmt.Errorf("the name %q ends like the file of a key, a chain or an old form of .p12", name)
	case deviceName(stem):
		return fmt.Errorf("the name %q means a device to Windows", name)
	}
	return nil
}

func deviceName(stem string) bool {
	switch stem {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && stem[3] >= '0' && stem[3] <= '9'
}
