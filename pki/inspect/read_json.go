package inspect

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki"
)

// A webKey is a JSON Web Key as somebody wrote it (RFC 7517). The private members are looked at for their presence alone.
type webKey struct {
	KeyType string          `json:"kty"`
	Use     string          `json:"use"`
	ID      string          `json:"kid"`
	Curve   string          `json:"crv"`
	X       string          `json:"x"`
	Y       string          `json:"y"`
	N       string          `json:"n"`
	E       string          `json:"e"`
	X5c     []string        `json:"x5c"`
	X5tS256 string          `json:"x5t#S256"`
	D       json.RawMessage `json:"d"`
	K       json.RawMessage `json:"k"`
}

// readJSON reads a JSON Web Key, a set of them, or a Kubernetes Secret in JSON.
func readJSON(text []byte) (*Found, error) {
	var document struct {
		webKey
		Keys *[]webKey `json:"keys"`
		secret
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("it begins as JSON does, and cannot be read: %w", err)
	}
	f := &Found{Form: "JSON Web Key"}
	switch {
	case document.Kind == "Secret":
		return document.found()
	case document.Keys != nil:
		f.Form = "JSON Web Key Set"
		for n, k := range *document.Keys {
			f.addWebKey(fmt.Sprintf("key %d", n+1), k)
		}
	case document.KeyType != "":
		f.addWebKey("the key", document.webKey)
	default:
		return nil, errors.New("JSON, and neither a JSON Web Key, a JSON Web Key Set nor a Kubernetes Secret")
	}
	return f, f.empty()
}

// addWebKey takes the certificates out of a key, and notes where its members contradict each other.
func (f *Found) addWebKey(name string, k webKey) {
	if k.D != nil || k.K != nil {
		f.note("%s holds its private half: it must not be published", name)
	}
	if len(k.X5c) == 0 {
		f.note("%s (%s %s, kid %q) has no x5c: servers that compare the certificate know nothing of it", name, k.KeyType, k.Curve, k.ID)
		return
	}
	if k.Use != "" && k.Use != "sig" {
		f.note("%s is for %q, and not for signatures", name, k.Use)
	}
	for n, text := range k.X5c {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			der, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
			if err != nil {
				f.note("x5c of %s is no base64", name)
				return
			}
			f.note("x5c of %s is base64url, where RFC 7517 §4.7 wants base64", name)
		}
		f.Certificates = append(f.Certificates, der)
		if n == 0 {
			f.compare(name, k, der)
		}
	}
}

// compare holds a key against its first certificate.
func (f *Found) compare(name string, k webKey, der []byte) {
	sum := sha256.Sum256(der)
	if k.X5tS256 != "" && k.X5tS256 != base64.RawURLEncoding.EncodeToString(sum[:]) {
		f.note("x5t#S256 of %s is not that of its certificate", name)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return
	}
	right, err := pki.PublicJWK(cert.PublicKey)
	if err != nil {
		return
	}
	if right.KeyType != k.KeyType || right.Curve != k.Curve || right.X != k.X || right.Y != k.Y || right.N != k.N || right.E != k.E {
		f.note("%s is another key than that of its certificate", name)
	}
}

// A secret is a Kubernetes Secret, as kubectl get secret prints it.
type secret struct {
	Kind       string            `json:"kind" yaml:"kind"`
	Data       map[string]string `json:"data" yaml:"data"`
	StringData map[string]string `json:"stringData" yaml:"stringData"`
}

// found takes the certificates out of a Secret: tls.crt first, then the other members, ca.crt last.
func (s secret) found() (*Found, error) {
	f := &Found{Form: "Kubernetes Secret"}
	values := map[string][]byte{}
	for name, text := range s.Data {
		value, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			f.note("%q is no base64", name)
			continue
		}
		values[name] = value
	}
	for name, text := range s.StringData {
		values[name] = []byte(text)
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	rank := map[string]int{"tls.crt": -1, "ca.crt": 1}
	slices.SortFunc(names, func(a, b string) int {
		if rank[a] != rank[b] {
			return rank[a] - rank[b]
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		before := len(f.Certificates)
		f.addPEM(values[name])
		if more := len(f.Certificates) - before; more > 0 {
			f.note("%q holds certificates %d to %d", name, before+1, before+more)
		}
	}
	if len(f.Certificates) == 0 {
		return nil, errors.New("a Kubernetes Secret without a certificate in PEM")
	}
	return f, nil
}

// secretLine is what makes a YAML document a Secret.
var secretLine = regexp.MustCompile(`(?m)^kind:[ \t]*["']?Secret["']?[ \t\r]*$`)

func isSecret(text []byte) bool { return secretLine.Match(text) }

// readSecret reads a Secret in YAML, as kubectl writes it: block style, a member a line, or a block of lines. It is no reader of
// all of YAML, which a Secret never needs.
func readSecret(text []byte) (*Found, error) {
	s := secret{Data: map[string]string{}, StringData: map[string]string{}}
	var members map[string]string
	var last string
	var column int // of the members
	for raw := range bytes.Lines(text) {
		line := strings.TrimRight(string(raw), " \t\r\n")
		inner := strings.TrimLeft(line, " ")
		indent := len(line) - len(inner)
		name, value, isMember := strings.Cut(inner, ":")
		switch {
		case inner == "" || strings.HasPrefix(inner, "#"):
		case inner == "---" && len(s.Data)+len(s.StringData) > 0:
			return nil, errors.New("several documents of YAML: give one Secret at a time")
		case indent == 0:
			members, last, column = nil, "", 0
			switch inner {
			case "data:":
				members = s.Data
			case "stringData:":
				members = s.StringData
			}
		case members == nil:
		case isMember && (column == 0 || indent == column):
			column = indent
			last = strings.Trim(name, `"'`)
			members[last] = strings.Trim(strings.Trim(value, " "), `"'`)
			if block := members[last]; block == "|" || block == "|-" || block == ">" || block == ">-" {
				members[last] = ""
			}
		case last != "":
			members[last] += inner + "\n"
		}
	}
	return s.found()
}
