package pki_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func timestamp() string { return fmt.Sprint(present().Unix()) }

func TestAKeySetIsReadByAnotherLibrary(t *testing.T) {
	t.Parallel()
	l := lab("jwks")
	var ids []*pki.Identity
	for _, kind := range []trait.KeyKind{trait.P256, trait.P384, trait.P521, trait.Ed25519, trait.RSA2048} {
		ids = append(ids, l.SelfSigned(string(kind), trait.Key(kind)))
	}
	text, err := pki.JWKSOf(ids...)
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != len(ids) {
		t.Fatalf("%d keys, want %d", len(set.Keys), len(ids))
	}
	for n, k := range set.Keys {
		i := ids[n]
		if !k.Valid() || len(k.Certificates) != 1 || !bytes.Equal(k.Certificates[0].Raw, i.DER()) {
			t.Errorf("%s: the key set does not hold the certificate", i.Name())
		}
		if der, err := x509.MarshalPKIXPublicKey(k.Key); err != nil || !bytes.Equal(der, i.Certificate().RawSubjectPublicKeyInfo) {
			t.Errorf("%s: another key: %v", i.Name(), err)
		}
		if got := base64.RawURLEncoding.EncodeToString(k.CertificateThumbprintSHA256); got != i.Thumbprints().X5tS256 || k.KeyID != got {
			t.Errorf("%s: x5t#S256 %s, kid %s", i.Name(), got, k.KeyID)
		}
	}
	if strings.Contains(string(text), `"d"`) {
		t.Error("the key set holds a private key")
	}
}

func TestOpenSSLReadsP12Files(t *testing.T) {
	t.Parallel()
	via := lab("p12").Root("ca").Sub("sub").Client("alice")
	for _, format := range []pki.P12Format{pki.Modern, pki.Legacy} {
		data, err := via.P12("changeit", format)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "alice.p12")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "openssl", "pkcs12", "-in", file, "-passin", "pass:changeit", "-nodes").Output()
		if err != nil || bytes.Count(out, []byte("BEGIN CERTIFICATE")) != 3 || bytes.Count(out, []byte("BEGIN PRIVATE KEY")) != 1 {
			t.Errorf("%s: openssl pkcs12: %v\n%s", format, err, out)
		}
		if back, err := pki.LoadP12(file, "changeit"); err != nil || !bytes.Equal(back.DER(), via.DER()) || len(back.Chain()) != 2 {
			t.Errorf("%s: read back: %v", format, err)
		}
	}
	for _, bad := range []struct {
		of       *pki.Identity
		password string
		format   pki.P12Format
		says     string
	}{
		{via, "pässwörd", pki.Modern, "printable ASCII"},
		{via, "x", "best", `no PKCS#12 format "best"`},
		{via.With(trait.Serial(0xfb)), "x", pki.Modern, "Go cannot parse"},
	} {
		if _, err := bad.of.P12(bad.password, bad.format); err == nil || !strings.Contains(err.Error(), bad.says) {
			t.Errorf("%v, want …%s…", err, bad.says)
		}
	}
}
