package pki_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// The certificate of RFC 8705 appendix A and its thumbprint.
func TestThumbprintOfTheRFC(t *testing.T) {
	t.Parallel()
	der, err := base64.StdEncoding.DecodeString("MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMG" +
		"ByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=")
	if err != nil {
		t.Fatal(err)
	}
	got := pki.ThumbprintsOf(der)
	if want := "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"; got.X5tS256 != want {
		t.Errorf("x5t#S256 %s, want %s", got.X5tS256, want)
	}
	raw, err := base64.RawURLEncoding.DecodeString(got.X5tS256)
	if err != nil {
		t.Fatal(err)
	}
	if got.SHA256Hex != hex.EncodeToString(raw) || strings.ReplaceAll(strings.ToLower(got.SHA256Colons), ":", "") != got.SHA256Hex || len(got.SHA256Colons) != 95 {
		t.Errorf("the spellings of SHA-256 differ: %+v", got)
	}
	if got.SHA1Upper != strings.ToUpper(got.SHA1Lower) || len(got.SHA1Upper) != 40 {
		t.Errorf("the spellings of SHA-1 differ: %+v", got)
	}
}

// One seed, one PKI: if these bytes change, thumbprints that somebody registered change.
func TestASeedGivesTheseVeryBytes(t *testing.T) {
	t.Parallel()
	l := lab("golden")
	root := l.Root("root")
	alice := root.Sub("issuing").Client("alice", trait.Subject("CN=client,OU=production,O=company"), trait.DNS("client.example"))
	sum := sha256.New()
	for _, i := range []*pki.Identity{
		root.Identity, alice, alice.With(trait.Expired), l.SelfSigned("alone"), root.Server("server", trait.DNS("localhost")),
		root.Client("rsa", trait.Key(trait.RSA2048)), root.Client("ed", trait.Key(trait.Ed25519)), root.Client("weak", trait.Key(trait.RSA1024)), root.Fault(alice, "cloned-ca"),
	} {
		if err := i.Err(); err != nil {
			t.Fatal(err)
		}
		sum.Write(i.DER())
	}
	if got, want := hex.EncodeToString(sum.Sum(nil)), goldenHash; got != want {
		t.Errorf("the certificates of seed \"golden\" hash to %s, want %s", got, want)
	}
}

const goldenHash = "d3ef811b8a86ab398d8f1e19d1194d5fed75397646fcb1b932d8225ab3e9743f"

func TestTwinsKeepKeyAndNameAndGetTheirOwnSerialNumber(t *testing.T) {
	t.Parallel()
	ca := lab("twins").Root("ca")
	alice := ca.Client("alice")
	twin, again, salted := alice.With(), alice.With(), alice.With(trait.Salt("1"))
	for _, i := range []*pki.Identity{twin, salted, alice.With(trait.Expired)} {
		if i.Thumbprints().SPKI != alice.Thumbprints().SPKI || !i.DN().Equal(alice.DN()) {
			t.Errorf("%s has another key or name", i.Name())
		}
		if bytes.Equal(i.DER(), alice.DER()) {
			t.Error("the twin is the base itself")
		}
	}
	if !bytes.Equal(twin.DER(), again.DER()) || bytes.Equal(twin.DER(), salted.DER()) {
		t.Error("equal traits must give equal twins, and other traits others")
	}
	bob := alice.Named("bob")
	if bob.Thumbprints().SPKI == alice.Thumbprints().SPKI || !bob.DN().Equal(alice.DN()) || bob.Name() != "bob" {
		t.Error("Named must give another key and keep the subject")
	}
	if same := alice.Named("carol", trait.SameKey); same.Thumbprints().SPKI != alice.Thumbprints().SPKI {
		t.Error("SameKey must keep the key")
	}
	if alone := alice.Sends(); !bytes.Equal(alone.DER(), alice.DER()) || len(alone.Chain()) != 1 {
		t.Error("Sends must keep the certificate")
	}
	via := ca.Sub("sub").Client("via")
	if got := via.Sends(alice.DER()).Chain(); len(got) != 2 || !bytes.Equal(got[0], via.DER()) || !bytes.Equal(got[1], alice.DER()) {
		t.Errorf("Sends: %d certificates", len(got))
	}
	if sub := ca.Sub("sub").With(trait.Expired).Client("x"); sub.Err() != nil || len(sub.Chain()) != 2 {
		t.Errorf("a twin of an authority issues: %v", sub.Err())
	}
}

