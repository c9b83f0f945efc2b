package fakeidp_test

import (
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// An atWork shows one fault: what a client sees of a server without it, and of one with it.
type atWork struct {
	fault        string
	right, wrong string
	sees         func(w *workshop) string
	options      func(w *workshop) []fakeidp.Option
}

func allAtWork() []atWork {
	return slices.Concat(tlsAtWork(), transportAtWork(), routesAtWork(), codeKeysAtWork(), peopleAtWork(), framesAtWork(), logoutTokensAtWork(), tellingAtWork(), revokedAtWork())
}

// TestFaultsAtWork shows, over real TLS and at every kind of server that can have it, each fault of which no scenario tells.
func TestFaultsAtWork(t *testing.T) {
	t.Parallel()
	for _, row := range allAtWork() {
		f, ok := fakeidp.FaultNamed(row.fault)
		if !ok {
			t.Errorf("there is no fault %s", row.fault)
			continue
		}
		if row.right == row.wrong {
			t.Errorf("%s: nothing tells it from a right server", row.fault)
		}
		for _, version := range []string{"rfc8705", "7.4"} {
			if !f.Fits(version) {
				continue
			}
			t.Run(row.fault+"@"+version, func(t *testing.T) {
				t.Parallel()
				for _, broken := range []bool{false, true} {
					want := row.right
					if broken {
						want = row.wrong
					}
					w := newWorkshop(t, version, row, f, broken)
					if got := row.sees(w); got != want {
						t.Errorf("broken %v: a client sees %q, want %q", broken, got, want)
					}
				}
			})
		}
	}
}

// TestFaultsAtWorkAreThoseUnseen: what is shown here and what the table of unseen faults names are the same.
func TestFaultsAtWorkAreThoseUnseen(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("testdata/faults-unseen.txt")
	if err != nil {
		t.Fatal(err)
	}
	var listed, shown []string
	for line := range strings.Lines(string(table)) {
		if name, _, ok := strings.Cut(line, "|"); ok && !strings.HasPrefix(line, "#") {
			listed = append(listed, strings.TrimSpace(name))
		}
	}
	for _, row := range allAtWork() {
		shown = append(shown, row.fault)
	}
	slices.Sort(listed)
	slices.Sort(shown)
	if !slices.Equal(listed, shown) {
		t.Errorf("listed in testdata/faults-unseen.txt: %q\nshown here: %q", listed, shown)
	}
}

// workshop is one server with the people whom these tests need.
type workshop struct {
	testing.TB
	ca                         *pki.Authority
	app, renewed, other, alone *pki.Identity
	idp                        *fakeidp.Server
	strict                     bool
	// patience is for how long a client waits: long where an answer is expected, and short where none will ever come.
	patience time.Duration
	// later is by how much the server's clock goes ahead, in nanoseconds, where it has one.
	later atomic.Int64
}

func newWorkshop(t testing.TB, version string, row atWork, f fakeidp.Fault, broken bool) *workshop {
	t.Helper()
	lab := pki.New(pki.Options{})
	ca := lab.Root("Root")
	w := &workshop{TB: t, ca: ca, app: ca.Client("app"), other: ca.Client("app-2"), alone: ca.Client("alone"), strict: version == "rfc8705", patience: 10 * time.Second}
	w.renewed = w.app.With(trait.NewKey)
	options := []fakeidp.Option{fakeidp.Version(version)}
	if row.options != nil {
		options = append(options, row.options(w)...)
	}
	if broken {
		options = append(options, fakeidp.Breaks(f))
		if strings.HasSuffix(row.wrong, "silence") {
			w.patience = 200 * time.Millisecond
		}
	}
	w.idp = w.starts(options...)
	return w
}

// starts makes a server that knows everybody.
func (w *workshop) starts(o ...fakeidp.Option) *fakeidp.Server {
	w.Helper()
	named := func(id, name string) fakeidp.Client {
		return fakeidp.Client{ID: id, Secrets: []fakeidp.Secret{fakeidp.Name("CN=" + name)}, Scopes: []string{"api1"}}
	}
	ofUsers := func(c fakeidp.Client) fakeidp.Client {
		c.Scopes, c.OfflineAccess, c.RedirectURIs = []string{"openid", "api1"}, true, []string{backAt}
		c.Grants = []string{fakeidp.AuthorizationCode, fakeidp.DeviceCode, fakeidp.CIBA}
		return c
	}
	opaque, once := named("opaque", "app"), ofUsers(named("once", "app"))
	opaque.Reference, once.OneTimeRefresh = true, true
	return fakeidp.Start(w, append([]fakeidp.Option{
		fakeidp.Trust(w.ca.Certificate()), fakeidp.Pages(fakeidp.ApproveAtOnce), fakeidp.Users(fakeidp.User{Subject: "1", Username: "alice"}),
		fakeidp.Clients(named("machine", "app"), named("machine-b", "app"), named("machine-2", "app-2"), opaque, once,
			ofUsers(named("app", "app")), ofUsers(named("app-2", "app-2")), ofUsers(fakeidp.Client{ID: "public", Public: true, Bound: true}),
			fakeidp.Client{ID: "shared", Secrets: []fakeidp.Secret{fakeidp.Shared("s3cret")}, Scopes: []string{"api1"}}),
		fakeidp.Resources(fakeidp.Resource{Name: "api", Scopes: []string{"api1"}, Secrets: []fakeidp.Secret{fakeidp.Shared("of-the-api")}}),
	}, o...)...)
}

// path is what an endpoint is called at this server.
func (w *workshop) path(endpoint string) string {
	if w.strict {
		return map[string]string{"introspection": "introspect", "device": "device_authorization", "ciba": "bc-authorize"}[endpoint]
	}
	return map[string]string{"introspection": "introspect", "device": "deviceauthorization"}[endpoint]
}

// at is an endpoint for clients with certificates, plain the same endpoint for others.
func (w *workshop) at(endpoint string) string { return w.idp.MTLSURL + "/" + w.called(endpoint) }

func (w *workshop) plain(endpoint string) string {
	if w.strict {
		return w.idp.URL + "/" + w.called(endpoint)
	}
	return w.idp.URL + "/connect/" + w.called(endpoint)
}

func (w *workshop) called(endpoint string) string {
	if p := w.path(endpoint); p != "" {
		return p
	}
	return endpoint
}
