package fakeidp

import (
	"crypto/x509"
	"sync"
)

// memory is what some faults remember of earlier requests: the first certificate under a key.
type memory struct {
	mu   sync.Mutex
	seen map[string]*x509.Certificate
}

func newMemory() *memory { return &memory{seen: map[string]*x509.Certificate{}} }

// first keeps a certificate unless one is kept already, and returns the one that is kept.
func (m *memory) first(key string, c *x509.Certificate) *x509.Certificate {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen[key] == nil {
		m.seen[key] = c
	}
	return m.seen[key]
}

// known is what is kept under a key, or nil.
func (m *memory) known(key string) *x509.Certificate {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[key]
}
