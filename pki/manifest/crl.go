package manifest

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/mtlscheck/mtlscheck/internal/strict"
	"github.com/mtlscheck/mtlscheck/pki"
)

// crlLife is how long a list holds. It is as long as the certificates', so that a check in CI does not fail every week.
const crlLife = 365 * day

// revocations adds to what was ever revoked, and writes a list for each authority that revoked anything. Nothing is taken back: a
// certificate that was revoked stays so when its entry is made anew, leaves revoked, or leaves the manifest.
func (b *builder) revocations() {
	b.index.Revoked = slices.Clone(b.disk.index.Revoked)
	for _, name := range slices.Sorted(maps.Keys(b.m.revoked)) {
		for _, text := range b.m.revoked[name] {
			b.revoke(name, b.m.entryNamed(text))
		}
	}
	b.stillRevoked()
	for _, e := range b.m.entries {
		if e.authority {
			b.list(e)
		}
	}
	for name, sum := range b.disk.index.Files { // of authorities that left the manifest
		if _, known := b.index.Files[name]; !known && len(name) > 4 && name[:4] == "crl/" {
			b.index.Files[name] = sum
		}
	}
}

func (b *builder) revoke(issuer string, e *entry) {
	n := b.now[base(e)]
	if n.Serial == "" || n.Issuer != issuer {
		b.reader.Wrong(e.node, strict.Join("revoked", issuer), "", "%s cannot be revoked by %s: its fault makes it a certificate that is somebody else's, or that nobody can read", e.name, issuer)
		return
	}
	if slices.ContainsFunc(b.index.Revoked, func(r pki.RevokedEntry) bool { return r.Issuer == issuer && r.Serial == n.Serial }) {
		return
	}
	b.step(Revoke, base(e), "the manifest says so")
	b.index.Revoked = append(b.index.Revoked, pki.RevokedEntry{Name: e.name, Issuer: issuer, Serial: n.Serial, At: b.today})
}

// stillRevoked says which certificates stay revoked although the manifest no longer says so.
func (b *builder) stillRevoked() {
	for _, r := range b.disk.index.Revoked {
		e := b.m.entryNamed(r.Name)
		if e == nil || slices.Contains(b.m.revoked[r.Issuer], r.Name) || b.now[base(e)].Serial != r.Serial {
			continue
		}
		b.step(Left, base(e), "it was revoked on "+r.At.Format(time.DateOnly)+", and that is not taken back")
	}
}

// list keeps or makes the list of one authority (RFC 5280 §5).
func (b *builder) list(e *entry) {
	file := "crl/" + e.name + ".crl.pem"
	var entries []x509.RevocationListEntry
	for _, r := range b.index.Revoked {
		serial, ok := new(big.Int).SetString(r.Serial, 16)
		if r.Issuer == e.name && ok {
			entries = append(entries, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: r.At, ReasonCode: 1})
		}
	}
	if len(entries) == 0 {
		return
	}
	slices.SortFunc(entries, func(x, y x509.RevocationListEntry) int { return x.SerialNumber.Cmp(y.SerialNumber) })
	issuer := b.authority(e.name)
	number := int64(1)
	action, why := Make, "it is new"
	if was, err := b.readList(file); err == nil {
		number = was.Number.Int64() + 1
		if why = b.stale(was, entries, issuer.Certificate()); why == "" && b.disk.condition(file, b.disk.sums[file]) == right {
			b.index.Files[file] = b.disk.sums[file]
			return
		}
		action = Mend
	}
	der, err := x509.CreateRevocationList(nil, &x509.RevocationList{
		Number: big.NewInt(number), ThisUpdate: b.today, NextUpdate: b.today.Add(crlLife), RevokedCertificateEntries: entries,
	}, issuer.Certificate(), issuer.Key())
	if err != nil {
		b.fail(fmt.Errorf("the list of what %s revoked: %w", e.name, err))
		return
	}
	b.step(action, file, cmp.Or(why, "it was changed by hand"))
	b.index.Files[file] = b.put(file, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
}

func (b *builder) readList(file string) (*x509.RevocationList, error) {
	data, err := b.disk.read(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s holds no list", file)
	}
	return x509.ParseRevocationList(block.Bytes)
}

// stale tells why a list has to be made anew, or nothing.
func (b *builder) stale(was *x509.RevocationList, entries []x509.RevocationListEntry, issuer *x509.Certificate) string {
	same := slices.EqualFunc(was.RevokedCertificateEntries, entries, func(x, y x509.RevocationListEntry) bool {
		return x.SerialNumber.Cmp(y.SerialNumber) == 0
	})
	switch {
	case !same:
		return "more is revoked"
	case issuer == nil || !bytes.Equal(was.RawIssuer, issuer.RawSubject) || was.CheckSignatureFrom(issuer) != nil:
		return "its issuer is made anew"
	case b.m.clock.IsZero() && b.m.now.After(was.NextUpdate.Add(-crlLife/10)):
		return "it holds until " + was.NextUpdate.Format(time.DateOnly)
	}
	return ""
}
