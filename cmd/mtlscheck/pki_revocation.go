package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/pki"
)

// revoking is which authority's revocations a command is about, and where they are.
type revoking struct {
	dir           string
	ca, key       string // files of another authority than the folder's
	out           string
	stale, forged bool
}

func (s *revoking) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.dir, "dir", "pki", "`FOLDER` that pki init made")
	f.StringVar(&s.ca, "ca", "", "`FILE` of another authority's certificate (PEM)")
	f.StringVar(&s.key, "ca-key", "", "`FILE` of its key (default: the name of --ca with -key before .pem)")
	f.StringVar(&s.out, "out", "", "`FOLDER` of lists and of what is revoked (default: crl in the folder of --dir, or beside --ca)")
}

// again are the flags that name the same authority and the same lists to another command.
func (s *revoking) again() string {
	dir := s.dir
	if s.ca != "" {
		dir = "" // the authority says where its lists are
	}
	return flagged("--dir", dir, usualFolder) + flagged("--ca", s.ca, "") + flagged("--ca-key", s.key, "") + flagged("--out", s.out, "")
}

// naming is the line that says how certificates are made that name these addresses. Those of an authority outside a folder are made elsewhere.
func (s *revoking) naming(ocsp, crl string) string {
	if s.ca != "" && filepath.Base(filepath.Dir(s.ca)) != "ca" {
		return ""
	}
	return fmt.Sprintf("next   mtlscheck pki fixtures%s --ocsp-url %s --crl-url %s   (certificates that name these)\n",
		flagged("--dir", s.folder(), usualFolder), ocsp, crl)
}

// files are the files of the authority, and the folder of its lists.
func (s *revoking) files() (cert, key, out string) {
	cert, out = s.ca, s.out
	if cert == "" {
		cert = filepath.Join(s.dir, "ca", "ca.pem")
		if out == "" {
			out = filepath.Join(s.dir, "crl")
		}
	} else if out == "" {
		out = filepath.Join(filepath.Dir(s.ca), "crl")
	}
	if key = s.key; key == "" {
		key = strings.TrimSuffix(cert, ".pem") + "-key.pem"
	}
	return cert, key, out
}

// name is the name of the authority's files in the folder of lists.
func (s *revoking) name() string {
	cert, _, _ := s.files()
	return strings.TrimSuffix(filepath.Base(cert), filepath.Ext(cert))
}

func (s *revoking) register() string {
	_, _, out := s.files()
	return filepath.Join(out, s.name()+".json")
}

// authority reads the authority, and what it revoked so far.
func (s *revoking) authority(p place) (*pki.Authority, error) {
	if err := s.choose(p); err != nil {
		return nil, err
	}
	cert, key, _ := s.files()
	id, err := pki.Load(p.path(cert), p.path(key))
	if err != nil {
		return nil, usage("make a folder with mtlscheck pki init, or name one with --dir or an authority with --ca", "%w", err)
	}
	ca, err := pki.Adopt(id.Certificate(), id.Key())
	if err != nil {
		return nil, usage("name the certificate of an authority with --ca", "%w", err)
	}
	return ca, s.read(p, ca.Revocation())
}

// read adds to a register what its file has; of a folder that a manifest describes this is the index.
func (s *revoking) read(p place, r *pki.Revocation) error {
	if index := s.described(p); index != nil {
		return s.take(index, r)
	}
	text, err := os.ReadFile(p.path(s.register()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, r)
	}
	if err != nil {
		return usage("remove it if the CA was made anew", "%s: %w", s.register(), err)
	}
	return nil
}

// note adds what the file of the register has to the register, and keeps both, with the list.
func (s *revoking) note(ctx context.Context, p place, r *pki.Revocation) error {
	if err := s.read(p, r); err != nil {
		return err
	}
	if s.described(p) == nil {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := s.put(ctx, p, s.name()+".json", append(text, '\n')); err != nil {
			return err
		}
	}
	list, err := r.CRL(pki.Timing{})
	if err != nil {
		return err
	}
	return s.putList(ctx, p, s.name(), list)
}

// putList writes a list as DER and as PEM.
func (s *revoking) putList(ctx context.Context, p place, name string, list []byte) error {
	if err := s.put(ctx, p, name+".crl", list); err != nil {
		return err
	}
	return s.put(ctx, p, name+".crl.pem", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list}))
}

func (s *revoking) put(ctx context.Context, p place, name string, data []byte) error {
	_, _, out := s.files()
	err := os.MkdirAll(p.path(out), 0o700)
	if err == nil {
		err = p.write(ctx, p.path(filepath.Join(out, name)), data, 0o644)
	}
	if err != nil {
		return usage("choose a folder that can be written with --out", "%w", err)
	}
	return nil
}

