package scenarios_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// TestStrangersOfAnotherAuthority: where pki.dir holds another CA than the one that the target trusts, with the same name
// even, a refusal of what that CA issued says nothing. Such cases do not apply; nothing is accused, and nothing passes by it.
func TestStrangersOfAnotherAuthority(t *testing.T) {
	for _, persona := range []string{strict, current} {
		t.Run(persona, func(t *testing.T) {
			setup := start(t, started(persona)).Setup()
			other, err := pki.Memory(pki.InitOptions{Seed: "another", ServerNames: []string{"localhost"}})
			if err != nil {
				t.Fatal(err)
			}
			setup.CA = other.CA()
			for i, m := range setup.Members {
				setup.Members[i].Identity = fromFiles(t, m.Identity)
			}
			before, minted := healthy(t, persona), 0
			o := outcomeOf(t, setup, builtin.DefaultProfile(started(persona).Version))
			for name, c := range casesOf(t, o) {
				switch {
				case accusing(c.Verdict) && c.Verdict != before[name].Verdict:
					t.Errorf("%s %s: expected %s; observed %s%s", c.Verdict, name, c.Expected, c.Observed, heard(c))
				case c.Verdict == harness.NotApplicable && strings.Contains(c.Because, "whether the target trusts the CA"):
					minted++
				case c.Verdict == harness.Inconclusive:
					t.Errorf("%s is inconclusive: %s", name, c.Because)
				}
			}
			for _, name := range []string{"PATH-04.other-signer", "PATH-09", "PKI-02.cn"} {
				if c := casesOf(t, o)[name]; c.Verdict != harness.NotApplicable {
					t.Errorf("%s is %s (%s), expected that it does not apply", name, c.Verdict, c.Because)
				}
			}
			if minted < 20 {
				t.Errorf("%d cases say that the CA in pki.dir is not known to be trusted, expected 20 at least", minted)
			}
		})
	}
}

// TestTrustThatNobodyCouldFindOut: where the preflight is not heard, cases with strangers are inconclusive, and not left out as if
// they did not apply. One request too many is asked again.
func TestTrustThatNobodyCouldFindOut(t *testing.T) {
	busy, _ := fakeidp.FaultNamed("answers-429")
	for times, expect := range map[int]harness.Verdict{1: harness.Pass, 2: harness.Inconclusive} {
		instance := start(t, started(strict))
		setup := instance.Setup()
		for _, m := range setup.Members {
			if m.Role != "name" && m.Role != "name-2" && !strings.HasPrefix(string(m.Role), "san:") {
				continue
			}
			limit := fakeidp.Limit{Next: times, Match: fakeidp.Match{Endpoint: "token", Client: m.ClientID}}
			if err := instance.Server.Break(limit, busy); err != nil {
				t.Fatal(err)
			}
		}
		if got := casesOf(t, outcomeOf(t, setup, "rfc8705"))["PKI-02.cn"]; got.Verdict != expect {
			t.Errorf("asked %d times too early, PKI-02.cn is %s (%s), expected %s", times, got.Verdict, got.Because, expect)
		}
	}
}

// fromFiles is the identity as it is read from the files of somebody who has not its issuer's key.
func fromFiles(t *testing.T, i *pki.Identity) *pki.Identity {
	t.Helper()
	if i == nil {
		return nil
	}
	key, err := i.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	both := filepath.Join(t.TempDir(), "both.pem")
	if err := os.WriteFile(both, append(key, i.ChainPEM()...), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := pki.Load(both, both)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// TestDeviationsOfTheSmokeProfile: what IdentityServer is known for excuses IdentityServer alone where the profile is for everybody,
// and every target where the profile is IdentityServer's own.
func TestDeviationsOfTheSmokeProfile(t *testing.T) {
	for _, c := range []struct {
		profile, product string
		excused          bool
	}{
		{"smoke", "identityserver", true}, {"smoke", "keycloak", false}, {"smoke", "", false},
		{"identityserver", "identityserver", true}, {"identityserver", "", true}, {"rfc8705", "identityserver", false},
	} {
		p, _ := scenarios.ProfileNamed(c.profile)
		if _, excused := p.Deviation("PATH-03", "plain", &harness.Target{Product: c.product}); excused != c.excused {
			t.Errorf("profile %s, product %q: excused %t", c.profile, c.product, excused)
		}
	}
}

// TestDeviationsAreOfAForm: a deviation excuses one form of being broken, in words, of a requirement that is there.
func TestDeviationsAreOfAForm(t *testing.T) {
	forms := map[harness.Form]bool{harness.Served: true, harness.Refused: true, harness.Unbound: true, harness.Misbound: true, harness.Unchallenged: true}
	known := map[string]bool{}
	for _, c := range listing(t) {
		known[c.Requirement.ID] = true
	}
	for _, p := range scenarios.Profiles() {
		for _, d := range p.Deviations {
			switch {
			case !forms[d.Form]:
				t.Errorf("%s: the deviation %s%s has the form %q", p.Name, d.Requirement, d.Variant, d.Form)
			case d.Verdict != harness.Warn && d.Verdict != harness.Note:
				t.Errorf("%s: the deviation %s%s turns a failure into %s", p.Name, d.Requirement, d.Variant, d.Verdict)
			case d.Why == "" || d.Advice == "":
				t.Errorf("%s: the deviation %s%s says why %q and advises %q", p.Name, d.Requirement, d.Variant, d.Why, d.Advice)
			case !known[d.Requirement]:
				t.Errorf("%s: there is a deviation of %s, which is no requirement", p.Name, d.Requirement)
			}
		}
	}
}
