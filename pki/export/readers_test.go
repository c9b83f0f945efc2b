package export_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/export"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

const password = "Correct horse"

// folder writes every form of every identity, as pki export does.
func folder(t *testing.T, ids ...*pki.Identity) string {
	t.Helper()
	dir := t.TempDir()
	for _, id := range ids {
		for _, f := range export.Forms() {
			data, err := f.Write(export.Options{Password: password, Folder: filepath.ToSlash(dir)}, id)
			if err != nil {
				t.Fatalf("%s of %s: %v", f.Name, id.Name(), err)
			}
			if err := os.WriteFile(filepath.Join(dir, f.File(id)), data, f.Mode()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// reader runs a program in the folder and returns what it printed.
func reader(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("%s is needed for this test: ./task install installs it", program)
	}
	if err != nil {
		t.Errorf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func says(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s: does not say %q:\n%s", what, want, text)
		}
	}
}

// client is the identity that the readers are given: an intermediate above, and each kind of alternative name.
func client(kind trait.KeyKind) *pki.Identity {
	return pki.New(pki.Options{Seed: "readers", Key: kind}).Root("root").Sub("issuing").Client("client", trait.Subject("CN=client,OU=production,O=company"), trait.DNS("client.example"))
}

func TestOpenSSLReadsTheForms(t *testing.T) {
	t.Parallel()
	id := client(trait.P256)
	dir := folder(t, id)
	fingerprint := "sha256 Fingerprint=" + id.Thumbprints().SHA256Colons
	for _, args := range [][]string{
		{"x509", "-in", "client.pem"}, {"x509", "-inform", "der", "-in", "client.der"}, {"x509", "-in", "client-chain.pem"}, {"x509", "-in", "client-fullkey.pem"},
	} {
		says(t, strings.Join(args, " "), reader(t, dir, "openssl", append(args, "-noout", "-sha256", "-fingerprint")...), fingerprint)
	}
	public := reader(t, dir, "openssl", "x509", "-in", "client.pem", "-noout", "-pubkey")
	for _, file := range []string{"client-key.pem", "client-fullkey.pem"} {
		says(t, file, reader(t, dir, "openssl", "pkey", "-in", file, "-pubout"), public)
	}
	for _, file := range []string{"client.p12", "client-legacy.p12"} {
		out := reader(t, dir, "openssl", "pkcs12", "-in", file, "-passin", "pass:"+password, "-nodes")
		says(t, file, out, "BEGIN PRIVATE KEY", string(pki.PEM(id.DER())), string(pki.PEM(id.Chain()[1])), string(pki.PEM(id.Roots()[0])))
	}
	says(t, "trust store", reader(t, dir, "openssl", "pkcs12", "-in", "client-trust.p12", "-passin", "pass:changeit", "-nokeys"), string(pki.PEM(id.Roots()[0])))
	says(t, "bundles", reader(t, dir, "openssl", "verify", "-purpose", "sslclient", "-CAfile", "client-trust.pem", "-untrusted", "client-intermediates.pem", "client.pem"), "client.pem: OK")
	// The lines for the shell: OpenSSL finds the anchor by SSL_CERT_FILE alone.
	says(t, "environment", reader(t, dir, "sh", "-c", ". ./client.env && openssl verify -untrusted client-intermediates.pem client.pem"), "client.pem: OK")
	cmd := exec.CommandContext(t.Context(), "openssl", "verify", "-untrusted", "client-intermediates.pem", "client.pem")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("openssl trusts the anchor without the environment, so that the line above proves nothing:\n%s", out)
	}
}

// reads is what Node makes of the folder, in one process: for each kind of key, every form.
const reads = `
const fs = require('fs'), crypto = require('crypto'), tls = require('tls');
const out = {};
for (const dir of process.argv.slice(1)) {
  const read = (f) => fs.readFileSync(dir + '/' + f);
  const cert = new crypto.X509Certificate(read('client.pem'));
  const said = out[dir] = {};
  const same = (key) => key.equals(cert.publicKey);
  said.der = new crypto.X509Certificate(read('client.der')).fingerprint256 === cert.fingerprint256;
  said.key = cert.checkPrivateKey(crypto.createPrivateKey(read('client-key.pem')));
  said.fullkey = cert.checkPrivateKey(crypto.createPrivateKey(read('client-fullkey.pem')));
  for (const name of ['client', 'client-legacy']) {
    tls.createSecureContext({pfx: read(name + '.p12'), passphrase: '` + password + `'});
    try { tls.createSecureContext({pfx: read(name + '.p12'), passphrase: 'wrong'}); said[name] = false; } catch { said[name] = true; }
  }
  for (const jwk of [JSON.parse(read('client.jwk.json')), ...JSON.parse(read('client.jwks.json')).keys]) {
    const x5c = Buffer.from(jwk.x5c[0], 'base64');
    said.jwk = said.jwk !== false && same(crypto.createPublicKey({key: jwk, format: 'jwk'})) && x5c.equals(cert.raw)
      && jwk['x5t#S256'] === crypto.createHash('sha256').update(x5c).digest('base64url');
  }
  const secret = {};
  for (const line of read('client-secret.yaml').toString().split('\n')) {
    const [, name, value] = line.match(/^  ([a-z.]+\.(?:crt|key)): (\S+)$/) ?? [];
    if (name) secret[name] = Buffer.from(value, 'base64');
  }
  tls.createSecureContext({cert: secret['tls.crt'], key: secret['tls.key'], ca: secret['ca.crt']});
  said.secret = new crypto.X509Certificate(secret['ca.crt']).fingerprint256 === new crypto.X509Certificate(read('client-trust.pem')).fingerprint256;
  tls.createSecureContext({cert: read('client-chain.pem'), key: read('client-key.pem'), ca: read('client-trust.pem')});
}
console.log(JSON.stringify(out));
`

func TestNodeReadsTheForms(t *testing.T) {
	t.Parallel()
	args := []string{"-e", reads}
	for _, kind := range []trait.KeyKind{trait.P256, trait.P521, trait.Ed25519, trait.RSA2048} {
		args = append(args, folder(t, client(kind)))
	}
	var out map[string]map[string]bool
	text := reader(t, t.TempDir(), "node", args...)
	if err := json.Unmarshal([]byte(text), &out); err != nil || len(out) != 4 {
		t.Fatalf("%v: %s", err, text)
	}
	for dir, said := range out {
		if len(said) != 7 {
			t.Errorf("%s: node looked at %d forms", dir, len(said))
		}
		for form, right := range said {
			if !right {
				t.Errorf("%s: %s is not what Node reads", dir, form)
			}
		}
	}
}

func TestKeytoolReadsTheForms(t *testing.T) {
	t.Parallel()
	id := client(trait.P256)
	dir := folder(t, id)
	fingerprint := "SHA256: " + id.Thumbprints().SHA256Colons
	for _, file := range []string{"client.p12", "client-legacy.p12"} {
		out := reader(t, dir, "keytool", "-J-Duser.language=en", "-list", "-v", "-keystore", file, "-storepass", password)
		says(t, file, out, "contains 1 entry", "Entry type: PrivateKeyEntry", "Certificate chain length: 3", fingerprint)
	}
	root := pki.ThumbprintsOf(id.Roots()[0]).SHA256Colons
	out := reader(t, dir, "keytool", "-J-Duser.language=en", "-list", "-keystore", "client-trust.p12", "-storepass", export.DefaultPassword)
	says(t, "trust store", out, "contains 1 entry", "trustedCertEntry", root)
}

func TestGnuTLSReadsTheForms(t *testing.T) {
	t.Parallel()
	id := client(trait.P256)
	dir := folder(t, id)
	for _, args := range [][]string{{"-i", "--infile", "client.pem"}, {"-i", "--inder", "--infile", "client.der"}} {
		says(t, "certtool "+strings.Join(args, " "), reader(t, dir, "certtool", args...), "Subject: CN=client,OU=production,O=company", id.Thumbprints().SHA256Hex)
	}
	says(t, "key", reader(t, dir, "certtool", "--key-info", "--infile", "client-key.pem"), "Public Key Algorithm: EC/ECDSA")
	for _, file := range []string{"client.p12", "client-legacy.p12"} {
		out := reader(t, dir, "certtool", "--p12-info", "--inder", "--infile", file, "--password", password)
		says(t, file, out, "BEGIN CERTIFICATE", "PRIVATE KEY")
	}
	says(t, "bundles", reader(t, dir, "certtool", "--verify", "--load-ca-certificate", "client-trust.pem", "--infile", "client-chain.pem"), "Verified. The certificate is trusted.")
}
