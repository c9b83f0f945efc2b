package scenarios_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// personas are the healthy servers on which everything is proved, with the profile that judges them.
const (
	strict    = "rfc8705"
	current   = "7.4"
	subDomain = "7.4 in sub-domain mode"
	domain    = "7.4 in domain mode"
)

// started are the options that start a persona.
func started(persona string) builtin.Options {
	version, mode, _ := strings.Cut(persona, " in ")
	return builtin.Options{Version: version, Whole: true, Mode: strings.TrimSuffix(mode, " mode")}
}

// A matrixRow says which cases a fault breaks: exactly these become fail, warn or note where the healthy persona gives
// another verdict.
type matrixRow struct {
	fault   string
	persona string   // strict, current, subDomain or domain
	breaks  []string // case names
}

// matrix is every fault with what it breaks. The areas add their rows.
func matrix() []matrixRow {
	return slices.Concat(namesMatrix(), alternativeMatrix(), chainMatrix(), selfSignedMatrix(), identityServerMatrix(), metadataMatrix(), authenticationMatrix(), bindingMatrix(), issuingMatrix(), sharedMatrix(), connectionsMatrix(), userMatrix())
}

var cast = sync.OnceValue(func() *builtin.Cast { return builtin.NewCast("matrix") })

// judged runs the whole suite of a persona's profile and gives the verdict of each case.
func judged(t *testing.T, o builtin.Options) map[string]harness.Case {
	t.Helper()
	o.Cast = cast()
	instance, err := builtin.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = instance.Close() }()
	return casesOf(t, outcomeOf(t, instance.Setup(), builtin.DefaultProfile(o.Version)))
}

