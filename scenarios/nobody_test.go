package scenarios_test

import (
	"context"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// TestNobodyIsSeen: a client whose keys cannot be had is nobody where the server says so, and where a gateway speaks nobody knows.
func TestNobodyIsSeen(t *testing.T) {
	for fault, want := range map[string]harness.Verdict{
		"": harness.Pass, "answers-503": harness.Pass, "answers-500": harness.Warn, "answers-429": harness.Inconclusive, "answers-502": harness.Inconclusive,
		"trusts-without-keys": harness.Fail,
	} {
		t.Run(fault, func(t *testing.T) {
			instance := start(t, builtin.Options{Version: strict})
			setup := instance.Setup()
			if fault != "" {
				f, ok := fakeidp.FaultNamed(fault)
				if !ok {
					t.Fatalf("there is no fault %s", fault)
				}
				var out fakeidp.Match
				for _, m := range setup.Members {
					if m.Role == "keys-out-of-reach" {
						out.Client = m.ClientID
					}
				}
				if out.Client == "" {
					t.Fatal("nobody has the role keys-out-of-reach")
				}
				if err := instance.Server.Break(fakeidp.Limit{Match: out}, f); err != nil {
					t.Fatal(err)
				}
			}
			world, err := scenarios.NewWorld(setup)
			if err != nil {
				t.Fatal(err)
			}
			profile, _ := scenarios.ProfileNamed("rfc8705")
			outcome, err := scenarios.Suite(world, profile).Run(context.Background(), suite.Options{Terms: []string{"SS-08"}})
			if err != nil {
				t.Fatal(err)
			}
			if c := casesOf(t, outcome)["SS-08"]; c.Verdict != want {
				t.Errorf("%s, want %s; observed %s; because %s", c.Verdict, want, c.Observed, c.Because)
			}
		})
	}
}
