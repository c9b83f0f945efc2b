package manifest_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

const small = `version: 1
authorities:
  root:    {subject: "CN=Root", pathlen: 1}
  issuing: {issuer: root}
identities:
  client:  {issuer: issuing, subject: "CN=client,OU=production,O=company"}
  other:   {issuer: issuing}
  alone:   {self_signed: true}
  old:     {like: client, fault: expired}
`

// plan plans text for a folder, on a day.
func plan(t *testing.T, dir, text, date string, o manifest.Options) (*manifest.Plan, error) {
	t.Helper()
	m, err := manifest.Parse("pki.yaml", []byte(text), noon(date))
	if err != nil {
		t.Fatal(err)
	}
	return m.Plan(dir, o)
}

// apply plans and applies, and returns what was done besides keeping: "make id/client".
func apply(t *testing.T, dir, text, date string, o manifest.Options) []string {
	t.Helper()
	m, err := manifest.Parse("pki.yaml", []byte(text), noon(date))
	if err != nil {
		t.Fatal(err)
	}
	return applied(t, m, dir, o)
}

// applied is apply for a manifest that was read.
func applied(t *testing.T, m *manifest.Manifest, dir string, o manifest.Options) []string {
	t.Helper()
	p, err := m.Plan(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Apply(); err != nil {
		t.Fatal(err)
	}
	return done(p)
}

func done(p *manifest.Plan) []string {
	out := []string{}
	for _, s := range p.Steps {
		if s.Action != manifest.Keep {
			out = append(out, string(s.Action)+" "+s.Name)
		}
	}
	slices.Sort(out)
	return out
}

// everything is what a folder holds, by path.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		data, err := os.ReadFile(path)
		out[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func certificate(t *testing.T, dir, name string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func folder(t *testing.T) string { return filepath.Join(t.TempDir(), "pki") }

func TestMakesWhatTheFileDescribes(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	apply(t, dir, full, "2026-03-01", manifest.Options{})
	files := slices.Sorted(maps.Keys(everything(t, dir)))
	for _, want := range []string{".gitignore", "index.json", "trust.pem", "untrusted.pem", "jwks.json", "ca/root.pem", "ca/root-key.pem", "crl/issuing.crl.pem", "crl/root.crl.pem",
		"id/client.pem", "id/client-key.pem", "id/client-chain.pem", "id/client.p12", "id/client.jwk.json", "faults/expired.pem", "faults/other-case-key.pem"} {
		if !slices.Contains(files, want) {
			t.Errorf("%s is missing", want)
		}
	}
	client := certificate(t, dir, "id/client")
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(everything(t, dir)["trust.pem"]))
	between.AppendCertsFromPEM([]byte(everything(t, dir)["untrusted.pem"]))
	verify := func(c *x509.Certificate) error {
		_, err := c.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: noon("2026-01-01")(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		return err
	}
	if err := verify(client); err != nil {
		t.Error(err)
	}
	if client.Subject.String() != "CN=client,OU=production,O=company" || len(client.URIs) != 1 || len(client.EmailAddresses) != 1 {
		t.Errorf("client %s %v %v", client.Subject, client.URIs, client.EmailAddresses)
	}
	for name, want := range map[string]string{"id/old": "expired", "id/twin": "unknown authority", "id/odd": "expired", "faults/unknown-ca": "unknown authority"} {
		if err := verify(certificate(t, dir, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	legacy := certificate(t, dir, "id/legacy")
	subject, err := pki.ParseDNDER(legacy.RawSubject)
	if got := fmt.Sprint(subject, err, legacy.DNSNames, legacy.IPAddresses, legacy.PublicKeyAlgorithm); got != "2.5.4.97=#130750534453452d31,CN=legacy,O=a+O=b,C=SE <nil> [legacy.example] [192.0.2.9] ECDSA" {
		t.Errorf("legacy %s", got)
	}
	signed := certificate(t, dir, "id/signed")
	if got := fmt.Sprint(signed.ExtKeyUsage, signed.KeyUsage, signed.NotAfter.Sub(noon("2026-01-01")()), signed.CRLDistributionPoints); got != "[clientAuth codeSigning] digitalSignature 708h0m0s [http://crl.example/x.crl]" {
		t.Errorf("signed %s", got)
	}
	block, _ := pem.Decode([]byte(everything(t, dir)["crl/issuing.crl.pem"]))
	list, err := x509.ParseRevocationList(block.Bytes)
	if err != nil || len(list.RevokedCertificateEntries) != 2 || list.CheckSignatureFrom(certificate(t, dir, "ca/issuing")) != nil {
		t.Errorf("list %v, %v", list, err)
	}
}

func TestTheIndexTellsEverythingAndKeepsSecrets(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	apply(t, dir, strings.Replace(full, "seed: demo", "seed: a-secret-seed", 1), "2026-03-01", manifest.Options{})
	text := everything(t, dir)["index.json"]
	if strings.Contains(text, "PRIVATE") || strings.Contains(text, "a-secret-seed") {
		t.Error("the index holds a secret")
	}
	var index pki.Index
	if err := json.Unmarshal([]byte(text), &index); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(index.Certificates, func(e pki.Entry) bool { return e.File == "id/old.pem" })
	j := slices.IndexFunc(index.Certificates, func(e pki.Entry) bool { return e.File == "id/client.pem" })
	if i < 0 || j < 0 || !index.Seeded || index.Manifest != "pki.yaml" {
		t.Fatalf("index %+v", index)
	}
	old, client := index.Certificates[i], index.Certificates[j]
	if old.Fault != "expired" || old.Expect == nil || old.Expect.Server != "refuse" || old.Expect.OpenSSL != 10 || old.Issuer != "issuing" || old.Kind != "client" {
		t.Errorf("old %+v, %+v", old, old.Expect)
	}
	if want := []string{"directory:CN=x,O=y", "0:060a2b060104018237140203a009 0c07616c6963654078"}; !slices.Equal(client.OtherNames, []string{want[0], strings.ReplaceAll(want[1], " ", "")}) {
		t.Errorf("other names %v", client.OtherNames)
	}
	if client.Thumbprints != pki.ThumbprintsOf(certificate(t, dir, "id/client").Raw) || client.Subject.DotNet != "CN=client, OU=production, O=company" {
		t.Errorf("client %+v", client)
	}
}

func TestKeysAreForTheOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	apply(t, dir, full, "2026-03-01", manifest.Options{})
	keys := 0
	check := func() {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			want := fs.FileMode(0o644)
			switch {
			case e.IsDir():
				want = 0o700
			case strings.HasSuffix(path, "-key.pem"), strings.HasSuffix(path, ".p12"):
				want, keys = 0o600, keys+1
			case e.Name() == ".lock":
				return err
			}
			if info.Mode().Perm() != want {
				t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	check()
	if keys < 10 {
		t.Errorf("%d keys", keys)
	}
	for _, name := range []string{"id/client-key.pem", "id"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got := apply(t, dir, full, "2026-03-01", manifest.Options{}); !slices.Equal(got, []string{"mend id", "mend id/client-key.pem"}) {
		t.Errorf("did %v", got)
	}
	check()
}

func TestASecondRunChangesNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{small, full} {
		dir := folder(t)
		apply(t, dir, text, "2026-03-01", manifest.Options{})
		before := everything(t, dir)
		for _, date := range []string{"2026-03-01", "2026-04-01", "2026-12-01"} {
			if got := apply(t, dir, text, date, manifest.Options{}); len(got) > 0 {
				t.Errorf("%s: did %v", date, got)
			}
		}
		if diff := cmp.Diff(before, everything(t, dir)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestASeedAndAClockMakeTheSameFolder(t *testing.T) {
	t.Parallel()
	one, two := folder(t), folder(t)
	apply(t, one, full, "2026-03-01", manifest.Options{})
	// The other folder grows in steps.
	apply(t, two, strings.Replace(full, "  odd:     {like: client, valid: [-30d, -1d], usages: [server auth]}\n", "", 1), "2026-03-01", manifest.Options{})
	apply(t, two, full, "2026-05-01", manifest.Options{})
	a, b := everything(t, one), everything(t, two)
	for _, salted := range []map[string]string{a, b} { // a PKCS#12 file has random salts; and the index has its digest
		delete(salted, "id/client.p12")
		delete(salted, "index.json")
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
}

// TestDefectsOfOthers are the four that the closest tool has: a changed description is announced and not followed, what expired
// stays, the second revocation loses the first, and a name leaves the folder.
func TestDefectsOfOthers(t *testing.T) {
	t.Parallel()
	t.Run("a changed description is followed", func(t *testing.T) {
		t.Parallel()
		dir := folder(t)
		apply(t, dir, small, "2026-03-01", manifest.Options{})
		before := certificate(t, dir, "id/other")
		got := apply(t, dir, strings.Replace(small, "other:   {issuer: issuing", "other:   {issuer: issuing, sans: [dns:new.example]", 1), "2026-03-01", manifest.Options{})
		after := certificate(t, dir, "id/other")
		if !slices.Equal(got, []string{"remake id/other"}) || !slices.Equal(after.DNSNames, []string{"new.example"}) || after.SerialNumber.Cmp(before.SerialNumber) == 0 {
			t.Errorf("did %v; names %v", got, after.DNSNames)
		}
		if !bytes.Equal(after.RawSubjectPublicKeyInfo, before.RawSubjectPublicKeyInfo) {
			t.Error("the key changed, although its kind did not")
		}
		got = apply(t, dir, strings.Replace(small, `root:    {subject: "CN=Root"`, `root:    {subject: "CN=Root", key: p384`, 1), "2026-03-01", manifest.Options{})
		if want := []string{"mend trust.pem", "mend untrusted.pem", "remake ca/issuing", "remake ca/root", "remake id/client", "remake id/old", "remake id/other"}; !slices.Equal(got, want) {
			t.Errorf("did %v, want %v", got, want)
		}
		if err := certificate(t, dir, "ca/issuing").CheckSignatureFrom(certificate(t, dir, "ca/root")); err != nil {
			t.Error(err)
		}
	})
	t.Run("what ends is renewed", func(t *testing.T) {
		t.Parallel()
		text := strings.Replace(small, "other:   {issuer: issuing", "other:   {issuer: issuing, for: 30d", 1) + "  early:   {like: client, fault: not-yet-valid}\n"
		dir := folder(t)
		apply(t, dir, text, "2026-03-01", manifest.Options{})
		for _, c := range []struct {
			date string
			want []string
		}{
			{"2026-03-01", []string{}},
			{"2026-03-02", []string{"renew id/early"}}, // else it would be valid
			{"2026-03-29", []string{"renew id/early", "renew id/other"}},
			{"2026-03-29", []string{}},
			{"2026-06-01", []string{"renew id/early", "renew id/other"}},
			{"2027-02-20", []string{"remake id/early", "remake id/old", "renew id/alone", "renew id/client", "renew id/other"}},
		} {
			if got := apply(t, dir, text, c.date, manifest.Options{}); !slices.Equal(got, c.want) {
				t.Errorf("%s: did %v, want %v", c.date, got, c.want)
			}
		}
		if until := certificate(t, dir, "id/other").NotAfter; !until.After(noon("2027-02-20")()) {
			t.Errorf("it ends on %s", until)
		}
	})
	t.Run("revocations accumulate", func(t *testing.T) {
		t.Parallel()
		dir := folder(t)
		revoked := func() int {
			block, _ := pem.Decode([]byte(everything(t, dir)["crl/issuing.crl.pem"]))
			list, err := x509.ParseRevocationList(block.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			return len(list.RevokedCertificateEntries)*100 + int(list.Number.Int64())
		}
		for _, c := range []struct {
			revoked string
			change  string
			list    int // entries and number
		}{
			{"revoked: {issuing: [client]}", "", 101},
			{"revoked: {issuing: [client, other]}", "", 202},
			{"revoked: {issuing: [other]}", "", 202},
			{"", "", 202},
			{"revoked: {issuing: [other]}", "other:   {issuer: issuing, sans: [dns:new.example]", 303}, // the old one stays revoked
		} {
			text := small + c.revoked + "\n"
			if c.change != "" {
				text = strings.Replace(text, "other:   {issuer: issuing", c.change, 1)
			}
			apply(t, dir, text, "2026-03-01", manifest.Options{})
			if got := revoked(); got != c.list {
				t.Errorf("%s: %d, want %d", c.revoked, got, c.list)
			}
		}
	})
	t.Run("no name leaves the folder", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"../escape", "/tmp/escape", "a/b", `a\b`, "..", ".", ""} {
			if _, err := manifest.Parse("pki.yaml", []byte("version: 1\nidentities: {\""+strings.ReplaceAll(name, `\`, `\\`)+"\": {self_signed: true}}\n"), nil); err == nil {
				t.Errorf("%q is taken", name)
			}
		}
	})
}

func TestNothingIsWrittenIfAnythingIsWrong(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a fault that this certificate cannot have": small + "  bad:     {like: client, fault: set-split}\n",
		"the same in a set":                         small + "faults: {of: client, set: [expired, set-split]}\n",
		"revoking what nobody can read":             small + "  bad:     {like: client, fault: version-4}\nrevoked: {issuing: [bad]}\n",
	} {
		dir := folder(t)
		if _, err := plan(t, dir, text, "2026-03-01", manifest.Options{}); err == nil || !strings.Contains(err.Error(), "pki.yaml:") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the folder is there: %v", name, err)
		}
	}
}

func TestEveryFaultThatACertificateCanHave(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	text := "version: 1\nseed: x\nclock: 2026-01-01\nauthorities: {root: {}}\nidentities: {client: {issuer: root, subject: \"CN=client,OU=a,O=b,C=SE\"}}\nfaults: {of: client, set: all}\n"
	p, err := plan(t, dir, text, "2026-03-01", manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	made, skipped := 0, 0
	for _, s := range p.Steps {
		switch {
		case s.Action == manifest.Skip && s.Why != "":
			skipped++
		case s.Action == manifest.Make && strings.HasPrefix(s.Name, "faults/"):
			made++
		}
	}
	if made < 70 || skipped == 0 {
		t.Errorf("%d made, %d left out", made, skipped)
	}
	if err := p.Apply(); err != nil {
		t.Fatal(err)
	}
	again, err := plan(t, dir, text, "2026-04-01", manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if again.Changes() {
		t.Errorf("again: %v", done(again))
	}
}

// TestWhatDoesNotMoveIsNotRenewed: dates of its own end once, for twins too; the dates of a fault move.
func TestWhatDoesNotMoveIsNotRenewed(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	text := small + "  dated:   {issuer: issuing, valid: [2026-01-01, 2026-03-05]}\n  twin:    {like: dated}\n  wrong:   {like: dated, fault: other-key}\n  early:   {like: dated, fault: not-yet-valid}\n"
	apply(t, dir, text, "2026-03-01", manifest.Options{})
	for _, date := range []string{"2026-03-04", "2026-04-01"} {
		if got := apply(t, dir, text, date, manifest.Options{}); !slices.Equal(got, []string{"renew id/early"}) {
			t.Errorf("%s: did %v", date, got)
		}
	}
}

// A twin has the key of what it is like; when it becomes somebody of its own, it gets one of its own.
func TestATwinLeavesTheKey(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	key := func(name string) []byte { return certificate(t, dir, name).RawSubjectPublicKeyInfo }
	apply(t, dir, small+"  twin:    {like: client, sans: [dns:a.example]}\n", "2026-03-01", manifest.Options{})
	if !bytes.Equal(key("id/twin"), key("id/client")) {
		t.Error("the twin has another key")
	}
	client := key("id/client")
	apply(t, dir, small+"  twin:    {issuer: issuing, sans: [dns:a.example]}\n", "2026-03-01", manifest.Options{})
	if bytes.Equal(key("id/twin"), client) || !bytes.Equal(key("id/client"), client) {
		t.Error("two people have one key")
	}
}

// What Go cannot parse can be exported and kept.
func TestKeepsWhatCannotBeParsed(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	text := small + "  odd:     {like: client, fault: version-4, export: [jwk]}\n"
	apply(t, dir, text, "2026-03-01", manifest.Options{})
	if got := apply(t, dir, text, "2026-03-02", manifest.Options{}); len(got) > 0 {
		t.Errorf("did %v", got)
	}
	if !strings.Contains(everything(t, dir)["jwks.json"], `"kid"`) {
		t.Error("its key is not in jwks.json")
	}
	if err := os.Remove(filepath.Join(dir, "id/odd.jwk.json")); err != nil {
		t.Fatal(err)
	}
	if got := apply(t, dir, text, "2026-03-02", manifest.Options{}); !slices.Equal(got, []string{"mend jwks.json", "remake id/odd"}) && !slices.Equal(got, []string{"remake id/odd"}) {
		t.Errorf("did %v", got)
	}
}

// TestDescriptionsKeepTheirDigests: if these change, a new version of mtlscheck makes every folder anew.
func TestDescriptionsKeepTheirDigests(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	apply(t, dir, full, "2026-03-01", manifest.Options{})
	var index pki.Index
	if err := json.Unmarshal([]byte(everything(t, dir)["index.json"]), &index); err != nil {
		t.Fatal(err)
	}
	all := sha256.New()
	for _, e := range index.Certificates {
		fmt.Fprintln(all, e.File, e.Spec)
	}
	if got := hex.EncodeToString(all.Sum(nil)); got != goldenDigests {
		t.Errorf("the descriptions have the digest %s, want %s", got, goldenDigests)
	}
}

const goldenDigests = "f012bce93d86e0b4c00afc5c908197f7464ca9681f43e728414de98bfc29cb0b"
