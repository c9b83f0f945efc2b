package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// Words describe one identity as an entry of a manifest does, for a command line.
type Words struct {
	Use        string   `json:"use,omitempty"` // client or server; empty: client
	Subject    string   `json:"subject,omitempty"`
	SANs       []string `json:"sans,omitempty"`
	Usages     []string `json:"usages,omitempty"`
	For        string   `json:"for,omitempty"`
	Key        string   `json:"key,omitempty"`
	SelfSigned bool     `json:"self_signed,omitempty"`
	CSR        string   `json:"csr,omitempty"`     // file of cfssl, relative to dir
	Profile    string   `json:"profile,omitempty"` // the same; FILE#NAME for a profile of a configuration
}

// Identity makes what the words describe, issued by an authority unless it is self-signed. It fails with everything that is wrong.
func (w Words) Identity(name, dir string, by *pki.Authority, clock func() time.Time) (*pki.Identity, error) {
	fields, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	var said map[string]any
	if err := json.Unmarshal(fields, &said); err != nil {
		return nil, err
	}
	issuer := "issuer"
	if name == issuer {
		issuer = "other" // two entries cannot have one name, and this one is nobody's
	}
	if !w.SelfSigned {
		said["issuer"] = issuer
	}
	entry := map[string]any{"version": 1, "authorities": map[string]any{issuer: map[string]any{}}, "identities": map[string]any{name: said}}
	text, err := json.Marshal(entry)
	if err != nil {
		return nil, err
	}
	m, err := Parse(filepath.Join(dir, "words"), text, clock)
	var mistakes *strict.Mistakes
	if errors.As(err, &mistakes) {
		return nil, inWords(mistakes, "identities."+name)
	}
	if err != nil {
		return nil, err
	}
	e := m.entryNamed(name)
	traits := e.traits
	if e.key != "" {
		traits = append(traits, trait.Key(e.key))
	}
	if e.span != nil {
		traits = append(traits, trait.Valid(e.span.from.from(m.now), e.span.until.from(m.now)))
	}
	var i *pki.Identity
	switch {
	case w.SelfSigned:
		i = pki.New(pki.Options{Clock: clock}).SelfSigned(name, traits...)
	case w.Use == "server":
		i = by.Server(name, traits...)
	default:
		i = by.Client(name, traits...)
	}
	return i, i.Err()
}

// inWords are mistakes without the place in a file that nobody wrote.
func inWords(m *strict.Mistakes, entry string) error {
	var out []error
	for _, x := range m.All {
		what := x.What
		if path := strings.TrimPrefix(strings.TrimPrefix(x.Path, entry), "."); path != "" {
			what = path + ": " + what
		}
		if x.Try != "" {
			what += "; " + x.Try
		}
		out = append(out, errors.New(what))
	}
	for _, other := range m.Others {
		if other.Count() > 0 {
			out = append(out, fmt.Errorf("%w", other))
		}
	}
	return errors.Join(out...)
}