func outcomeOf(t *testing.T, setup scenarios.Setup, profile string) *harness.Outcome {
	t.Helper()
	if setup.Timeout == 0 {
		setup.Timeout = 20 * time.Second
	}
	world, err := scenarios.NewWorld(setup)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := scenarios.ProfileNamed(profile)
	if !ok {
		t.Fatalf("no profile %q", profile)
	}
	outcome, err := scenarios.Suite(world, p).Run(context.Background(), suite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

func casesOf(t *testing.T, o *harness.Outcome) map[string]harness.Case {
	t.Helper()
	cases := map[string]harness.Case{}
	for _, c := range o.Cases {
		if c.OurFault {
			t.Errorf("%s: %s", c.Name(), c.Because)
		}
		cases[c.Name()] = c
	}
	return cases
}

// healthy are the verdicts of an unbroken persona, once per process.
var healthy = func() func(t *testing.T, persona string) map[string]harness.Case {
	var mu sync.Mutex
	known := map[string]map[string]harness.Case{}
	return func(t *testing.T, persona string) map[string]harness.Case {
		mu.Lock()
		defer mu.Unlock()
		if known[persona] == nil {
			known[persona] = judged(t, started(persona))
		}
		return known[persona]
	}
}()

func accusing(v harness.Verdict) bool {
	return v == harness.Fail || v == harness.Warn || v == harness.Note
}

// broken are the cases that became worse.
func broken(before, after map[string]harness.Case) []string {
	out := []string{}
	for name, c := range after {
		if accusing(c.Verdict) && c.Verdict != before[name].Verdict {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// TestHealthy: the built-in personas keep what their profiles promise.
func TestHealthy(t *testing.T) {
	for _, persona := range []string{current, strict, subDomain, domain} {
		t.Run(persona, func(t *testing.T) {
			for name, c := range healthy(t, persona) {
				bad := c.Verdict == harness.Fail || c.Verdict == harness.Inconclusive || c.Verdict == harness.NotRun
				if bad || persona == strict && accusing(c.Verdict) {
					t.Errorf("%s %s: expected %s; observed %s; because %s%s", c.Verdict, name, c.Expected, c.Observed, c.Because, heard(c))
				}
			}
		})
	}
}

func heard(c harness.Case) string {
	var b strings.Builder
	for _, e := range c.Evidence {
		fmt.Fprintf(&b, "\n    %s", e.Summary())
		if e.Reply != nil && e.Reply.Body != "" {
			fmt.Fprintf(&b, " %.300s", e.Reply.Body)
		}
	}
	return b.String()
}

// TestFaults: each fault breaks exactly the cases that its row names. MTLSCHECK_MATRIX=i/n runs one part of the rows, so
// that several processes can share the work.
func TestFaults(t *testing.T) {
	for i, row := range matrix() {
		if !mine(i) || testing.Short() && i%40 != 0 {
			continue
		}
		t.Run(row.fault+"@"+row.persona, func(t *testing.T) {
			before := healthy(t, row.persona)
			options := started(row.persona)
			options.Broken = []string{row.fault}
			after := judged(t, options)
			want := slices.Sorted(slices.Values(row.breaks))
			if diff := cmp.Diff(want, broken(before, after)); diff != "" {
				t.Errorf("%s breaks other cases than its row says (-row +seen):\n%s", row.fault, diff)
				for _, name := range broken(before, after) {
					if c := after[name]; !slices.Contains(want, name) {
						t.Logf("%s %s: expected %s; observed %s; because %s%s", c.Verdict, name, c.Expected, c.Observed, c.Because, heard(c))
					}
				}
			}
			for name, c := range after {
				if c.Verdict == harness.Inconclusive && !slices.Contains(want, name) && before[name].Verdict != harness.Inconclusive {
					t.Logf("inconclusive under %s: %s: %s", row.fault, name, c.Because)
				}
			}
		})
	}
}

// mine reports whether a row belongs to this process's part of the matrix.
func mine(i int) bool {
	var part, of int
	if n, _ := fmt.Sscanf(os.Getenv("MTLSCHECK_MATRIX"), "%d/%d", &part, &of); n != 2 {
		return true
	}
	return i%of == part-1
}

// TestEveryFaultHasARow: each fault stands either in the matrix, for every kind of server that can have it, or in the table of
// those that no scenario can tell; and neither names a fault that is not there.
func TestEveryFaultHasARow(t *testing.T) {
	rows := map[string]bool{}
	for _, row := range matrix() {
		if rows[row.fault+"@"+row.persona] {
			t.Errorf("%s@%s stands twice in the matrix", row.fault, row.persona)
		}
		rows[row.fault+"@"+row.persona], rows[row.fault] = true, true
		if _, ok := fakeidp.FaultNamed(row.fault); !ok {
			t.Errorf("the matrix names the fault %q, which is not there", row.fault)
		}
		if len(row.breaks) == 0 {
			t.Errorf("%s breaks nothing", row.fault)
		}
	}
	hidden := map[string]bool{}
	for _, u := range unseen(t) {
		switch _, ok := fakeidp.FaultNamed(u.fault); {
		case !ok:
			t.Errorf("%s names the fault %q, which is not there", unseenTable, u.fault)
		case hidden[u.fault]:
			t.Errorf("%s stands twice in %s", u.fault, unseenTable)
		case rows[u.fault]:
			t.Errorf("%s stands in the matrix and in %s", u.fault, unseenTable)
		}
		hidden[u.fault] = true
	}
	for _, f := range fakeidp.Faults() {
		if hidden[f.Name] {
			continue
		}
		for _, persona := range []string{strict, current} {
			if !f.Fits(persona) || rows[f.Name+"@"+persona] || persona == current && (rows[f.Name+"@"+subDomain] || rows[f.Name+"@"+domain]) {
				continue
			}
			t.Errorf("the fault %s has no row for %s", f.Name, persona)
		}
	}
}

// TestVariations: an honest difference is never accused, on neither persona.
func TestVariations(t *testing.T) {
	for i, v := range fakeidp.Variations() {
		for _, persona := range []string{strict, current} {
			if !mine(i) || !v.Fits(persona) || testing.Short() && i%25 != 0 {
				continue
			}
			t.Run(v.Name+"@"+persona, func(t *testing.T) {
				before := healthy(t, persona)
				options := started(persona)
				options.Varied = []string{v.Name}
				for name, c := range judged(t, options) {
					if c.Verdict == harness.NotRun && before[name].Verdict != harness.NotRun {
						t.Fatalf("%s is not examined: %s", name, c.Because)
					}
					if c.Verdict == harness.Fail && before[name].Verdict != harness.Fail {
						t.Errorf("%s is accused: expected %s; observed %s%s", name, c.Expected, c.Observed, heard(c))
					}
				}
			})
		}
	}
}
