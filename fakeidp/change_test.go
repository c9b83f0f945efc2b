package fakeidp_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// company is a server with one client that is known by its name, and the person who has that name.
func company(t *testing.T, o ...fakeidp.Option) (idp *fakeidp.Server, ca *pki.Authority, alice *pki.Identity) {
	t.Helper()
	ca = pki.New(pki.Options{}).Root("Root")
	alice = ca.Client("alice", trait.Subject("CN=alice"))
	app := fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name("CN=alice")}, Scopes: []string{"api1"}}
	idp = fakeidp.Start(t, append([]fakeidp.Option{fakeidp.Trust(ca.Certificate()), fakeidp.Clients(app)}, o...)...)
	return idp, ca, alice
}

// keySet are the kids of the key set, in order.
func keySet(t *testing.T, idp *fakeidp.Server) []string {
	t.Helper()
	res, err := client(idp, nil).Get(idp.URL + "/.well-known/openid-configuration/jwks")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var set struct{ Keys []struct{ Kid string } }
	if err := json.NewDecoder(res.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, k := range set.Keys {
		out = append(out, k.Kid)
	}
	return out
}

// active asks introspection about a token.
func active(t *testing.T, idp *fakeidp.Server, token string) bool {
	t.Helper()
	status, body := ask(t, client(idp, nil), idp.URL+"/connect/introspect", url.Values{"token": {token}, "client_id": {"api"}, "client_secret": {"x"}})
	if status != http.StatusOK {
		t.Fatalf("introspection: %d %s", status, body)
	}
	return strings.Contains(body, `"active":true`)
}

func introspecting() fakeidp.Option {
	return fakeidp.Resources(fakeidp.Resource{Name: "api", Scopes: []string{"api1"}, Secrets: []fakeidp.Secret{fakeidp.Shared("x")}})
}

func TestRotatesKeysWithAnOverlap(t *testing.T) {
	t.Parallel()
	idp, _, alice := company(t, introspecting())
	before := keySet(t, idp)
	old := granted(t, client(idp, alice), idp.MTLSURL+"/token", clientCredentials("app"))
	idp.RotateKeys()
	both := keySet(t, idp)
	if len(before) != 1 || len(both) != 2 || both[1] != before[0] || both[0] == before[0] {
		t.Errorf("key set: %v, then %v", before, both)
	}
	fresh := granted(t, client(idp, alice), idp.MTLSURL+"/token", clientCredentials("app"))
	if kid := tokenPart(t, fresh, 0)["kid"]; kid != both[0] {
		t.Errorf("signed with %v, want %s", kid, both[0])
	}
	if !active(t, idp, old) || !active(t, idp, fresh) {
		t.Error("a token of either key must be good")
	}
	idp.RetireKeys()
	if got := keySet(t, idp); cmp.Diff(got, both[:1]) != "" {
		t.Errorf("key set after retirement: %v", got)
	}
	if active(t, idp, old) || !active(t, idp, fresh) {
		t.Error("only the token of the key that is left may be good")
	}
}

func TestRotatesToTheSameKeysWithASeed(t *testing.T) {
	t.Parallel()
	var seen [2][]string
	for i := range seen {
		idp, _, _ := company(t, fakeidp.Seed("rotation"), fakeidp.Version("8"))
		idp.RotateKeys()
		seen[i] = keySet(t, idp)
	}
	if diff := cmp.Diff(seen[0], seen[1]); diff != "" || len(seen[0]) != 2 {
		t.Errorf("keys of one seed differ:\n%s", diff)
	}
}

func TestRevokesACertificateAtOnce(t *testing.T) {
	t.Parallel()
	idp, ca, alice := company(t)
	kept := client(idp, alice)
	kept.Transport.(*http.Transport).DisableKeepAlives = false
	defer kept.CloseIdleConnections()
	granted(t, kept, idp.MTLSURL+"/token", clientCredentials("app"))
	if err := idp.Revoke(alice.Certificate()); err != nil {
		t.Fatal(err)
	}
	if status, body := ask(t, kept, idp.MTLSURL+"/token", clientCredentials("app")); status != 400 || !strings.Contains(body, "mTLS authentication failed") {
		t.Errorf("a revoked certificate on an open connection: %d %s", status, body)
	}
	if all := idp.Requests(); all[0].Connection != all[1].Connection {
		t.Error("the connection was not kept, so this proves less than it says")
	}
	granted(t, client(idp, ca.Client("alice2", trait.Subject("CN=alice"))), idp.MTLSURL+"/token", clientCredentials("app"))
	alone := pki.New(pki.Options{}).SelfSigned("alone")
	if err := idp.Revoke(alone.Certificate()); err == nil {
		t.Error("a self-signed certificate was revoked")
	}
}

// TestRevokesAnAuthority: with an authority go those below it, the client that sends it along included; who chains by another
// certificate of the same authority stays, and so does who was issued by another.
func TestRevokesAnAuthority(t *testing.T) {
	t.Parallel()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	below, beside := ca.Sub("Below"), ca.Sub("Beside")
	again := below.With(trait.ValidFor(1000 * 24 * time.Hour))
	deep, other := below.Client("deep", trait.Subject("CN=app")), beside.Client("other", trait.Subject("CN=app"))
	app := fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name("CN=app")}, Scopes: []string{"api1"}}
	for _, c := range []struct {
		name, version string
		knows         []*x509.Certificate // intermediates
		fault         string
		deep, other   bool // served afterwards
	}{
		{"IdentityServer", "7.4", []*x509.Certificate{below.Certificate(), beside.Certificate()}, "", false, true},
		{"IdentityServer, certified twice", "7.4", []*x509.Certificate{below.Certificate(), again.Certificate(), beside.Certificate()}, "", true, true},
		{"IdentityServer, wrong on purpose", "7.4", []*x509.Certificate{below.Certificate(), beside.Certificate()}, "ignores-revoked-certificates", true, true},
		{"the strict server", "rfc8705", nil, "", false, true}, // it takes the authority that the client sends
		{"the strict server, certified twice", "rfc8705", []*x509.Certificate{again.Certificate()}, "", true, true},
	} {
		idp := fakeidp.Start(t, fakeidp.Version(c.version), fakeidp.Trust(ca.Certificate()), fakeidp.Intermediates(c.knows...), fakeidp.Clients(app))
		served := func(id *pki.Identity) bool {
			return put(t, idp, question{to: idp.MTLSURL + "/token", shows: id.TLS(), form: grant("app")}).status == http.StatusOK
		}
		if !served(deep) || !served(other) {
			t.Errorf("%s: not served before", c.name)
		}
		if f, ok := fakeidp.FaultNamed(c.fault); ok {
			if err := idp.Break(fakeidp.Limit{}, f); err != nil {
				t.Fatal(err)
			}
		}
		if err := idp.Revoke(below.Certificate()); err != nil {
			t.Fatal(err)
		}
		if a, b := served(deep), served(other); a != c.deep || b != c.other {
			t.Errorf("%s: below the revoked authority %v, beside it %v; want %v, %v", c.name, a, b, c.deep, c.other)
		}
		if err := idp.Revoke(ca.Certificate()); err == nil || !strings.Contains(err.Error(), "replace the trusted roots") {
			t.Errorf("%s: revoking a root: %v", c.name, err)
		}
	}
}

