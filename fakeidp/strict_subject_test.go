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

// TestStrictServerKnowsClientsByAlternativeNames registers one client for each kind of name, and shows the server
// certificates with names that resemble it.
func TestStrictServerKnowsClientsByAlternativeNames(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	good := l.ca.Client("san", trait.Subject("CN=san"), trait.DNS("client-1.example"), trait.URI("https://client-1.example/app"), trait.IP("192.0.2.7", "2001:db8::7"),
		trait.Email("Service@client-1.example"))
	open := map[string]bool{"C-DNSDOT": false, "C-URINORM": true, "C-URIDOT": false} // what the RFCs leave open, and how this server decides it
	kinds := map[string]fakeidp.Secret{"dns": fakeidp.NameDNS("client-1.example"), "uri": fakeidp.NameURI("https://client-1.example/app"),
		"ip": fakeidp.NameIP("192.0.2.7"), "mail": fakeidp.NameEmail("Service@client-1.example")}
	clients := []fakeidp.Client{
		{ID: "ip 6", Secrets: []fakeidp.Secret{fakeidp.NameIP("2001:DB8:0::7")}},
		{ID: "ip 6 mapped", Secrets: []fakeidp.Secret{fakeidp.NameIP("::ffff:192.0.2.7")}},
		{ID: "empty", Secrets: []fakeidp.Secret{fakeidp.NameDNS("")}},
		{ID: "international", Secrets: []fakeidp.Secret{fakeidp.NameDNS("xn--bcher-kva.example")}},
		{ID: "first counts", Secrets: []fakeidp.Secret{fakeidp.NameDNS("other.example"), fakeidp.NameURI("https://client-1.example/app")}},
		{ID: "two of a kind", Secrets: []fakeidp.Secret{fakeidp.NameDNS("other.example"), fakeidp.NameDNS("client-1.example")}},
	}
	for id, s := range kinds {
		clients = append(clients, fakeidp.Client{ID: id, Secrets: []fakeidp.Secret{s}})
	}
	for i := range clients {
		clients[i].Scopes = []string{"api1"}
	}
	idp := l.start(t, fakeidp.Clients(clients...))
	served := func(id string, shows *pki.Identity) bool {
		t.Helper()
		r := put(t, idp, question{to: idp.MTLSURL + "/token", shows: shows.TLS(), form: grant(id)})
		if r.err == nil && r.status != 200 && r.oauthError() != "invalid_client" {
			t.Errorf("%s: %d %s", id, r.status, r.text)
		}
		return r.err == nil && r.status == 200
	}
	for id, want := range map[string]bool{"dns": true, "uri": true, "ip": true, "mail": true, "ip 6": true, "ip 6 mapped": false, "empty": false, "first counts": false,
		"two of a kind": true} {
		if served(id, good) != want {
			t.Errorf("%s, shown a certificate with all names: served = %v", id, !want)
		}
	}
	if served("dns", good.With(trait.Expired)) || served("dns", l.Root("Stranger").Client("san", trait.Subject("CN=san"), trait.DNS("client-1.example"))) {
		t.Error("a certificate with the right name and no path was served")
	}
	count := 0
	for _, f := range pki.Faults() {
		if f.Like != pki.WithNames {
			continue
		}
		count++
		id, _, _ := strings.Cut(f.Name, "-")
		if id == "no" {
			id = "dns"
		}
		if f.Name == "dns-international" {
			id = "international"
		}
		want := f.Expect.Server == pki.Accept
		if f.Expect.Server == pki.Either {
			decided, ok := open[f.Code]
			if !ok {
				t.Errorf("%s is left open by the RFCs; say in the table how the server decides", f.Name)
			}
			want = decided
		}
		if got := served(id, l.ca.Fault(good, f.Name)); got != want {
			t.Errorf("%s (%s): served = %v, want %v", f.Name, f.Doc, got, want)
		}
	}
	if count < 20 {
		t.Errorf("%d faults of alternative names, want all of them", count)
	}
}

// TestStrictServerFetchesKeySets: how often, from where, and what becomes of a client that changes its certificate.
func TestStrictServerFetchesKeySets(t *testing.T) {
	t.Parallel()
	l := newStrictLab(t)
	second := l.SelfSigned("second")
	var asked atomic.Int64
	var set atomic.Value
	set.Store(`{"keys":[` + jwkOf(l.alone) + `]}`)
	keys := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/set", http.StatusFound)
		case "/endless":
			for r.Context().Err() == nil {
				if _, err := w.Write([]byte(strings.Repeat(" ", 4096))); err != nil {
					return
				}
			}
		default:
			w.Write([]byte(set.Load().(string)))
		}
	}))
	keys.StartTLS()
	defer keys.Close()
	now := time.Now()
	var passed atomic.Int64 // seconds
	clientAt := func(id, uri string) fakeidp.Client {
		return fakeidp.Client{ID: id, Secrets: []fakeidp.Secret{fakeidp.JWKSetAt(uri)}, Scopes: []string{"api1"}}
	}
	idp := l.start(t, fakeidp.Trust(keys.Certificate()), fakeidp.Clock(func() time.Time { return now.Add(time.Duration(passed.Load()) * time.Second) }), fakeidp.Clients(
		clientAt("fetched", keys.URL+"/set"), clientAt("moved", keys.URL+"/moved"), clientAt("endless", keys.URL+"/endless"),
		clientAt("elsewhere", "https://192.0.2.1/set"), clientAt("a file", "file:///etc/passwd")))
	for i, step := range []struct {
		name    string
		pass    int64
		changes string
		id      string
		shows   *pki.Identity
		status  int
		asked   int64
	}{
		{"first", 0, "", "fetched", l.alone, 200, 1},
		{"kept", 60, "", "fetched", l.alone, 200, 0},
		{"unknown, fetched a while ago", 0, "", "fetched", second, 401, 1},
		{"unknown, fetched just now", 0, `{"keys":[` + jwkOf(second) + `]}`, "fetched", second, 401, 0},
		{"changed, in time", 10, "", "fetched", second, 200, 1},
		{"changed, the old one", 0, "", "fetched", l.alone, 401, 0},
		{"kept while the server errs", 60, `{`, "fetched", second, 200, 0},
		{"a redirect", 0, "", "moved", second, 401, 1},
		{"no end", 0, "", "endless", second, 401, 1},
		{"not on loopback", 0, "", "elsewhere", second, 401, 0},
		{"not a web address", 0, "", "a file", second, 401, 0},
	} {
		passed.Add(step.pass)
		if step.changes != "" {
			set.Store(step.changes)
		}
		before := asked.Load()
		r := put(t, idp, question{to: idp.MTLSURL + "/token", shows: step.shows.TLS(), form: grant(step.id)})
		if fetched := asked.Load() - before; r.err != nil || r.status != step.status || fetched != step.asked {
			t.Errorf("%d, %s: got %d %s %v after %d fetches, want %d after %d", i, step.name, r.status, r.text, r.err, fetched, step.status, step.asked)
		}
	}
}
