package pki

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/internal/lock"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// InitOptions say what Init makes. The zero value makes random P-256 keys.
type InitOptions struct {
	Seed  string
	Clock func() time.Time
	Key   trait.KeyKind
	// ServerNames are further DNS names or IP addresses of the server certificate.
	ServerNames []string
	// Overwrite replaces the folder's CA and everything below it: what was added, twins in faults and lists of revoked
	// certificates are removed; files of others stay. Without it Init refuses: certificates that were registered somewhere
	// would be lost.
	Overwrite bool
}

// A Store is a folder of certificates and keys, as Init makes it:
//
//	index.json  trust.pem  .gitignore
//	ca/ca.pem   ca/ca-key.pem
//	id/client.pem  id/client-key.pem  id/client-chain.pem  …
//
// Folders have mode 0700 and keys 0600.
type Store struct {
	dir   string
	ca    *Authority
	names []string
	byID  map[string]*Identity
	index Index

	certificatesOnly bool
}

const (
	indexFile = "index.json"
	trustFile = "trust.pem"
	caName    = "ca"
	// commitFile is there while package manifest moves files into their places.
	commitFile = ".commit.json"
)

// ErrOccupied is the error of Init where the folder holds a CA, and InitOptions.Overwrite is not set.
var ErrOccupied = errors.New("holds a certificate authority already, and certificates of it may be registered somewhere")

// Init fills a folder with a certificate authority (ca), clients (client, client-2, pinned), self-signed clients (alone,
// alone-2, and some with other keys or other flaws: alone-rsa, alone-expired, …), a client of an authority that is not kept
// (stranger), a client with every kind of subject alternative name (san), a server (localhost, mtls.localhost, 127.0.0.1,
// ::1) and one client for each of NameFixtures (dn-two-ous, …).
// Files appear whole or not at all, and index.json last. It fails if the folder holds a CA already, or files of others. Those who
// fill one folder at once wait for each other, and the first succeeds.
func Init(dir string, o InitOptions) (*Store, error) {
	return InitContext(context.Background(), dir, o)
}

// InitContext is Init, and ends early when ctx does; then it wrote nothing, and its error is that of ctx.
func InitContext(ctx context.Context, dir string, o InitOptions) (*Store, error) {
	lab := New(Options{Seed: o.Seed, Clock: o.Clock, Key: o.Key})
	ca := lab.Root(caName, trait.Subject("CN=mtlscheck Test CA,O=mtlscheck"))
	ids, err := initial(lab, ca, o.ServerNames)
	if err != nil {
		return nil, err
	}
	if err := ca.Err(); err != nil {
		return nil, err
	}
	for _, i := range ids {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("nothing is written into %s: %w", dir, err)
		}
		if err := i.Err(); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder for certificates: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder for certificates: %w", err)
	}
	defer root.Close()
	// Twice: nothing is put into a folder of others, and whoever came first may have filled it.
	if err := mayFill(root, dir, o.Overwrite); err != nil {
		return nil, err
	}
	unlock, err := lock.Folder(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("nothing is written into %s: %w", dir, err)
	}
	defer unlock()
	if err := mayFill(root, dir, o.Overwrite); err != nil {
		return nil, err
	}
	if err := forget(root, ids, o.Overwrite); err != nil {
		return nil, fmt.Errorf("emptying %s: %w", dir, err)
	}
	if err := write(root, ca, ids); err != nil {
		return nil, fmt.Errorf("writing %s: %w", dir, err)
	}
	return Open(dir)
}

