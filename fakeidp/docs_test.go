package fakeidp_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/fakeidp/admin"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// TestDocsShowCodeThatRuns: every Go snippet of the guide stands in this file, blanks aside.
func TestDocsShowCodeThatRuns(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/fakeidp.md")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("docs_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blankless := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	snippets := strings.Split(string(guide), "```go\n")[1:]
	if len(snippets) < 4 {
		t.Fatalf("only %d snippets found", len(snippets))
	}
	for _, s := range snippets {
		code, _, closed := strings.Cut(s, "```")
		if !closed || !strings.Contains(blankless(string(own)), blankless(code)) {
			t.Errorf("docs_test.go does not have this snippet:\n%s", code)
		}
	}
}

// asker asks for one token.
type asker struct{ run func() }

func (a asker) Run() { a.run() }

func TestDocsInATest(t *testing.T) {
	t.Parallel()
	ca := pki.New(pki.Options{}).Root("Example Root")
	alice := ca.Client("alice", trait.Subject("CN=alice,O=Example"))

	idp := fakeidp.Start(t,
		fakeidp.Trust(ca.Certificate()),
		fakeidp.Clients(fakeidp.Client{
			ID:      "app",
			Secrets: []fakeidp.Secret{fakeidp.Name("CN=alice, O=Example")},
			Scopes:  []string{"api1"},
		}),
	)
	app := asker{func() { granted(t, client(idp, alice), idp.MTLSURL+"/token", clientCredentials("app")) }}

	idp.Expect(t, 1, fakeidp.Match{Endpoint: "token", Client: "app"})
	app.Run()
	requests, err := idp.WaitFor(t.Context(), 1, fakeidp.Match{Certificate: "CN=alice, O=Example"})
	if err != nil {
		t.Fatal(err)
	}
	first := requests[0]
	t.Log(first.Path, first.Status, first.TLS.Version, first.TLS.Presented[0].X5TS256)
}

func TestDocsChanges(t *testing.T) {
	t.Parallel()
	idp, ca, alice := company(t)
	newRoot := pki.New(pki.Options{}).Root("New").Certificate()
	certificateRunsOut := alice.Certificate().NotAfter

	idp.Advance(2 * time.Hour)     // tokens, codes and certificates age
	idp.Freeze(certificateRunsOut) // from now on only Advance moves the clock
	idp.Freeze(time.Time{})        // it runs again

	idp.RotateKeys()                         // signs with a new key; the old one stays in the key set
	idp.RetireKeys()                         // the old one is gone, and so are its tokens
	err := idp.Revoke(alice.Certificate())   // refused from now on, on open connections too
	idp.SetTrust(ca.Certificate(), newRoot)  // replaces the trusted roots
	idp.SetClient(fakeidp.Client{ID: "new"}) // registers or replaces a client
	idp.RemoveClient("new")
	idp.DropIdle() // closes every connection once it is idle
	idp.Drain()    // lets every connection end with its next answer, over HTTP/2 by GOAWAY
	if err != nil {
		t.Fatal(err)
	}
}

func TestDocsFaults(t *testing.T) {
	t.Parallel()
	idp, _, _ := company(t)

	expired, _ := fakeidp.FaultNamed("accepts-expired")
	failed := errors.Join(
		idp.Break(fakeidp.Limit{Next: 2}, expired), // for the next two requests
		idp.Break(fakeidp.Limit{Next: 1, Match: fakeidp.Match{Client: "app", Endpoint: "token"}}, expired),
		idp.Break(fakeidp.Limit{}, expired), // for every request
	)
	idp.Mend("accepts-expired") // Mend() ends all faults
	if failed != nil {
		t.Fatal(failed)
	}
}

func TestDocsSessions(t *testing.T) {
	t.Parallel()

	idp := fakeidp.Start(t, fakeidp.SessionTickets(true))

	idp.RotateKeys()
}

func TestDocsAdministration(t *testing.T) {
	t.Parallel()

	plane := admin.New()
	idp, err := fakeidp.New(fakeidp.Watch(plane.Watch))

	if err != nil {
		t.Fatal(err)
	}
	idp.Close()
}

func TestDocsTokens(t *testing.T) {
	t.Parallel()
	idp, _, alice := company(t)

	token, err := idp.Mint(fakeidp.Token{
		Client:      "app",
		Certificate: alice.Certificate(), // cnf names it
		Claims:      map[string]any{"tenant": 7},
	})
	if err != nil {
		t.Fatal(err)
	}
	otherCnf, _ := fakeidp.FlawNamed("other-cnf")
	stolen, err := idp.Mint(fakeidp.Token{Client: "app", Certificate: alice.Certificate()}, otherCnf)
	if err != nil || token == stolen {
		t.Fatal(err)
	}
}

// TestDocsNameEveryFlaw: the table of flaws is complete.
func TestDocsNameEveryFlaw(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/fakeidp.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fakeidp.Flaws() {
		if !strings.Contains(string(guide), "`"+f.Name+"`") {
			t.Errorf("docs/fakeidp.md does not name the flaw %s", f.Name)
		}
	}
}
