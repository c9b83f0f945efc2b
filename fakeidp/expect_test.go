package fakeidp_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func TestWaitsForRequests(t *testing.T) {
	t.Parallel()
	idp, ca, alice := company(t)
	bob := ca.Client("bob", trait.Subject("CN=bob"))
	asked := make(chan error, 1)
	go func() {
		for _, who := range []*pki.Identity{bob, alice} {
			res, err := client(idp, who).PostForm(idp.MTLSURL+"/token", clientCredentials("app"))
			if err != nil {
				asked <- err
				return
			}
			res.Body.Close()
		}
		asked <- nil
	}()
	for _, m := range []fakeidp.Match{
		{Certificate: "CN=alice"}, {Certificate: strings.ToLower(thumbprint(alice.Certificate()))}, {Certificate: x5t(alice.Certificate()), Client: "app", Endpoint: "token"},
	} {
		got, err := idp.WaitFor(t.Context(), 1, m)
		if err != nil || len(got) != 1 || got[0].Status != 200 || got[0].TLS.Presented[0].Subject != "CN=alice" {
			t.Fatalf("%v: %+v, %v", m, got, err)
		}
	}
	if err := <-asked; err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	got, err := idp.WaitFor(ended, 3, fakeidp.Match{Client: "app"})
	if len(got) != 2 || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), `certificate "CN=bob" 400`) {
		t.Errorf("%d requests, %v", len(got), err)
	}
	idp.ForgetRequests()
	if got := idp.Requests(); len(got) != 0 {
		t.Errorf("after ForgetRequests: %v", got)
	}
}

// recordingT notes what a test would say, and runs its clean-up when told.
type recordingT struct {
	testing.TB
	said    []string
	cleanup []func()
}

func (r *recordingT) Helper()          {}
func (r *recordingT) Cleanup(f func()) { r.cleanup = append(r.cleanup, f) }
func (r *recordingT) Errorf(format string, a ...any) {
	r.said = append(r.said, format)
}

func TestExpectsSoManyRequests(t *testing.T) {
	t.Parallel()
	idp, _, alice := company(t)
	idp.Expect(t, 2, fakeidp.Match{Endpoint: "token"})
	few, many, right := &recordingT{TB: t}, &recordingT{TB: t}, &recordingT{TB: t}
	idp.Expect(few, 3, fakeidp.Match{})
	idp.Expect(many, 1, fakeidp.Match{Client: "app"})
	idp.Expect(right, 0, fakeidp.Match{Client: "other"})
	for range 2 {
		granted(t, client(idp, alice), idp.MTLSURL+"/token", clientCredentials("app"))
	}
	idp.ForgetRequests() // what has come counts
	for _, r := range []*recordingT{few, many, right} {
		for _, f := range r.cleanup {
			f()
		}
	}
	if len(few.said) != 1 || len(many.said) != 1 || len(right.said) != 0 {
		t.Errorf("said %v, %v, %v", few.said, many.said, right.said)
	}
}
