package config

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"github.com/mtlscheck/mtlscheck/internal/strict"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/pki"
)

// relative says where names of files start.
const relative = "it is looked for beside the configuration"

// noStore is the cause of mistakes that were said where pki stands.
const noStore = "pki"

// wrongOnce is wrong, unless the same cause has been reported: what many entries name is one mistake.
func (l *loader) wrongOnce(cause string, n ast.Node, path, try, format string, args ...any) {
	if !l.said[cause] {
		l.said[cause] = true
		l.Wrong(n, path, try, format, args...)
	}
}

// trustFiles reads the certificates that a server's certificate must verify against.
func (l *loader) trustFiles(n ast.Node, path string, t *harness.Target) []string {
	var files []string
	for i, item := range l.Items(n, path) {
		at := path + "[" + strconv.Itoa(i) + "]"
		file, ok := l.file(item, at)
		if !ok {
			continue
		}
		text, err := strict.Contents(file, "certificates", maxSize)
		if err != nil {
			l.wrongOnce("trust "+file, item, at, "name a file with the certificate of the CA in PEM; "+relative, "%v", err)
			continue
		}
		if t.Trust == nil {
			t.Trust = x509.NewCertPool()
		}
		found := 0
		for rest := text; ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			if cert, err := x509.ParseCertificate(block.Bytes); block.Type == "CERTIFICATE" && err == nil {
				t.Trust.AddCert(cert)
				found++
			}
		}
		if found == 0 {
			l.wrongOnce("trust "+file, item, at, "name a file with the certificate of the CA in PEM", "%s holds no certificate in PEM", file)
		}
		files = append(files, file)
	}
	return files
}

// file is the path of a file: reference.
func (l *loader) file(n ast.Node, path string) (string, bool) {
	text := l.Text(n, path)
	name, ok := strings.CutPrefix(text, "file:")
	if !ok || name == "" {
		if text != "" {
			l.Wrong(n, path, "write file:"+strings.TrimPrefix(text, "file:"), "a file is named file:PATH")
		}
		return "", false
	}
	return l.path(name), true
}

func (l *loader) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.dir, name)
}

// secret is the value of an env: or file: reference, or what a person answers. A secret in the clear is a mistake.
func (l *loader) secret(n ast.Node, path string) string {
	text := l.Text(n, path)
	const try = "write env:NAME, file:PATH or prompt; secrets do not stand in the configuration"
	if text == "prompt" {
		if l.options.Prompt == nil {
			l.Wrong(n, path, "run it on a terminal, or use env:NAME or file:PATH", "nobody is there to be asked")
			return ""
		}
		value, err := l.options.Prompt(path)
		if err != nil || value == "" {
			l.Wrong(n, path, "", "no secret was given (%v)", err)
		}
		return value
	}
	if name, ok := strings.CutPrefix(text, "env:"); ok {
		value, set := l.options.Env(name)
		if !set || value == "" {
			l.wrongOnce(text, n, path, "set it, or use file:PATH", "the environment variable %s is not set", name)
		}
		return value
	}
	if name, ok := strings.CutPrefix(text, "file:"); ok && name != "" {
		value, err := strict.Contents(l.path(name), "a secret", maxSize)
		if err != nil {
			l.wrongOnce(text, n, path, "write the secret into that file, or correct its name; "+relative, "%v", err)
			return ""
		}
		one := strings.TrimRight(string(value), "\r\n")
		if one == "" {
			l.wrongOnce(text, n, path, "write the secret into that file", "the file %s is empty", name)
		}
		return one
	}
	if n != nil {
		l.Wrong(n, path, try, "a secret is named, not written")
	}
	return ""
}

