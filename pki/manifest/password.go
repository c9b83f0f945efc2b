package manifest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/mtlscheck/mtlscheck/internal/strict"
)

// usualPassword is that of every .p12 where no other is named, as Java's tools have it.
const usualPassword = "changeit"

// password reads p12_password, which says where the password is: env:NAME or file:PATH, relative to the manifest. It is no part of
// any digest, and stands in no message.
func (l *loader) password(n ast.Node) string {
	const path = "p12_password"
	if n == nil {
		return usualPassword
	}
	text := l.Text(n, path)
	var secret string
	switch place, where, _ := strings.Cut(text, ":"); {
	case strict.Kind(n) != "text":
		return ""
	case place == "env" && where != "":
		if secret = os.Getenv(where); secret == "" {
			l.Wrong(n, path, "set it, or write file:PATH", "the environment variable %s is not set", where)
			return ""
		}
	case place == "file" && where != "":
		if !filepath.IsAbs(where) {
			where = filepath.Join(l.dir, filepath.FromSlash(where))
		}
		data, err := readFile(where, "a file with a password")
		if err != nil {
			l.Wrong(n, path, "paths are relative to the manifest", "%v", err)
			return ""
		}
		if secret = strings.TrimRight(string(data), "\r\n"); secret == "" {
			l.Wrong(n, path, "write the password into it", "%s is empty", where)
			return ""
		}
	default:
		l.Wrong(n, path, "write env:NAME or file:PATH", "the password itself does not stand here, but where it is")
		return ""
	}
	if strings.ContainsFunc(secret, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		l.Wrong(n, path, "", "the password is not printable ASCII: readers disagree about other characters")
	}
	return secret
}

// opens tells whether a file that is there has the password that the manifest names. What is no .p12 has none.
func (b *builder) opens(file string) bool {
	if !strings.HasSuffix(file, ".p12") {
		return true
	}
	data, err := b.disk.read(file)
	if err != nil {
		return true // which is found out elsewhere
	}
	_, _, _, err = pkcs12.DecodeChain(data, b.m.password)
	return !errors.Is(err, pkcs12.ErrIncorrectPassword)
}
