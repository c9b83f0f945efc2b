package fakeidp_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func TestLimitsAFault(t *testing.T) {
	t.Parallel()
	expired := fault(t, "accepts-expired")
	for _, c := range []struct {
		name  string
		limit fakeidp.Limit
		want  []int // statuses of two requests of app and one of other
	}{
		{"every request", fakeidp.Limit{}, []int{200, 200, 200}},
		{"the next one", fakeidp.Limit{Next: 1}, []int{200, 400, 400}},
		{"one client", fakeidp.Limit{Match: fakeidp.Match{Client: "app"}}, []int{200, 200, 400}},
		{"the next two of one client", fakeidp.Limit{Next: 2, Match: fakeidp.Match{Client: "other"}}, []int{400, 400, 200}},
		{"an endpoint", fakeidp.Limit{Match: fakeidp.Match{Endpoint: "token"}}, []int{200, 200, 200}},
		{"another endpoint", fakeidp.Limit{Match: fakeidp.Match{Endpoint: "introspection"}}, []int{400, 400, 400}},
		{"a certificate", fakeidp.Limit{Match: fakeidp.Match{Certificate: "CN=alice"}}, []int{200, 200, 200}},
		{"another certificate", fakeidp.Limit{Match: fakeidp.Match{Certificate: "CN=bob"}}, []int{400, 400, 400}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			idp, _, alice := company(t, fakeidp.BreaksOnly(c.limit, expired))
			idp.SetClient(fakeidp.Client{ID: "other", Secrets: []fakeidp.Secret{fakeidp.Name("CN=alice")}, Scopes: []string{"api1"}})
			late := alice.With(trait.Expired)
			var got []int
			for _, id := range []string{"app", "app", "other"} {
				status, _ := ask(t, client(idp, late), idp.MTLSURL+"/token", clientCredentials(id))
				got = append(got, status)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("statuses (- want, + got):\n%s", diff)
			}
		})
	}
}

func TestBreaksAndMendsWhileRunning(t *testing.T) {
	t.Parallel()
	idp, _, alice := company(t)
	late := alice.With(trait.Expired)
	try := func() int {
		status, _ := ask(t, client(idp, late), idp.MTLSURL+"/token", clientCredentials("app"))
		return status
	}
	if err := idp.Break(fakeidp.Limit{Next: 3}, fault(t, "accepts-expired")); err != nil {
		t.Fatal(err)
	}
	if got := try(); got != 200 {
		t.Errorf("broken: %d", got)
	}
	if got := idp.Broken(); len(got) != 1 || got[0].Next != 2 || got[0].Name != "accepts-expired" {
		t.Errorf("faults: %+v", got)
	}
	if n := idp.Mend("accepts-expired"); n != 1 || try() != 400 {
		t.Errorf("%d faults mended", n)
	}
	if err := idp.Break(fakeidp.Limit{}, fault(t, "accepts-expired"), fault(t, "names-public-authorities")); err != nil {
		t.Fatal(err)
	}
	if try() != 200 || !asksForAuthorities(t, idp) {
		t.Error("not broken")
	}
	if n := idp.Mend(); n != 2 || try() != 400 || asksForAuthorities(t, idp) {
		t.Errorf("%d faults mended", n)
	}
	if err := idp.Break(fakeidp.Limit{Next: 1}, fault(t, "names-public-authorities")); err == nil || !strings.Contains(err.Error(), "below HTTP") {
		t.Errorf("a fault below HTTP was limited: %v", err)
	}
	for _, limit := range []fakeidp.Limit{{}, {Next: 1}} {
		if err := idp.Break(limit, fault(t, "ignores-use")); err == nil || !strings.Contains(err.Error(), "no difference") {
			t.Errorf("a fault of another server was taken: %v", err)
		}
		if _, err := fakeidp.New(fakeidp.BreaksOnly(limit, fault(t, "ignores-use")), fakeidp.Version("7.4")); err == nil {
			t.Error("a fault of another server was taken at the start")
		}
	}
	if _, err := fakeidp.New(fakeidp.BreaksOnly(fakeidp.Limit{Next: 1}, fault(t, "names-public-authorities"))); err == nil {
		t.Error("a limited fault below HTTP was taken at the start")
	}
	if err := idp.Break(fakeidp.Limit{Next: -1}, fault(t, "accepts-expired")); err == nil {
		t.Error("a fault for -1 requests")
	}
}

// asksForAuthorities tells whether the server names authorities in its handshake.
func asksForAuthorities(t *testing.T, idp *fakeidp.Server) bool {
	t.Helper()
	named := false
	config := &tls.Config{RootCAs: trusted(idp), ServerName: "localhost", MinVersion: tls.VersionTLS12}
	config.GetClientCertificate = func(i *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		named = len(i.AcceptableCAs) > 0
		return &tls.Certificate{}, nil
	}
	conn, err := tls.Dial("tcp", idp.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	return named
}

// TestRefusesEndpointsThatThereAreNot: a fault that is limited to a misspelt endpoint would never be seen.
func TestRefusesEndpointsThatThereAreNot(t *testing.T) {
	t.Parallel()
	fault, _ := fakeidp.FaultNamed("accepts-expired")
	idp := fakeidp.Start(t)
	for _, name := range fakeidp.Endpoints() {
		if err := idp.Break(fakeidp.Limit{Match: fakeidp.Match{Endpoint: name}}, fault); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wrong := fakeidp.Limit{Match: fakeidp.Match{Endpoint: "tokn"}}
	if err := idp.Break(wrong, fault); err == nil || !strings.Contains(err.Error(), `there is no endpoint "tokn"; there are discovery,`) {
		t.Errorf("at a running server: %v", err)
	}
	if _, err := fakeidp.New(fakeidp.BreaksOnly(wrong, fault)); err == nil {
		t.Error("at the start it is taken")
	}
	if got := idp.Broken(); len(got) != len(fakeidp.Endpoints()) {
		t.Errorf("it is wrong for %d endpoints, and %d are there", len(got), len(fakeidp.Endpoints()))
	}
}

// TestChecksClients: what of a client means nothing to the server is said, what ExtensionGrants add is known, and SetClient takes it
// all the same.
func TestChecksClients(t *testing.T) {
	t.Parallel()
	idp := fakeidp.Start(t, fakeidp.ExtensionGrants(fakeidp.TokenExchange()))
	fine := fakeidp.Client{ID: "a", Secrets: []fakeidp.Secret{fakeidp.Shared("x")}, Grants: append(fakeidp.GrantTypes(), fakeidp.TokenExchangeGrant), Scopes: []string{"openid", "api1"}}
	if err := idp.Check(fine); err != nil {
		t.Error(err)
	}
	wrong := fakeidp.Client{ID: "a", Secrets: []fakeidp.Secret{{Type: "X509", Value: "x"}}, Grants: []string{"delegation"}, Scopes: []string{"api9"}}
	err := idp.Check(wrong)
	for _, want := range []string{`secrets[0]: there is no type of secrets "X509" at 7.4`, `grants: there is no grant type "delegation"`, `scopes: there is no scope "api9"; there are openid, profile, api1`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	idp.SetClient(wrong)
	if _, known := idp.Client("a"); !known {
		t.Error("SetClient did not take it")
	}
}
