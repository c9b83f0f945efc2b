package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

// describedFolder reads the index of a folder, if pki.yaml or another manifest describes it; else it returns nil.
func describedFolder(p place, dir string) *pki.Index {
	text, err := os.ReadFile(p.path(filepath.Join(dir, "index.json")))
	if err != nil {
		return nil // whoever needs the folder says so
	}
	var index pki.Index
	if json.Unmarshal(text, &index) != nil || index.Manifest == "" {
		return nil
	}
	return &index
}

// onManifest is a command of a folder that a manifest describes: mtlscheck pki apply, with the file and the folder where they are not the usual ones.
func onManifest(command, file, dir string) string {
	words := []string{"mtlscheck pki", command}
	if file != usualManifest {
		words = append(words, shellWord(file))
	}
	return strings.Join(words, " ") + flagged("--dir", dir, usualFolder)
}

// flagged is a flag with its path, for the end of a command that is to be run next, or nothing where the path is the usual one.
func flagged(flag, path, usual string) string {
	if path == "" || filepath.Clean(path) == usual {
		return ""
	}
	return " " + flag + " " + shellWord(path)
}

// asEntry is what a manifest says of an identity that the words describe. Its issuer is the one authority, or to be named.
func asEntry(name string, w manifest.Words, index *pki.Index) (string, error) {
	text, err := json.Marshal(w)
	if err != nil {
		return "", err
	}
	fields := map[string]any{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return "", err
	}
	if !w.SelfSigned {
		fields["issuer"] = "ISSUER"
		if cas := authoritiesOf(index); len(cas) == 1 {
			fields["issuer"] = strings.TrimSuffix(path.Base(cas[0]), ".pem")
		}
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false) // JSON is YAML, too
	err = out.Encode(fields)
	return name + ": " + strings.TrimSpace(b.String()), err
}

// authoritiesOf are the files of a folder's authorities.
func authoritiesOf(index *pki.Index) []string {
	var files []string
	for _, e := range index.Certificates {
		if path.Dir(e.File) == "ca" {
			files = append(files, e.File)
		}
	}
	return files
}

// described is the index of the folder that the authority is of, if a manifest describes it: what is revoked stands there alone.
func (s *revoking) described(p place) *pki.Index {
	if s.ca == "" {
		return describedFolder(p, s.dir)
	}
	if in := filepath.Dir(s.ca); filepath.Base(in) == "ca" {
		return describedFolder(p, filepath.Dir(in))
	}
	return nil
}

// folder is the one that a manifest describes.
func (s *revoking) folder() string {
	if s.ca == "" {
		return s.dir
	}
	return filepath.Dir(filepath.Dir(s.ca))
}

func (s *revoking) apply(index *pki.Index) string {
	return onManifest("apply", index.Manifest, s.folder())
}

// choose takes the one authority of a described folder. Of several it takes none: each revokes its own.
func (s *revoking) choose(p place) error {
	index := s.described(p)
	if index == nil {
		return nil
	}
	if s.ca == "" {
		files := authoritiesOf(index)
		for i, file := range files {
			files[i] = filepath.Join(s.dir, filepath.FromSlash(file))
		}
		if len(files) != 1 {
			return usage("name one: --ca "+strings.Join(files, ", --ca "), "%s has %d authorities, and each says only what it revoked itself", s.dir, len(files))
		}
		s.ca = files[0]
	}
	folder := filepath.Dir(s.ca)
	for _, in := range []string{filepath.Join(folder, "crl"), filepath.Join(filepath.Dir(folder), "crl")} { // where it would be
		stray := filepath.Join(in, s.name()+".json")
		if _, err := os.Stat(p.path(stray)); !errors.Is(err, fs.ErrNotExist) {
			return usage("write what it revokes under revoked in "+index.Manifest+", run "+s.apply(index)+", and remove the file",
				"%s is a second register of what %s revoked, which %s describes", stray, s.name(), index.Manifest)
		}
	}
	return nil
}

// take adds to a register what the index says that this authority revoked.
func (s *revoking) take(index *pki.Index, r *pki.Revocation) error {
	for _, e := range index.Revoked {
		if e.Issuer != s.name() {
			continue
		}
		if err := r.Restore(e); err != nil {
			return usage("run "+onManifest("check", index.Manifest, s.folder()), "index.json: %w", err)
		}
	}
	return nil
}

// tell says what a described folder has revoked, and writes nothing into it. Lists go to a folder that was named with --out.
func (s *revoking) tell(p place, index *pki.Index, ca *pki.Authority, names []string) error {
	if len(names) > 0 {
		return usage(fmt.Sprintf("write revoked: {%s: [%s]} into it, and run %s", s.name(), strings.Join(names, ", "), s.apply(index)),
			"what is revoked stands in %s, which describes the folder", index.Manifest)
	}
	if s.stale || s.forged {
		return usage("name a folder for it with --out", "the folder holds what %s describes, and no other list", index.Manifest)
	}
	lines, err := revokedIn(ca.Revocation())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, as %s has it   %d revoked\n", s.name(), index.Manifest, len(lines))
	for _, line := range lines {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	fmt.Fprintf(&b, "\nnext: mtlscheck pki ocsp serve%s   (serves the list, and OCSP)\n", s.again())
	_, err = p.stdout.Write(b.Bytes())
	return err
}
