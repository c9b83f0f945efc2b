package scenarios_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// TestAliasesThatCannotBeMet: an alias at which nobody is met is neither trusted nor accused; one that ends the connection
// after a whole handshake has shown all that it is asked about. Either way it stands in the evidence.
func TestAliasesThatCannotBeMet(t *testing.T) {
	met := []string{"close after the handshake", "5xx", "redirect"}
	early := hostility{"alert before the certificate", func(conn net.Conn, _ func(net.Conn) (*tls.Conn, error), _ <-chan struct{}) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, "\x15\x03\x03\x00\x02\x02\x28") // handshake_failure
		_ = conn.Close()
	}}
	for _, h := range append(hostilities(), early) {
		t.Run(h.name, func(t *testing.T) {
			// The fault puts one alias on another host, where here something hostile stands.
			instance := start(t, builtin.Options{Version: current, Broken: []string{"ids-alias-asks-for-nothing"}})
			setup := instance.Setup()
			_, port, _ := net.SplitHostPort(address(instance))
			setup.Target.Resolve = map[string]string{"127.0.0.1:" + port: turnAfter(t, 0, instance, h).ln.Addr().String()}
			setup.Timeout = 400 * time.Millisecond
			world, err := scenarios.NewWorld(setup)
			if err != nil {
				t.Fatal(err)
			}
			profile, _ := scenarios.ProfileNamed("identityserver")
			outcome, err := scenarios.Suite(world, profile).Run(context.Background(), suite.Options{Terms: []string{"META-11", "IDS-DISC-14"}})
			if err != nil {
				t.Fatal(err)
			}
			want := harness.Inconclusive
			if slices.Contains(met, h.name) {
				want = harness.Pass
			}
			for _, name := range []string{"META-11", "IDS-DISC-14"} {
				c := casesOf(t, outcome)[name]
				if c.Verdict != want {
					t.Errorf("%s %s, expected %s; observed %s; because %s%s", c.Verdict, name, want, c.Observed, c.Because, heard(c))
				}
				if !slices.ContainsFunc(c.Evidence, func(e harness.Evidence) bool { return e.Question.Host == "127.0.0.1:"+port }) {
					t.Errorf("%s keeps no evidence of the alias%s", name, heard(c))
				}
			}
		})
	}
}
