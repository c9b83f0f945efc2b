package dn_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// recorded is one subject and what a real .NET made of it.
type recorded struct {
	Name    string
	DER     string
	DotNet  *string // nil: .NET refuses the certificate
	Refused string
}

func recordings(t testing.TB) []recorded {
	t.Helper()
	text, err := os.ReadFile("testdata/dotnet.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Names []recorded }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Names
}

func (r recorded) subject(t testing.TB) dn.Name {
	t.Helper()
	der, err := hex.DecodeString(r.DER)
	if err != nil {
		t.Fatal(err)
	}
	name, err := dn.ParseDER(der)
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	return name
}

func TestNamesAreWrittenAsARealDotNetWroteThem(t *testing.T) {
	t.Parallel()
	equal, refused := 0, 0
	for _, r := range recordings(t) {
		got, err := r.subject(t).DotNet()
		switch {
		case r.DotNet == nil && err != nil:
			refused++
		case r.DotNet == nil:
			t.Errorf("%s: .NET refuses it (%s), but it is written %s", r.Name, r.Refused, got)
		case err != nil || got != *r.DotNet:
			t.Errorf("%s: .NET wrote %s, here it is %s, %v", r.Name, *r.DotNet, got, err)
		default:
			equal++
		}
	}
	if equal != 63 || refused != 2 {
		t.Errorf("%d names are equal and %d refused, of 63 and 2", equal, refused)
	}
}

func TestWindowsAndOldVersionsDifferWhereTheyAreKnownTo(t *testing.T) {
	t.Parallel()
	octets := dn.RDN{{Type: "1.2.3.4", Value: dn.Value{Tag: 0x04, Bytes: []byte{1, 2}}}}
	tests := []struct {
		name     string
		of       dn.Name
		platform dn.Platform
		major    int
		want     string
		fails    bool
	}{
		{"an unknown label on Windows", parse(t, "UID=abc,CN=x"), dn.Windows, 8, "OID.0.9.2342.19200300.100.1.1=abc, CN=x", false},
		{"OpenSSL's label on Linux", parse(t, "UID=abc,CN=x"), dn.Linux, 8, "userId=abc, CN=x", false},
		{"an OID that nobody knows", parse(t, "1.2.3.4=x"), dn.Linux, 8, "OID.1.2.3.4=x", false},
		{"octets on .NET 7, Linux", build(t, octets), dn.Linux, 7, "", false},
		{"octets on .NET 10, Linux", build(t, octets), dn.Linux, 10, "", true},
		{"octets on Windows", build(t, octets), dn.Windows, 10, "", true},
		{"another platform", parse(t, "CN=x"), "macos", 10, "", true},
		{"trailing NULs", parse(t, `CN=a\00\00`), dn.Linux, 10, "CN=a", false},
		{"an at sign in a PrintableString", build(t, dn.RDN{{Type: "2.5.4.3", Value: dn.Value{Tag: dn.Printable, Bytes: []byte("a@b")}}}), dn.Linux, 10, "", true},
	}
	for _, test := range tests {
		got, err := test.of.DotNetFor(test.platform, test.major)
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %q, %v, want %q", test.name, got, err, test.want)
		}
	}
}

func parse(t testing.TB, text string) dn.Name {
	t.Helper()
	name, err := dn.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func build(t testing.TB, rdns ...dn.RDN) dn.Name {
	t.Helper()
	name, err := dn.New(rdns...)
	if err != nil {
		t.Fatal(err)
	}
	return name
}