// initial are the identities that Init makes, the CA aside.
func initial(lab *Lab, ca *Authority, serverNames []string) ([]*Identity, error) {
	client := func(name string) *Identity {
		return ca.Client(name, trait.Subject("CN="+name+",OU=Conformance,O=mtlscheck,C=SE"))
	}
	alone := func(name string, t ...Trait) *Identity {
		return lab.SelfSigned(name, append([]Trait{trait.Subject("CN=" + name + ",O=mtlscheck")}, t...)...)
	}
	server := []Trait{trait.Subject("CN=localhost"), trait.DNS("localhost", "mtls.localhost"), trait.IP("127.0.0.1", "::1")}
	for _, name := range serverNames {
		server = append(server, hostName(name))
	}
	ids := []*Identity{
		client("client"), client("client-2"), client("pinned"),
		alone("alone"), alone("alone-2"),
		alone("alone-rsa", trait.Key(trait.RSA2048)), alone("alone-ed25519", trait.Key(trait.Ed25519)), alone("alone-v1", trait.V1),
		alone("alone-expired", trait.Expired), alone("alone-for-servers", trait.ServerAuthOnly), alone("alone-ca", trait.CA(true)),
		alone("alone-foreign-signature", trait.ForeignSignature("alone-2")),
		lab.Root("stranger-ca", trait.Subject("CN=Unknown Root,O=Unknown")).Client("stranger", trait.Subject("CN=stranger,O=mtlscheck")),
		ca.Client("san", trait.Subject("CN=san,O=mtlscheck"), trait.DNS("client1.example"), trait.URI("spiffe://client1.example/workload"),
			trait.IP("192.0.2.1", "2001:db8::1"), trait.Email("ops@client1.example")),
		ca.Server("server", server...),
	}
	for _, f := range NameFixtures() {
		ids = append(ids, ca.Client("dn-"+f.Name, trait.SubjectName(f.Subject)))
	}
	return ids, nil
}

func hostName(name string) Trait {
	return func(d *trait.Draft) {
		if strings.Contains(name, ":") || strings.Trim(name, "0123456789.") == "" {
			trait.IP(name)(d)
			return
		}
		trait.DNS(name)(d)
	}
}

// mayFill refuses folders that are not empty and not ours, and ours where a CA would be lost.
func mayFill(root *os.Root, dir string, overwrite bool) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return fmt.Errorf("reading %s: %w", dir, err)
	}
	if index, err := readIndex(root); err == nil && index.Manifest != "" {
		return fmt.Errorf("%s holds what %s describes: choose another folder, or change that file and apply it", dir, index.Manifest)
	}
	ours := []string{indexFile, trustFile, ".gitignore", lockFile, "ca", "id", "faults", "crl"}
	for _, e := range entries {
		if !slices.Contains(ours, e.Name()) && !strings.HasPrefix(e.Name(), temporary) {
			return fmt.Errorf("%s holds %s, which is not ours: choose an empty folder", dir, e.Name())
		}
	}
	if _, err := root.Stat("ca/ca.pem"); err == nil && !overwrite {
		return fmt.Errorf("%s %w", dir, ErrOccupied)
	}
	return nil
}

func write(root *os.Root, ca *Authority, ids []*Identity) error {
	for _, sub := range []string{"ca", "id"} {
		if err := root.MkdirAll(sub, 0o700); err != nil {
			return err
		}
		if err := root.Chmod(sub, 0o700); err != nil {
			return err
		}
	}
	if err := root.Chmod(".", 0o700); err != nil {
		return err
	}
	index := Index{Schema: "mtlscheck.pki/v1"}
	files := []file{{".gitignore", []byte("*\n"), 0o644}}
	add := func(folder string, i *Identity) error {
		entry, more, err := i.files(folder)
		index.Certificates, files = append(index.Certificates, entry), append(files, more...)
		return err
	}
	for _, i := range ids {
		if err := add("id", i); err != nil {
			return err
		}
	}
	if err := add("ca", ca.Identity); err != nil {
		return err
	}
	text, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return err
	}
	return writeAll(root, append(files, file{trustFile, PEM(ca.Roots()...), 0o644}, file{indexFile, append(text, '\n'), 0o644}))
}

// Open reads a folder that Init made, or one that a manifest describes. The CA's key may be missing: then CA is nil and nothing
// new can be issued. The CA of a manifest is the root named ca, or the only root.
func Open(dir string) (*Store, error) {
	return (&Store{dir: dir, byID: map[string]*Identity{}}).open()
}

// OpenCertificates is Open for those who only register clients: it reads no keys but those of the CA and of servers, and does not ask
// whether the CA signed what clients show. The clients' identities can be neither shown nor twinned.
func OpenCertificates(dir string) (*Store, error) {
	return (&Store{dir: dir, byID: map[string]*Identity{}, certificatesOnly: true}).open()
}

