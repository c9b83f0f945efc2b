package speed_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/interop"
)

// connections that stay open, and how long each contender is asked in one round. Rounds are the benchmark's iterations.
const (
	connections = 16
	burst       = time.Second
)

// A contender is a server that is asked by turns with others.
type contender struct {
	name    string
	process *interop.Server
	*loader

	rates []float64       // requests per second, by round
	costs []time.Duration // processor time of the server per request, by round
}

func enter(b *testing.B, c cast, name string, form url.Values, status int, endpoint string, process *interop.Server) *contender {
	b.Helper()
	return &contender{name: name, process: process, loader: newLoader(b, endpoint, c, connections, form, status)}
}

// compete asks all by turns, and reports how many times as fast as each other the first is, by rate and by what a request
// costs the server. The rate has the client in it, which needs the same processors. Figures are medians over the rounds.
func compete(b *testing.B, all ...*contender) {
	b.Helper()
	for _, c := range all { // Node is several times as slow at first
		if _, err := c.burst(2 * burst); err != nil {
			b.Fatalf("%s: %v", c.name, err)
		}
	}
	for round := 0; b.Loop(); round++ {
		for i := range all {
			c := all[(i+round)%len(all)]
			if err := c.wake(); err != nil {
				b.Fatalf("%s: %v", c.name, err)
			}
			used, began := cpu(b, c.process.PID()), time.Now()
			n, err := c.burst(burst)
			if err != nil {
				b.Fatalf("%s: %v", c.name, err)
			}
			c.rates = append(c.rates, float64(n)/time.Since(began).Seconds())
			c.costs = append(c.costs, (cpu(b, c.process.PID())-used)/time.Duration(n))
		}
	}
	b.ReportMetric(0, "ns/op") // the length of a round says nothing
	first := all[0]
	b.ReportMetric(median(first.rates), "req/s")
	b.ReportMetric(float64(median(first.costs).Nanoseconds())/1000, "µs-cpu/req")
	for _, c := range all[1:] {
		var faster, cheaper []float64
		for i := range c.rates {
			faster = append(faster, first.rates[i]/c.rates[i])
			cheaper = append(cheaper, float64(c.costs[i])/float64(first.costs[i]))
		}
		b.ReportMetric(median(faster), "×"+c.name)
		b.ReportMetric(median(cheaper), "×"+c.name+"(cpu)")
	}
}

func median[T float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// BenchmarkTokens asks for bound tokens: the fake against a bare handler with the same cryptography, and against other
// servers. For RS256 there is a bare handler with a key of crypto/rsa as well.
func BenchmarkTokens(b *testing.B) {
	for _, alg := range []string{"ES256", "RS256"} {
		b.Run(alg, func(b *testing.B) {
			day := time.Now()
			c := newCast(day)
			enterOne := func(name, endpoint string, process *interop.Server) *contender {
				return enter(b, c, name, token(), http.StatusOK, endpoint, process)
			}
			own := func(kind, alg string) (string, *interop.Server) {
				return start(b, served{Kind: kind, Alg: alg, Day: day})
			}
			fake, fakeProcess := own("fake", alg)
			bare, bareProcess := own("bare", alg)
			node, nodeProcess := startOIDCProvider(b, alg, c)
			other, otherProcess := startGoOIDC(b, alg, c)
			all := []*contender{enterOne("fake", fake, fakeProcess), enterOne("bare", bare, bareProcess),
				enterOne("oidc-provider", node, nodeProcess), enterOne("go-oidc", other, otherProcess)}
			if alg == "RS256" {
				usual, process := own("bare", usualRSA)
				all = append(all, enterOne("bare-crypto/rsa", usual, process))
			}
			compete(b, all...)
		})
	}
}

// BenchmarkRefusals asks as a client that nobody knows: the fake against a handler that signs nothing.
func BenchmarkRefusals(b *testing.B) {
	for _, persona := range []struct {
		name, alg string
		status    int
	}{{"7.4", "RS256", http.StatusBadRequest}, {"rfc8705", "ES256", http.StatusUnauthorized}} {
		b.Run(persona.name, func(b *testing.B) {
			day := time.Now()
			c := newCast(day)
			fake, fakeProcess := start(b, served{Kind: "fake", Alg: persona.alg, Day: day})
			bare, bareProcess := start(b, served{Kind: "bare", Day: day})
			compete(b, enter(b, c, "fake", stranger(), persona.status, fake, fakeProcess), enter(b, c, "bare", stranger(), http.StatusBadRequest, bare, bareProcess))
		})
	}
}

// BenchmarkIdleFaults asks for tokens at a fake with faults that these requests do not meet, against one without.
func BenchmarkIdleFaults(b *testing.B) {
	for _, alg := range []string{"ES256", "RS256"} {
		b.Run(alg, func(b *testing.B) {
			day := time.Now()
			c := newCast(day)
			broken, brokenProcess := start(b, served{Kind: "fake", Alg: alg, Day: day, Faults: []string{"accepts-expired", "accepts-any-chain"}})
			whole, wholeProcess := start(b, served{Kind: "fake", Alg: alg, Day: day})
			compete(b, enter(b, c, "broken", token(), http.StatusOK, broken, brokenProcess), enter(b, c, "without-faults", token(), http.StatusOK, whole, wholeProcess))
		})
	}
}

// BenchmarkHandshakes asks for each token on a connection of its own: the fake against a bare handler with the same keys.
func BenchmarkHandshakes(b *testing.B) {
	for _, alg := range []string{"ES256", "RS256"} {
		b.Run(alg, func(b *testing.B) {
			day := time.Now()
			c := newCast(day)
			fake, fakeProcess := start(b, served{Kind: "fake", Alg: alg, Day: day})
			bare, bareProcess := start(b, served{Kind: "bare", Alg: alg, Day: day})
			all := []*contender{enter(b, c, "fake", token(), http.StatusOK, fake, fakeProcess), enter(b, c, "bare", token(), http.StatusOK, bare, bareProcess)}
			for _, one := range all {
				one.fresh = true
			}
			compete(b, all...)
		})
	}
}
