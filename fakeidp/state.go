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
	used          map[string]int64
	sessions      map[string]*session
	codes         map[string]*authorizationCode
	refreshTokens map[string]*refreshToken
	requests      map[string]*pushedRequest
	pending       map[string]*pendingRequest
	asked         int // how many requests have ever waited
	logouts       map[string]*logout
	farewells     map[string][]farewell
	consents      map[string]bool
	mistakes      map[string]mistake
	keySets       keySets
	spent         map[string]spentCode
}

// pushedRequest is an authorization request that a client pushed.
type pushedRequest struct {
	client  string
	sent    pairs
	expires int64
}

// maxRemembered bounds each kind of thing that is remembered.
const maxRemembered = 100_000

func newState(keys *keyring, seed string) *state {
	return &state{
		keys: keys, random: newSource(seed), references: map[string]*accessToken{}, used: map[string]int64{}, sessions: map[string]*session{},
		codes: map[string]*authorizationCode{}, refreshTokens: map[string]*refreshToken{}, requests: map[string]*pushedRequest{},
		pending: map[string]*pendingRequest{},
	}
}

// id is a new identifier: 32 upper-case hexadecimal digits.
func (s *state) id() string { return s.random.hex(16) }

// handle is a new handle: 64 upper-case hexadecimal digits.
func (s *state) handle() string { return s.random.hex(32) }

// keepReference remembers a reference token.
func (s *state) keepReference(handle string, t *accessToken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bound(s.references)
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
	if r := s.refreshTokens[handle]; r != nil && r.client == clientID {
		delete(s.refreshTokens, handle)
		// The access tokens of the same user and client go with it.
		for h, t := range s.references {
			if t.clientID == clientID && t.subject == r.to.subject && t.session == r.to.session {
				delete(s.references, h)
			}
		}
	}
}

// bound empties a map that has grown beyond measure.
func bound[V any](m map[string]V) {
	if len(m) >= maxRemembered {
		clear(m)
	}
}

// keepCode remembers a code until it is redeemed.
func (s *state) keepCode(code string, c *authorizationCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bound(s.codes)
	s.codes[code] = c
}

// code finds a code of this client, nil if there is none.
func (s *state) code(code, client string) *authorizationCode {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.codes[code]; c != nil && c.client == client {
		return c
	}
	return nil
}

// takeCode removes a code and returns it; a code of another client stays.
func (s *state) takeCode(code, client string) *authorizationCode {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.codes[code]
	if c == nil || c.client != client {
		return nil
	}
	delete(s.codes, code)
	return c
}

// keepRefresh remembers a refresh token.
func (s *state) keepRefresh(handle string, r *refreshToken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bound(s.refreshTokens)
	s.refreshTokens[handle] = r
}

// refresh finds a refresh token, nil if there is none.
func (s *state) refresh(handle string) *refreshToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refreshTokens[handle]
}

// forgetRefresh ends a refresh token.
func (s *state) forgetRefresh(handle string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.refreshTokens, handle)
}

// push remembers a pushed request.
func (s *state) push(uri string, p *pushedRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bound(s.requests)
	s.requests[uri] = p
}

// pushed finds a pushed request that can still be used.
func (s *state) pushed(uri string, now int64) *pushedRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.requests[uri]; p != nil && now <= p.expires {
		return p
	}
	return nil
}

// forgetPushed uses a pushed request up.
func (s *state) forgetPushed(uri string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.requests, uri)
}

// errorID names an error page. IdentityServer encrypts the error into it; here it says nothing.
func (s *state) errorID() string {
	var b []byte
	for range 8 {
		b = append(b, s.random.bytes(32)...)
	}
	return base64URL(b)
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
	bound(s.used)
	s.used[name] = until
	return true
}
