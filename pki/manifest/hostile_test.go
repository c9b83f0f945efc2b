package manifest_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

func TestLosesNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, text string // what somebody wrote
		says             string
		forced           []string // what happens by force
	}{
		{"a certificate changed by hand", "id/client.pem", "mine", "id/client.pem was changed by hand", []string{"remake id/client", "remake id/old"}},
		{"a key changed by hand", "id/alone-key.pem", "mine", "id/alone-key.pem was changed by hand", []string{"remake id/alone"}},
		{"a bundle changed by hand", "trust.pem", "mine", "trust.pem was changed by hand", []string{"mend trust.pem"}},
		{"a file where one is to go", "id/new.pem", "mine", "id/new.pem is there, and this folder's index does not list it", []string{"make id/new"}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			apply(t, dir, small, "2026-03-01", manifest.Options{})
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			before := everything(t, dir)
			text := small
			if strings.Contains(c.file, "new") {
				text += "  new:     {issuer: issuing}\n"
			}
			_, err := plan(t, dir, text, "2026-03-01", manifest.Options{})
			var conflict *manifest.Conflict
			if !errors.As(err, &conflict) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %s", err, c.says)
			}
			if diff := cmp.Diff(before, everything(t, dir)); diff != "" {
				t.Error(diff)
			}
			if got := apply(t, dir, text, "2026-03-01", manifest.Options{Force: true}); !slices.Equal(got, c.forced) {
				t.Errorf("by force: did %v, want %v", got, c.forced)
			}
			if got := apply(t, dir, text, "2026-03-01", manifest.Options{}); len(got) > 0 {
				t.Errorf("afterwards: did %v", got)
			}
		})
	}
}

