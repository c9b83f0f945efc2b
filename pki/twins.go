package pki

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// TwinOptions say what Store.WriteTwins makes. The zero value makes every fault of the certificates of Init.
type TwinOptions struct {
	// Of is the identity whose twins are made for the faults that any client can have. Default: client.
	Of string
	// Faults are names or codes. Default: all.
	Faults []string
	// CRL and OCSP are addresses that the good twins and the others name. Default: none.
	CRL, OCSP string
	// Clock is the present from which dates count. Default: time.Now.
	Clock func() time.Time
}

// A TwinIndex describes a folder of twins, for programs; it holds no secrets. It is the file index.json.
type TwinIndex struct {
	Schema  string    `json:"schema"` // "mtlscheck.twins/v1"
	Twins   []Twin    `json:"twins"`
	LeftOut []LeftOut `json:"left_out"`
}

// A Twin describes a certificate of the folder: a good one, or one with a fault. Beside NAME.pem there are NAME.key.pem,
// NAME.chain.pem, which is what to send, and NAME.root.pem where the root is not the folder's CA.
type Twin struct {
	Entry
	Of         string       `json:"of"`              // the identity that it is a twin of; its own name for a good one
	Fault      string       `json:"fault,omitempty"` // nothing for a good one
	Code       string       `json:"code,omitempty"`
	Doc        string       `json:"doc,omitempty"`
	Registered bool         `json:"registered,omitempty"` // it is to be registered itself, in the good one's place
	Differs    []trait.Part `json:"differs,omitempty"`
	Expect     *Expect      `json:"expect,omitempty"`
	Refs       []string     `json:"refs,omitempty"`
}

// LeftOut is a fault that could not be made, and why.
type LeftOut struct {
	Fault   string `json:"fault"`
	Because string `json:"because"`
}

// ErrNotTwins is the error of WriteTwins for a folder that is neither empty nor of its making.
var ErrNotTwins = errors.New("is not a folder of twins")

const twinSchema = "mtlscheck.twins/v1"

// WriteTwins writes faulty twins of the store's identities into a folder of their own, and the good ones beside them. The same
// store, day and options give the same certificates, but for those that are measured from the moment. A fault that these identities cannot have is left out; one that was
// asked for by name is an error. It returns what it wrote, and the register of the CA, which has what is revoked. It fails
// if the store has no CA key, or if the folder holds files of others.
func (s *Store) WriteTwins(dir string, o TwinOptions) (*TwinIndex, *Revocation, error) {
	again, err := s.steady(o.Clock)
	if err != nil {
		return nil, nil, err
	}
	if o.Of == "" {
		o.Of = "client"
	}
	faults := Faults()
	if len(o.Faults) > 0 {
		faults = nil
		for _, name := range o.Faults {
			f, known := FaultNamed(name)
			if !known {
				return nil, nil, fmt.Errorf("there is no fault %q; pki.Faults lists them", name)
			}
			faults = append(faults, f)
		}
	}
	if of, err := again.Identity(o.Of); err != nil {
		return nil, nil, err
	} else if of.selfMade() {
		return nil, nil, fmt.Errorf("%s is self-signed: name a client of the CA, whose twins can have faults of chains", o.Of)
	}
	t := &twinWriter{store: again, o: o, good: map[string]*Identity{}, index: &TwinIndex{Schema: twinSchema, Twins: []Twin{}, LeftOut: []LeftOut{}}}
	for _, f := range faults {
		if err := t.make(f); err != nil {
			if len(o.Faults) > 0 {
				return nil, nil, fmt.Errorf("%s: %w", f.Name, err)
			}
			t.index.LeftOut = append(t.index.LeftOut, LeftOut{f.Name, err.Error()})
		}
	}
	if err := t.write(dir); err != nil {
		return nil, nil, err
	}
	return t.index, again.ca.Revocation(), nil
}

// steady is the same store in a lab whose secret is that of the CA, so that the twins are the same every time.
func (s *Store) steady(clock func() time.Time) (*Store, error) {
	if s.ca == nil {
		return nil, errors.New("twins need the key of the CA, which is not in the folder")
	}
	key, err := x509.MarshalPKCS8PrivateKey(s.ca.Key())
	if err != nil {
		return nil, fmt.Errorf("the key of the CA: %w", err)
	}
	text, err := os.ReadFile(path.Join(s.dir, indexFile))
	if err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	var index Index
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	secret := sha256.Sum256(key)
	again := &Store{dir: s.dir, byID: map[string]*Identity{}}
	return again, again.read(New(Options{Seed: "twins/" + hex.EncodeToString(secret[:]), Clock: clock}), index)
}

