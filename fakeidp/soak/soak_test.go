package soak_test

import (
	"context"
	"math/rand/v2"
	"net/url"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

const (
	// lasts is the environment variable that holds for how long to go on, such as 10m; without it every fault has one turn.
	lasts = "MTLSCHECK_SOAK"
	// sampled: under the race detector, where all of them take minutes, every so many faults have a turn.
	sampled = 12
	// impatience is for how long those wait who may be stalled.
	impatience = 100 * time.Millisecond
	// perTurn is how many requests come while a server has a fault.
	perTurn = 8
	// grown is how many bytes the heap may grow by: more than everything that the server remembers, and less than a leak.
	grown = 64 << 20
)

// attackers are those who keep a server busy; none of them minds what it answers.
func attackers() []func(s *stage, random *rand.Rand) {
	at := func(path func(s *stage) string, values ...string) func(*stage, *rand.Rand) {
		sends := url.Values{}
		for i := 0; i+1 < len(values); i += 2 {
			sends.Add(values[i], values[i+1])
		}
		return func(s *stage, random *rand.Rand) {
			shows := []func() (int, string){
				func() (int, string) { return s.asks(impatience, s.alice, path(s), sends) },
				func() (int, string) { return s.asks(impatience, s.mallory, path(s), sends) },
				func() (int, string) { return s.asks(impatience, s.expired, path(s), sends) },
				func() (int, string) { return s.asks(impatience, nil, path(s), sends) },
			}
			shows[random.IntN(len(shows))]()
		}
	}
	below := func(path string) func(*stage) string { return func(s *stage) string { return s.idp.URL + path } }
	token := (*stage).tokenURL
	out := []func(*stage, *rand.Rand){
		at(token, "grant_type", "client_credentials", "client_id", "app"),
		at(token, "grant_type", "client_credentials", "client_id", "shared", "client_secret", "secret"),
		at(token, "grant_type", "client_credentials", "client_id", "nobody"),
		at(token, "grant_type", "password", "client_id", "app", "username", "bob", "password", "bob"),
		at(token, "grant_type", "refresh_token", "client_id", "app", "refresh_token", "none"),
		at(below("/connect/introspect"), "client_id", "app", "token", "none"),
		at(below("/connect/revocation"), "client_id", "app", "token", "none"),
		at(below("/connect/par"), "client_id", "app", "response_type", "code"),
		at(below("/connect/deviceauthorization"), "client_id", "app"),
		at(below("/connect/userinfo")),
		at(below("/connect/authorize?client_id=app&response_type=code")),
		at(below("/.well-known/openid-configuration")),
		func(s *stage, random *rand.Rand) { s.says(impatience, s.alice, noise(random, 200), "h2") },
		func(s *stage, random *rand.Rand) { s.says(impatience, nil, noise(random, 200), "http/1.1") },
	}
	for _, h := range hostilities() {
		if len(h.text) < 1<<16 {
			out = append(out, func(s *stage, _ *rand.Rand) { s.says(impatience, s.alice, s.aimed(h.text), "http/1.1") })
		}
	}
	return out
}

// TestSoak has a server suffer every fault in turn while clients of all kinds ask, and heals it each time.
func TestSoak(t *testing.T) {
	defer nobodyIsLeft(t)
	versions := []string{"7.4", "rfc8705", "is4-4.1"}
	if testing.Short() {
		versions = versions[:2]
	}
	long := os.Getenv(lasts)
	if long == "" {
		for n, version := range versions {
			suffers(t, version, int64(n), func(int) bool { return true })
		}
		return
	}
	all, err := time.ParseDuration(long)
	if err != nil {
		t.Fatalf("%s: %v", lasts, err)
	}
	end, rounds := time.Now().Add(all), 0
	for time.Now().Before(end) {
		suffers(t, versions[rounds%len(versions)], int64(rounds), func(int) bool { return time.Now().Before(end) })
		rounds++
	}
	t.Logf("%d rounds", rounds)
}

// suffers is one round of a server of its own. goesOn is asked before each fault.
func suffers(t *testing.T, version string, seed int64, goesOn func(n int) bool) {
	s := newStage(t, version)
	defer s.leave()
	visits := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	defer func() { stop(); busy.Wait() }()
	for worker := range 2 * runtime.GOMAXPROCS(0) {
		busy.Go(func() {
			random := rand.New(rand.NewPCG(uint64(seed), uint64(worker))) //nolint:gosec // whoever fails can be asked again
			all := attackers()
			for ctx.Err() == nil {
				all[random.IntN(len(all))](s, random)
				select {
				case visits <- struct{}{}:
				case <-ctx.Done():
				}
			}
		})
	}
	faults := slices.DeleteFunc(fakeidp.Faults(), func(f fakeidp.Fault) bool { return !f.Fits(version) })
	s.serves("nothing at all")
	heap := heapNow()
	for n, f := range faults {
		if testing.Short() && os.Getenv(lasts) == "" && n%sampled != 0 {
			continue
		}
		if !goesOn(n) {
			return
		}
		if err := s.idp.Break(fakeidp.Limit{}, f); err != nil {
			continue // it would move the server to another address
		}
		for range perTurn {
			<-visits
		}
		s.idp.Mend()
		s.serves(f.Name)
		s.unharmed()
		if now := heapNow(); now > heap+grown {
			t.Fatalf("after %s: the heap has grown from %d to %d bytes", f.Name, heap, now)
		}
		if t.Failed() {
			return
		}
	}
}

// heapNow is what is alive.
func heapNow() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
