package fakeidp_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// TestReadsForwardedCertificates sends what each proxy sends, over TLS and behind it.
func TestReadsForwardedCertificates(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	good := ca.Client("app", trait.Subject("CN=app"))
	other := ca.Client("other")
	through := ca.Fault(good, "via-intermediate")
	chain := through.TLS().Certificate
	encode := base64.StdEncoding.EncodeToString
	block := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.DER()}))
	der := encode(good.DER())
	sequence := ":" + der + ":"
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	elsewhere := netip.MustParsePrefix("192.0.2.0/24")

	type row struct {
		name    string
		format  fakeidp.ForwardFormat
		values  []string
		chain   []string
		shows   *pki.Identity
		proxies []netip.Prefix
		status  int
	}
	rows := []row{
		{name: "IIS", format: fakeidp.ForwardBase64, values: []string{der}, status: 200},
		{name: "nginx", format: fakeidp.ForwardPEM, values: []string{url.PathEscape(block)}, status: 200},
		{name: "Apache", format: fakeidp.ForwardPEM, values: []string{strings.ReplaceAll(block, "\n", " ")}, status: 200},
		{name: "HAProxy", format: fakeidp.ForwardHAProxy, values: []string{der}, status: 200},
		{name: "HAProxy with quotes", format: fakeidp.ForwardHAProxy, values: []string{`"` + der + `"`}, status: 200},
		{name: "HAProxy without a certificate", format: fakeidp.ForwardHAProxy, values: []string{`""`}, status: 401},
		{name: "IIS with quotes", format: fakeidp.ForwardBase64, values: []string{`"` + der + `"`}, status: 401},
		{name: "RFC 9440", format: fakeidp.ForwardRFC9440, values: []string{sequence}, status: 200},
		{name: "RFC 9440 with a parameter", format: fakeidp.ForwardRFC9440, values: []string{sequence + ";p=1"}, status: 200},
		{name: "RFC 9440 without colons", format: fakeidp.ForwardRFC9440, values: []string{der}, status: 401},
		{name: "RFC 9440 twice", format: fakeidp.ForwardRFC9440, values: []string{sequence, sequence}, status: 401},
		{name: "RFC 9440, two in one", format: fakeidp.ForwardRFC9440, values: []string{sequence + ", " + sequence}, status: 401},
		{name: "RFC 9440, not a certificate", format: fakeidp.ForwardRFC9440, values: []string{":AAAA:"}, status: 401},
		{name: "RFC 9440, no chain", format: fakeidp.ForwardRFC9440, values: []string{":" + encode(chain[0]) + ":"}, status: 401},
		{name: "RFC 9440, its chain", format: fakeidp.ForwardRFC9440, values: []string{":" + encode(chain[0]) + ":"}, chain: []string{":" + encode(chain[1]) + ":"}, status: 200},
		{name: "RFC 9440, a bad chain", format: fakeidp.ForwardRFC9440, values: []string{sequence}, chain: []string{"x"}, status: 401},
		{name: "the header beats the connection", format: fakeidp.ForwardRFC9440, values: []string{":" + encode(other.DER()) + ":"}, shows: good, status: 401},
		{name: "no header", format: fakeidp.ForwardRFC9440, shows: good, status: 200},
		{name: "from a trusted proxy", format: fakeidp.ForwardRFC9440, values: []string{sequence}, proxies: []netip.Prefix{elsewhere, loopback}, status: 200},
		{name: "a trusted proxy's own certificate", format: fakeidp.ForwardRFC9440, shows: good, proxies: []netip.Prefix{loopback}, status: 401},
		{name: "from somebody else", format: fakeidp.ForwardRFC9440, values: []string{sequence}, proxies: []netip.Prefix{elsewhere}, status: 401},
		{name: "from somebody else, who has one", format: fakeidp.ForwardRFC9440, values: []string{":" + encode(other.DER()) + ":"}, shows: good, proxies: []netip.Prefix{elsewhere}, status: 200},
	}
	if err := lab.Err(); err != nil || bytes.Equal(chain[0], chain[1]) {
		t.Fatal(err)
	}
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			idp := fakeidp.Start(t, fakeidp.Version("rfc8705"), fakeidp.Trust(ca.Certificate()), fakeidp.CertificateForwarding("client-cert", c.format), fakeidp.TrustedProxies(c.proxies...),
				fakeidp.ListenPlain("127.0.0.1:0"), fakeidp.Clients(fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name(good.DN().String())}, Scopes: []string{"api1"}}))
			doors := map[string]*http.Client{idp.MTLSURL: client(idp, c.shows)}
			doors[idp.MTLSURL].Transport.(*http.Transport).DialContext = nil // the alias has a port of its own
			if c.shows == nil {
				doors["http://"+idp.PlainAddr().String()] = http.DefaultClient
			}
			for door, asking := range doors {
				request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, door+"/token", strings.NewReader(clientCredentials("app").Encode()))
				if err != nil {
					t.Fatal(err)
				}
				request.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
				if c.values != nil {
					request.Header["Client-Cert"] = c.values
				}
				if c.chain != nil {
					request.Header["Client-Cert-Chain"] = c.chain
				}
				answer, err := asking.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				if answer.StatusCode != c.status {
					t.Errorf("at %s: got %d, want %d", door, answer.StatusCode, c.status)
				}
			}
		})
	}
}
