package fakeidp

import (
	"sync"
	"time"
)

// KeySetURI is the place of a client's JWK Set (RFC 7591 §2 jwks_uri), with which the strict server does as with JWK.
const KeySetURI SecretType = "jwks_uri"

// JWKSetAt is a secret that a certificate in the JWK Set at this address proves. The strict server fetches the set from
// loopback and from nowhere else, by http, or by https from a server whose certificate chains to Trust.
func JWKSetAt(uri string) Secret { return Secret{Type: KeySetURI, Value: uri} }

// How a JWK Set is fetched and kept.
const (
	keySetLives = 5 * time.Minute  // by the server's clock
	keySetRests = 10 * time.Second // until a certificate that is not in it lets it be fetched again
	keySetBytes = 256 << 10
)

// keySets holds the JWK Sets that were fetched: one for each address that a client registered, so there are never more.
type keySets struct {
	mu   sync.Mutex
	kept map[string]*keptSet
}

// keptSet is a set, or the failure to fetch one, which is kept as long as a set rests.
type keptSet struct {
	mu      sync.Mutex
	text    string
	fetched time.Time
}

// at is the place of a set, new if need be.
func (k *keySets) at(uri string) *keptSet {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil {
		k.kept = map[string]*keptSet{}
	}
	if k.kept[uri] == nil {
		k.kept[uri] = &keptSet{}
	}
	return k.kept[uri]
}

// keySet is the JWK Set at an address, "" if there is none. It is fetched when it is older than it may be; stale says that it
// did not help, and lets it be fetched again a little earlier, so that a client may change its certificate.
func (d *decision) keySet(uri string, stale bool) string {
	k := d.state.keySets.at(uri)
	k.mu.Lock() // one fetch at a time
	defer k.mu.Unlock()
	age := d.now.Sub(k.fetched)
	old := k.fetched.IsZero() || age < 0 || age >= keySetLives
	if !old && (age < keySetRests || !stale && k.text != "") {
		return k.text
	}
	text, err := d.fetch(uri, "", nil, keySetBytes)
	if err == nil || old {
		k.text = string(text)
	}
	k.fetched = d.now
	return k.text
}
