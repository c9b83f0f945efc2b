package manifest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

const faulty = small + `faults:
  - {of: client, set: [expired, other-cn]}
  - {of: alone, set: [expired, self-expired]}
`

// The twins of several identities stand beside each other, with the names of the good ones in front.
func TestBadTwinsOfSeveral(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	apply(t, dir, faulty, "2026-06-01", manifest.Options{})
	for name, subject := range map[string]string{
		"client.expired": "CN=client,OU=production,O=company", "client.other-cn": "CN=", "alone.expired": "CN=alone", "alone.self-expired": "CN=alone",
	} {
		i, err := pki.Load(filepath.Join(dir, "faults", name+".pem"), filepath.Join(dir, "faults", name+"-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		if got := i.DN().String(); !strings.HasPrefix(got, subject) {
			t.Errorf("%s is %s, want %s", name, got, subject)
		}
	}
	if again := apply(t, dir, faulty, "2026-06-01", manifest.Options{}); len(again) > 0 {
		t.Errorf("a second run: %v", again)
	}
	fewer := strings.Replace(faulty, "  - {of: alone, set: [expired, self-expired]}\n", "", 1)
	want := []string{"remove faults/alone.expired", "remove faults/alone.self-expired"}
	if diff := cmp.Diff(want, apply(t, dir, fewer, "2026-06-01", manifest.Options{Prune: true})); diff != "" {
		t.Errorf("without the second (- expected, + done):\n%s", diff)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "faults")); err != nil || len(left) != 6 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestMistakesInSeveralFaultSets(t *testing.T) {
	t.Parallel()
	many := make([]string, 21)
	for n := range many {
		many[n] = fmt.Sprintf("{of: a%d, set: all}", n)
	}
	for sets, says := range map[string]string{
		"[{of: client, set: all}, {of: client, set: [expired]}]": "faults[1]: client stands twice",
		"[{of: client, set: all}, {of: nobody, set: all}]":       `faults[1].of: there is no identity "nobody"`,
		"[{of: client, set: [expired, expired]}]":                "faults[0].set[1]: the fault expired stands twice",
		"[{of: client, set: some}]":                              `faults[0].set: "some" is no set`,
		"[{of: client}]":                                         "faults[0]: set is missing",
		"[client]":                                               "faults[0]",
		"[{of: old, set: all}]":                                  "faults[0].of: old has a fault of its own",
		"[" + strings.Join(many, ", ") + "]":                     "at most 20 are possible",
		"[{of: client, set: all}, {of: alone, set: [revoked]}]":  "faults",
	} {
		_, err := manifest.Parse("pki.yaml", []byte(small+"faults: "+sets+"\n"), noon("2026-06-01"))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want …%s…", sets, err, says)
		}
	}
}