// Inputs with which cfssl panics or says nothing are errors here, and everything may be called after one.
func TestWhatCannotBeMadeIsAnError(t *testing.T) {
	t.Parallel()
	l := lab("errors")
	ca := l.Root("ca")
	tests := []struct {
		name string
		of   *pki.Identity
		says string
	}{
		{"a host beyond ASCII", ca.Client("c", trait.DNS("bücher.test")), `c: DNS name "bücher.test": only ASCII without blanks is possible here`},
		{"invalid UTF-8", ca.Client("c", trait.Subject("CN=\xff")), "is not valid UTF-8"},
		{"an OID that is none", ca.Client("c", trait.Subject("9.9.9=x")), `"9.9.9" is not a valid OID`},
		{"an unknown purpose", ca.Client("c", trait.ExtKeyUsage("client auth")), `extended key usage "client auth" is neither an OID nor one of OCSPSigning, any, clientAuth`},
		{"a relative URI", ca.Client("c", trait.URI("/a/b")), "an absolute URI"},
		{"an e-mail address with a name", ca.Client("c", trait.Email("Joe <j@x.example>")), "an address such as ops@client.example"},
		{"a network for an address", ca.Client("c", trait.IP("10.0.0.0/8")), `IP address "10.0.0.0/8"`},
		{"a kind of key", ca.Client("c", trait.Key("rsa512")), `there is no key of kind "rsa512"`},
		{"a name of no text", ca.Client("\xff"), "is not valid UTF-8"},
		{"a fault", ca.Fault(ca.Client("c"), "no-such-fault"), `there is no fault "no-such-fault"`},
		{"a fault of another kind of certificate", ca.Fault(ca.Client("c"), "self-expired"), "is not self-signed"},
		{"a fault that the subject cannot have", ca.Fault(ca.Client("c"), "other-ou"), "this fault needs a subject with OU"},
		{"an RSA form of another key", ca.Client("c", trait.PSSKey), "only an RSA key"},
		{"an issuer in error", l.Root("bad", trait.Subject("x")).Sub("s").Client("c"), "an attribute such as CN=client"},
		{"a signature that the key cannot make", ca.Client("c", trait.Signature(x509.SHA256WithRSA)), "c: issuing: "},
	}
	for _, test := range tests {
		err := test.of.Err()
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), `{"code"`) {
			t.Errorf("%s: %v, want …%s…", test.name, err, test.says)
		}
		i := test.of.With(trait.Expired).Named("n").Sends()
		if i.Err() == nil || i.DER() != nil || i.Certificate() != nil || i.Key() != nil || len(i.Chain()) != 0 || len(i.Roots()) != 0 || !i.DN().IsEmpty() || i.TLS().Certificate != nil || i.Thumbprints() != (pki.Thumbprints{}) {
			t.Errorf("%s: a twin of what could not be made is something", test.name)
		}
		if _, err := test.of.ClientTLS().GetClientCertificate(&tls.CertificateRequestInfo{}); err == nil {
			t.Errorf("%s: it can be shown to a server", test.name)
		}
	}
	if l.Err() == nil {
		t.Error("the lab does not report the first error")
	}
	if err := pki.New(pki.Options{Key: "rsa512"}).Root("r").Err(); err == nil {
		t.Error("a lab with an impossible kind of key makes roots")
	}
}

