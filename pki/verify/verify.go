// Package verify asks two verifiers whether a client certificate is good under a trust bundle: the one of Go, on which Go's
// servers stand, and the one of OpenSSL, on which nginx, HAProxy, Apache, Node, Python and .NET on Linux stand.
//
//	opinion := verify.Go(alice.Chain(), alice.Roots(), time.Now())
//	opinion.Accepts // true
//
// Neither looks at revocation.
package verify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
)

// An Opinion is what one verifier says about a chain.
type Opinion struct {
	Verifier string `json:"verifier"` // "Go 1.26", "OpenSSL 3.0.19"
	Accepts  bool   `json:"accepts"`
	// Class is Go's reason as pki.Expect names it; empty for OpenSSL.
	Class pki.GoVerdict `json:"class,omitempty"`
	// Number is OpenSSL's first error (X509_V_ERR_…), -1 where it cannot load the certificate; 0 for Go.
	Number int    `json:"number,omitempty"`
	Says   string `json:"says,omitempty"` // the verifier's own words; text of the certificate may be in them
}

// ErrNoOpenSSL tells that there is no program openssl.
var ErrNoOpenSSL = errors.New("openssl is not installed")

// Go asks crypto/x509 whether the first certificate of a chain may be a client's, under some trust anchors at a time. The
// others of the chain are intermediates that the client sends.
func Go(chain, anchors [][]byte, at time.Time) Opinion {
	o := Opinion{Verifier: "Go " + strings.TrimPrefix(runtime.Version(), "go")}
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	leaf, err := parse(chain, options.Intermediates)
	if err != nil {
		o.Class, o.Says = pki.GoDoesNotParse, err.Error()
		return o
	}
	for _, der := range anchors {
		// An anchor that Go cannot parse is one that a Go server cannot have.
		if anchor, err := x509.ParseCertificate(der); err == nil {
			options.Roots.AddCert(anchor)
		}
	}
	_, err = leaf.Verify(options)
	o.Class, o.Accepts = classOf(err), err == nil
	if err != nil {
		o.Says = err.Error()
	}
	return o
}

func parse(chain [][]byte, intermediates *x509.CertPool) (*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, errors.New("there is no certificate")
	}
	var leaf *x509.Certificate
	for n, der := range chain {
		cert, err := x509.ParseCertificate(der)
		switch {
		case err != nil:
			return nil, fmt.Errorf("certificate %d: %w", n+1, err)
		case n == 0:
			leaf = cert
		default:
			intermediates.AddCert(cert)
		}
	}
	return leaf, nil
}

// classOf names the reason of an error of x509.Certificate.Verify, in its own words where it has no name.
func classOf(err error) pki.GoVerdict {
	var unknown x509.UnknownAuthorityError
	var critical x509.UnhandledCriticalExtension
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return pki.GoAccepts
	case errors.As(err, &unknown):
		return pki.GoUnknownAuthority
	case errors.As(err, &critical):
		return pki.GoUnhandledCritical
	case errors.As(err, &invalid):
		reasons := map[x509.InvalidReason]pki.GoVerdict{
			x509.Expired: pki.GoExpired, x509.IncompatibleUsage: pki.GoUsage, x509.TooManyIntermediates: pki.GoTooManyAbove,
			x509.CANotAuthorizedForThisName: pki.GoNameConstraint, x509.NotAuthorizedToSign: pki.GoNotAuthority, x509.NoValidChains: pki.GoNoPolicy,
		}
		if class, known := reasons[invalid.Reason]; known {
			return class
		}
	case strings.Contains(err.Error(), string(pki.GoGivesUp)):
		return pki.GoGivesUp
	}
	return pki.GoVerdict(err.Error())
}

// firstError is how openssl verify reports one.
var firstError = regexp.MustCompile(`(?m)^error (\d+) at \d+ depth lookup: ?(.*)$`)

// OpenSSL asks the program openssl the same. It fails with ErrNoOpenSSL if there is none, and if it cannot be asked.
func OpenSSL(ctx context.Context, chain, anchors [][]byte, at time.Time) (Opinion, error) {
	if len(chain) == 0 {
		return Opinion{}, errors.New("there is no certificate")
	}
	program, err := exec.LookPath("openssl")
	if err != nil {
		return Opinion{}, ErrNoOpenSSL
	}
	version, err := exec.CommandContext(ctx, program, "version").Output()
	if err != nil {
		return Opinion{}, fmt.Errorf("openssl version: %w", err)
	}
	words := strings.Fields(string(version))
	o := Opinion{Verifier: strings.Join(words[:min(2, len(words))], " ")}
	dir, err := os.MkdirTemp("", "mtlscheck-verify-")
	if err != nil {
		return Opinion{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	args := []string{"verify", "-purpose", "sslclient", "-attime", strconv.FormatInt(at.Unix(), 10), "-no-CApath", "-no-CAstore", "-CAfile", filepath.Join(dir, "anchors.pem")}
	files := map[string][][]byte{"anchors.pem": anchors, "leaf.pem": chain[:1]}
	if len(chain) > 1 {
		files["above.pem"] = chain[1:]
		args = append(args, "-untrusted", filepath.Join(dir, "above.pem"))
	}
	for name, ders := range files {
		if err := os.WriteFile(filepath.Join(dir, name), pki.PEM(ders...), 0o600); err != nil {
			return Opinion{}, err
		}
	}
	out, err := exec.CommandContext(ctx, program, append(args, filepath.Join(dir, "leaf.pem"))...).CombinedOutput()
	return o.read(string(out), err)
}

// read makes an opinion of what openssl verify printed, and of how it ended.
func (o Opinion) read(out string, err error) (Opinion, error) {
	var ended *exec.ExitError
	match := firstError.FindStringSubmatch(out)
	switch {
	case err == nil && match == nil:
		o.Accepts = true
		return o, nil
	case match != nil:
		o.Says = strings.TrimSpace(match[2])
		if o.Number, err = strconv.Atoi(match[1]); err != nil {
			return Opinion{}, err
		}
		return o, nil
	case errors.As(err, &ended) && ended.ExitCode() > 0 && (strings.Contains(out, "nable to load") || strings.Contains(out, "ould not ")):
		o.Number, o.Says = -1, "it cannot load the certificate"
		return o, nil
	}
	first, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	return Opinion{}, fmt.Errorf("openssl could not be asked: %w: %s", err, first)
}
