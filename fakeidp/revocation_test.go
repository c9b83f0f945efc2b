package fakeidp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// TestAsksWhetherCertificatesAreRevoked lets certificates name responders and lists that tell the truth, lie, or say nothing.
func TestAsksWhetherCertificatesAreRevoked(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	below := ca.Sub("Below")
	answers := map[string]func() ([]byte, error){} // by path; what is not there is the register's own answer
	var register http.Handler = ca.Revocation()
	places := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		switch {
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "/ocsp", http.StatusFound)
		case !ok:
			register.ServeHTTP(w, r)
		default:
			if der, err := answer(); err == nil {
				w.Write(der)
			} else {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}
	}))
	defer places.Close()
	// person has a certificate that asks at this place, and is revoked or not.
	person := func(name string, revoked bool, at ...trait.Trait) *pki.Identity {
		id := ca.Client(name, append([]trait.Trait{trait.Subject("CN=app")}, at...)...)
		if revoked {
			if err := ca.Revocation().Revoke(id); err != nil {
				t.Fatal(err)
			}
		}
		return id
	}
	ocspAt := func(path string) trait.Trait { return trait.OCSPAt(places.URL + path) }
	listAt := func(path string) trait.Trait { return trait.CRLAt(places.URL + path) }
	stale := pki.Timing{This: time.Now().Add(-48 * time.Hour), Next: time.Now().Add(-24 * time.Hour)}
	var asked atomic.Pointer[pki.Identity]
	says := func(o pki.OCSPOptions) func() ([]byte, error) {
		return func() ([]byte, error) { return ca.Revocation().OCSP(asked.Load(), o) }
	}
	answers["/good"], answers["/revoked"], answers["/unknown"] = says(pki.OCSPOptions{Status: pki.Good}), says(pki.OCSPOptions{Status: pki.Revoked}), says(pki.OCSPOptions{Status: pki.Unknown})
	answers["/delegated"], answers["/delegated-revoked"] = says(pki.OCSPOptions{Delegated: true}), says(pki.OCSPOptions{Delegated: true, Status: pki.Revoked})
	answers["/forged"], answers["/stale"] = says(pki.OCSPOptions{Forged: true}), says(pki.OCSPOptions{Timing: stale})
	another := person("another", false)
	answers["/about-another"] = func() ([]byte, error) { return ca.Revocation().OCSP(another, pki.OCSPOptions{}) }
	answers["/garbage"] = func() ([]byte, error) { return []byte("garbage"), nil }
	answers["/huge"] = func() ([]byte, error) { return make([]byte, 2<<20), nil }
	answers["/stale.crl"] = func() ([]byte, error) { return ca.Revocation().CRL(stale) }
	answers["/forged.crl"] = func() ([]byte, error) { return ca.Revocation().ForgedCRL(pki.Timing{}) }

	elsewhere := trait.OCSPAt("http://192.0.2.1/ocsp")
	rows := []struct {
		name   string
		shows  *pki.Identity
		online bool // served where the server asks the places that the certificate names
		inside bool // served where it asks the authority in process, too
	}{
		{"by OCSP, good", person("o1", false, ocspAt("/ocsp")), true, true},
		{"by OCSP, revoked", person("o2", true, ocspAt("/ocsp")), false, false},
		{"by list, good", person("l1", false, listAt("/a.crl")), true, true},
		{"by list, revoked", person("l2", true, listAt("/a.crl")), false, false},
		{"nowhere, good", person("n1", false), false, true},
		{"nowhere, revoked", person("n2", true), false, false},
		{"OCSP decides before the list", person("b1", true, ocspAt("/good"), listAt("/a.crl")), true, true},
		{"the list where OCSP knows nothing", person("b2", true, ocspAt("/unknown"), listAt("/a.crl")), false, false},
		{"the list where OCSP is broken", person("b3", false, ocspAt("/garbage"), listAt("/a.crl")), true, true},
		{"said to be revoked", person("s1", false, ocspAt("/revoked")), false, false},
		{"unknown", person("s2", false, ocspAt("/unknown")), false, true},
		{"delegated", person("s3", false, ocspAt("/delegated")), true, true},
		{"delegated, revoked", person("s4", false, ocspAt("/delegated-revoked")), false, false},
		{"forged", person("s5", false, ocspAt("/forged")), false, true},
		{"stale", person("s6", false, ocspAt("/stale")), false, true},
		{"about another", person("s7", false, ocspAt("/about-another")), false, true},
		{"garbage", person("s8", false, ocspAt("/garbage")), false, true},
		{"huge", person("s9", false, ocspAt("/huge")), false, true},
		{"moved", person("s10", false, ocspAt("/moved")), false, true},
		{"stale list", person("c1", false, listAt("/stale.crl")), false, true},
		{"forged list", person("c2", true, listAt("/forged.crl")), false, false},
		{"not on loopback", person("e1", false, elsewhere), false, true},
		{"self-signed", lab.SelfSigned("alone", trait.Subject("CN=app")), true, true},
	}
	if err := lab.Err(); err != nil {
		t.Fatal(err)
	}
	app := fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name("CN=app")}, Scopes: []string{"api1"}}
	online := fakeidp.Start(t, fakeidp.Trust(ca.Certificate()), fakeidp.Clients(app), fakeidp.Revocation(fakeidp.OnlineRevocation))
	inside := fakeidp.Start(t, fakeidp.Trust(ca.Certificate()), fakeidp.Clients(app), fakeidp.RevokedBy(ca))
	for _, c := range rows {
		asked.Store(c.shows)
		for idp, want := range map[*fakeidp.Server]bool{online: c.online, inside: c.inside} {
			status, body := ask(t, client(idp, c.shows), idp.MTLSURL+"/token", clientCredentials("app"))
			if served := status == 200; served != want || !served && !strings.Contains(body, "mTLS authentication failed.") {
				t.Errorf("%s, in process %v: got %d %s, want served = %v", c.name, idp == inside, status, body, want)
			}
		}
	}

	// Along a path each authority answers for the one below; and what is revoked is revoked from the next request on.
	for version, refusal := range map[string]string{"7.4": "mTLS authentication failed.", "rfc8705": "invalid_client"} {
		idp := fakeidp.Start(t, fakeidp.Version(version), fakeidp.Trust(ca.Certificate()), fakeidp.Intermediates(below.Certificate()), fakeidp.Clients(app), fakeidp.RevokedBy(ca, below))
		deep := below.Client("deep "+version, trait.Subject("CN=app"))
		for i, revokes := range []func() error{nil, func() error { return below.Revocation().Revoke(deep) }} {
			if revokes != nil {
				if err := revokes(); err != nil {
					t.Fatal(err)
				}
			}
			r := put(t, idp, question{to: idp.MTLSURL + "/token", shows: deep.TLS(), form: grant("app")})
			if i == 0 && r.status != 200 || i == 1 && (r.status == 200 || !strings.Contains(r.text, refusal)) {
				t.Errorf("%s, revoked %v: %d %s", version, i == 1, r.status, r.text)
			}
		}
	}
	half := fakeidp.Start(t, fakeidp.Trust(ca.Certificate()), fakeidp.Intermediates(below.Certificate()), fakeidp.Clients(app), fakeidp.RevokedBy(below))
	if status, _ := ask(t, client(half, below.Client("half", trait.Subject("CN=app"))), half.MTLSURL+"/token", clientCredentials("app")); status == 200 {
		t.Error("an authority of which nobody knows whether it is revoked was taken")
	}
	whole := fakeidp.Start(t, fakeidp.Trust(ca.Certificate()), fakeidp.Intermediates(below.Certificate()), fakeidp.Clients(app), fakeidp.RevokedBy(ca, below))
	if err := ca.Revocation().Revoke(below.Identity); err != nil {
		t.Fatal(err)
	}
	if status, _ := ask(t, client(whole, below.Client("whole", trait.Subject("CN=app"))), whole.MTLSURL+"/token", clientCredentials("app")); status == 200 {
		t.Error("a certificate of a revoked authority was taken")
	}
}
