package fakeidp_test

import (
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func TestReadsNamesAsItsDotNetDoes(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	shows := ca.Client("bank", trait.Subject("CN=bank,organizationIdentifier=PSDGB-1,1.2.3.4=x,ST=WA"))
	written := map[string]string{
		"linux":   "CN=bank, organizationIdentifier=PSDGB-1, OID.1.2.3.4=x, S=WA",
		"windows": "CN=bank, OID.2.5.4.97=PSDGB-1, OID.1.2.3.4=x, S=WA",
	}
	var clients []fakeidp.Client
	for id, subject := range written {
		clients = append(clients, fakeidp.Client{ID: id, Secrets: []fakeidp.Secret{fakeidp.Name(subject)}, Scopes: []string{"api1"}})
	}
	for _, c := range []struct {
		platform dn.Platform
		major    int
		served   string
	}{{"", 0, "linux"}, {dn.Linux, 6, "linux"}, {dn.Linux, 10, "linux"}, {dn.Windows, 6, "windows"}, {dn.Windows, 10, "windows"}} {
		options := []fakeidp.Option{fakeidp.Trust(ca.Certificate()), fakeidp.Clients(clients...)}
		if c.major != 0 {
			options = append(options, fakeidp.DotNet(c.platform, c.major))
		}
		idp := fakeidp.Start(t, options...)
		for id := range written {
			status, body := ask(t, client(idp, shows), idp.MTLSURL+"/token", clientCredentials(id))
			if (status == 200) != (id == c.served) {
				t.Errorf(".NET %d on %q: the name as on %s: %d %s", c.major, c.platform, id, status, body)
			}
		}
	}
	if _, err := fakeidp.New(fakeidp.DotNet("macos", 10)); err == nil || !strings.Contains(err.Error(), `no .NET 10 on "macos"`) {
		t.Errorf("macOS: %v", err)
	}
}

// TestStrictServerAsksAsItIsTold: no certificate is asked for, or none means an alert.
func TestStrictServerAsksAsItIsTold(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	for _, place := range []fakeidp.Option{fakeidp.Mode(fakeidp.Path()), fakeidp.Mode(fakeidp.SubDomain("mtls"))} {
		for _, c := range []struct {
			mode          fakeidp.CertificateMode
			shown, unseen string
		}{
			{fakeidp.AllowCertificate, "200", "invalid_client"}, {fakeidp.NoCertificate, "invalid_client", "invalid_client"},
			{fakeidp.RequireCertificate, "200", "tls: certificate required"},
		} {
			idp := l.start(t, place, fakeidp.ClientCertificates(c.mode))
			for _, q := range []struct {
				question
				want string
			}{{question{to: idp.MTLSURL + "/token", shows: l.client.TLS(), form: grant("named")}, c.shown}, {question{to: idp.MTLSURL + "/token", form: grant("named")}, c.unseen}} {
				r := put(t, idp, q.question)
				got := r.oauthError()
				switch {
				case r.err != nil:
					got = r.err.Error()
				case r.status == 200:
					got = "200"
				}
				if !strings.HasSuffix(got, q.want) {
					t.Errorf("mode %d, shown a certificate: %v: got %s, want %s", c.mode, q.shows != nil, got, q.want)
				}
			}
			if r := put(t, idp, question{to: idp.URL + "/token", form: grant("shared", "client_secret", "s3cret")}); r.status != 200 {
				t.Errorf("mode %d, by secret at the plain endpoint: %d %v", c.mode, r.status, r.err)
			}
		}
	}
	if _, err := fakeidp.New(fakeidp.Version("rfc8705"), fakeidp.ClientCertificates(fakeidp.DelayCertificate)); err == nil || !strings.Contains(err.Error(), "DelayCertificate") {
		t.Errorf("delayed: %v", err)
	}
}
