package manifest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

// An interrupted run changes nothing, or the next one finishes it; its error says which.
func TestAnInterruptedRunIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		change, name string // before which it is interrupted
		says         string
	}{
		{"write", "ca/.unfinished-root-key.pem", "nothing was changed in "},
		{"write", "id/.unfinished-old.pem", "nothing was changed in "},
		{"move", ".commit.json", "everything is written, and the next run will move it"},
		{"move", "id/client.pem", "everything is written, and the next run will move it"},
	} {
		t.Run(test.change+" "+test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			p, err := plan(t, dir, small, "2026-06-01", manifest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var after []string
			p.Before(func(change, name string) error {
				if ctx.Err() != nil {
					after = append(after, change+" "+name)
				}
				if change == test.change && name == test.name {
					cancel()
				}
				return nil
			})
			err = p.ApplyContext(ctx)
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("ended with %v, expected %q and %v", err, test.says, context.Canceled)
			}
			if len(after) > 0 {
				t.Errorf("went on: %q", after)
			}
			unchanged := strings.HasPrefix(test.says, "nothing")
			if there := everything(t, dir); unchanged && len(there) > 1 { // the lock
				t.Errorf("%d files are there", len(there))
			}
			apply(t, dir, small, "2026-06-01", manifest.Options{})
			if again := apply(t, dir, small, "2026-06-01", manifest.Options{}); len(again) > 0 {
				t.Errorf("not finished: %q", again)
			}
			for name := range everything(t, dir) {
				if strings.Contains(name, ".unfinished-") || strings.Contains(name, ".commit") {
					t.Errorf("%s is left", name)
				}
			}
		})
	}
}

// Who is interrupted has no plan, and is told that nothing was changed.
func TestAnInterruptedPlanIsNone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m, err := manifest.Parse("pki.yaml", []byte(small+"faults: {of: client, set: all}\n"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p, err := m.PlanContext(ctx, dir, manifest.Options{})
	if p != nil || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "nothing was changed in "+dir) {
		t.Errorf("planned %v, with %v", p, err)
	}
}
