package scenarios_test

import (
	"context"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// TestAnIssuerThatIsGivenAlmostRight ends the run before anything is judged, and the preflight says what to write. What the
// document says is judged where it was given so, and where it is another server's.
func TestAnIssuerThatIsGivenAlmostRight(t *testing.T) {
	for _, test := range []struct {
		name           string
		varied, broken []string
		given          func(issuer string) string
		code           int
		told           bool // what to write
	}{
		{"as the document says", nil, nil, func(s string) string { return s }, harness.ExitKept, false},
		{"with a slash too many", nil, nil, func(s string) string { return s + "/" }, harness.ExitNotJudged, true},
		{"with slashes too many", nil, nil, func(s string) string { return s + "//" }, harness.ExitNotJudged, true},
		{"in capitals", nil, nil, func(s string) string { return strings.Replace(s, "localhost", "LocalHost", 1) }, harness.ExitNotJudged, true},
		{"with its slash", []string{"issuer-with-a-slash"}, nil, func(s string) string { return s }, harness.ExitKept, false},
		{"without its slash", []string{"issuer-with-a-slash"}, nil, func(s string) string { return strings.TrimSuffix(s, "/") }, harness.ExitNotJudged, true},
		{"of another server's document", nil, []string{"another-issuer"}, func(s string) string { return s }, harness.ExitBroken, false},
		{"of another server's document, with a slash too many", nil, []string{"another-issuer"}, func(s string) string { return s + "/" }, harness.ExitBroken, false},
	} {
		for _, persona := range []string{strict, current} {
			t.Run(test.name+"@"+persona, func(t *testing.T) {
				options := started(persona)
				options.Varied, options.Broken = test.varied, test.broken
				setup := start(t, options).Setup()
				right := setup.Target.Issuer
				setup.Target.Issuer = test.given(right)
				world, err := scenarios.NewWorld(setup)
				if err != nil {
					t.Fatal(err)
				}
				profile, _ := scenarios.ProfileNamed("rfc8705")
				outcome, err := scenarios.Suite(world, profile).Run(context.Background(), suite.Options{Terms: []string{"META-02"}})
				if err != nil {
					t.Fatal(err)
				}
				last := outcome.Preflight[len(outcome.Preflight)-1]
				if outcome.ExitCode != test.code || last.OK == test.told {
					t.Errorf("exit code %d (%s), expected %d; preflight %+v", outcome.ExitCode, outcome.Reason, test.code, last)
				}
				if told := strings.HasSuffix(last.Advice, ": "+right); told != test.told {
					t.Errorf("preflight %+v says what to write: %t, expected %t", last, told, test.told)
				}
			})
		}
	}
}
