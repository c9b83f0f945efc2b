package inspect_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/inspect"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func present() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

func lab(seed string) *pki.Lab { return pki.New(pki.Options{Seed: seed, Clock: present}) }

// invisible are the faults that a certificate does not show by itself, by what one would have to know.
func invisible() map[string][]string {
	return map[string][]string{
		"it is right": {"renewed", "reissued", "via-intermediate", "many-plus", "big", "key-rsa2048", "key-p384", "key-p521", "key-ed25519", "short-lived", "fresh", "no-eku", "no-key-usage", "no-key-ids",
			"printable-strings", "utf8-strings", "self-rsa", "self-ec", "self-ed25519"},
		"whom the server trusts":              {"unknown-ca", "second-ca", "no-chain", "self-signed"},
		"the issuer's key, which is not sent": {"cloned-ca", "other-key", "bad-signature"},
		"what was revoked":                    {"revoked", "revoked-chain", "revoked-ocsp", "unknown-ocsp"},
		"what is registered": {"other-cn", "other-ou", "other-o", "other-c", "extra-part", "missing-part", "reordered", "same-cn", "repeated-ou", "set-split", "other-case", "cn-with-parts",
			"email-in-subject", "cn-longer", "cn-prefixed", "cn-around", "cn-matches-pattern", "look-alike", "composed", "decomposed", "self-same-key", "self-same-name", "self-unregistered",
			"dns-other-case", "dns-wildcard", "dns-in-cn", "dns-below", "dns-above", "dns-dot", "dns-international", "dns-last-of-ten", "dns-in-other-types", "uri-spelling", "uri-longer",
			"uri-path-case", "uri-host-longer", "uri-user", "uri-dots", "ip-mapped", "ip-as-dns", "mail-host-case", "mail-local-case", "mail-as-other-name", "no-names"},
		"said, and not by name: whether directory names fit is not compared": {"name-constraint-dn"},
		"said in a note: a stranger is sent along":                           {"victim-appended"},
	}
}

// Each fault that a certificate shows is found, is called by its name, and nothing else is found; the good twin shows none.
func TestEachFaultThatShowsIsFound(t *testing.T) {
	t.Parallel()
	l := lab("inspect")
	root := l.Root("root")
	hidden := map[string]bool{}
	for _, list := range invisible() {
		for _, name := range list {
			if _, known := pki.FaultNamed(name); !known || hidden[name] {
				t.Errorf("%s is no fault, or stands there twice", name)
			}
			hidden[name] = true
		}
	}
	for _, f := range pki.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			base := baseFor(t, l, root, f)
			if got := found(t, base); len(got) > 0 && f.Like != "decomposed" {
				t.Errorf("the good twin shows %v", got)
			}
			twin := root.Fault(base, f.Name)
			var want []string
			if !hidden[f.Name] {
				want = []string{f.Name}
			}
			got := found(t, twin)
			if len(want) == 1 && len(got) == 1 && slices.Contains(strings.Fields(got[0]), f.Name) {
				got = want // one of several that look the same
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("faults (- expected, + found):\n%s", diff)
			}
			usable := describe(twin).Certificates[0].Client
			if f.Expect.Server == pki.Accept && usable == inspect.No {
				t.Error("a certificate that every server must accept is called unusable")
			}
			if f.Expect.Server != pki.Accept && !hidden[f.Name] && usable == inspect.Yes {
				t.Error("a certificate with a fault that shows is called usable")
			}
		})
	}
}

func describe(id *pki.Identity) inspect.Report {
	return inspect.Describe(&inspect.Found{Form: "PEM", Certificates: id.Chain()}, present())
}

// found are the names of the faults that a chain shows in its first certificate, those of one finding with blanks between.
func found(t *testing.T, id *pki.Identity) []string {
	t.Helper()
	if err := id.Err(); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range describe(id).Certificates[0].Findings {
		if len(f.Faults) > 0 {
			out = append(out, strings.Join(f.Faults, " "))
		}
	}
	return out
}

// baseFor is the good twin that a fault wants.
func baseFor(t *testing.T, l *pki.Lab, trusted *pki.Authority, f pki.Fault) *pki.Identity {
	t.Helper()
	switch {
	case f.SelfSigned:
		return l.SelfSigned("alone", trait.Subject("CN=alone,O=mtlscheck"))
	case f.Like == pki.WithNames:
		return trusted.Client("san", trait.Subject("CN=san,O=mtlscheck"), trait.DNS("client1.example"), trait.URI("spiffe://client1.example/workload"),
			trait.IP("192.0.2.1", "2001:db8::1"), trait.Email("ops@client1.example"))
	case f.Like == "":
		return trusted.Client("client", trait.Subject("CN=mtlscheck-client-1,OU=Conformance,O=mtlscheck,C=SE"))
	}
	for _, fixture := range pki.NameFixtures() {
		if fixture.Name == f.Like {
			return trusted.Client(f.Like, trait.SubjectName(fixture.Subject))
		}
	}
	t.Fatalf("there is no fixture %q", f.Like)
	return nil
}

// Where the issuer is at hand, a signature that is not its own is seen.
func TestASignatureIsComparedWithTheIssuer(t *testing.T) {
	t.Parallel()
	root := lab("signature").Root("root")
	client := root.Client("client")
	for _, fault := range []string{"", "cloned-ca", "other-key", "bad-signature"} {
		id := client
		if fault != "" {
			id = root.Fault(client, fault)
		}
		r := inspect.Describe(&inspect.Found{Form: "PEM", Certificates: [][]byte{id.DER(), root.DER()}}, present())
		c := r.Certificates[0]
		if fault == "" {
			if c.IssuedBy != 2 || len(c.Findings) > 0 || c.Client != inspect.Yes || !r.Certificates[1].Authority || !r.Certificates[1].SelfSigned {
				t.Errorf("a good chain: %+v", c)
			}
			continue
		}
		if c.IssuedBy != 0 || len(c.Findings) != 1 || !slices.Contains(c.Findings[0].Faults, fault) || c.Client != inspect.No {
			t.Errorf("%s: issued by %d, %+v", fault, c.IssuedBy, c.Findings)
		}
	}
}

// Two authorities that certify each other are no loop where one of them is a root too.
func TestCrossCertificatesAreNoLoop(t *testing.T) {
	t.Parallel()
	l := lab("cross")
	one, two := l.Root("one"), l.Root("two")
	client := one.Client("client")
	crossed := [][]byte{one.With(trait.SignedBy(two)).DER(), two.With(trait.SignedBy(one)).DER()}
	for top, loop := range map[string]bool{"": true, "one": false, "two": false} {
		list := append([][]byte{client.DER()}, crossed...)
		if root, is := map[string]*pki.Authority{"one": one, "two": two}[top]; is {
			list = append(list, root.DER())
		}
		c := inspect.Describe(&inspect.Found{Form: "PEM", Certificates: list}, present()).Certificates[0]
		if got := len(c.Findings) > 0; got != loop {
			t.Errorf("with root %q: %+v", top, c.Findings)
		}
	}
}

func TestAStrangerInAChainIsNoted(t *testing.T) {
	t.Parallel()
	root := lab("stranger").Root("root")
	client := root.Client("client")
	for twin, want := range map[*pki.Identity]bool{client: false, root.Fault(client, "victim-appended"): true, root.Sub("issuing").Client("below"): false} {
		notes := strings.Join(describe(twin).Notes, "; ")
		if got := strings.Contains(notes, "does not stand above certificate 1"); got != want {
			t.Errorf("%s: %q", twin.Name(), notes)
		}
	}
}
