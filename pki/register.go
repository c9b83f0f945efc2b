package pki

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The file of a register, so that what was revoked stays revoked in the next program too.
type registerFile struct {
	Schema       string             `json:"schema"` // "mtlscheck.revocation/v1"
	Issuer       string             `json:"issuer"` // x5t#S256 of the authority
	Number       int64              `json:"number"` // of changes
	Certificates []registerFileLine `json:"certificates"`
}

type registerFileLine struct {
	Serial  string     `json:"serial"` // hexadecimal
	Name    string     `json:"name,omitempty"`
	Revoked time.Time  `json:"revoked,omitzero"`
	OCSP    OCSPStatus `json:"ocsp,omitempty"` // what OCSP says whatever the list has
}

const registerSchema = "mtlscheck.revocation/v1"

// ErrOtherAuthority is the error of reading a register that is not this authority's.
var ErrOtherAuthority = errors.New("it is the register of another authority")

// MarshalJSON writes the register down. Of the options that Answer was given it keeps the status.
func (r *Revocation) MarshalJSON() ([]byte, error) {
	if err := r.of.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f := registerFile{Schema: registerSchema, Issuer: r.of.Thumbprints().X5tS256, Number: r.number, Certificates: []registerFileLine{}}
	for _, text := range slices.Sorted(maps.Keys(r.names)) {
		serial, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("%q is no serial number", text)
		}
		f.Certificates = append(f.Certificates, registerFileLine{Serial: serial.Text(16), Name: r.names[text], Revoked: r.revoked[text], OCSP: r.answers[text].Status})
	}
	return json.Marshal(f)
}

// UnmarshalJSON adds to the register what was written down. It fails for what MarshalJSON did not write, and with
// ErrOtherAuthority for the register of another authority.
func (r *Revocation) UnmarshalJSON(text []byte) error {
	var f registerFile
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil || f.Schema != registerSchema {
		return errors.Join(fmt.Errorf("it is no register of revoked certificates that this version knows (%s)", registerSchema), err)
	}
	if f.Issuer != r.of.Thumbprints().X5tS256 {
		return ErrOtherAuthority
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range f.Certificates {
		serial, ok := new(big.Int).SetString(line.Serial, 16)
		if !ok {
			return fmt.Errorf("%q is no serial number", line.Serial)
		}
		text := serial.String()
		r.names[text] = line.Name
		if !line.Revoked.IsZero() {
			r.revoked[text] = line.Revoked
		}
		if line.OCSP != Registered {
			r.answers[text] = OCSPOptions{Status: line.OCSP}
		}
	}
	r.number = max(r.number, f.Number)
	return nil
}

// Restore adds to the register what the index of a folder says of this authority. It fails if the serial number is none.
func (r *Revocation) Restore(e RevokedEntry) error {
	serial, ok := new(big.Int).SetString(e.Serial, 16)
	if !ok {
		return fmt.Errorf("%q is no serial number", e.Serial)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	text := serial.String()
	if _, known := r.revoked[text]; !known {
		r.number++
	}
	r.names[text], r.revoked[text] = e.Name, e.At
	return nil
}

// IssuedFile reads a certificate that this authority issued from a PEM file, without its key, under the file's name. It fails
// if the authority did not sign it.
func (a *Authority) IssuedFile(file string) (*Identity, error) {
	certs, err := readCertificates(file)
	if err != nil {
		return nil, err
	}
	i, err := a.issued(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), certs[0], nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return i, nil
}
