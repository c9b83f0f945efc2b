package fakeidp_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// TestJournalKnowsWhoWasTurnedAway: a request that the door of an mTLS endpoint turns away stands in the journal with its endpoint,
// with whom it says it comes from, with the error, and with the reason, which the answer does not tell.
func TestJournalKnowsWhoWasTurnedAway(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	app := ca.Client("app", trait.Subject("CN=app"))
	revoked := ca.Client("revoked", trait.Subject("CN=app"))
	for _, c := range []struct {
		name, version string
		shows         *pki.Identity
		path          string
		form          bool
		basic         [2]string
		option        fakeidp.Option
		want          fakeidp.Request
	}{
		{"nothing", "7.4", nil, "/token", true, [2]string{}, nil, fakeidp.Request{Endpoint: "token", ClientID: "app", Error: "invalid_client", Barred: "no certificate", Status: 400}},
		{"nothing, by Basic", "7.4", nil, "/introspect", false, [2]string{"api", "x"}, nil, fakeidp.Request{Endpoint: "introspection", ClientID: "api", Error: "invalid_client", Barred: "no certificate", Status: 400}},
		{"nothing, nobody", "7.4", nil, "/token", false, [2]string{}, nil, fakeidp.Request{Endpoint: "token", Error: "invalid_client", Barred: "no certificate", Status: 400}},
		{"nothing, nowhere", "7.4", nil, "/nowhere", true, [2]string{}, nil, fakeidp.Request{ClientID: "app", Error: "invalid_client", Barred: "no certificate", Status: 400}},
		{"nothing, before 7.3", "7.2", nil, "/token", true, [2]string{}, nil, fakeidp.Request{Endpoint: "token", ClientID: "app", Barred: "no certificate", Status: 403}},
		{"expired", "7.4", app.With(trait.Expired), "/token", true, [2]string{}, nil, fakeidp.Request{Endpoint: "token", ClientID: "app", Error: "invalid_client", Barred: "the certificate is not valid at this time", Status: 400}},
		{"for servers", "7.4", ca.Server("app", trait.Subject("CN=app")), "/token", true, [2]string{}, nil, fakeidp.Request{Endpoint: "token", ClientID: "app", Error: "invalid_client", Barred: "the certificate is not for client authentication", Status: 400}},
		{"of a stranger", "7.4", lab.Root("Other").Client("app", trait.Subject("CN=app")), "/token", true, [2]string{}, nil, fakeidp.Request{Endpoint: "token", ClientID: "app", Error: "invalid_client", Barred: "the certificate chains to no trusted root", Status: 400}},
		{"revoked", "7.4", revoked, "/token", true, [2]string{}, nil, fakeidp.Request{Endpoint: "token", ClientID: "app", Error: "invalid_client", Barred: "the certificate is revoked, or nobody knows whether it is", Status: 400}},
		{"self-signed", "7.4", lab.SelfSigned("alone"), "/token", true, [2]string{}, fakeidp.AllowedCertificateTypes(fakeidp.ChainedCertificates), fakeidp.Request{Endpoint: "token", ClientID: "app", Error: "invalid_client", Barred: "self-signed certificates are not allowed", Status: 400}},
		{"chained", "7.4", app, "/token", true, [2]string{}, fakeidp.AllowedCertificateTypes(fakeidp.SelfSignedCertificates), fakeidp.Request{Endpoint: "token", ClientID: "app", Error: "invalid_client", Barred: "only self-signed certificates are allowed", Status: 400}},
		{"right", "7.4", app, "/token", true, [2]string{}, nil, fakeidp.Request{Endpoint: "token", ClientID: "app", Status: 200}},
		{"right, unknown", "7.4", app, "/token", false, [2]string{"nobody", "x"}, nil, fakeidp.Request{Endpoint: "token", ClientID: "nobody", Error: "invalid_client", Status: 400}},
	} {
		options := []fakeidp.Option{fakeidp.Version(c.version), fakeidp.Trust(ca.Certificate()),
			fakeidp.Clients(fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name("CN=app")}, Scopes: []string{"api1"}})}
		if c.option != nil {
			options = append(options, c.option)
		}
		idp := fakeidp.Start(t, options...)
		if err := idp.Revoke(revoked.Certificate()); err != nil {
			t.Fatal(err)
		}
		q := question{to: idp.MTLSURL + c.path, basic: c.basic, form: grant("")}
		if c.form {
			q.form = grant("app")
		}
		q.form.Set("client_assertion", "canary")
		if c.shows != nil {
			q.shows = c.shows.TLS()
		}
		answer := put(t, idp, q)
		got := idp.Requests()[0]
		is := fakeidp.Request{Endpoint: got.Endpoint, ClientID: got.ClientID, Error: got.Error, Barred: got.Barred, Status: got.Status}
		if !sameEntry(is, c.want) || answer.status != c.want.Status {
			t.Errorf("%s: answered %d, the journal says\n%+v, want\n%+v", c.name, answer.status, is, c.want)
		}
		if !got.MTLS || got.GrantType != "client_credentials" || !slices.Contains(got.Parameters, "client_assertion") || got.Took <= 0 || got.Took > time.Hour {
			t.Errorf("%s: the journal says %+v", c.name, got)
		}
		if strings.Contains(answer.text, "chains") || strings.Contains(answer.text, "revoked") {
			t.Errorf("%s: the answer tells why: %s", c.name, answer.text)
		}
	}
}

