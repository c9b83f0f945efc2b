//go:build unix

package pki_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"filippo.io/keygen"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// BenchmarkDefaultSet makes the folder of pki init, RSA key, files and all.
func BenchmarkDefaultSet(b *testing.B) {
	compare(b, "certificate", func(b *testing.B) int {
		s, err := pki.Init(filepath.Join(b.TempDir(), "pki"), pki.InitOptions{Clock: present})
		if err != nil {
			b.Fatal(err)
		}
		return len(s.Names()) + 1
	}, bareCertificates)
}

// BenchmarkEveryFault makes every fault of a client and of a self-signed one, RSA keys and all, and the authorities that they need.
func BenchmarkEveryFault(b *testing.B) {
	compare(b, "certificate", func(b *testing.B) int { return len(everyFault(b, "bench")) }, bareCertificates)
}

// bareCertificates makes as many plain certificates by crypto/x509, each with a key.
func bareCertificates(b *testing.B, n int) {
	key, root := bareKey(b), &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true}
	for range n {
		plain := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "client"}, NotBefore: present(), NotAfter: present().Add(time.Hour)}
		if _, err := x509.CreateCertificate(rand.Reader, plain, root, bareKey(b).Public(), key); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkClones makes 10,000 clones, beside as many keys that derive from a seed and signatures without randomness, as theirs.
func BenchmarkClones(b *testing.B) {
	ca := lab("bench").Root("ca")
	like := ca.Client("load", trait.Subject("CN=load,OU=production,O=company"))
	if err := like.Err(); err != nil {
		b.Fatal(err)
	}
	size := len(like.Certificate().RawTBSCertificate)
	compare(b, "clone", func(b *testing.B) int {
		n := 0
		for clone := range ca.Clones(like, 10_000) {
			if err := clone.Err(); err != nil {
				b.Fatal(err)
			}
			n++
		}
		return n
	}, func(b *testing.B, n int) {
		key, message := bareKey(b), make([]byte, size)
		for i := range n {
			secret, err := hkdf.Expand(sha256.New, message, strconv.Itoa(i), 64)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := keygen.ECDSA(elliptic.P256(), secret); err != nil {
				b.Fatal(err)
			}
			digest := sha256.Sum256(message)
			if _, err := key.Sign(nil, digest[:], crypto.SHA256); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func bareKey(b *testing.B) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	return key
}

// everyFault makes the certificates that Store.WriteTwins makes of a new folder, without files.
func everyFault(tb testing.TB, seed string) []*pki.Identity {
	tb.Helper()
	l := lab(seed)
	root := l.Root("root")
	store := map[string]*pki.Identity{"alone": l.SelfSigned("alone"), "client": root.Client("client", trait.Subject("CN=mtlscheck-client-1,OU=Conformance,O=mtlscheck,C=SE"))}
	var out []*pki.Identity
	for _, f := range pki.Faults() {
		base, is := store[f.Base()]
		if !is {
			continue
		}
		twin := root.Fault(base, f.Name)
		if err := twin.Err(); err != nil {
			tb.Fatal(f.Name, err)
		}
		out = append(out, twin)
	}
	return out
}

// compare takes turns, ours and then the bare work for as many, and reports medians of processor time and of their ratio.
func compare(b *testing.B, what string, ours func(*testing.B) int, bare func(*testing.B, int)) {
	var costs []time.Duration
	var ratios []float64
	n := 0
	for b.Loop() {
		before := processorTime(b)
		n = ours(b)
		between := processorTime(b)
		bare(b, n)
		cost := between - before
		costs, ratios = append(costs, cost), append(ratios, float64(cost)/float64(processorTime(b)-between))
	}
	slices.Sort(costs)
	slices.Sort(ratios)
	cost := costs[len(costs)/2]
	b.ReportMetric(0, "ns/op") // turns of both
	b.ReportMetric(float64(cost.Microseconds())/1000, "ms-cpu")
	b.ReportMetric(float64(cost.Nanoseconds())/1000/float64(n), "µs-cpu/"+what)
	b.ReportMetric(ratios[len(ratios)/2], "×bare")
}

// processorTime is what this process has used, user and system.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
