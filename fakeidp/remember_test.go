package fakeidp

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// What is remembered of a chain must not outlive what it was found with: each row asks once more after something changed, and
// the answer is always that of chainsToTrust itself.
func TestRememberedChainsFollowTrustAndTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	lab := pki.New(pki.Options{Seed: "remember", Clock: func() time.Time { return now }})
	root, other := lab.Root("root"), lab.Root("other")
	sub := root.Sub("sub")
	leaf, deep := root.Client("leaf"), sub.Client("deep", trait.NoChain)
	short := root.Client("short")
	certificates := func(all ...*pki.Authority) (list []*x509.Certificate) {
		for _, a := range all {
			list = append(list, a.Certificate())
		}
		return list
	}
	chains := rememberedChains()
	for _, c := range []struct {
		name           string
		leaf           *pki.Identity
		roots, through []*x509.Certificate
		now            time.Time
		want           bool
	}{
		{"trusted", leaf, certificates(root), nil, now, true},
		{"again", leaf, certificates(root), nil, now.Add(time.Second), true},
		{"the root is no longer trusted", leaf, certificates(other), nil, now, false},
		{"and is again, beside another", leaf, certificates(other, root), nil, now, true},
		{"nobody is trusted", leaf, nil, nil, now, false},
		{"its issuer is not known", deep, certificates(root), nil, now, false},
		{"its issuer is known", deep, certificates(root), certificates(sub), now, true},
		{"its issuer is forgotten", deep, certificates(root), nil, now, false},
		{"the leaf is judged within its validity", short, certificates(root), nil, now.AddDate(-1, 0, 0), true},
		{"the issuer has run out, while the clock stands after the leaf", deep, certificates(root), certificates(sub), now.AddDate(100, 0, 0), true},
	} {
		d := &decision{request: &request{}, settings: &settings{roots: c.roots, intermediates: c.through}, now: c.now}
		presented := []*x509.Certificate{c.leaf.Certificate()}
		if got, direct := chains(d, presented), chainsToTrust(d, presented); got != c.want || direct != c.want {
			t.Errorf("%s: remembered %t, direct %t, expected %t", c.name, got, direct, c.want)
		}
	}
}

// A chain whose issuer runs out before its leaf: the answer changes at that moment.
func TestRememberedChainsEndWithTheirIssuer(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	lab := pki.New(pki.Options{Seed: "remember", Clock: func() time.Time { return day }})
	root := lab.Root("root")
	leaf := root.Client("leaf", trait.Valid(day, day.AddDate(40, 0, 0)))
	if leaf.Err() != nil {
		t.Fatal(leaf.Err())
	}
	end := root.Certificate().NotAfter
	if !leaf.Certificate().NotAfter.After(end) {
		t.Fatal("the leaf ends before its root")
	}
	chains := rememberedChains()
	for _, c := range []struct {
		now  time.Time
		want bool
	}{{day, true}, {end.Add(-time.Second), true}, {end, true}, {end.Add(time.Second), false}, {end.AddDate(0, 0, 1), false}, {day, true}} {
		d := &decision{request: &request{}, settings: &settings{roots: []*x509.Certificate{root.Certificate()}}, now: c.now}
		if got := chains(d, []*x509.Certificate{leaf.Certificate()}); got != c.want {
			t.Errorf("at %v: %t, expected %t", c.now, got, c.want)
		}
	}
}

func TestAMemoAsksOnceAndForgetsInTime(t *testing.T) {
	t.Parallel()
	var m memo[int, int]
	asked := 0
	double := func(n int) int { return m.of(n, func() int { asked++; return 2 * n }) }
	for range 3 {
		if got := double(21); got != 42 {
			t.Fatalf("double(21) = %d", got)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times, expected once", asked)
	}
	for n := range 3 * remembered {
		double(n)
	}
	if len(m.answers) > remembered {
		t.Errorf("%d answers are remembered, expected at most %d", len(m.answers), remembered)
	}
}