type twinWriter struct {
	store *Store
	o     TwinOptions
	good  map[string]*Identity
	index *TwinIndex
	files []file
}

// make makes one twin, and its good one if it is the first of it.
func (t *twinWriter) make(f Fault) error {
	of := f.Base()
	if of == "client" {
		of = t.o.Of
	}
	base, made := t.good[of]
	if !made {
		var err error
		if base, err = t.addressed(of); err != nil {
			return err
		}
	}
	twin := t.store.ca.Fault(base, f.Name)
	if err := twin.Err(); err != nil {
		return err
	}
	if !made {
		t.good[of] = base
		if err := t.add(base, Twin{Of: of}, of); err != nil {
			return err
		}
	}
	expect := f.Expect
	return t.add(twin, Twin{Of: of, Fault: f.Name, Code: f.Code, Doc: f.Doc, Registered: f.Registered, Differs: f.Differs, Expect: &expect, Refs: f.Refs}, f.Name)
}

// addressed is an identity of the store, made again where it is to name addresses that it does not name.
func (t *twinWriter) addressed(name string) (*Identity, error) {
	i, err := t.store.Identity(name)
	if err != nil || t.o.CRL == "" && t.o.OCSP == "" || i.selfMade() {
		return i, err
	}
	var addresses []Trait
	if t.o.CRL != "" {
		addresses = append(addresses, trait.CRLAt(t.o.CRL))
	}
	if t.o.OCSP != "" {
		addresses = append(addresses, trait.OCSPAt(t.o.OCSP))
	}
	return i.With(addresses...), nil
}

func (t *twinWriter) add(i *Identity, entry Twin, name string) error {
	key, err := i.KeyPEM()
	if err != nil {
		return err
	}
	if entry.Entry, err = i.Entry(name + ".pem"); err != nil {
		return err
	}
	entry.Name = name
	t.index.Twins = append(t.index.Twins, entry)
	t.files = append(t.files, file{name + ".key.pem", key, 0o600}, file{name + ".pem", PEM(i.DER()), 0o644}, file{name + ".chain.pem", i.ChainPEM(), 0o644})
	if roots := i.Roots(); !i.selfMade() && len(roots) > 0 && !bytes.Equal(roots[0], t.store.ca.DER()) {
		t.files = append(t.files, file{name + ".root.pem", PEM(roots...), 0o644})
	}
	return nil
}

// write fills the folder. What an earlier run left and this one does not have is removed; index.json is written last.
func (t *twinWriter) write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder for twins: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the folder for twins: %w", err)
	}
	defer root.Close()
	old, err := oldTwins(root, dir)
	if err != nil {
		return err
	}
	if err := root.Chmod(".", 0o700); err != nil {
		return err
	}
	text, err := json.MarshalIndent(t.index, "", "  ")
	if err != nil {
		return err
	}
	t.files = append(t.files, file{".gitignore", []byte("*\n"), 0o644}, file{indexFile, append(text, '\n'), 0o644})
	for _, f := range t.files {
		if err := f.write(root); err != nil {
			return fmt.Errorf("writing %s: %w", dir, err)
		}
	}
	for _, name := range old {
		if slices.ContainsFunc(t.files, func(f file) bool { return f.name == name }) {
			continue
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing %s from %s: %w", name, dir, err)
		}
	}
	return nil
}

// oldTwins are the files of an earlier run. It refuses a folder of others.
func oldTwins(root *os.Root, dir string) ([]string, error) {
	text, err := fs.ReadFile(root.FS(), indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := fs.ReadDir(root.FS(), ".")
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", dir, err)
		}
		if len(entries) > 0 {
			return nil, fmt.Errorf("%s %w: it holds %s and no %s", dir, ErrNotTwins, entries[0].Name(), indexFile)
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", dir, err)
	}
	var index TwinIndex
	if err := json.Unmarshal(text, &index); err != nil || index.Schema != twinSchema {
		return nil, fmt.Errorf("%s %w: its %s is another's", dir, ErrNotTwins, indexFile)
	}
	var out []string
	for _, t := range index.Twins {
		for _, suffix := range []string{".pem", ".key.pem", ".chain.pem", ".root.pem"} {
			out = append(out, t.Name+suffix)
		}
	}
	return out, nil
}
