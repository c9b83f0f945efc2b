package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"github.com/mtlscheck/mtlscheck/internal/strict"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/internal/fakefile"
)

// read reads the file of the fake, if there is one, and says what stands in it without an effect.
func (s *serving) read(p place) (*fakefile.File, error) {
	if s.setup == "" {
		return &fakefile.File{}, nil
	}
	s.refers = nil
	o := fakefile.Options{Env: func(name string) (string, bool) {
		s.refers = append(s.refers, name)
		v := p.getenv(name)
		return v, v != ""
	}, Scopes: builtin.ScopeNames(), Clients: builtin.ClientNames()}
	if s.chosen {
		o.Version = s.fake
	}
	file, err := fakefile.Read(p.path(s.setup), o)
	if err != nil {
		return nil, usage("docs/fakeidp.md describes the file", "%w", err)
	}
	for _, text := range file.Idle {
		_, _ = fmt.Fprintln(p.stderr, "note:", text)
	}
	return file, nil
}

// built are the options of the fake with a file.
func (s *serving) built(p place, cast *builtin.Cast, file *fakefile.File) builtin.Options {
	return builtin.Options{Version: s.version(file), Broken: s.broken, Mode: s.mode, Cast: cast, Scopes: file.Scopes, Resources: file.Resources,
		More: append(s.options(p), file.Options...)}
}

// version is whom the server plays: the flag goes before the file.
func (s *serving) version(file *fakefile.File) string {
	if !s.chosen && file.Version != "" {
		return file.Version
	}
	return s.fake
}

// rereads is how often the files are looked at.
const rereads = 250 * time.Millisecond

// follow sets the running fake up anew when its file, or one that it names, has changed and stays so for a moment. A file with
// mistakes, or one that would change what is fixed, changes nothing.
func (s *serving) follow(ctx context.Context, p place, idp *fakeidp.Server, cast *builtin.Cast, file *fakefile.File) {
	inForce := digest(file.Files, file.Contents)
	seen := inForce
	tick := time.NewTicker(rereads)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := digest(file.Files, contents(file.Files))
		if now == inForce || now != seen {
			seen = now
			continue
		}
		inForce = now
		next, err := s.read(p)
		if err == nil {
			file, inForce = next, digest(next.Files, next.Contents)
			seen = inForce
			err = s.reconfigure(p, idp, cast, next)
		}
		if err != nil {
			_, _ = fmt.Fprintf(p.stderr, "%s: not taken over:\n%v\n", s.setup, err)
			continue
		}
		_, _ = fmt.Fprintf(p.stderr, "%s: taken over\n", s.setup)
	}
}

func (s *serving) reconfigure(p place, idp *fakeidp.Server, cast *builtin.Cast, file *fakefile.File) error {
	options, err := s.built(p, cast, file).Fake()
	if err != nil {
		return err
	}
	return idp.Reconfigure(options...)
}

// contents are what is in files now; one that cannot be read has some, too.
func contents(files []string) [][]byte {
	var out [][]byte
	for _, name := range files {
		text, err := strict.ReadFile(name, 1<<20)
		if err != nil {
			text = []byte(err.Error())
		}
		out = append(out, text)
	}
	return out
}

// digest tells the contents of files apart.
func digest(files []string, contents [][]byte) [sha256.Size]byte {
	h := sha256.New()
	for i, name := range files {
		fmt.Fprintf(h, "%s %d\n%s", name, len(contents[i]), contents[i])
	}
	return [sha256.Size]byte(h.Sum(nil))
}
