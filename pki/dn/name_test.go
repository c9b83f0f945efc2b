package dn_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki/dn"
)

func TestParseReadsRFC4514(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, want string // want: the DER in hexadecimal digits
	}{
		{"", "3000"},
		{"CN=client,OU=production,O=company", "30383110300e060355040a0c07636f6d70616e7931133011060355040b0c0a70726f64756374696f6e310f300d06035504030c06636c69656e74"},
		{"cn=client, ou = production ,OID.2.5.4.10=company", "30383110300e060355040a0c07636f6d70616e7931133011060355040b0c0a70726f64756374696f6e310f300d06035504030c06636c69656e74"},
		{"C=SE", "300d310b3009060355040613025345"},
		{"C=så", "300e310c300a06035504060c0373c3a5"},
		{`CN=a\,b`, "300e310c300a06035504030c03612c62"},
		{`CN=a\2Cb`, "300e310c300a06035504030c03612c62"},
		{`CN=\ a\ `, "300e310c300a06035504030c03206120"},
		{`CN=\#a`, "300d310b300906035504030c022361"},
		{`CN=a=b`, "300e310c300a06035504030c03613d62"},
		{`CN=\C3\A9`, "300d310b300906035504030c02c3a9"},
		{`CN=a\00b`, "300e310c300a06035504030c03610062"},
		{"CN=", "300b3109300706035504030c00"},
		{"2.5.4.97=#0c0178", "300c310a300806035504610c0178"},
		{"CN=y+OU=x", "3018311630080603550403" + "0c0179" + "300a06035504" + "0b0c0178"},
		{"DC=com", "30153113301106" + "0a0992268993f22c6401191603636f6d"},
	}
	for _, test := range tests {
		name, err := dn.Parse(test.text)
		if test.text == "CN=y+OU=x" {
			// Both attributes have the same length, so that their types decide the order in the set.
			if got := name.String(); err != nil || got != "CN=y+OU=x" {
				t.Errorf("%s: %s, %v", test.text, got, err)
			}
			if got := parse(t, "OU=x+CN=y").String(); got != "CN=y+OU=x" {
				t.Errorf("a set that DER sorts: %s", got)
			}
			continue
		}
		if got := hex.EncodeToString(name.DER()); err != nil || got != test.want {
			t.Errorf("%q: %s, %v, want %s", test.text, got, err, test.want)
		}
	}
}

func TestParseSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, says string }{
		{"client", "character 1: an attribute such as CN=client is expected here"},
		{"CN=a,", "character 6: an attribute"},
		{"CN=a,,O=b", "character 6: an attribute"},
		{"XX=a", `unknown attribute type "XX": write it as dotted OID`},
		{"9.9.9=a", `"9.9.9" is not a valid OID`},
		{`CN=a"b`, `character 5: '"' inside a value is written \"`},
		{"CN=a;O=b", `';' inside a value is written \;`},
		{`CN=a\`, `after \ one of`},
		{`CN=a\xx`, `after \ one of`},
		{"CN=#zz", "hexadecimal digits"},
		{"CN=#0c05", "not the DER of one value"},
		{`CN=\FF`, "not valid UTF-8"},
		{"CN=a\x00b", `written \00`},
	}
	for _, test := range tests {
		_, err := dn.Parse(test.text)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: %v, want …%s…", test.text, err, test.says)
		}
	}
}

func TestParseDERRefusesWhatIsNoName(t *testing.T) {
	t.Parallel()
	for _, der := range []string{"", "30", "3001", "3100", "300000", "30023000", "30023100", "300431023000", "300731053003060100", "300b3109300706035504030c0100"} {
		b, err := hex.DecodeString(der)
		if err != nil {
			t.Fatal(err)
		}
		if name, err := dn.ParseDER(b); err == nil {
			t.Errorf("%s is read as %q", der, name)
		}
	}
}

func TestStringEscapesAsRFC4514Says(t *testing.T) {
	t.Parallel()
	// The examples of RFC 4514 §4, as far as they are single names.
	for _, text := range []string{
		"UID=jsmith,DC=example,DC=net",
		"OU=Sales+CN=J.  Smith,DC=example,DC=net",
		`CN=James \"Jim\" Smith\, III,DC=example,DC=net`,
		`CN=Before\0DAfter,DC=example,DC=net`,
		"1.3.6.1.4.1.1466.0=#04024869",
		"CN=Lučić",
	} {
		if got := parse(t, text).String(); got != text && got != strings.Replace(text, "OU=Sales+CN=J.  Smith", "CN=J.  Smith+OU=Sales", 1) {
			t.Errorf("%s becomes %s", text, got)
		}
	}
	for _, r := range recordings(t) {
		name := r.subject(t)
		again, err := dn.Parse(name.String())
		if err != nil || !again.Equal(name) {
			t.Errorf("%s: %s is read back as %s, %v", r.Name, name, again, err)
		}
	}
}

