package speed_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/interop"
	"github.com/mtlscheck/mtlscheck/pki"
)

// BenchmarkMemory is what a process holds after 100,000 tokens, in MiB: all that is resident, and what no other process shares, which
// leaves the pages of its program out. One has the fake and one client in it, the others are mtlscheck serve.
func BenchmarkMemory(b *testing.B) {
	b.Run("fake", func(b *testing.B) {
		for b.Loop() {
			day := time.Now()
			endpoint, process := start(b, served{Kind: "fake", Alg: "ES256", Day: day})
			fill(b, newLoader(b, endpoint, newCast(day), connections, token(), http.StatusOK), process)
		}
	})
	for _, version := range []string{"rfc8705", "7.4"} {
		b.Run("serve-"+version, func(b *testing.B) {
			program := build(b, command)
			for b.Loop() {
				folder := filepath.Join(b.TempDir(), "fake")
				process, err := interop.Start(b.Context(), "FAKEIDP_TOKEN_ENDPOINT=", program, "serve", "-q", "--dir", folder, "--fake", version, "--print", "env")
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(process.Stop)
				form := token()
				form.Set("client_id", "mtls.name")
				fill(b, newLoader(b, process.Ready, castIn(b, folder), connections, form, http.StatusOK), process)
			}
		})
	}
}

// castIn is the cast that mtlscheck serve has put into its folder.
func castIn(b *testing.B, folder string) cast {
	b.Helper()
	store, err := pki.Open(filepath.Join(folder, "pki"))
	if err != nil {
		b.Fatal(err)
	}
	client, err := store.Identity("client")
	if err != nil {
		b.Fatal(err)
	}
	return cast{ca: store.CA(), client: client}
}

// fill asks a process for 100,000 tokens, and reports what it holds then.
func fill(b *testing.B, l *loader, process *interop.Server) {
	b.Helper()
	const requests = 100_000
	before, _ := memory(b, process.PID())
	if err := l.times(requests); err != nil {
		b.Fatal(err)
	}
	resident, private := memory(b, process.PID())
	b.ReportMetric(before, "MiB-before")
	b.ReportMetric(resident, "MiB")
	b.ReportMetric(private, "MiB-private")
	b.ReportMetric(0, "ns/op")
}