func TestAdoptedAuthoritiesAndTheirCertificatesHaveTwins(t *testing.T) {
	t.Parallel()
	outside := lab("outside")
	root := outside.Root("corporate", trait.Key(trait.P384))
	odd := root.Client("odd", trait.Subject("CN=mtlscheck-client-1,OU=Conformance,O=mtlscheck,C=SE"), trait.Without(trait.SubjectKeyID(), trait.BasicConstraints()),
		trait.Extension([]int{1, 2, 3, 4}, false, []byte{5, 0}), trait.DNS("a.example"), trait.CriticalNames, trait.ExtKeyUsage("clientAuth", "1.2.3.4.5"))
	ca, err := pki.Adopt(root.Certificate(), root.Key())
	if err != nil {
		t.Fatal(err)
	}
	taken, err := ca.Issued(odd.Certificate(), odd.Key())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(taken.DER(), odd.DER()) || !bytes.Equal(taken.Roots()[0], root.DER()) {
		t.Error("taking in a certificate changed it")
	}
	if got := differing(t, odd.DER(), taken.With().DER()); !slices.Equal(got, []trait.Part{trait.PartSerial}) {
		t.Errorf("a twin without traits differs in %v", got)
	}
	for _, f := range pki.Faults() {
		if f.SelfSigned || f.Like != "" {
			continue
		}
		if err := ca.Fault(taken, f.Name).Err(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	stranger := outside.Root("other").Client("x")
	if _, err := ca.Issued(stranger.Certificate(), stranger.Key()); err == nil || !strings.Contains(err.Error(), "was not issued by corporate") {
		t.Errorf("a certificate of another authority: %v", err)
	}
	if _, err := ca.Issued(odd.Certificate(), stranger.Key()); err == nil || !strings.Contains(err.Error(), "does not belong") {
		t.Errorf("another's key: %v", err)
	}
	if _, err := pki.Adopt(odd.Certificate(), odd.Key()); err == nil || !strings.Contains(err.Error(), "is not an authority") {
		t.Errorf("a leaf as authority: %v", err)
	}
	if _, err := pki.Adopt(nil, nil); err == nil {
		t.Error("nothing is adopted")
	}
	sub := root.Sub("sub")
	below, err := pki.Adopt(sub.Certificate(), sub.Key(), root.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	if c := below.Client("c"); len(c.Chain()) != 2 || !bytes.Equal(c.Roots()[0], root.DER()) {
		t.Errorf("below an adopted intermediate: %d certificates sent", len(c.Chain()))
	}
}

// The oddest certificates that were shown to recorded servers.
func TestRecordedCertificatesCanBeMade(t *testing.T) {
	t.Parallel()
	l := pki.New(pki.Options{Seed: "recordings", Clock: present, Key: trait.RSA2048})
	ca := l.Root("ca", trait.Subject("CN=Test Root"))
	evil := l.Root("evilca", trait.Subject("CN=Test Root"))
	client := ca.Client("good", trait.Subject("CN=client,OU=production,O=company"))
	tests := []struct {
		of    *pki.Identity
		check func(*x509.Certificate) bool
	}{
		{client, func(c *x509.Certificate) bool { return c.SignatureAlgorithm == x509.SHA256WithRSA && c.IsCA == false }},
		{client.With(trait.SignedBy(evil)), func(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, ca.Certificate().RawSubject) }},
		{client.With(trait.CA(true), trait.KeyUsage(x509.KeyUsageCertSign)), func(c *x509.Certificate) bool { return c.IsCA && c.KeyUsage == x509.KeyUsageCertSign }},
		{client.With(trait.Key(trait.P384)), func(c *x509.Certificate) bool { return c.PublicKeyAlgorithm == x509.ECDSA }},
		{client.With(trait.Key(trait.RSA1024)), func(c *x509.Certificate) bool { return c.SignatureAlgorithm == x509.SHA256WithRSA }},
		{client.With(trait.PSSKey), func(c *x509.Certificate) bool { return c.PublicKeyAlgorithm == x509.UnknownPublicKeyAlgorithm }},
		{ca.Client("samedn", trait.Subject("CN=Test Root")), func(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }},
		{ca.Client("sanonly", trait.Subject("CN=other"), trait.DNS("client"), trait.DirName("CN=client,OU=production,O=company")), func(c *x509.Certificate) bool { return c.DNSNames[0] == "client" }},
		{l.SelfSigned("selfca", trait.Subject("CN=self"), trait.CA(true), trait.NoKeyUsage, trait.NoExtKeyUsage), func(c *x509.Certificate) bool { return c.IsCA && c.KeyUsage == 0 && c.ExtKeyUsage == nil }},
		{ca.Server("server", trait.Subject("CN=localhost"), trait.NoKeyUsage, trait.Without(trait.BasicConstraints())), func(c *x509.Certificate) bool { return !c.BasicConstraintsValid && c.KeyUsage == 0 }},
	}
	for n, test := range tests {
		if err := test.of.Err(); err != nil {
			t.Errorf("%d: %v", n, err)
		} else if !test.check(test.of.Certificate()) {
			t.Errorf("%d: %s is not as described", n, test.of.Name())
		}
	}
}

// A certificate that Go cannot parse can still be shown, whatever the server hints at.
func TestAHandshakeShowsAnyCertificate(t *testing.T) {
	t.Parallel()
	ca := lab("tls").Root("ca")
	bad := ca.Client("bad", trait.Serial(0xfb))
	if bad.Err() != nil || bad.Certificate() != nil {
		t.Fatalf("a negative serial number: %v, %v", bad.Err(), bad.Certificate())
	}
	shown, err := bad.ClientTLS().GetClientCertificate(&tls.CertificateRequestInfo{AcceptableCAs: [][]byte{{0x30, 0}}})
	if err != nil || len(shown.Certificate) != 1 || !bytes.Equal(shown.Certificate[0], bad.DER()) || shown.PrivateKey == nil {
		t.Errorf("shown: %+v, %v", shown, err)
	}
	if len(bad.ClientTLS().Certificates) != 0 {
		t.Error("Certificates would keep back what the server did not ask for")
	}
}

func TestALabIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	l := lab("race")
	ca := l.Root("ca")
	alice := ca.Client("alice")
	var wait sync.WaitGroup
	ders := make([][]byte, 16)
	for n := range ders {
		wait.Go(func() {
			ca.Client(fmt.Sprint("client-", n)).DER()
			ders[n] = ca.Fault(alice, "expired").DER()
		})
	}
	wait.Wait()
	for _, der := range ders {
		if der == nil || !bytes.Equal(der, ders[0]) {
			t.Fatal("the same twin differs between goroutines")
		}
	}
	if err := l.Err(); err != nil {
		t.Error(err)
	}
}