func (s *Store) open() (*Store, error) {
	dir := s.dir
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no folder %s: make one with mtlscheck pki init", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the folder of certificates: %w", err)
	}
	defer root.Close()
	if next, err := indexIn(root, commitFile); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("mtlscheck pki apply has not finished in %s, or was interrupted: apply %s again, and it finishes its work", dir, cmp.Or(next.Manifest, "the file"))
	}
	index, err := readIndex(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not a folder that mtlscheck pki init made, or not a complete one: it holds no %s", dir, indexFile)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", dir, err)
	}
	s.index = index
	if err := s.read(New(Options{}), index); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) read(lab *Lab, index Index) error {
	if index.Manifest != "" {
		return s.readDescribed(lab)
	}
	caFiles := s.files("ca/" + caName)
	certs, err := readCertificates(caFiles.cert)
	if err != nil {
		return err
	}
	if _, err := os.Stat(caFiles.key); err == nil {
		key, err := readKey(caFiles.key)
		if err != nil {
			return err
		}
		ca, err := lab.Adopt(certs[0], key)
		if err != nil {
			return fmt.Errorf("%s: %w", caFiles.cert, err)
		}
		ca.recipe.name, ca.recipe.kind = caName, rootKind
		s.ca = ca
	}
	for _, e := range index.Certificates {
		if e.Kind == string(rootKind) {
			continue
		}
		if e.Name == "" || strings.ContainsAny(e.Name, `/\`) {
			return fmt.Errorf("%s: %q is not a name that an identity can have", path.Join(s.dir, indexFile), e.Name)
		}
		i, err := s.load(lab, certs[0], e)
		if err != nil {
			return err
		}
		s.byID[e.Name] = i
	}
	s.names = slices.Sorted(maps.Keys(s.byID))
	return nil
}

func (s *Store) load(lab *Lab, ca *x509.Certificate, e Entry) (*Identity, error) {
	f := s.files("id/" + e.Name)
	certs, err := readCertificates(f.cert)
	if err != nil {
		return nil, err
	}
	if s.certificatesOnly && e.Kind != string(serverKind) {
		return lab.shown(e, certs[0], ca), nil
	}
	key, err := readKey(f.key)
	if err != nil {
		return nil, err
	}
	var i *Identity
	if s.ca != nil && e.Issuer == caName {
		i, err = s.ca.issued(e.Name, certs[0], key)
	} else {
		var above []*x509.Certificate
		if e.Issuer == caName {
			above = []*x509.Certificate{ca}
		}
		i, err = lab.given(e.Name, certs[0], key, above)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.cert, err)
	}
	i.recipe.kind = kind(e.Kind)
	if g, base := i.recipe.given, i.recipe.base; i.recipe.kind == selfSignedKind && !g.selfMade {
		// Its own anchor, although somebody else signed it.
		g.selfMade, base.SelfMade, base.SignWith = true, true, "foreign"
		g.roots = [][]byte{g.der}
	}
	return i, nil
}

// shown is the identity of a certificate of which nothing is wanted but what it says. It has no twins.
func (l *Lab) shown(e Entry, cert, ca *x509.Certificate) *Identity {
	m := &made{der: cert.Raw, cert: cert, chain: [][]byte{cert.Raw}, selfMade: e.Kind == string(selfSignedKind)}
	switch {
	case m.selfMade:
		m.roots = m.chain
	case e.Issuer == caName:
		m.roots = [][]byte{ca.Raw}
	}
	return newIdentity(&recipe{lab: l, name: e.Name, kind: kind(e.Kind), given: m})
}

// readIndex reads the index of a folder.
func readIndex(root *os.Root) (Index, error) { return indexIn(root, indexFile) }

func indexIn(root *os.Root, file string) (Index, error) {
	text, err := fs.ReadFile(root.FS(), file)
	if err != nil {
		return Index{}, err
	}
	var index Index
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&index); err != nil || index.Schema != "mtlscheck.pki/v1" {
		return Index{}, fmt.Errorf("%s is not an index of certificates that this version knows", file)
	}
	return index, nil
}

type pair struct{ cert, key string }

func (s *Store) files(base string) pair {
	return pair{path.Join(s.dir, base+".pem"), path.Join(s.dir, base+"-key.pem")}
}

// CA returns the certificate authority, or nil where its key is not in the folder.
func (s *Store) CA() *Authority { return s.ca }

// Identity returns an identity by its name. It fails, with the names there are, if there is none.
func (s *Store) Identity(name string) (*Identity, error) {
	if i, known := s.byID[name]; known {
		return i, nil
	}
	return nil, fmt.Errorf("%s holds no certificate %q: it holds %s", s.dir, name, strings.Join(s.names, ", "))
}

// Names returns the names of the identities, sorted. The CA is not one of them.
func (s *Store) Names() []string { return slices.Clone(s.names) }

// Dir returns the folder.
func (s *Store) Dir() string { return s.dir }
