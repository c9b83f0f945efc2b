package dn_test

import (
	"testing"

	"github.com/mtlscheck/mtlscheck/pki/dn"
)

// What X500Principal.getName() of Java 17.0.15 printed for certificates with these subjects.
func TestNamesAreWrittenAsJavaWroteThem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		of   dn.Name
		want string
	}{
		{parse(t, "CN=client,OU=production,O=company"), "CN=client,OU=production,O=company"},
		{parse(t, "CN=client,1.2.840.113549.1.9.1=#160d61406578616d706c652e636f6d"), "CN=client,1.2.840.113549.1.9.1=#160d61406578616d706c652e636f6d"},
		{parse(t, "CN=a=b"), `CN=a\=b`},
		{parse(t, "CN=a#bc"), `CN=a\#bc`},
		{parse(t, `CN=\ client`), `CN=\ client`},
		{parse(t, `CN=\#`), `CN=\#`},
		{parse(t, `CN=\0D00`), "CN=\\\r00"},
		{parse(t, `CN=0\0D0`), "CN=0\r0"},
		{parse(t, `CN=client\00.evil`), `CN=client\00.evil`},
		{parse(t, "CN=x,ST=Bavaria,STREET=Main 1,UID=u1,DC=com"), "CN=x,ST=Bavaria,STREET=Main 1,UID=u1,DC=com"},
		{parse(t, "CN=client,serialNumber=42"), "CN=client,2.5.4.5=#13023432"},
		{build(t, dn.RDN{{Type: "2.5.4.3", Value: dn.Value{Tag: dn.BMP, Bytes: []byte{0, 'c', 0, 'a'}}}}), `CN=\00c\00a`},
		{build(t, dn.RDN{{Type: "2.5.4.3", Value: dn.Value{Tag: dn.T61, Bytes: []byte("caf\xe9")}}}), "CN=caf\uFFFD"},
	}
	for _, test := range tests {
		if got := test.of.Java(); got != test.want {
			t.Errorf("%s: %s, want %s", test.of, got, test.want)
		}
	}
}