func TestExchangesTrustAndClientsWhileRunning(t *testing.T) {
	t.Parallel()
	idp, ca, alice := company(t)
	to := idp.MTLSURL + "/token"
	other := pki.New(pki.Options{}).Root("Other")
	idp.SetTrust(other.Certificate())
	if status, _ := ask(t, client(idp, alice), to, clientCredentials("app")); status != 400 {
		t.Errorf("served with a certificate of an authority that is no longer trusted: %d", status)
	}
	granted(t, client(idp, other.Client("alice", trait.Subject("CN=alice"))), to, clientCredentials("app"))
	idp.SetTrust(ca.Certificate(), other.Certificate())
	granted(t, client(idp, alice), to, clientCredentials("app"))

	idp.SetClient(fakeidp.Client{ID: "app", Secrets: []fakeidp.Secret{fakeidp.Name("CN=bob")}, Scopes: []string{"api1"}})
	if status, _ := ask(t, client(idp, alice), to, clientCredentials("app")); status != 400 {
		t.Errorf("served by a name that is no longer registered: %d", status)
	}
	granted(t, client(idp, ca.Client("bob", trait.Subject("CN=bob"))), to, clientCredentials("app"))
	if !idp.RemoveClient("app") || idp.RemoveClient("app") {
		t.Error("RemoveClient reports wrongly")
	}
	if _, known := idp.Client("app"); known {
		t.Error("the client is still there")
	}
}

func TestReconfiguresWhatIsNotFixed(t *testing.T) {
	t.Parallel()
	idp, _, alice := company(t, introspecting())
	token := granted(t, client(idp, alice), idp.MTLSURL+"/token", clientCredentials("app"))
	for _, refused := range []fakeidp.Option{
		fakeidp.Version("6.3"), fakeidp.Mode(fakeidp.SubDomain("mtls")), fakeidp.PathBase("/x"), fakeidp.PathBase("x"), fakeidp.Seed("x"),
		fakeidp.Listen("127.0.0.1:1"), fakeidp.SessionTickets(true),
	} {
		if err := idp.Reconfigure(refused); err == nil {
			t.Error("an option that is fixed was taken")
		}
	}
	if err := idp.Reconfigure(fakeidp.Varies(variation(t, "alias-on-another-host"))); err == nil {
		t.Error("the addresses changed")
	}
	granted(t, client(idp, alice), idp.MTLSURL+"/token", clientCredentials("app")) // nothing changed
	if err := idp.Reconfigure(introspecting(), fakeidp.Breaks(fault(t, "leaves-cnf-out"))); err != nil {
		t.Fatal(err)
	}
	if status, _ := ask(t, client(idp, alice), idp.MTLSURL+"/token", clientCredentials("app")); status != 400 {
		t.Errorf("a client that is gone was served: %d", status)
	}
	if !active(t, idp, token) {
		t.Error("a token of before is gone")
	}
	if got := idp.Broken(); len(got) != 1 || got[0].Name != "leaves-cnf-out" {
		t.Errorf("faults: %v", got)
	}
}

