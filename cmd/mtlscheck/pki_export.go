package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/export"
)

// exporting is what pki export was asked to do.
type exporting struct {
	dir, to, password string
	forms             []string
	options           export.Options
	force             bool
}

func newPKIExportCommand(p place) *cobra.Command {
	s := &exporting{}
	var forms strings.Builder
	for _, f := range export.Forms() {
		secret := ""
		if f.Secret {
			secret = " (holds the key)"
		}
		fmt.Fprintf(&forms, "  %-14s %s%s\n", f.Name, f.Doc, secret)
	}
	cmd := &cobra.Command{
		Use:   "export NAME…",
		Short: "Write certificates in the forms that other programs read",
		Long: `Write certificates of the folder in the forms that other programs read. Each form becomes a file of its own, in the current
folder unless -o names another; files with a key have mode 0600. What is there already is left alone. Forms:

` + forms.String(),
		Example: `  mtlscheck pki export client --as p12 --password env:P12_PASSWORD
  mtlscheck pki export client --as chain,key,trust -o certs/
  mtlscheck pki export alone alone-2 --as jwks -o -
  mtlscheck pki export client --as k8s-secret --namespace login -o - | kubectl apply -f -`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("mtlscheck pki export client --as p12", "%s wants at least one name", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return s.run(cmd.Context(), p, args) },
	}
	f := cmd.Flags()
	f.StringVar(&s.dir, "dir", "pki", "`FOLDER` of the certificates")
	f.StringSliceVar(&s.forms, "as", nil, "`FORMS` to write; must be given")
	f.StringVarP(&s.to, "to", "o", "", "`FILE` to write, or a folder (made if the name ends in a slash), or - for stdout (default: the current folder)")
	f.StringVar(&s.password, "password", "", "`WHERE` the password of PKCS#12 files is: env:NAME, file:PATH or prompt (default: "+export.DefaultPassword+", which everybody knows)")
	f.StringVar(&s.options.Namespace, "namespace", "", "`NAMESPACE` of a Kubernetes Secret")
	f.BoolVar(&s.force, "force", false, "replace files that are there")
	cmd.ValidArgsFunction = completeIdentities(p, &s.dir)
	completeValues(cmd, map[string]func() []string{"as": func() []string {
		var out []string
		for _, f := range export.Forms() {
			out = append(out, f.Name+"\t"+f.Doc)
		}
		return out
	}})
	return cmd
}

// An exported file is finished in memory before the first one is written.
type exported struct {
	name string
	data []byte
	form export.Form
}

func (s *exporting) run(ctx context.Context, p place, names []string) error {
	forms, err := s.wanted()
	if err != nil {
		return err
	}
	var ids []*pki.Identity
	for _, name := range names {
		id, err := identityIn(p, s.dir, name)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if s.options.Password, err = secretFrom(ctx, p, "--password", s.password); err != nil {
		return err
	}
	folder, file := s.place(p)
	if s.options.Folder, err = filepath.Abs(p.path(folder)); err != nil {
		return usage("name a folder with -o", "%w", err)
	}
	s.options.Folder = filepath.ToSlash(s.options.Folder)
	files, err := s.written(forms, ids)
	if err != nil {
		return err
	}
	if len(files) > 1 && (s.to == "-" || file != "") {
		return usage("-o a folder, with a slash at its end", "%d files cannot be written into one", len(files))
	}
	if s.to == "-" {
		_, err := p.stdout.Write(files[0].data)
		return err
	}
	if err := os.MkdirAll(p.path(folder), 0o700); err != nil {
		return usage("name a folder that can be written, with -o", "%w", err)
	}
	for i := range files {
		if file != "" {
			files[i].name = file
		}
		files[i].name = filepath.Join(folder, files[i].name)
		if info, err := os.Stat(p.path(files[i].name)); err == nil && info.Mode().IsRegular() && !s.force {
			return usage("choose another place with -o, or replace it with --force", "%s is there already; nothing was written", files[i].name)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return usage("choose another place with -o", "%w", err)
		}
	}
	for _, f := range files {
		if err := p.write(ctx, p.path(f.name), f.data, f.form.Mode()); err != nil {
			return usage("choose another place with -o", "%w", err)
		}
		fmt.Fprintf(p.stderr, "wrote %s: %s\n", f.name, f.form.Doc)
	}
	return nil
}

// wanted are the forms that were asked for.
func (s *exporting) wanted() ([]export.Form, error) {
	var names []string
	for _, f := range export.Forms() {
		names = append(names, f.Name)
	}
	if len(s.forms) == 0 {
		return nil, usage("--as p12; known are: "+strings.Join(names, ", "), "no form was named")
	}
	var out []export.Form
	for _, name := range s.forms {
		form, known := export.FormNamed(name)
		if !known {
			return nil, usage(didYouMean(name, names, "choose one of: "+strings.Join(names, ", ")), "there is no form %q", name)
		}
		out = append(out, form)
	}
	return out, nil
}

// place is the folder to write into, and the file's name if the user chose one.
func (s *exporting) place(p place) (folder, file string) {
	if s.to == "" || s.to == "-" {
		return ".", ""
	}
	if strings.HasSuffix(s.to, "/") || strings.HasSuffix(s.to, string(filepath.Separator)) {
		return s.to, ""
	}
	if info, err := os.Stat(p.path(s.to)); err == nil && info.IsDir() {
		return s.to, ""
	}
	return filepath.Dir(s.to), filepath.Base(s.to)
}

func (s *exporting) written(forms []export.Form, ids []*pki.Identity) ([]exported, error) {
	var out []exported
	for _, form := range forms {
		groups := [][]*pki.Identity{ids}
		if !form.Several {
			groups = nil
			for _, id := range ids {
				groups = append(groups, []*pki.Identity{id})
			}
		}
		for _, group := range groups {
			data, err := form.Write(s.options, group...)
			if err != nil {
				return nil, usage("choose another form with --as, or another certificate", "%s: %w", form.Name, err)
			}
			out = append(out, exported{form.File(group...), data, form})
		}
	}
	return out, nil
}

// secretFrom reads a secret that a flag names: env:NAME, file:PATH or prompt; nothing is no secret. A secret never stands in
// a flag itself, where everybody on the machine can read it.
func secretFrom(ctx context.Context, p place, flag, where string) (string, error) {
	env, isEnv := strings.CutPrefix(where, "env:")
	file, isFile := strings.CutPrefix(where, "file:")
	var secret string
	switch {
	case where == "":
		return "", nil
	case isEnv:
		if secret = p.getenv(env); secret == "" {
			return "", usage("set it, or use file:PATH", "%s: the environment variable %s is not set", flag, env)
		}
	case isFile:
		text, err := os.ReadFile(p.path(file))
		if err != nil {
			return "", usage("name a file with the secret in its first line", "%s: %w", flag, err)
		}
		if secret = strings.TrimRight(string(text), "\r\n"); secret == "" {
			return "", usage("name a file with the secret in its first line", "%s: the file %s is empty", flag, file)
		}
	case where == "prompt":
		ask := knownNames(ctx, p).Prompt
		if ask == nil {
			return "", usage("use env:NAME or file:PATH, or run it on a terminal", "%s: nobody is there to be asked", flag)
		}
		var err error
		if secret, err = ask("password"); err != nil || secret == "" {
			return "", usage("use env:NAME or file:PATH", "%s: no password was given", flag)
		}
	default:
		return "", usage(flag+" env:NAME, "+flag+" file:PATH or "+flag+" prompt", "%s names where the secret is; the secret itself does not stand there", flag)
	}
	return secret, nil
}
