package manifest_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

const hourly = `version: 1
authorities:
  root: {}
identities:
  short: {issuer: root, for: 12h}
  range: {issuer: root, valid: [-2h, 2d]}
  cfssl: {issuer: root, profile: {usages: [signing, client auth], expiry: 90m}}
  days:  {issuer: root, for: 1d}
  twin:  {like: short, usages: [digital signature, server auth]}
faults:  {of: short, set: [other-cn, expired]}
`

func at(t *testing.T, moment string) func() time.Time {
	t.Helper()
	now, err := time.Parse("2006-01-02 15:04:05.999", moment)
	if err != nil {
		t.Fatal(err)
	}
	return func() time.Time { return now }
}

// applyAt is apply at a moment of the day.
func applyAt(t *testing.T, dir, moment string) []string {
	t.Helper()
	m, err := manifest.Parse("pki.yaml", []byte(hourly), at(t, moment))
	if err != nil {
		t.Fatal(err)
	}
	return applied(t, m, dir, manifest.Options{})
}

// Hours count from the moment in which a certificate is made, days from the beginning of that day.
func TestHoursCountFromNow(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	applyAt(t, dir, "2026-06-01 15:30:10.7")
	want := map[string][2]string{
		"short": {"2026-06-01 14:30:10", "2026-06-02 03:30:10"},
		"range": {"2026-06-01 13:30:10", "2026-06-03 00:00:00"},
		"cfssl": {"2026-06-01 14:30:10", "2026-06-01 17:00:10"},
		"days":  {"2026-05-31 00:00:00", "2026-06-02 00:00:00"},
		"twin":  {"2026-06-01 14:30:10", "2026-06-02 03:30:10"},
	}
	store, err := pki.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][2]string{}
	for name := range want {
		id, err := store.Identity(name)
		if err != nil {
			t.Fatal(err)
		}
		c := id.Certificate()
		got[name] = [2]string{c.NotBefore.UTC().Format(time.DateTime), c.NotAfter.UTC().Format(time.DateTime)}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("validity (- expected, + made):\n%s", diff)
	}
}

// The last tenth of a life of hours comes on the same day; what is like it, or is its bad twin, follows.
func TestHoursAreRenewedOnTheSameDay(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	applyAt(t, dir, "2026-06-01 01:00:00")
	for _, step := range []struct {
		moment string
		want   []string
	}{
		{"2026-06-01 01:00:00.5", []string{}},
		{"2026-06-01 02:10:00", []string{}},
		{"2026-06-01 02:20:00", []string{"renew id/cfssl"}},
		{"2026-06-01 03:30:00", []string{}},
		{"2026-06-01 11:45:00", []string{"remake faults/expired", "remake faults/other-cn", "remake id/twin", "renew id/cfssl", "renew id/short"}},
		{"2026-06-01 11:46:00", []string{}},
	} {
		if diff := cmp.Diff(step.want, applyAt(t, dir, step.moment)); diff != "" {
			t.Errorf("at %s (- expected, + done):\n%s", step.moment, diff)
		}
	}
}

func TestAClockThatWasPutBackByHoursIsSeen(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	applyAt(t, dir, "2026-06-01 15:00:00")
	m, err := manifest.Parse("pki.yaml", []byte(hourly), at(t, "2026-06-01 14:00:00"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Plan(dir, manifest.Options{}); err == nil {
		t.Error("certificates of the future are taken for right")
	}
}

func TestWordsCountHoursFromNow(t *testing.T) {
	t.Parallel()
	ca := pki.New(pki.Options{Clock: at(t, "2026-06-01 15:30:00")}).Root("ca")
	i, err := manifest.Words{For: "6h"}.Identity("alice", t.TempDir(), ca, at(t, "2026-06-01 15:30:00"))
	if err != nil {
		t.Fatal(err)
	}
	if got := i.Certificate().NotAfter.UTC().Format(time.DateTime); got != "2026-06-01 21:30:00" {
		t.Errorf("valid until %s", got)
	}
}
