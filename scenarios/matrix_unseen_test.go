package scenarios_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
)

// unseenTable is the table of the faults that no scenario can tell. The tests of fakeidp show each of them at work.
const unseenTable = "../fakeidp/testdata/faults-unseen.txt"

// The words of the table for what a run says.
const (
	notJudged = "not judged" // the preflight ends it
	nothing   = "nothing"    // what it says of a server without the fault
)

// An unseenFault is a line of the table.
type unseenFault struct{ fault, run, why string }

func unseen(t *testing.T) []unseenFault {
	t.Helper()
	text, err := os.ReadFile(unseenTable)
	if err != nil {
		t.Fatal(err)
	}
	var out []unseenFault
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if len(cells) != 3 || cells[0] == "" || cells[2] == "" || cells[1] != notJudged && cells[1] != nothing {
			t.Fatalf("%s: %q is not a fault, what a run says, and why", unseenTable, line)
		}
		out = append(out, unseenFault{cells[0], cells[1], cells[2]})
	}
	return out
}

// TestFaultsThatEndARun: where a fault leaves nothing to judge, the run says so with its exit code; no case fails, and none
// passes because everything was refused.
func TestFaultsThatEndARun(t *testing.T) {
	for i, u := range unseen(t) {
		f, _ := fakeidp.FaultNamed(u.fault)
		for _, persona := range []string{strict, current} {
			sampled := persona == current && i%4 != 0 || testing.Short() && i%5 != 0
			if u.run != notJudged || !f.Fits(persona) || sampled {
				continue
			}
			t.Run(u.fault+"@"+persona, func(t *testing.T) {
				options := started(persona)
				options.Broken = []string{u.fault}
				setup := start(t, options).Setup()
				setup.Timeout = 400 * time.Millisecond // where no answer ever comes; a wait too short ends the run as well
				o := outcomeOf(t, setup, builtin.DefaultProfile(options.Version))
				if o.ExitCode != harness.ExitNotJudged || len(o.Cases) == 0 {
					t.Errorf("exit code %d (%s) of %d cases, want %d", o.ExitCode, o.Reason, len(o.Cases), harness.ExitNotJudged)
				}
				for name, c := range casesOf(t, o) {
					if c.Verdict != harness.NotRun {
						t.Errorf("%s: %s", name, c.Verdict)
					}
				}
			})
		}
	}
}

// TestFaultsThatNoScenarioTells: a server with all of them at once is judged as one without. If a scenario comes to tell one,
// that fault belongs into the matrix.
func TestFaultsThatNoScenarioTells(t *testing.T) {
	for _, persona := range []string{strict, current} {
		t.Run(persona, func(t *testing.T) {
			options := started(persona)
			for _, u := range unseen(t) {
				if f, _ := fakeidp.FaultNamed(u.fault); u.run == nothing && f.Fits(persona) {
					options.Broken = append(options.Broken, u.fault)
				}
			}
			if len(options.Broken) < 5 {
				t.Fatalf("only %q", options.Broken)
			}
			after := judged(t, options)
			for _, name := range broken(healthy(t, persona), after) {
				t.Errorf("%s %s: %s%s", after[name].Verdict, name, after[name].Because, heard(after[name]))
			}
		})
	}
}

// TestFaultsPage: docs/fakeidp-faults.md is what the faults say of themselves, and what a run says of them.
func TestFaultsPage(t *testing.T) {
	hidden := map[string]unseenFault{}
	for _, u := range unseen(t) {
		hidden[u.fault] = u
	}
	var b strings.Builder
	stages := fakeidp.Stages()
	fmt.Fprintf(&b, `# What the fake can do wrong

Generated from the faults. %d faults in %d stages, from the connection to the metadata. None is on unless it is asked for:

    mtlscheck serve --fake rfc8705 --broken accepts-expired --broken thumbprint-in-hex
    mtlscheck run --broken accepts-any-chain

In Go tests: %s. Several may be on at once; where two change the same thing, the later one counts.
%s is the strict server, %s any IdentityServer; a fault that makes no difference at a server is refused there.

The last column is what %s makes of a server with the fault: %s where cases tell it, %s where the preflight ends the run with exit code 3
because nothing could be judged, and why no case tells it where none does. Tests prove each: a fault of which cases tell breaks exactly those that its row names,
and every other is shown at work by a client over TLS.
`, len(fakeidp.Faults()), len(stages), "`fakeidp.Start(t, fakeidp.Breaks(fault))` with `fakeidp.FaultNamed`", "`rfc8705`", "`7.4`", "`mtlscheck run`", "*told*", "*not judged*")
	for _, s := range stages {
		fmt.Fprintf(&b, "\n## %s\n\n", s.Name)
		if s.Needs != "" {
			fmt.Fprintf(&b, "%s\n\n", s.Needs)
		}
		b.WriteString("| fault | fakes | what is wrong | a run |\n|---|---|---|---|\n")
		for _, f := range s.Faults {
			var fakes []string
			for _, persona := range []string{current, strict} {
				if f.Fits(persona) {
					fakes = append(fakes, persona)
				}
			}
			says := "told"
			if u, ok := hidden[f.Name]; ok {
				says = strings.TrimPrefix(u.run+": "+u.why, nothing+": ")
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, strings.Join(fakes, ", "), strings.ReplaceAll(f.Doc, "|", `\|`), says)
		}
	}
	golden(t, "../docs/fakeidp-faults.md", b.String())
}
