package pki_test

import (
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
	"github.com/mtlscheck/mtlscheck/pki/verify"
)

// The oracle: what Go's verifier and OpenSSL's say to each fault is what its Expect says, and the good twin is accepted by
// both. A fault that a verifier takes for another one would otherwise go unnoticed.
func TestEachFaultIsWhatTwoVerifiersSayItIs(t *testing.T) {
	t.Parallel()
	l := lab("oracle")
	root := l.Root("root")
	for _, trusted := range []*pki.Authority{root, root.Sub("issuing", trait.Subject("CN=mtlscheck Issuing CA,O=mtlscheck"))} {
		for _, f := range pki.Faults() {
			t.Run(trusted.Name()+"/"+f.Name, func(t *testing.T) {
				t.Parallel()
				base := baseFor(t, l, trusted, f)
				twin := trusted.Fault(base, f.Name)
				if err := twin.Err(); err != nil {
					t.Fatal(err)
				}
				if got := verdicts(t, base, base.Roots()); got != (said{pki.GoAccepts, 0}) {
					t.Errorf("the good twin: %+v", got)
				}
				anchors := base.Roots()
				if f.SelfSigned {
					anchors = twin.Roots()
				}
				if diff := cmp.Diff(said{f.Expect.Go, f.Expect.OpenSSL}, verdicts(t, twin, anchors)); diff != "" {
					t.Errorf("verdicts (- expected, + got):\n%s", diff)
				}
			})
		}
	}
}

// A twin differs from its base in the parts that the fault names, in each of them, and in nothing else.
func TestAFaultChangesOnlyWhatItNames(t *testing.T) {
	t.Parallel()
	l := lab("purity")
	root := l.Root("root")
	for _, f := range pki.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if f.NotDER {
				return // there are no parts to compare
			}
			base := baseFor(t, l, root, f)
			twin := root.Fault(base, f.Name)
			if err := twin.Err(); err != nil {
				t.Fatal(err)
			}
			want := append([]trait.Part{trait.PartSerial}, f.Differs...)
			slices.Sort(want)
			if diff := cmp.Diff(want, differing(t, base.DER(), twin.DER())); diff != "" {
				t.Errorf("parts that differ (- named, + found):\n%s", diff)
			}
			if a, b := len(serialOf(t, base.DER())), len(serialOf(t, twin.DER())); a != b && !strings.HasPrefix(f.Name, "serial-") {
				t.Errorf("the serial number has %d bytes, that of the good twin %d", b, a)
			}
		})
	}
}

func TestFaultsHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range pki.Faults() {
		for _, id := range []string{f.Name, f.Code} {
			if id == "" || seen[id] {
				t.Errorf("%q is empty or used twice", id)
			}
			seen[id] = true
			if got, known := pki.FaultNamed(id); !known || got.Name != f.Name {
				t.Errorf("FaultNamed(%q) is %q", id, got.Name)
			}
		}
		if f.Doc == "" || f.Expect.Server == "" {
			t.Errorf("%s says neither what it is nor what is expected", f.Name)
		}
	}
	if _, known := pki.FaultNamed("no such fault"); known {
		t.Error("FaultNamed knows a fault that does not exist")
	}
}

// baseFor is the good twin that a fault wants.
func baseFor(t *testing.T, l *pki.Lab, trusted *pki.Authority, f pki.Fault) *pki.Identity {
	t.Helper()
	if f.SelfSigned {
		return l.SelfSigned("alone", trait.Subject("CN=alone,O=mtlscheck"))
	}
	if f.Like == pki.WithNames {
		return trusted.Client("san", trait.Subject("CN=san,O=mtlscheck"), trait.DNS("client1.example"), trait.URI("spiffe://client1.example/workload"),
			trait.IP("192.0.2.1", "2001:db8::1"), trait.Email("ops@client1.example"))
	}
	if f.Like == "" {
		return trusted.Client("client", trait.Subject("CN=mtlscheck-client-1,OU=Conformance,O=mtlscheck,C=SE"))
	}
	return trusted.Client(f.Like, trait.SubjectName(fixture(t, f.Like).Subject))
}

func fixture(t *testing.T, name string) pki.NameFixture {
	t.Helper()
	for _, f := range pki.NameFixtures() {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no fixture %q", name)
	return pki.NameFixture{}
}

type said struct {
	Go      pki.GoVerdict
	OpenSSL int
}

func verdicts(t *testing.T, i *pki.Identity, anchors [][]byte) said {
	t.Helper()
	return said{goVerdict(t, i, anchors), opensslVerdict(t, i.Chain(), anchors)}
}

func goVerdict(t *testing.T, i *pki.Identity, anchors [][]byte) pki.GoVerdict {
	t.Helper()
	for _, der := range anchors {
		if _, err := x509.ParseCertificate(der); err != nil {
			t.Fatalf("anchor: %v", err)
		}
	}
	return verify.Go(i.Chain(), anchors, present()).Class
}

// opensslVerdict is the first error number of openssl verify, 0 if there is none, -1 if it cannot load the certificate.
func opensslVerdict(t *testing.T, chain, anchors [][]byte) int {
	t.Helper()
	opinion, err := verify.OpenSSL(t.Context(), chain, anchors, present())
	if errors.Is(err, verify.ErrNoOpenSSL) {
		t.Fatal("openssl is needed for this test: install it (Debian: apt-get install openssl)")
	}
	if err != nil {
		t.Fatal(err)
	}
	return opinion.Number
}