func (l *loader) openPKI(n ast.Node) {
	f := l.Fields(n, "pki", "dir")
	dir := l.Required(n, f, "dir", "pki", "pki")
	if dir == "" {
		return
	}
	store, err := pki.Open(l.path(dir))
	if err != nil {
		try := "mtlscheck pki init makes one"
		if _, there := os.Stat(l.path(dir)); there == nil {
			try = "put that right, or make everything anew, and register it anew: mtlscheck pki init --dir " + dir + " --force"
		}
		l.Wrong(f["dir"], "pki.dir", try, "%v", err)
		return
	}
	l.store = store
}

func (l *loader) client(n ast.Node, path string) Client {
	f := l.Fields(n, path, "role", "client_id", "certificate", "secret")
	c := Client{ClientID: l.Required(n, f, "client_id", path, "the client's identifier at the server")}
	if _, there := f["role"]; !there {
		l.Wrong(n, path, "add role: name", "role is missing")
	}
	c.Role = harness.Role(l.OneOf(f["role"], path+".role", l.options.Roles))
	if node := f["secret"]; node != nil {
		c.Secret = l.secret(node, path+".secret")
	}
	if node := f["certificate"]; node != nil {
		l.certificate(node, path+".certificate", &c)
	}
	return c
}

// certificate is the name of an identity in pki.dir, or {cert, key}, or {p12, password}.
func (l *loader) certificate(n ast.Node, path string, c *Client) {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		l.ownCertificate(n, path, c)
		return
	}
	name := l.Text(n, path)
	switch {
	case name == "":
	case l.store == nil:
		l.wrongOnce(noStore, n, path, "add pki: {dir: pki}, or name files: {cert: file:client.pem, key: file:client-key.pem}", "%q is the name of a certificate in pki.dir, and there is none", name)
	default:
		id, err := l.store.Identity(name)
		if err != nil {
			l.Wrong(n, path, l.Suggestion(name, l.store.Names()), "pki.dir holds no certificate %q", name)
			return
		}
		c.Identity = id
		c.File, c.KeyFile = filepath.Join(l.store.Dir(), "id", name+".pem"), filepath.Join(l.store.Dir(), "id", name+"-key.pem")
	}
}

func (l *loader) ownCertificate(n ast.Node, path string, c *Client) {
	f := l.Fields(n, path, "cert", "key", "p12", "password")
	switch {
	case f["p12"] != nil && (f["cert"] != nil || f["key"] != nil):
		l.Wrong(n, path, "keep one of the two", "p12 stands beside cert and key")
	case f["p12"] != nil:
		file, ok := l.file(f["p12"], path+".p12")
		password, given := "", f["password"]
		if given != nil {
			before := len(l.Mistakes.All)
			password = l.secret(given, path+".password")
			ok = ok && password != "" && len(l.Mistakes.All) == before
		}
		if !ok {
			return
		}
		id, err := pki.LoadP12(file, password)
		switch {
		case errors.Is(err, pki.ErrPassword) && given == nil:
			l.wrongOnce("p12 "+file, f["p12"], path+".p12", "add password: env:P12_PASSWORD", "%s wants a password", file)
		case errors.Is(err, pki.ErrPassword): // of one password that opens no file the first is enough
			l.wrongOnce("password "+given.String(), given, path+".password", "", "%v", err)
		case err != nil:
			l.wrongOnce("p12 "+file, f["p12"], path+".p12", "", "%v", err)
		}
		c.Identity = id
	case f["cert"] == nil || f["key"] == nil:
		l.Wrong(n, path, "write {cert: file:client.pem, key: file:client-key.pem}, or {p12: file:client.p12, password: env:P12_PASSWORD}", "a certificate needs cert and key, or p12")
	default:
		cert, ok1 := l.file(f["cert"], path+".cert")
		key, ok2 := l.file(f["key"], path+".key")
		if !ok1 || !ok2 {
			return
		}
		id, err := pki.Load(cert, key)
		if err != nil {
			l.wrongOnce("cert "+cert+" "+key, f["cert"], path, "", "%v", err)
			return
		}
		c.Identity, c.File, c.KeyFile = id, cert, key
	}
}
