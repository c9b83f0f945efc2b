package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/mtlscheck/mtlscheck/pki"
)

// DefaultPassword is the password of PKCS#12 files where none is given, and always that of trust stores, which hold no
// secret. Every Java reader tries it first.
const DefaultPassword = "changeit"

// Options say how forms are written.
type Options struct {
	// Password encrypts PKCS#12 files with a key: printable ASCII. Default value is DefaultPassword if empty.
	Password string
	// Namespace is the one of a Kubernetes Secret. Default value is none: the namespace of whoever applies it.
	Namespace string
	// Folder is where the files will lie when programs read them; only the form env needs it. Default value is the
	// current folder if empty.
	Folder string
}

// A Form is one way of writing certificates.
type Form struct {
	Name string // "p12"
	Doc  string // who reads it
	// Secret tells that the form holds a private key: its file is for its owner alone.
	Secret bool
	// Several tells that one file can hold several identities.
	Several bool

	suffix string
	write  func(Options, []*pki.Identity) ([]byte, error)
}

// Forms returns all forms.
func Forms() []Form {
	return []Form{
		{Name: "pem", Doc: "the certificate in PEM", suffix: ".pem", write: one(certificate)},
		{Name: "der", Doc: "the certificate in DER", suffix: ".der", write: one(der)},
		{Name: "chain", Doc: "the certificate and the intermediates after it, in PEM: what the client sends", suffix: "-chain.pem", write: one(chain)},
		{Name: "key", Doc: "the private key, PKCS#8 in PEM", Secret: true, suffix: "-key.pem", write: one(key)},
		{Name: "fullkey", Doc: "private key, certificate and intermediates in one PEM file, as HAProxy and curl --cert read them", Secret: true, suffix: "-fullkey.pem", write: one(fullKey)},
		{Name: "p12", Doc: "PKCS#12 with AES-256: .NET, Java, OpenSSL 3, Node, Windows from Server 2019", Secret: true, suffix: ".p12", write: one(p12(pki.Modern))},
		{Name: "p12-legacy", Doc: "PKCS#12 with 3DES: Windows Server 2016 and the keychain of macOS too", Secret: true, suffix: "-legacy.p12", write: one(p12(pki.Legacy))},
		{Name: "jwk", Doc: "the public key as JSON Web Key, with x5c and x5t#S256", suffix: ".jwk.json", write: one(jwk)},
		{Name: "jwks", Doc: "a JSON Web Key Set, as self_signed_tls_client_auth registers it", Several: true, suffix: ".jwks.json", write: jwks},
		{Name: "k8s-secret", Doc: "a Kubernetes Secret of type kubernetes.io/tls, with ca.crt", Secret: true, suffix: "-secret.yaml", write: one(kubernetesSecret)},
		{Name: "trust", Doc: "the trust anchors above the certificate, in PEM", Several: true, suffix: "-trust.pem", write: trust},
		{Name: "intermediates", Doc: "the intermediates alone, in PEM", Several: true, suffix: "-intermediates.pem", write: intermediates},
		{Name: "truststore", Doc: "the trust anchors as PKCS#12 for Java; the password is " + DefaultPassword, Several: true, suffix: "-trust.p12", write: trustStore},
		{Name: "env", Doc: "shell lines that make programs trust the forms trust and truststore beside them", suffix: ".env", write: one(environment)},
	}
}

// FormNamed finds a form.
func FormNamed(name string) (Form, bool) {
	all := Forms()
	i := slices.IndexFunc(all, func(f Form) bool { return f.Name == name })
	if i < 0 {
		return Form{}, false
	}
	return all[i], true
}

// File is the name of the file that the form is written into: that of the identity with the form's ending, or of the
// first identity and "and-others" where there are several.
func (f Form) File(ids ...*pki.Identity) string {
	if len(ids) == 0 {
		return "nobody" + f.suffix
	}
	name := ids[0].Name()
	if len(ids) > 1 {
		name += "-and-others"
	}
	return name + f.suffix
}

// Mode is the mode of the form's file.
func (f Form) Mode() fs.FileMode {
	if f.Secret {
		return 0o600
	}
	return 0o644
}

// Write writes the form. It fails where the form cannot hold the certificate, where a key that it needs is not at hand, and
// for several identities where the form is for one.
func (f Form) Write(o Options, ids ...*pki.Identity) ([]byte, error) {
	if len(ids) == 0 {
		return nil, errors.New("there is nothing to write")
	}
	if len(ids) > 1 && !f.Several {
		return nil, fmt.Errorf("the form %s is for one certificate, not for %d", f.Name, len(ids))
	}
	for _, id := range ids {
		if err := id.Err(); err != nil {
			return nil, err
		}
	}
	if o.Password == "" {
		o.Password = DefaultPassword
	}
	return f.write(o, ids)
}

// one is a form of a single identity.
func one(write func(Options, *pki.Identity) ([]byte, error)) func(Options, []*pki.Identity) ([]byte, error) {
	return func(o Options, ids []*pki.Identity) ([]byte, error) { return write(o, ids[0]) }
}

func certificate(_ Options, id *pki.Identity) ([]byte, error) { return pki.PEM(id.DER()), nil }
func der(_ Options, id *pki.Identity) ([]byte, error)         { return id.DER(), nil }
func chain(_ Options, id *pki.Identity) ([]byte, error)       { return id.ChainPEM(), nil }
func key(_ Options, id *pki.Identity) ([]byte, error)         { return id.KeyPEM() }

func fullKey(_ Options, id *pki.Identity) ([]byte, error) {
	k, err := id.KeyPEM()
	return append(k, id.ChainPEM()...), err
}

func p12(format pki.P12Format) func(Options, *pki.Identity) ([]byte, error) {
	return func(o Options, id *pki.Identity) ([]byte, error) { return id.P12(o.Password, format) }
}

func jwk(_ Options, id *pki.Identity) ([]byte, error) {
	k, err := id.JWK()
	if err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(k, "", "  ")
	return append(out, '\n'), err
}

func jwks(_ Options, ids []*pki.Identity) ([]byte, error) {
	out, err := pki.JWKSOf(ids...)
	return append(out, '\n'), err
}

func trust(_ Options, ids []*pki.Identity) ([]byte, error) {
	roots, err := anchors(ids)
	return pki.PEM(roots...), err
}

// anchors are the trust anchors of identities, each once.
func anchors(ids []*pki.Identity) ([][]byte, error) {
	var out [][]byte
	for _, id := range ids {
		roots := id.Roots()
		if len(roots) == 0 {
			return nil, fmt.Errorf("what stands above %s is not known: its authority is not in the folder", id.Name())
		}
		out = union(out, roots)
	}
	return out, nil
}

func intermediates(_ Options, ids []*pki.Identity) ([]byte, error) {
	var out [][]byte
	for _, id := range ids {
		out = union(out, id.Chain()[1:])
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no intermediate authority stands above %s", ids[0].Name())
	}
	return pki.PEM(out...), nil
}

func union(list, more [][]byte) [][]byte {
	for _, m := range more {
		if !slices.ContainsFunc(list, func(l []byte) bool { return bytes.Equal(l, m) }) {
			list = append(list, m)
		}
	}
	return list
}
