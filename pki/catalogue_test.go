package pki_test

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A coded row of testdata/codes.txt says what stands for a code of the list of fixtures that the requirements refer to.
type coded struct{ code, kind, what, rest string }

func codes(t *testing.T) []coded {
	t.Helper()
	text, err := os.ReadFile("testdata/codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []coded
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		code, rest, _ := strings.Cut(line, " ")
		what, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
		kind, what, found := strings.Cut(what, ":")
		if !found {
			t.Fatalf("codes.txt: %q has no KIND:WHAT", line)
		}
		out = append(out, coded{code, kind, what, strings.TrimSpace(rest)})
	}
	return out
}

// Every code of the list of fixtures stands for a fault, for something that a PKI has anyway, or has a reason why it is not
// made here; and no fault is missing from the list.
func TestEveryCodeOfTheListIsThere(t *testing.T) {
	t.Parallel()
	store, err := pki.Init(t.TempDir(), pki.InitOptions{Seed: "codes", Clock: present})
	if err != nil {
		t.Fatal(err)
	}
	faults := map[string]bool{}
	for _, c := range codes(t) {
		switch c.kind {
		case "fault":
			f, known := pki.FaultNamed(c.what)
			if !known || f.Code != c.code || faults[c.what] {
				t.Errorf("%s: the fault %q has code %q, or stands twice", c.code, c.what, f.Code)
			}
			faults[c.what] = true
		case "identity":
			if _, err := store.Identity(c.what); err != nil {
				t.Errorf("%s: %v", c.code, err)
			}
		case "ask":
			if c.rest == "" {
				t.Errorf("%s has no reason", c.code)
			}
		default:
			t.Errorf("%s: there is no kind %q", c.code, c.kind)
		}
	}
	for _, f := range pki.Faults() {
		if !faults[f.Name] {
			t.Errorf("codes.txt does not list %s %s", f.Code, f.Name)
		}
	}
}

// The table says, down to the single extension, in what a twin differs from its base beside the serial number.
func TestATwinDiffersInNothingThatTheTableDoesNotSay(t *testing.T) {
	t.Parallel()
	l := lab("differs")
	root := l.Root("root")
	for _, c := range codes(t) {
		f, known := pki.FaultNamed(c.what)
		if c.kind != "fault" || !known {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			base := baseFor(t, l, root, f)
			twin := root.Fault(base, f.Name)
			if err := twin.Err(); err != nil {
				t.Fatal(err)
			}
			got := differences(t, base.DER(), straightened(t, f, twin.DER()))
			if f.NotDER {
				got = append(got, "encoding")
			}
			if got := strings.Join(got, " "); got != strings.Join(strings.Fields(c.rest), " ") {
				t.Errorf("%s: the table says %q, the twin differs in %q", c.code, c.rest, got)
			}
		})
	}
}

// straightened undoes an encoding that is not DER.
func straightened(t *testing.T, f pki.Fault, der []byte) []byte {
	t.Helper()
	switch f.Code {
	case "C-TRAIL":
		return der[:len(der)-3]
	case "C-BER":
		return element(0x30, der[2:len(der)-2])
	case "C-BERLEN":
		return element(0x30, der[6:])
	}
	if f.NotDER {
		t.Fatalf("how is %s straightened?", f.Name)
	}
	return der
}

func element(tag byte, contents []byte) []byte {
	der, _ := asn1.Marshal(asn1.RawValue{Tag: int(tag & 0x1f), IsCompound: tag&0x20 != 0, Bytes: contents}) // cannot fail
	return der
}

