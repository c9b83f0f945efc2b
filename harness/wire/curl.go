package wire

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
)

func itoa(n int) string { return strconv.Itoa(n) }

// curl writes the question as a command line for curl. Secrets become shell variables of their own name, in capitals;
// certificate and key are files.
func curl(q Question, u *url.URL, c *Client, red *redactor) string {
	words := []string{"curl", "-sS", "-i"}
	add := func(flag, value string) { words = append(words, flag, quote(value)) }
	if cert := q.Person.Certificate; cert.Leaf() != nil {
		file, key := c.Files(cert)
		add("--cert", file)
		add("--key", key)
	}
	if c.Target.Trust != nil {
		add("--cacert", cmp.Or(c.CAFile, filepath.Join(c.Folder, "ca.pem")))
	}
	if at := c.address(u); at != u.Host && u.Port() != "" && at != "localhost:"+u.Port() {
		add("--connect-to", u.Host+":"+at)
	}
	if m := q.method(); m != "GET" && (m != "POST" || q.Form == nil && q.Body == nil) {
		add("-X", m)
	}
	if q.Host != "" && q.Host != u.Host {
		add("-H", "Host: "+q.Host)
	}
	for _, name := range sortedKeys(q.Header) {
		for _, v := range q.Header[name] {
			if strings.EqualFold(name, "Authorization") && strings.HasPrefix(v, "Basic ") {
				words = append(words, "-u", quote(q.Person.ClientID)+`:"$CLIENT_SECRET"`)
				continue
			}
			add("-H", name+": "+strings.TrimPrefix(red.headers(map[string][]string{name: {v}})[0], name+": "))
		}
	}
	for _, f := range q.Form {
		if _, secret := red.names[f.Name]; secret && f.Value != "" {
			words = append(words, "--data-urlencode", quote(f.Name)+`="$`+strings.ToUpper(f.Name)+`"`)
		} else if plain(f.Value) {
			add("-d", f.Name+"="+f.Value)
		} else {
			add("--data-urlencode", f.Name+"="+red.text(f.Value))
		}
	}
	if q.Form == nil && len(q.Body) > 0 {
		add("--data-binary", red.body(q.Body))
	}
	words = append(words, quote(red.location(q.URL)))
	return strings.Join(words, " ")
}

// Files are the files of a certificate and its key: those that it was read from, or, for one that was made for a case, those
// where curl lines expect it. With a Folder their names hold the beginning of the certificate's SHA-256 thumbprint, since
// two cases may call different certificates by one name.
func (c *Client) Files(cert *harness.Certificate) (certificate, key string) {
	name := fileName(cert.Name)
	if c.Folder != "" {
		sum := sha256.Sum256(cert.Leaf())
		name = filepath.Join(c.Folder, name+"-"+hex.EncodeToString(sum[:4]))
	}
	return cmp.Or(cert.File, name+".pem"), cmp.Or(cert.KeyFile, name+"-key.pem")
}

// fileName is the name under which a certificate that was made for one case is kept.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '-'
	}, strings.ReplaceAll(name, ", ", "-"))
}

func plain(s string) bool {
	for _, r := range s {
		if !alphanumeric(r) && !strings.ContainsRune("._-:/", r) {
			return false
		}
	}
	return true
}

// quote makes a shell word: as it is if nothing in it means anything to a shell, else in single quotes.
func quote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !alphanumeric(r) && !strings.ContainsRune("._-:/=@%,+", r)
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func alphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
