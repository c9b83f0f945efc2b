package fakeidp

import (
	"crypto/sha256"
	"crypto/x509"
	"slices"
	"sync"
	"time"
)

// Certificates are judged on every request (RFC 8705 §2), and a client shows the same one on each request of a
// connection. What follows from bytes alone is therefore remembered: it cannot become untrue. Dates, trust and registrations
// are looked at anew.

// remembered is how many answers one memo holds before it forgets them all.
const remembered = 1000

// memo remembers the answers of a function that always answers the same. It is safe for concurrent use.
type memo[K comparable, V any] struct {
	mu      sync.Mutex
	answers map[K]V
}

// get is the answer that is remembered, if there is one.
func (m *memo[K, V]) get(k K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.answers[k]
	return v, ok
}

// put remembers an answer.
func (m *memo[K, V]) put(k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers == nil || len(m.answers) >= remembered {
		m.answers = map[K]V{}
	}
	m.answers[k] = v
}

// of is the remembered answer, or that of the function.
func (m *memo[K, V]) of(k K, ask func() V) V {
	if v, ok := m.get(k); ok {
		return v
	}
	v := ask()
	m.put(k, v)
	return v
}

// digest stands for the bytes of a certificate.
type digest = [sha256.Size]byte

// rememberedSignatures is signed, asked once for each issuer and certificate.
func rememberedSignatures() func(issuer, c *x509.Certificate) bool {
	var known memo[[2]digest, bool]
	return func(issuer, c *x509.Certificate) bool {
		return known.of([2]digest{sha256.Sum256(issuer.Raw), sha256.Sum256(c.Raw)}, func() bool { return signed(issuer, c) })
	}
}

// rememberedNames is a comparison of a registered name with a certificate's subject, asked once for each two.
func rememberedNames(compare func(registered string, c *x509.Certificate) bool) func(string, *x509.Certificate) bool {
	var known memo[[2]string, bool]
	return func(registered string, c *x509.Certificate) bool {
		return known.of([2]string{registered, string(c.RawSubject)}, func() bool { return compare(registered, c) })
	}
}

// chainAnswer is an answer of chainsToTrust: it holds with the same roots and intermediates, between two moments.
type chainAnswer struct {
	roots, through []*x509.Certificate
	after, before  time.Time
	holds          bool
}

// rememberedChains is chainsToTrust, asked again when trust has changed or a certificate has begun or ceased to be valid.
func rememberedChains() func(d *decision, presented []*x509.Certificate) bool {
	var known memo[digest, chainAnswer]
	return func(d *decision, presented []*x509.Certificate) bool {
		leaf := presented[0]
		key, now := sha256.Sum256(leaf.Raw), within(d.now, leaf)
		a, ok := known.get(key)
		if ok && now.After(a.after) && now.Before(a.before) && slices.Equal(a.roots, d.roots) && slices.Equal(a.through, d.intermediates) {
			return a.holds
		}
		a = chainAnswer{roots: slices.Clone(d.roots), through: slices.Clone(d.intermediates), holds: chainsToTrust(d, presented)}
		a.after, a.before = steady(now, leaf, a.roots, a.through)
		known.put(key, a)
		return a.holds
	}
}

// steady are the moments around now between which none of the certificates begins or ceases to be valid.
func steady(now time.Time, leaf *x509.Certificate, others ...[]*x509.Certificate) (after, before time.Time) {
	after, before = time.Time{}, now.AddDate(1, 0, 0)
	for _, c := range append(slices.Concat(others...), leaf) {
		for _, edge := range []time.Time{c.NotBefore, c.NotAfter} {
			if !edge.After(now) && edge.After(after) {
				after = edge
			}
			if !edge.Before(now) && edge.Before(before) {
				before = edge
			}
		}
	}
	return after, before
}