// differences names the parts in which two certificates differ, single extensions for the extensions, and the signature
// algorithm outside of the signed part where it does not follow the one inside.
func differences(t *testing.T, a, b []byte) []string {
	t.Helper()
	var out []string
	for _, part := range differing(t, a, b) {
		switch part {
		case trait.PartSerial:
		case trait.PartExtensions:
			out = append(out, extensionsThatDiffer(t, partsOf(t, a)[part], partsOf(t, b)[part])...)
		default:
			out = append(out, string(part))
		}
	}
	pa, pb := partsOf(t, a), partsOf(t, b)
	follows := func(p map[trait.Part][]byte) bool {
		return bytes.Equal(p[trait.PartSignature], p[trait.PartOuterSignature])
	}
	if follows(pa) != follows(pb) {
		out = append(out, string(trait.PartOuterSignature))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func extensionsThatDiffer(t *testing.T, a, b []byte) []string {
	t.Helper()
	names := map[string]string{
		"2.5.29.14": "subjectKeyIdentifier", "2.5.29.15": "keyUsage", "2.5.29.17": "subjectAltName", "2.5.29.19": "basicConstraints",
		"2.5.29.32": "certificatePolicies", "2.5.29.35": "authorityKeyIdentifier", "2.5.29.37": "extKeyUsage",
	}
	read := func(der []byte) []pkix.Extension {
		if der == nil {
			return nil
		}
		var list []pkix.Extension
		var explicit asn1.RawValue
		if _, err := asn1.Unmarshal(der, &explicit); err != nil {
			t.Fatal(err)
		}
		if _, err := asn1.Unmarshal(explicit.Bytes, &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	la, lb := read(a), read(b)
	var out []string
	for _, pair := range [][2][]pkix.Extension{{la, lb}, {lb, la}} {
		for _, e := range pair[0] {
			if !slices.ContainsFunc(pair[1], func(o pkix.Extension) bool {
				return o.Id.Equal(e.Id) && o.Critical == e.Critical && bytes.Equal(o.Value, e.Value)
			}) {
				name := names[e.Id.String()]
				if name == "" {
					name = e.Id.String()
				}
				out = append(out, name)
			}
		}
	}
	if len(out) == 0 {
		return []string{"order-of-extensions"}
	}
	return out
}

// Taking a certificate apart and putting it together again changes no byte.
func TestACutThatChangesNothingGivesTheSameCertificate(t *testing.T) {
	t.Parallel()
	ca := lab("identity").Root("ca")
	serial := trait.Serial(bytes.Repeat([]byte{0x41}, 20)...)
	base := ca.Client("client", trait.DNS("client.example"), serial)
	for part, der := range partsOf(t, base.DER()) {
		if again := ca.Client("client", trait.DNS("client.example"), serial, trait.Cut(part, der)); !bytes.Equal(again.DER(), base.DER()) {
			t.Errorf("%s cut out and put in again: %v\n%x\n%x", part, again.Err(), base.DER(), again.DER())
		}
	}
}

// Faults that are traits go together: a twin with two of them differs in what the one changes and in what the other changes.
func TestTwoFaultsGoTogether(t *testing.T) {
	t.Parallel()
	l := lab("together")
	root := l.Root("root")
	base := root.Client("client", trait.Subject("CN=mtlscheck-client-1,OU=Conformance,O=mtlscheck,C=SE"))
	var list []coded
	for _, c := range codes(t) {
		f, known := pki.FaultNamed(c.what)
		if c.kind == "fault" && known && len(f.Traits) > 0 && f.Base() == "client" && !f.NotDER && f.Code != "C-V1" { // which has no extensions to change
			list = append(list, c)
		}
	}
	pairs := 0
	for i, c := range list {
		for _, d := range list[i+1:] {
			want := strings.Fields(c.rest + " " + d.rest)
			slices.Sort(want)
			if len(slices.Compact(slices.Clone(want))) < len(want) {
				continue // they change the same thing, and the later one wins
			}
			pairs++
			f, _ := pki.FaultNamed(c.what)
			g, _ := pki.FaultNamed(d.what)
			twin := base.With(slices.Concat(f.Traits, g.Traits)...)
			if err := twin.Err(); err != nil {
				t.Errorf("%s and %s: %v", f.Name, g.Name, err)
				continue
			}
			if got := differences(t, base.DER(), twin.DER()); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%s and %s: the twin differs in %v, want %v", f.Name, g.Name, got, want)
			}
		}
	}
	if pairs < 100 {
		t.Errorf("only %d pairs", pairs)
	}
	t.Log(pairs, "pairs")
}
