package verify_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
	"github.com/mtlscheck/mtlscheck/pki/verify"
)

func present() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// For each kind of answer one fault: both verifiers say what the catalogue of faults says that they say.
func TestBothVerifiersSayWhatTheCatalogueExpects(t *testing.T) {
	t.Parallel()
	root := pki.New(pki.Options{Seed: "verify", Clock: present}).Root("root")
	client := root.Client("client", trait.Subject("CN=mtlscheck-client-1,OU=Conformance,O=mtlscheck,C=SE"))
	for _, name := range []string{"reissued", "via-intermediate", "no-chain", "unknown-ca", "expired", "not-yet-valid", "server-auth-only", "any-eku", "path-length", "name-constraint-dns",
		"critical-extension", "duplicate-extension", "policy", "loop", "chain-v1"} {
		fault, known := pki.FaultNamed(name)
		if !known {
			t.Fatalf("there is no fault %s", name)
		}
		twin := root.Fault(client, name)
		if err := twin.Err(); err != nil {
			t.Fatal(err)
		}
		if got := verify.Go(twin.Chain(), client.Roots(), present()); got.Class != fault.Expect.Go || got.Accepts != (fault.Expect.Go == pki.GoAccepts) {
			t.Errorf("%s: Go says %+v, expected %s", name, got, fault.Expect.Go)
		}
		got, err := verify.OpenSSL(t.Context(), twin.Chain(), client.Roots(), present())
		if err != nil {
			t.Fatalf("%s: %v; ./task install installs openssl", name, err)
		}
		if got.Number != fault.Expect.OpenSSL || got.Accepts != (fault.Expect.OpenSSL == 0) || got.Accepts != (got.Says == "") {
			t.Errorf("%s: OpenSSL says %+v, expected %d", name, got, fault.Expect.OpenSSL)
		}
	}
}

func TestTheTimeThatWasAskedForCounts(t *testing.T) {
	t.Parallel()
	client := pki.New(pki.Options{Seed: "time", Clock: present}).Root("root").Client("client")
	for _, at := range []struct {
		time    time.Time
		accepts bool
	}{{present(), true}, {present().AddDate(2, 0, 0), false}, {present().AddDate(-2, 0, 0), false}} {
		mine := verify.Go(client.Chain(), client.Roots(), at.time)
		theirs, err := verify.OpenSSL(t.Context(), client.Chain(), client.Roots(), at.time)
		if err != nil {
			t.Fatal(err)
		}
		if mine.Accepts != at.accepts || theirs.Accepts != at.accepts {
			t.Errorf("%s: %+v, %+v", at.time, mine, theirs)
		}
	}
}

// Where openssl cannot be asked, that is an error and no verdict.
func TestNoAnswerIsNoVerdict(t *testing.T) {
	client := pki.New(pki.Options{Seed: "none", Clock: present}).Root("root").Client("client")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := verify.OpenSSL(ended, client.Chain(), client.Roots(), present()); err == nil {
		t.Errorf("after the end: %+v", got)
	}
	if got, err := verify.OpenSSL(t.Context(), nil, client.Roots(), present()); err == nil {
		t.Errorf("nothing to verify: %+v", got)
	}
	if got := verify.Go(nil, client.Roots(), present()); got.Accepts {
		t.Errorf("nothing to verify: %+v", got)
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if _, err := verify.OpenSSL(t.Context(), client.Chain(), client.Roots(), present()); !errors.Is(err, verify.ErrNoOpenSSL) {
		t.Errorf("without openssl: %v", err)
	}
	for name, script := range map[string]string{
		"another program": "#!/bin/sh\n[ $1 = version ] && exit\necho 'unknown option -no-CAstore' >&2\nexit 1\n",
		"one that dies":   "#!/bin/sh\n[ $1 = version ] && exit\nkill -9 $$\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, "openssl"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		if got, err := verify.OpenSSL(t.Context(), client.Chain(), client.Roots(), present()); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