func newPKICRLCommand(p place) *cobra.Command {
	s := &revoking{}
	cmd := &cobra.Command{
		Use:   "crl [NAME|FILE]…",
		Short: "Revoke certificates, and write the list of all that are revoked",
		Long: `Revoke certificates, by their name in the folder or by their file, and write the list of all that were ever revoked (CRL,
RFC 5280 §5), as DER and as PEM. Without a name it writes the list anew, good for a week. pki ocsp serve serves it.
--stale and --forged write a further list, which a server must not believe. In a folder that pki.yaml describes, that file says what is
revoked: the list is told, and written only into the folder of --out.`,
		Example: `  mtlscheck pki crl                    the list as it is
  mtlscheck pki crl client             with one certificate more
  mtlscheck pki crl --stale            a list that ended yesterday, beside the good one
  mtlscheck pki crl --forged           an empty list that somebody else signed`,
		RunE: func(cmd *cobra.Command, args []string) error { return s.revoke(cmd.Context(), p, args) },
	}
	s.flags(cmd)
	cmd.Flags().BoolVar(&s.stale, "stale", false, "write a list that ended yesterday, too")
	cmd.Flags().BoolVar(&s.forged, "forged", false, "write an empty list that somebody else signed, too")
	return cmd
}

func (s *revoking) revoke(ctx context.Context, p place, names []string) error {
	ca, err := s.authority(p)
	if err != nil {
		return err
	}
	if index := s.described(p); index != nil && (s.out == "" || len(names) > 0) {
		return s.tell(p, index, ca, names)
	}
	for _, name := range names {
		id, err := s.issued(p, ca, name)
		if err != nil {
			return err
		}
		if err := ca.Revocation().Revoke(id); err != nil {
			return usage("name a certificate of this authority, or the authority with --ca", "%w", err)
		}
	}
	if err := s.note(ctx, p, ca.Revocation()); err != nil {
		return err
	}
	var also []string
	for _, bad := range []struct {
		name string
		ask  bool
		make func() ([]byte, error)
	}{
		{"stale", s.stale, func() ([]byte, error) { return ca.Revocation().CRL(ca.Revocation().Stale()) }},
		{"forged", s.forged, func() ([]byte, error) { return ca.Revocation().ForgedCRL(pki.Timing{}) }},
	} {
		if !bad.ask {
			continue
		}
		list, err := bad.make()
		if err != nil {
			return err
		}
		if err := s.putList(ctx, p, s.name()+"-"+bad.name, list); err != nil {
			return err
		}
		also = append(also, bad.name)
	}
	return s.describe(p, ca, also)
}

// issued is a certificate of the authority, by its name in the folder or by its file.
func (s *revoking) issued(p place, ca *pki.Authority, name string) (*pki.Identity, error) {
	var file string
	for _, candidate := range []string{filepath.Join(s.dir, "id", name+".pem"), filepath.Join(s.dir, "faults", name+".pem"), name} {
		if info, err := os.Stat(p.path(candidate)); err == nil && info.Mode().IsRegular() {
			file = candidate
			break
		}
	}
	if file == "" {
		return nil, usage("name a certificate of the folder, or a file", "there is no certificate %q in %s, and no such file", name, s.dir)
	}
	id, err := ca.IssuedFile(p.path(file))
	if err != nil {
		return nil, usage("name a certificate of this authority, or the authority with --ca", "%w", err)
	}
	return id, nil
}

// describe says what is in the list.
func (s *revoking) describe(p place, ca *pki.Authority, also []string) error {
	lines, err := revokedIn(ca.Revocation())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	_, _, out := s.files()
	fmt.Fprintf(&b, "%s   %d revoked\n", filepath.Join(out, s.name()+".crl.pem"), len(lines))
	for _, line := range lines {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	for _, bad := range also {
		fmt.Fprintf(&b, "%s   not to be believed\n", filepath.Join(out, s.name()+"-"+bad+".crl.pem"))
	}
	fmt.Fprintf(&b, "\nnext: mtlscheck pki ocsp serve%s   (serves it, and OCSP)\n", s.again())
	_, err = p.stdout.Write(b.Bytes())
	return err
}

// revokedIn lists a register for people, as its file has it.
func revokedIn(r *pki.Revocation) ([]string, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var file struct {
		Certificates []struct {
			Serial, Name string
			Revoked      time.Time
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	var out []string
	for _, c := range file.Certificates {
		if !c.Revoked.IsZero() {
			out = append(out, fmt.Sprintf("%s   %s   %s", c.Serial, c.Revoked.Format(time.DateOnly), c.Name))
		}
	}
	return out, nil
}