func sameEntry(a, b fakeidp.Request) bool {
	return a.Endpoint == b.Endpoint && a.ClientID == b.ClientID && a.Error == b.Error && a.Barred == b.Barred && a.Status == b.Status
}

// TestJournalBoundsWhoWasTurnedAway: who sends much at the door fills nothing.
func TestJournalBoundsWhoWasTurnedAway(t *testing.T) {
	t.Parallel()
	idp := fakeidp.Start(t)
	long := strings.Repeat("i", 4000)
	put(t, idp, question{to: idp.MTLSURL + "/token?client_id=" + long, form: grant(long)})
	put(t, idp, question{to: idp.MTLSURL + "/token", raw: strings.Repeat("a=b&", 1<<18), method: http.MethodPost})
	for _, r := range idp.Requests() {
		if len(r.ClientID) > 256 || len(r.Parameters) > 100 || r.Endpoint != "token" || r.Barred != "no certificate" {
			t.Errorf("the journal says %.300v", r.ClientID)
		}
	}
}

// TestJournalKnowsErrorsOfRedirects: what a client or a user is told by way of the browser is an error like any other.
func TestJournalKnowsErrorsOfRedirects(t *testing.T) {
	t.Parallel()
	web := fakeidp.Client{ID: "web", Public: true, NoPKCE: true, Grants: []string{fakeidp.AuthorizationCode}, Scopes: []string{"openid"}, RedirectURIs: []string{"https://web.example/cb"}}
	for _, c := range []struct{ version, path, more, code, to string }{
		{"7.4", "/connect/authorize", "&scope=nosuch", "invalid_scope", "/home/error"},
		{"7.4", "/connect/authorize", "&scope=openid&prompt=none", "login_required", "/cb"},
		{"7.4", "/connect/authorize", "&scope=openid", "", "/login"},
		{"rfc8705", "/authorize", "&scope=nosuch", "invalid_scope", "/cb"},
	} {
		idp := fakeidp.Start(t, fakeidp.Version(c.version), fakeidp.Users(fakeidp.User{Subject: "1", Username: "alice"}), fakeidp.Pages(fakeidp.ApproveAtOnce), fakeidp.Clients(web))
		browser := client(idp, nil)
		browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		res, err := browser.Get(idp.URL + c.path + "?client_id=web&response_type=code&state=s&redirect_uri=https://web.example/cb" + c.more)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		to, err := res.Location()
		got := idp.Requests()[0]
		if err != nil || to.Path != c.to || got.Error != c.code || got.Endpoint != "authorize" || got.ClientID != "web" {
			t.Errorf("%s %s: the journal says %q of %q at %q; the browser goes to %v (%v)", c.version, c.more, got.Error, got.ClientID, got.Endpoint, to, err)
		}
	}
}
