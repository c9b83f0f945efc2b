package fakeidp_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// TestWatchIsToldWhatTheJournalHolds: of every request before its answer, and of a handshake that came to nothing.
func TestWatchIsToldWhatTheJournalHolds(t *testing.T) {
	t.Parallel()
	told := make(chan fakeidp.Request, 2)
	idp := fakeidp.Start(t, fakeidp.Watch(func(r fakeidp.Request) { told <- r }))
	roots := x509.NewCertPool()
	roots.AddCert(idp.CA())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Get(idp.URL + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if len(told) != 1 {
		t.Fatalf("%d requests were told before the answer, expected 1", len(told))
	}
	conn, err := net.Dial("tcp", idp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Write([]byte("this is no handshake\n"))
	_ = conn.Close()
	got := []fakeidp.Request{<-told, <-told}
	if got[0].Status != 200 || got[0].TLS.Version == "" || got[1].Handshake == "" {
		t.Errorf("told %+v", got)
	}
	if diff := cmp.Diff(idp.Requests(), got, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "state" }, cmp.Ignore())); diff != "" {
		t.Errorf("(- journal, + told):\n%s", diff)
	}
}