func TestEqualIsDistinguishedNameMatch(t *testing.T) {
	t.Parallel()
	printable := func(text string) dn.Name {
		name, err := parse(t, text).As(dn.Printable)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	tests := []struct {
		name  string
		a, b  dn.Name
		equal bool
	}{
		{"itself", parse(t, "CN=a,O=b"), parse(t, "CN=a,O=b"), true},
		{"case", parse(t, "CN=Client"), parse(t, "CN=cLIENT"), true},
		{"blanks around and inside", parse(t, `CN=\ a  b\ `), parse(t, "CN=a b"), true},
		{"string type", parse(t, "CN=a b"), printable("CN=a b"), true},
		{"composed and decomposed", parse(t, "CN=é"), parse(t, "CN=e\u0301"), true},
		{"order of parts", parse(t, "CN=a,O=b"), parse(t, "O=b,CN=a"), false},
		{"order in a part", parse(t, "CN=a+O=bb"), parse(t, "O=bb+CN=a"), true},
		{"one part of two, two parts", parse(t, "CN=a+O=b"), parse(t, "CN=a,O=b"), false},
		{"repeated", parse(t, "OU=a,OU=b"), parse(t, "OU=a,OU=a"), false},
		{"repeated in a part", parse(t, "OU=a+OU=b"), parse(t, "OU=a+OU=a"), false},
		{"one more", parse(t, "CN=a,O=b"), parse(t, "CN=a,O=b,C=SE"), false},
		{"prefix", parse(t, "CN=client-1"), parse(t, "CN=client-10"), false},
		{"look-alike", parse(t, "CN=client"), parse(t, "CN=сlient"), false},
		{"text after NUL", parse(t, `CN=a\00b`), parse(t, "CN=a"), false},
		{"another type", parse(t, "CN=a"), parse(t, "OU=a"), false},
		{"empty", dn.Name{}, dn.Name{}, true},
		{"octets", parse(t, "1.2.3.4=#04024869"), parse(t, "1.2.3.4=#04024869"), true},
		{"other octets", parse(t, "1.2.3.4=#04024869"), parse(t, "1.2.3.4=#04024868"), false},
	}
	for _, test := range tests {
		if got := test.a.Equal(test.b); got != test.equal {
			t.Errorf("%s: %s and %s: equal is %v", test.name, test.a, test.b, got)
		}
		if test.a.Equal(test.b) != test.b.Equal(test.a) {
			t.Errorf("%s: not symmetric", test.name)
		}
	}
}

func TestTextSurvivesEveryStringType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		tag  byte
		text string
		ok   bool
	}{
		{dn.UTF8, "a😀", true}, {dn.BMP, "a😀☃", true}, {dn.Universal, "a😀", true}, {dn.T61, "café", true}, {dn.T61, "☃", false},
		{dn.Printable, "A b'()+,-./:=?", true}, {dn.Printable, "a@b", false}, {dn.IA5, "a@b", true}, {dn.IA5, "é", false},
		{dn.Numeric, "12 3", true}, {dn.Numeric, "a", false}, {dn.Visible, "a~", true}, {dn.Visible, "\t", false}, {0x04, "a", false}, {dn.UTF8, "\xff", false},
	}
	for _, test := range tests {
		v, err := dn.Text(test.tag, test.text)
		if (err == nil) != test.ok {
			t.Errorf("0x%02x %q: %v", test.tag, test.text, err)
			continue
		}
		if got, ok := v.Text(); test.ok && (!ok || got != test.text) {
			t.Errorf("0x%02x %q is read as %q, %v", test.tag, test.text, got, ok)
		}
	}
	for _, v := range []dn.Value{{Tag: dn.BMP, Bytes: []byte{0}}, {Tag: dn.BMP, Bytes: []byte{0xd8, 0}}, {Tag: dn.Universal, Bytes: []byte{0, 0, 0xd8, 0}}, {Tag: dn.UTF8, Bytes: []byte{0xff}}, {Tag: 0x02, Bytes: []byte{1}}} {
		if text, ok := v.Text(); ok {
			t.Errorf("%+v is read as text %q", v, text)
		}
	}
}

// What is read from a name can be changed without changing the name.
func TestNamesAreValues(t *testing.T) {
	t.Parallel()
	name := parse(t, "CN=client")
	name.RDNs()[0][0].Value.Bytes[0] = 'X'
	name.DER()[0] = 0
	if got := name.String(); got != "CN=client" || name.DER()[0] != 0x30 {
		t.Errorf("the name became %s", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, r := range recordings(f) {
		f.Add(r.subject(f).String())
	}
	for _, text := range []string{"", "CN=", `CN=\00`, "a", "CN=a+OU=b+CN=a", "2.5.4.3=#0500", `CN=\`, "CN=#", "OID.1.2=x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, err := dn.Parse(text)
		if err != nil {
			return
		}
		again, err := dn.Parse(name.String())
		if err != nil {
			t.Fatalf("%q is written %q, which cannot be read: %v", text, name, err)
		}
		if !again.Equal(name) || again.String() != name.String() {
			t.Fatalf("%q is written %q and read back as %q", text, name, again)
		}
		der, err := dn.ParseDER(name.DER())
		if err != nil || !bytes.Equal(der.DER(), name.DER()) {
			t.Fatalf("%q: the DER %x cannot be read back: %v", text, name.DER(), err)
		}
	})
}

func FuzzParseDER(f *testing.F) {
	for _, r := range recordings(f) {
		f.Add(r.subject(f).DER())
	}
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		name, err := dn.ParseDER(der)
		if err != nil {
			return
		}
		if !bytes.Equal(name.DER(), der) {
			t.Fatalf("%x is kept as %x", der, name.DER())
		}
		built, err := dn.New(name.RDNs()...)
		if err != nil || !bytes.Equal(built.DER(), der) {
			t.Fatalf("%x is built again as %x, %v", der, built.DER(), err)
		}
		again, err := dn.Parse(name.String())
		if err != nil {
			t.Fatalf("%x is written %q, which cannot be read: %v", der, name, err)
		}
		if !name.Equal(name) || !again.Equal(name) {
			t.Fatalf("%x is written %q and read back as %q", der, name, again)
		}
		_, _ = name.DotNet()
		_, _, _ = name.OpenSSL(), name.OpenSSLRFC2253(), name.Java()
	})
}