func TestMissingFilesAreMadeAgain(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	text := strings.Replace(small, `O=company"`, `O=company", export: [p12, jwk]`, 1)
	apply(t, dir, text, "2026-03-01", manifest.Options{})
	before := everything(t, dir)
	for file, want := range map[string][]string{
		"id/client-chain.pem": {"mend id/client-chain.pem"},
		"id/client.jwk.json":  {"mend id/client.jwk.json"},
		"trust.pem":           {"mend trust.pem"},
		".gitignore":          {"mend .gitignore"},
	} {
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
		if got := apply(t, dir, text, "2026-03-05", manifest.Options{}); !slices.Equal(got, want) {
			t.Errorf("%s: did %v, want %v", file, got, want)
		}
	}
	if diff := cmp.Diff(before, everything(t, dir)); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(filepath.Join(dir, "id/other-key.pem")); err != nil {
		t.Fatal(err)
	}
	if got := apply(t, dir, text, "2026-03-05", manifest.Options{}); !slices.Equal(got, []string{"remake id/other"}) {
		t.Errorf("did %v", got)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	apply(t, dir, small, "2026-03-01", manifest.Options{})
	less := strings.Replace(small, "  other:   {issuer: issuing}\n", "", 1)
	if got := apply(t, dir, less, "2026-03-01", manifest.Options{}); !slices.Equal(got, []string{"left id/other"}) {
		t.Errorf("did %v", got)
	}
	certificate(t, dir, "id/other")
	if got := apply(t, dir, less, "2026-03-01", manifest.Options{Prune: true}); !slices.Equal(got, []string{"remove id/other"}) {
		t.Errorf("did %v", got)
	}
	for name := range everything(t, dir) {
		if strings.Contains(name, "other") {
			t.Errorf("%s is still there", name)
		}
	}
	if got := apply(t, dir, small, "2026-03-01", manifest.Options{}); !slices.Equal(got, []string{"make id/other"}) {
		t.Errorf("did %v", got)
	}
}

// TestAKilledRunIsFinishedByTheNext kills a run before each of its changes.
func TestAKilledRunIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	more := strings.NewReplacer("  other:   {issuer: issuing}", "  other:   {issuer: issuing, key: p384, sans: [dns:a.example]}").Replace(small) + "  new:     {issuer: issuing}\nrevoked: {issuing: [client]}\n"
	for kill := 0; ; kill++ {
		dir := folder(t)
		apply(t, dir, small, "2026-03-01", manifest.Options{})
		before := everything(t, dir)
		p, err := plan(t, dir, more, "2026-03-01", manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		n, promised := 0, false
		p.Before(func(change, path string) error {
			if n++; n > kill {
				return manifest.ErrKilled
			}
			promised = promised || change == "move" && path == ".commit.json"
			return nil
		})
		killed := p.Apply()
		if killed == nil {
			if kill < 10 {
				t.Errorf("a run has %d changes", kill)
			}
			return
		}
		if _, err := pki.Open(dir); err != nil && (!promised || !strings.Contains(err.Error(), "was interrupted")) {
			t.Errorf("killed before change %d: %v", kill, err)
		}
		if !promised { // nothing has changed yet
			now := everything(t, dir)
			for name, text := range before {
				if now[name] != text {
					t.Errorf("killed before change %d: %s is another", kill, name)
				}
			}
		}
		if _, err := plan(t, dir, more, "2026-03-01", manifest.Options{}); err != nil {
			t.Fatalf("killed before change %d: %v", kill, err)
		}
		apply(t, dir, more, "2026-03-01", manifest.Options{})
		if got := apply(t, dir, more, "2026-03-01", manifest.Options{}); len(got) > 0 {
			t.Errorf("killed before change %d: afterwards did %v", kill, got)
		}
		for name := range everything(t, dir) {
			if strings.Contains(name, ".unfinished") || strings.Contains(name, ".commit") {
				t.Errorf("killed before change %d: %s is left", kill, name)
			}
		}
		if certificate(t, dir, "id/other").DNSNames[0] != "a.example" {
			t.Errorf("killed before change %d: id/other is the old one", kill)
		}
	}
}

// TestAFullDisk: what cannot be written whole is not begun.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	dir := folder(t)
	apply(t, dir, small, "2026-03-01", manifest.Options{})
	before := everything(t, dir)
	p, err := plan(t, dir, small+"  new:     {issuer: issuing}\n", "2026-03-01", manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	p.Before(func(string, string) error {
		if n++; n > 2 {
			return full
		}
		return nil
	})
	if err := p.Apply(); !errors.Is(err, full) || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, everything(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestTwoRunsDoNotMix(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	first, err := plan(t, dir, small, "2026-03-01", manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := plan(t, dir, small, "2026-03-01", manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 2)
	for _, p := range []*manifest.Plan{first, second} {
		go func() { results <- p.Apply() }()
	}
	a, b := <-results, <-results
	if (a == nil) == (b == nil) || !strings.Contains(errors.Join(a, b).Error(), "changed meanwhile by another run") {
		t.Errorf("results %v and %v", a, b)
	}
	if got := apply(t, dir, small, "2026-03-01", manifest.Options{}); len(got) > 0 {
		t.Errorf("afterwards did %v", got)
	}
}

func TestFoldersOfOthers(t *testing.T) {
	t.Parallel()
	write := func(name, text string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, dir string)
		says    string
	}{
		"of somebody else":   {write("holiday.jpg", ""), "holds holiday.jpg and no index.json: it is not ours"},
		"certificates":       {write("ca/ca.pem", ""), "holds ca and no index.json"},
		"a file":             {func(t *testing.T, dir string) { write(filepath.Base(dir), "")(t, filepath.Dir(dir)) }, "opening the folder"},
		"an index of others": {write("index.json", "{}"), "is not an index of certificates that this version knows"},
		"an index that leaves the folder": {write("index.json", `{"schema":"mtlscheck.pki/v1","manifest":"x","certificates":[{"name":"x","file":"id/x.pem","files":{"../x.pem":""}}]}`),
			`lists "../x.pem", which is no file of ours`},
		"of pki init": {func(t *testing.T, dir string) {
			t.Helper()
			if _, err := pki.Init(dir, pki.InitOptions{Seed: "x"}); err != nil {
				t.Fatal(err)
			}
		}, "was made by mtlscheck pki init"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			c.prepare(t, dir)
			if _, err := plan(t, dir, small, "2026-03-01", manifest.Options{Force: true}); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %s", err, c.says)
			}
		})
	}
	dir := folder(t)
	apply(t, dir, small, "2026-03-01", manifest.Options{})
	if _, err := pki.Init(dir, pki.InitOptions{Overwrite: true}); err == nil || !strings.Contains(err.Error(), "holds what pki.yaml describes") {
		t.Errorf("pki init in a folder of a manifest: %v", err)
	}
}

// A link in the folder that leads out of it is not followed.
func TestLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	dir, outside := folder(t), t.TempDir()
	apply(t, dir, strings.Split(small, "identities:")[0], "2026-03-01", manifest.Options{})
	if err := os.Symlink(outside, filepath.Join(dir, "id")); err != nil {
		t.Fatal(err)
	}
	p, err := plan(t, dir, small, "2026-03-01", manifest.Options{Force: true})
	if err == nil {
		err = p.Apply()
	}
	if err == nil {
		t.Error("the link was followed")
	}
	if got := everything(t, outside); len(got) > 0 {
		t.Errorf("outside: %v", slices.Sorted(maps.Keys(got)))
	}
}

func TestClockJumps(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	apply(t, dir, small, "2026-03-01", manifest.Options{})
	before := everything(t, dir)
	if _, err := plan(t, dir, small, "2019-01-01", manifest.Options{}); err == nil || !strings.Contains(err.Error(), "was made on 2026-03-01, which lies in the future") {
		t.Errorf("a clock that was put back: %v", err)
	}
	if diff := cmp.Diff(before, everything(t, dir)); diff != "" {
		t.Error(diff)
	}
	if got := apply(t, dir, small, "2019-01-01", manifest.Options{Force: true}); !slices.Contains(got, "remake ca/root") {
		t.Errorf("by force: did %v", got)
	}
	p, err := plan(t, dir, small, "2050-01-01", manifest.Options{})
	if err != nil || !p.Changes() {
		t.Errorf("a clock that was put forward: %v", err)
	}
}

// TestSeeds: what came from a seed is no secret, so random keys are other ones.
func TestWithoutTheSeedKeysAreOthers(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	seeded := strings.Replace(small, "version: 1\n", "version: 1\nseed: demo\n", 1)
	apply(t, dir, seeded, "2026-03-01", manifest.Options{})
	before := certificate(t, dir, "id/client")
	apply(t, dir, small, "2026-03-01", manifest.Options{})
	if bytes.Equal(before.RawSubjectPublicKeyInfo, certificate(t, dir, "id/client").RawSubjectPublicKeyInfo) {
		t.Error("a key of the seed is still in use")
	}
}
