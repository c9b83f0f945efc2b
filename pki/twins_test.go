package pki_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
)

func TestAFolderOfTwinsIsWhatItsIndexSays(t *testing.T) {
	t.Parallel()
	s := store(t, pki.InitOptions{Seed: "twins"})
	var before map[string][]byte
	for range 2 { // the same store and day give the same bytes
		dir := filepath.Join(t.TempDir(), "faults")
		index, register, err := s.WriteTwins(dir, pki.TwinOptions{Clock: present})
		if err != nil {
			t.Fatal(err)
		}
		if len(index.LeftOut) > 0 {
			t.Errorf("left out: %v", index.LeftOut)
		}
		files := map[string][]byte{}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[string]bool{}
		for _, twin := range index.Twins {
			if seen[twin.Name] {
				t.Errorf("%s stands twice in the index", twin.Name)
			}
			seen[twin.Name] = true
			if got := pki.ThumbprintsOf(certificateIn(t, files[twin.File])); got != twin.Thumbprints {
				t.Errorf("%s: the file has thumbprint %s, the index %s", twin.Name, got.X5tS256, twin.Thumbprints.X5tS256)
			}
			if len(files[twin.Name+".key.pem"]) == 0 || !bytes.HasPrefix(files[twin.Name+".chain.pem"], files[twin.File]) {
				t.Errorf("%s has no key, or sends something else first", twin.Name)
			}
			if f, known := pki.FaultNamed(twin.Fault); known != (twin.Of != twin.Name) || known && (twin.Of != f.Base() || *twin.Expect != f.Expect) {
				t.Errorf("%s: of %s, %+v", twin.Name, twin.Of, twin.Expect)
			}
		}
		for _, f := range pki.Faults() {
			if !seen[f.Name] {
				t.Errorf("there is no twin %s", f.Name)
			}
		}
		for name, data := range before {
			if !bytes.Equal(data, files[name]) {
				t.Errorf("%s differs from one time to the next", name)
			}
		}
		before = files
		text, err := json.Marshal(register)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{`"name":"client"`, `"ocsp":"revoked"`, `"ocsp":"unknown"`} {
			if !strings.Contains(string(text), name) {
				t.Errorf("the register has no %s: %s", name, text)
			}
		}
	}
}

func certificateIn(t *testing.T, text []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		t.Fatalf("not a certificate in PEM form: %.60q", text)
	}
	return block.Bytes
}

// What the folder holds of others stays, and what it holds of an earlier run and is not asked for goes.
func TestAFolderOfOthersIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := store(t, pki.InitOptions{Seed: "others"})
	dir := t.TempDir()
	for _, asked := range [][]string{{"expired", "revoked"}, {"revoked"}} {
		if _, _, err := s.WriteTwins(dir, pki.TwinOptions{Faults: asked}); err != nil {
			t.Fatal(err)
		}
		_, err := os.Stat(filepath.Join(dir, "expired.key.pem"))
		if gone := errors.Is(err, os.ErrNotExist); gone != (len(asked) == 1) {
			t.Errorf("%v: expired.key.pem: %v", asked, err)
		}
	}
	for name, text := range map[string]string{"mine.pem": "", "index.json": `{"schema":"mtlscheck.pki/v1"}`} {
		other := t.TempDir()
		if err := os.WriteFile(filepath.Join(other, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.WriteTwins(other, pki.TwinOptions{Faults: []string{"expired"}}); !errors.Is(err, pki.ErrNotTwins) {
			t.Errorf("a folder with %s: %v", name, err)
		}
	}
	for says, o := range map[string]pki.TwinOptions{
		`there is no fault "x"`:              {Faults: []string{"x"}},
		"holds no certificate":               {Of: "x"},
		"alone is self-signed":               {Of: "alone"},
		"this fault needs a subject with OU": {Of: "dn-state", Faults: []string{"other-ou"}},
	} {
		if _, _, err := s.WriteTwins(t.TempDir(), o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %s", o, err, says)
		}
	}
	index, _, err := s.WriteTwins(t.TempDir(), pki.TwinOptions{Of: "dn-state"})
	if err != nil || len(index.LeftOut) == 0 {
		t.Errorf("faults that this client cannot have: %v, %v", index, err)
	}
}

// A register that was written down is the same register, and no other authority's.
func TestARegisterCanBeKept(t *testing.T) {
	t.Parallel()
	ca := lab("kept").Root("ca")
	alice, bob := ca.Client("alice"), ca.Client("bob")
	r := ca.Revocation()
	if err := errors.Join(r.Revoke(alice), r.Answer(pki.OCSPOptions{Status: pki.Unknown}, bob)); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	again := lab("kept").Root("ca").Revocation()
	if err := json.Unmarshal(text, again); err != nil {
		t.Fatal(err)
	}
	for _, i := range []*pki.Identity{alice, bob} {
		was, err := r.OCSP(i, pki.OCSPOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if is, err := again.OCSP(i, pki.OCSPOptions{}); err != nil || !bytes.Equal(was, is) {
			t.Errorf("%s: another answer, %v", i.Name(), err)
		}
	}
	was, err := r.CRL(pki.Timing{})
	if err != nil {
		t.Fatal(err)
	}
	if is, err := again.CRL(pki.Timing{}); err != nil || !bytes.Equal(was, is) {
		t.Errorf("another list, %v", err)
	}
	if err := json.Unmarshal(text, lab("other").Root("ca").Revocation()); !errors.Is(err, pki.ErrOtherAuthority) {
		t.Errorf("the register of another authority: %v", err)
	}
	for _, bad := range []string{`{}`, `[]`, `{"schema":"mtlscheck.revocation/v2"}`, strings.Replace(string(text), `"serial":"`, `"serial":"x`, 1), strings.Replace(string(text), `"ocsp":"unknown"`, `"ocsp":"maybe"`, 1)} {
		if err := json.Unmarshal([]byte(bad), again); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func FuzzRegister(f *testing.F) {
	ca := lab("fuzz").Root("ca")
	if err := ca.Revocation().Revoke(ca.Client("alice")); err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(ca.Revocation())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"schema":"mtlscheck.revocation/v1","certificates":[{"serial":"-0"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := lab("fuzz").Root("ca").Revocation()
		if json.Unmarshal(text, r) != nil {
			return
		}
		if _, err := json.Marshal(r); err != nil {
			t.Errorf("%q is read and cannot be written: %v", text, err)
		}
	})
}