func fault(t testing.TB, name string) fakeidp.Fault {
	t.Helper()
	f, ok := fakeidp.FaultNamed(name)
	if !ok {
		t.Fatalf("no fault %s", name)
	}
	return f
}

func variation(t testing.TB, name string) fakeidp.Variation {
	t.Helper()
	v, ok := fakeidp.VariationNamed(name)
	if !ok {
		t.Fatalf("no variation %s", name)
	}
	return v
}

func TestMovesItsClock(t *testing.T) {
	t.Parallel()
	start := time.Now()
	idp, _, alice := company(t, fakeidp.Clock(func() time.Time { return start }), introspecting())
	token := granted(t, client(idp, alice), idp.MTLSURL+"/token", clientCredentials("app"))
	idp.Advance(time.Hour)
	if !active(t, idp, token) { // the skew of the JWT library is five minutes
		t.Error("the token ended early")
	}
	idp.Advance(301 * time.Second)
	if active(t, idp, token) {
		t.Error("the token outlived its time")
	}
	if got, want := idp.Now(), start.Add(time.Hour+301*time.Second); !got.Equal(want) {
		t.Errorf("now %v, want %v", got, want)
	}
	idp.Freeze(alice.Certificate().NotAfter)
	granted(t, client(idp, alice), idp.MTLSURL+"/token", clientCredentials("app"))
	idp.Advance(time.Second)
	if status, _ := ask(t, client(idp, alice), idp.MTLSURL+"/token", clientCredentials("app")); status != 400 {
		t.Errorf("served with a certificate that ran out a second ago: %d", status)
	}
	idp.Freeze(time.Time{})
	if !idp.Now().Equal(start) {
		t.Errorf("the clock runs from %v, want %v", idp.Now(), start)
	}
}

func TestDropsIdleConnections(t *testing.T) {
	t.Parallel()
	idp, _, _ := company(t)
	conn, err := tls.Dial("tcp", idp.Addr().String(), &tls.Config{RootCAs: trusted(idp), ServerName: "localhost", MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := idp.WaitFor(t.Context(), 1, fakeidp.Match{}); err != nil {
		t.Fatal(err)
	}
	if n := idp.DropIdle(); n != 1 {
		t.Errorf("%d connections dropped, want 1", n)
	}
	answer, err := io.ReadAll(conn) // ends when the server closes
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 404") {
		t.Errorf("read %q, %v", answer, err)
	}
	if n := idp.DropIdle(); n != 0 {
		t.Errorf("%d connections dropped, want none", n)
	}
}

// TestDrainsConnections: what was open ends with its next answer, over HTTP/2 with GOAWAY, and what is opened afterwards stays.
func TestDrainsConnections(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprint("HTTP/2: ", http2), func(t *testing.T) {
			t.Parallel()
			idp, _, alice := company(t)
			asking := client(idp, alice)
			transport := asking.Transport.(*http.Transport)
			transport.DisableKeepAlives, transport.ForceAttemptHTTP2 = false, http2
			defer transport.CloseIdleConnections()
			var by []int
			for n := range 4 {
				if n == 1 {
					if open := idp.Drain(); open != 1 {
						t.Errorf("%d connections drained, want 1", open)
					}
					if again := idp.Drain(); again != 0 {
						t.Errorf("%d connections drained once more", again)
					}
				}
				granted(t, asking, idp.MTLSURL+"/token", clientCredentials("app"))
				last := idp.Requests()[n]
				if (last.TLS.Protocol == "h2") != http2 {
					t.Fatalf("spoke %q", last.TLS.Protocol)
				}
				by = append(by, last.Connection)
			}
			if !slices.Equal(by, []int{1, 1, 2, 2}) {
				t.Errorf("the requests came on the connections %v", by)
			}
		})
	}
}

func thumbprint(c *x509.Certificate) string { return pki.ThumbprintsOf(c.Raw).SHA1Upper }

func x5t(c *x509.Certificate) string { return pki.ThumbprintsOf(c.Raw).X5tS256 }

// tokenPart is the header (0) or the claims (1) of a JWT.
func tokenPart(t *testing.T, jwt string, part int) map[string]any {
	t.Helper()
	header, claims, err := decoded(jwt)
	if err != nil {
		t.Fatal(err)
	}
	return []map[string]any{header, claims}[part]
}
