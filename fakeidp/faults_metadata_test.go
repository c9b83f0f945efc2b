package fakeidp_test

import (
	"crypto/tls"
	"sync"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// TestOldTLSAtTheAliasMeetsManyAtOnce: what handshakes share is not changed by one of them, as the race detector sees.
func TestOldTLSAtTheAliasMeetsManyAtOnce(t *testing.T) {
	t.Parallel()
	fault, ok := fakeidp.FaultNamed("alias-speaks-old-tls")
	if !ok {
		t.Fatal("there is no such fault")
	}
	idp := newStrictLab(t).start(t, fakeidp.Mode(fakeidp.SubDomain("mtls")), fakeidp.Breaks(fault))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c, err := tls.Dial("tcp", idp.Addr().String(), &tls.Config{RootCAs: trusted(idp), ServerName: "mtls.localhost", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
			if err != nil {
				t.Error(err)
				return
			}
			_ = c.Close()
		})
	}
	all.Wait()
}
