package fakeidp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"
)

// state is what the server remembers between requests.
type state struct {
	keys   *keyring
	random *source

	mu         sync.Mutex
	references map[string]*accessToken
	// used holds what may be used once, and until when it is remembered.
	used map[string]int64
}

// maxRemembered bounds each kind of thing that is remembered.
const maxRemembered = 100_000

func newState(keys *keyring, seed string) *state {
	return &state{keys: keys, random: newSource(seed), references: map[string]*accessToken{}, used: map[string]int64{}}
}

// id is a new identifier: 32 upper-case hexadecimal digits.
func (s *state) id() string { return s.random.hex(16) }

// handle is a new handle: 64 upper-case hexadecimal digits.
func (s *state) handle() string { return s.random.hex(32) }

// keepReference remembers a reference token.
func (s *state) keepReference(handle string, t *accessToken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.references) >= maxRemembered {
		clear(s.references)
	}
	s.references[handle] = t
}

// reference finds a reference token, nil if there is none.
func (s *state) reference(handle string) *accessToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.references[handle]
}

// revoke forgets a token if it belongs to the client.
func (s *state) revoke(handle, clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.references[handle]; t != nil && t.clientID == clientID {
		delete(s.references, handle)
	}
}

// source makes the random values: unpredictable ones, or from a seed always the same.
type source struct {
	mu   sync.Mutex
	seed []byte
	n    uint64
}

func newSource(seed string) *source {
	if seed == "" {
		return &source{}
	}
	return &source{seed: []byte(seed)}
}

// bytes are the next n ≤ 32 bytes.
func (s *source) bytes(n int) []byte {
	b := make([]byte, 32)
	if s.seed == nil {
		rand.Read(b)
		return b[:n]
	}
	s.mu.Lock()
	s.n++
	count := binary.BigEndian.AppendUint64(nil, s.n)
	s.mu.Unlock()
	mac := hmac.New(sha256.New, s.seed)
	mac.Write(count)
	return mac.Sum(nil)[:n]
}

// hex are n ≤ 32 bytes in upper-case hexadecimal.
func (s *source) hex(n int) string { return strings.ToUpper(hex.EncodeToString(s.bytes(n))) }

// firstUse remembers a name until a time and tells whether it was new.
func (s *state) firstUse(name string, until, now int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if end, seen := s.used[name]; seen && end >= now {
		return false
	}
	if len(s.used) >= maxRemembered {
		clear(s.used)
	}
	s.used[name] = until
	return true
}
