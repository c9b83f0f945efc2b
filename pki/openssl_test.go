package pki_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// subjects are the names that a real .NET was shown, and the fixtures.
func subjects(t *testing.T) map[string]pki.DN {
	t.Helper()
	text, err := os.ReadFile("dn/testdata/dotnet.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Names []struct{ Name, DER string } }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	out := map[string]pki.DN{}
	for _, n := range file.Names {
		der, err := hex.DecodeString(n.DER)
		if err != nil {
			t.Fatal(err)
		}
		if out[n.Name], err = pki.ParseDNDER(der); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{`CN=\#,O=\##,OU=\ `, `CN=\  ,O=a\#+OU=\"\\`} {
		name, err := pki.ParseDN(text)
		if err != nil {
			t.Fatal(err)
		}
		out[text] = name
	}
	for _, f := range pki.NameFixtures() {
		out["fixture "+f.Name] = f.Subject
	}
	return out
}

func TestNamesAreWrittenAsOpenSSLWritesThem(t *testing.T) {
	t.Parallel()
	l := lab("openssl")
	ca := l.Root("ca")
	for name, subject := range subjects(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := ca.Client("client", trait.SubjectName(subject))
			if err := i.Err(); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "leaf.pem")
			if err := os.WriteFile(file, pki.PEM(i.DER()), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, form := range []struct {
				options []string
				got     string
			}{{nil, i.DN().OpenSSL()}, {[]string{"-nameopt", "RFC2253"}, i.DN().OpenSSLRFC2253()}} {
				out, err := exec.CommandContext(t.Context(), "openssl", append([]string{"x509", "-noout", "-subject", "-in", file}, form.options...)...).Output()
				if errors.Is(err, exec.ErrNotFound) {
					t.Fatal("openssl is needed for this test: install it (Debian: apt-get install openssl)")
				}
				if err != nil && (name == "private-oid-octets" || name == "private-oid-int") {
					continue // OpenSSL does not load these, and so neither does .NET on Linux
				}
				if err != nil {
					t.Fatal(err)
				}
				want := strings.TrimSuffix(strings.TrimPrefix(string(out), "subject="), "\n")
				if form.options == nil {
					want = strings.TrimPrefix(want, " ")
				}
				if form.got != want {
					t.Errorf("%v\n openssl: %s\n    here: %s", form.options, want, form.got)
				}
			}
		})
	}
}
