package pki

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// RSA keys cost more than all other certificates together: one is made only when a fault needs it, and one of each size serves all.
func TestRSAKeysAreMadeOnlyWhenAFaultNeedsThem(t *testing.T) {
	t.Parallel()
	needed := map[string]string{
		"key-rsa2048": "rsa2048", "key-rsa-pss": "rsa2048", "md5": "rsa2048", "rsa-huge-exponent": "rsa2048", "rsa-even-modulus": "rsa2048",
		"self-rsa": "rsa2048", "rsa1024": "rsa1024", "rsa16384": "rsa16384",
	}
	together, sizes := newFaulty("together"), []string{"rsa1024", "rsa16384", "rsa2048"}
	for _, f := range Faults() {
		if f.Like != "" {
			continue // of names, whose good twins are made for them
		}
		alone := newFaulty("alone")
		for _, l := range []*faulty{together, alone} {
			if err := l.fault(f).Err(); err != nil {
				t.Fatal(f.Name, err)
			}
		}
		want := []string{}
		if size := needed[f.Name]; size != "" {
			want = append(want, size)
		}
		if got := rsaKeys(alone.lab); !slices.Equal(got, want) {
			t.Errorf("%s: made RSA keys %v, want %v", f.Name, got, want)
		}
		delete(needed, f.Name)
	}
	if len(needed) > 0 {
		t.Errorf("there is no fault %v", needed)
	}
	if got := rsaKeys(together.lab); !slices.Equal(got, sizes) {
		t.Errorf("all faults together made RSA keys %v, want %v: one of each size", got, sizes)
	}
}

type faulty struct {
	lab           *Lab
	ca            *Authority
	client, alone *Identity
}

func newFaulty(seed string) *faulty {
	l := New(Options{Seed: seed, Clock: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }})
	ca := l.Root("root")
	return &faulty{l, ca, ca.Client("client", trait.Subject("CN=client,OU=a,O=b,C=SE")), l.SelfSigned("alone")}
}

func (l *faulty) fault(f Fault) *Identity {
	if f.SelfSigned {
		return l.ca.Fault(l.alone, f.Name)
	}
	return l.ca.Fault(l.client, f.Name)
}

// rsaKeys are the sizes of the RSA keys that a lab has made, each as often as it was made.
func rsaKeys(l *Lab) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []string{}
	for name := range l.keys {
		kind, _, _ := strings.Cut(strings.TrimPrefix(name, "key/"), "/")
		if strings.HasPrefix(kind, "rsa") {
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return out
}
