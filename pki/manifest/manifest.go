package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// Mistakes are everything that is wrong in a manifest and in the files that it names; Error prints each with its line, a caret, and
// what would be right.
type Mistakes = strict.Mistakes

// A Manifest is a file that was read without a mistake.
type Manifest struct {
	file     string // as given, for messages
	seed     string
	clock    time.Time // zero: today
	now      time.Time
	key      trait.KeyKind
	password string   // of every .p12
	entries  []*entry // authorities first, then identities; each behind what it depends on
	faults   []*faultSet
	revoked  map[string][]string // authority to names
	reader   *strict.Reader      // notes what is found out only when certificates are made
	warnings *strict.Mistakes
}

// An entry is one certificate that the file describes.
type entry struct {
	name       string
	node       ast.Node // its key in the file
	pairs      []*ast.MappingValueNode
	path       string // "identities.client"
	authority  bool
	issuer     string
	like       string
	fault      string
	use        string
	selfSigned bool
	untrusted  bool          // a root that trust.pem leaves out
	key        trait.KeyKind // empty: the manifest's, or that of like
	pathLen    int           // of authorities; -1: no limit
	span       *span         // nil: as the kind or like has it
	traits     []pki.Trait
	said       []string // what the traits say, for the digest
	exports    []string
	spec       string
}

// A span is a validity as it was written.
type span struct{ from, until moment }

type faultSet struct {
	node  ast.Node
	path  string // "faults", or "faults[1]" of a list
	of    string
	set   []string
	all   bool
	among bool // one of a list: its files have the name of the good certificate in front
}

const (
	maxSize    = 4 << 20 // bytes of a manifest
	maxEntries = 2000
	// maxFaultSets is how many identities can have bad twins, of more than a hundred each.
	maxFaultSets = 20
	maxDepth     = 32 // authorities above each other, and identities like each other
)

// Load reads a manifest. An error is a *Mistakes, or says that the file cannot be read at all. The clock is the present
// from which dates are counted and by which lives end; nil is time.Now.
func Load(file string, clock func() time.Time) (*Manifest, error) {
	text, err := readFile(file, "a manifest")
	if err != nil {
		return nil, err
	}
	return Parse(file, text, clock)
}

// readFile reads a file of limited size; pipes and devices are none.
func readFile(file, what string) ([]byte, error) {
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", file)
	}
	return strict.Contents(file, what, maxSize)
}

// Parse reads the text of a manifest; file says where it stands, for messages and for the files that it names.
func Parse(file string, text []byte, clock func() time.Time) (*Manifest, error) {
	if clock == nil {
		clock = time.Now
	}
	root, r := strict.Parse(file, text)
	if err := r.Err(); err != nil && root == nil {
		return nil, err
	}
	now := clock().UTC()
	l := &loader{Reader: r, warn: r.Apart("warnings"), dir: filepath.Dir(file), present: now, authorities: map[string]*entry{}, identities: map[string]*entry{}}
	m := l.manifest(root)
	if err := r.Err(); err != nil {
		return nil, err
	}
	m.file, m.now, m.reader, m.warnings = file, now, r, l.warn.Mistakes
	return m, nil
}

// Warnings says what is allowed and seldom meant, in the form of mistakes; empty if there is nothing.
func (m *Manifest) Warnings() string {
	if len(m.warnings.All) == 0 {
		return ""
	}
	return m.warnings.Error()
}

// entryNamed finds an entry.
func (m *Manifest) entryNamed(name string) *entry {
	for _, e := range m.entries {
		if e.name == name {
			return e
		}
	}
	return nil
}

// digest is the digest of everything that makes up a certificate, those above it and those it is like included. Exports are no
// part of it. The seed enters as a digest.
func digest(parts ...any) string {
	text, err := json.Marshal(parts)
	if err != nil {
		return "" // strings and numbers can always be written
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (s *span) String() string {
	if s == nil {
		return ""
	}
	text := fmt.Sprint(s.from.at.Unix(), s.from.since, s.until.at.Unix(), s.until.since)
	if s.exact() {
		text += fmt.Sprint(" ", s.from.exact, s.until.exact)
	}
	return text
}

// exact tells that a validity counts from the moment in which the certificate is made.
func (s *span) exact() bool { return s != nil && (s.from.exact || s.until.exact) }

// fixed tells that a validity does not move with time.
func (s *span) fixed() bool { return s != nil && !s.until.at.IsZero() }
