package scenarios_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

var update = flag.Bool("update", false, "write the golden files anew")

// listing is every case of the suite.
func listing(t *testing.T) []suite.Listing {
	t.Helper()
	world, err := scenarios.NewWorld(scenarios.Setup{Target: &harness.Target{Name: "nobody", Issuer: "https://id.example"}})
	if err != nil {
		t.Fatal(err)
	}
	profile, _ := scenarios.ProfileNamed("identityserver")
	cases, err := scenarios.Suite(world, profile).List(suite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// golden compares with a committed file, or writes it with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not current; go test ./scenarios -run %s -update writes it anew (-file +now):\n%s", file, t.Name(), diff)
	}
}

// TestIDsAreNeverRemoved: the golden list names every case there ever was; a name may be added to it, never taken away.
func TestIDsAreNeverRemoved(t *testing.T) {
	var names []string
	for _, c := range listing(t) {
		names = append(names, c.Name())
	}
	slices.Sort(names)
	if file, err := os.ReadFile("testdata/cases.txt"); err == nil {
		for old := range strings.Lines(string(file)) {
			if old = strings.TrimSpace(old); !slices.Contains(names, old) {
				t.Errorf("the case %s is gone", old)
			}
		}
	}
	golden(t, "testdata/cases.txt", strings.Join(names, "\n")+"\n")
}

func TestCoveragePage(t *testing.T) {
	golden(t, "../docs/coverage.md", scenarios.Coverage(listing(t)))
}

// TestEveryRequirementHasACase: and every row without one has a reason, and is not covered after all.
func TestEveryRequirementHasACase(t *testing.T) {
	world, err := scenarios.NewWorld(scenarios.Setup{Target: &harness.Target{Issuer: "https://id.example"}})
	if err != nil {
		t.Fatal(err)
	}
	profile, _ := scenarios.ProfileNamed("identityserver")
	catalogue, err := scenarios.Suite(world, profile).Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	for _, c := range listing(t) {
		covered[c.Requirement.ID] = true
	}
	for _, id := range catalogue.IDs() {
		if !covered[id] {
			t.Errorf("%s has no case", id)
		}
	}
	for _, r := range scenarios.NotYet() {
		if covered[r.ID] || r.Reason == "" {
			t.Errorf("the row %s stands among those without a case: covered %t, reason %q", r.ID, covered[r.ID], r.Reason)
		}
	}
}

// TestEveryRequirementKillsAFault: each requirement's cases are broken by some fault of the matrix, except those that
// stand in the table with a reason.
func TestEveryRequirementKillsAFault(t *testing.T) {
	killed := map[string]bool{}
	for _, row := range matrix() {
		for _, name := range row.breaks {
			killed[name] = true
		}
	}
	for _, c := range listing(t) {
		reason, excused := unkillable()[c.Name()]
		if !excused {
			reason, excused = identityServerUnkillable()[c.Name()]
		}
		switch {
		case killed[c.Name()] && excused:
			t.Errorf("%s is killed after all: %s", c.Name(), reason)
		case !killed[c.Name()] && !excused:
			t.Errorf("no fault breaks %s", c.Name())
		}
	}
}
