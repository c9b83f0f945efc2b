package export_test

import (
	"bytes"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/export"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func clock() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

// Every form says whether it holds a key, and does not lie: what is not secret has no key in any encoding.
func TestOnlySecretFormsHoldAKey(t *testing.T) {
	t.Parallel()
	id := pki.New(pki.Options{Seed: "forms", Clock: clock}).Root("root").Sub("issuing").Client("client")
	text, err := id.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	scalar := block.Bytes[36:68] // of a P-256 key in PKCS#8
	seen := map[string]bool{}
	for _, f := range export.Forms() {
		if f.Doc == "" || seen[f.Name] || seen[f.File(id)] {
			t.Errorf("%s is not described, or its name or file is used twice", f.Name)
		}
		seen[f.Name], seen[f.File(id)] = true, true
		data, err := f.Write(export.Options{Folder: "/somewhere"}, id)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		if holds := bytes.Contains(data, []byte("PRIVATE KEY")) || bytes.Contains(data, scalar); holds && !f.Secret {
			t.Errorf("%s holds the key and is not marked as secret", f.Name)
		}
		if mode := f.Mode(); (mode == 0o600) != f.Secret {
			t.Errorf("%s: mode %o, secret %v", f.Name, mode, f.Secret)
		}
	}
	if p12, _ := export.FormNamed("p12"); !p12.Secret || p12.File(id) != "client.p12" {
		t.Error("p12 is a file that holds a key")
	}
}

func TestWhatAFormCannotHoldIsRefused(t *testing.T) {
	t.Parallel()
	l := pki.New(pki.Options{Seed: "refused", Clock: clock})
	root := l.Root("root")
	client := root.Client("client")
	tests := []struct {
		form    string
		options export.Options
		ids     []*pki.Identity
		says    string
	}{
		{"p12", export.Options{Password: "pässword"}, []*pki.Identity{client}, "printable ASCII"},
		{"p12", export.Options{}, []*pki.Identity{root.Fault(client, "duplicate-extension")}, "cannot be written as .p12"},
		{"intermediates", export.Options{}, []*pki.Identity{client}, "no intermediate authority stands above client"},
		{"pem", export.Options{}, nil, "nothing to write"},
		{"pem", export.Options{}, []*pki.Identity{client, client}, "for one certificate, not for 2"},
		{"pem", export.Options{}, []*pki.Identity{root.Client("bad", trait.Subject("nonsense"))}, "nonsense"},
		{"k8s-secret", export.Options{}, []*pki.Identity{root.Client("two words")}, "cannot name an object of Kubernetes"},
		{"k8s-secret", export.Options{Namespace: "a: b"}, []*pki.Identity{client}, "cannot be a namespace"},
		{"env", export.Options{Folder: "/a folder"}, []*pki.Identity{client}, "blank or a quote"},
	}
	for _, test := range tests {
		form, known := export.FormNamed(test.form)
		if !known {
			t.Fatalf("there is no form %s", test.form)
		}
		if _, err := form.Write(test.options, test.ids...); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, expected an error with %q", test.form, err, test.says)
		}
	}
}
