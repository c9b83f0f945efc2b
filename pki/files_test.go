package pki_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func store(t *testing.T, o pki.InitOptions) *pki.Store {
	t.Helper()
	o.Clock = present
	s, err := pki.Init(filepath.Join(t.TempDir(), "pki"), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func identity(t *testing.T, s *pki.Store, name string) *pki.Identity {
	t.Helper()
	i, err := s.Identity(name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestInitMakesWhatTheRolesNeed(t *testing.T) {
	t.Parallel()
	s := store(t, pki.InitOptions{Seed: "store", ServerNames: []string{"id.example", "192.0.2.7"}})
	want := []string{"alone", "alone-2", "alone-ca", "alone-ed25519", "alone-expired", "alone-for-servers", "alone-foreign-signature", "alone-rsa", "alone-v1", "stranger", "client", "client-2", "pinned", "san", "server"}
	for _, f := range pki.NameFixtures() {
		want = append(want, "dn-"+f.Name)
	}
	slices.Sort(want)
	if got := s.Names(); !slices.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
	server := identity(t, s, "server").Certificate()
	for _, host := range []string{"localhost", "mtls.localhost", "127.0.0.1", "::1", "id.example", "192.0.2.7"} {
		if err := server.VerifyHostname(host); err != nil {
			t.Error(err)
		}
	}
	for _, f := range pki.NameFixtures() {
		if got := identity(t, s, "dn-"+f.Name).DN(); !bytes.Equal(got.DER(), f.Subject.DER()) {
			t.Errorf("%s: subject %s", f.Name, got)
		}
	}
	// What openssl verify says of those that are not simply good; the anchors of a self-signed certificate are itself.
	flawed := map[string]int{"alone-expired": 10, "alone-for-servers": 26, "server": 26}
	for _, name := range s.Names() {
		i := identity(t, s, name)
		if name == "stranger" {
			if len(i.Roots()) != 0 || opensslVerdict(t, i.Chain(), s.CA().Roots()) != 20 {
				t.Error("the stranger's authority is known")
			}
			continue
		}
		if got := opensslVerdict(t, i.Chain(), i.Roots()); got != flawed[name] {
			t.Errorf("%s: openssl verify says %d", name, got)
		}
	}
}

func TestKeysAreForTheOwnerAlone(t *testing.T) {
	t.Parallel()
	s := store(t, pki.InitOptions{})
	keys := 0
	err := filepath.WalkDir(s.Dir(), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o644)
		switch {
		case e.IsDir():
			want = 0o700
		case strings.HasSuffix(path, "-key.pem"):
			want = 0o600
			keys++
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
		if strings.Contains(filepath.Base(path), "unfinished") {
			t.Errorf("%s was left over", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := len(s.Names()) + 1; keys != want {
		t.Errorf("%d keys, want %d", keys, want)
	}
}

func TestInitRefusesToLoseAnything(t *testing.T) {
	t.Parallel()
	s := store(t, pki.InitOptions{})
	before := s.CA().DER()
	_, err := pki.Init(s.Dir(), pki.InitOptions{Clock: present})
	if err == nil || !strings.Contains(err.Error(), "holds a certificate authority already") {
		t.Errorf("a second Init: %v", err)
	}
	again, err := pki.Open(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.CA().DER(), before) {
		t.Error("the CA changed")
	}
	if renewed, err := pki.Init(s.Dir(), pki.InitOptions{Clock: present, Overwrite: true}); err != nil || bytes.Equal(renewed.CA().DER(), before) {
		t.Errorf("Overwrite made no new CA: %v", err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "holiday.jpg"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Init(other, pki.InitOptions{}); err == nil || !strings.Contains(err.Error(), "holiday.jpg, which is not ours") {
		t.Errorf("a folder of somebody else: %v", err)
	}
}

// An interrupted Init leaves a folder without index: Open says so, and Init may finish it.
func TestAnInterruptedInitCanBeRepeated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "id"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"client-key.pem", ".unfinished-client.pem"} {
		if err := os.WriteFile(filepath.Join(dir, "id", name), []byte("half a file"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pki.Open(dir); err == nil || !strings.Contains(err.Error(), "not a complete one") {
		t.Errorf("Open: %v", err)
	}
	s, err := pki.Init(dir, pki.InitOptions{Clock: present})
	if err != nil {
		t.Fatal(err)
	}
	if err := identity(t, s, "client").Err(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "id", ".unfinished-client.pem")); err == nil {
		t.Error("the leftover is still there")
	}
}

func TestASeedMakesTheSameFolder(t *testing.T) {
	t.Parallel()
	read := func() string {
		text, err := os.ReadFile(filepath.Join(store(t, pki.InitOptions{Seed: "same"}).Dir(), "index.json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if a, b := read(), read(); a != b {
		t.Errorf("two folders of one seed differ:\n%s\n%s", a, b)
	}
}

func TestTheIndexDescribesAndKeepsSecrets(t *testing.T) {
	t.Parallel()
	s := store(t, pki.InitOptions{Seed: "a secret seed"})
	text, err := os.ReadFile(filepath.Join(s.Dir(), "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("PRIVATE")) || bytes.Contains(text, []byte("a secret seed")) {
		t.Error("the index holds a secret")
	}
	var index pki.Index
	if err := json.Unmarshal(text, &index); err != nil {
		t.Fatal(err)
	}
	for _, e := range index.Certificates {
		if e.Name != "dn-quotes" {
			continue
		}
		if got, want := e.Subject.DotNet, `CN="he said ""hi""", O=mtlscheck`; got != want {
			t.Errorf(".NET subject %s, want %s", got, want)
		}
		if e.Thumbprints != identity(t, s, "dn-quotes").Thumbprints() || e.Issuer != "ca" || e.Kind != "client" || e.Key != "p256" {
			t.Errorf("entry %+v", e)
		}
		return
	}
	t.Error("the index lacks dn-quotes")
}

func TestAStoreWithoutTheKeyOfItsCAIssuesNothing(t *testing.T) {
	t.Parallel()
	s := store(t, pki.InitOptions{})
	if err := os.Remove(filepath.Join(s.Dir(), "ca", "ca-key.pem")); err != nil {
		t.Fatal(err)
	}
	s, err := pki.Open(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if s.CA() != nil {
		t.Error("there is a CA without a key")
	}
	client := identity(t, s, "client")
	if err := client.Err(); err != nil || len(client.Roots()) != 1 {
		t.Errorf("client: %v, %d roots", err, len(client.Roots()))
	}
	if err := client.With(trait.Expired).Err(); err == nil || !strings.Contains(err.Error(), "the key of its issuer is not at hand") {
		t.Errorf("a twin: %v", err)
	}
	if err := identity(t, s, "alone").With(trait.Expired).Err(); err != nil {
		t.Errorf("a twin of a self-signed certificate: %v", err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, content, says string
	}{
		{"a broken index", "index.json", "{", "not an index of certificates"},
		{"an index of another version", "index.json", `{"schema":"mtlscheck.pki/v9"}`, "not an index of certificates"},
		{"a name that leaves the folder", "index.json", `{"schema":"mtlscheck.pki/v1","certificates":[{"name":"../x"}]}`, "is not a name that an identity can have"},
		{"a certificate that is none", "id/client.pem", "x", "client.pem: no certificate in PEM form"},
		{"a key that is none", "id/client-key.pem", "x", "client-key.pem: no private key in PEM form"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := store(t, pki.InitOptions{})
			if err := os.WriteFile(filepath.Join(s.Dir(), test.file), []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := pki.Open(s.Dir()); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("Open: %v, want …%s…", err, test.says)
			}
		})
	}
	if _, err := pki.Open(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "mtlscheck pki init") {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := store(t, pki.InitOptions{}).Identity("clint"); err == nil || !strings.Contains(err.Error(), "it holds alone, alone-2, alone-ca") {
		t.Errorf("a name that is not there: %v", err)
	}
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := store(t, pki.InitOptions{})
	dir := t.TempDir()
	put := func(name string, data []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	at := func(name string) string { return filepath.Join(s.Dir(), "id", name) }
	client := identity(t, s, "client")
	p12, err := pkcs12.Modern2023.Encode(client.Key(), client.Certificate(), []*x509.Certificate{s.CA().Certificate()}, "right")
	if err != nil {
		t.Fatal(err)
	}
	der := put("client.der", client.DER())
	bundle := put("client.p12", p12)
	tests := []struct {
		name, cert, key string
		says            string
	}{
		{"fits", at("client.pem"), at("client-key.pem"), ""},
		{"another's key", at("client.pem"), at("client-2-key.pem"), "the key does not belong to the certificate of client"},
		{"no file", at("none.pem"), at("client-key.pem"), "no such file"},
		{"exchanged", at("client-key.pem"), at("client.pem"), `no certificate in PEM form (-----BEGIN CERTIFICATE-----) is in this file; it holds "PRIVATE KEY"`},
		{"a certificate for a key", at("client.pem"), at("client.pem"), `it holds "CERTIFICATE"`},
		{"DER", der, at("client-key.pem"), "convert it with openssl x509 -inform der"},
		{"a p12", bundle, at("client-key.pem"), "give it as p12"},
		{"empty", put("empty", nil), at("client-key.pem"), "it is empty"},
		{"garbage", put("garbage", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}})), at("client-key.pem"), "certificate 1 cannot be read"},
		{"an encrypted key", at("client.pem"), put("locked", pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}})), "the key is encrypted; decrypt it with openssl pkey"},
		{"a garbled key", at("client.pem"), put("garbled", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}})), "the key cannot be read"},
	}
	for _, test := range tests {
		i, err := pki.Load(test.cert, test.key)
		if test.says == "" {
			if err != nil || !bytes.Equal(i.DER(), client.DER()) {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want …%s…", test.name, err, test.says)
		}
	}
	if i, err := pki.LoadP12(bundle, "right"); err != nil || !bytes.Equal(i.DER(), client.DER()) || len(i.Chain()) != 1 || !bytes.Equal(i.Roots()[0], s.CA().DER()) {
		t.Errorf("a p12: %v", err)
	}
	if _, err := pki.LoadP12(bundle, "wrong"); err == nil || !strings.Contains(err.Error(), "the password is wrong") {
		t.Errorf("a p12 with a wrong password: %v", err)
	}
	if _, err := pki.LoadP12(der, "x"); err == nil || !strings.Contains(err.Error(), "not a PKCS#12 file") {
		t.Errorf("what is no p12: %v", err)
	}
}
