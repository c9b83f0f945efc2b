package harness_test

import (
	"testing"

	"github.com/mtlscheck/mtlscheck/harness"
)

// TestCheckedVersionsCanBeCompared: what is accepted has a place among other versions, and what has none is refused.
func TestCheckedVersionsCanBeCompared(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"7", "7.4", "7.4.2", "v7.4", "is4-4.1", "duende-7.4", "26.0.5", "2026.11"} {
		if err := harness.CheckVersion(version); err != nil {
			t.Error(err)
		}
		if harness.CompareVersions(version, "0.1") <= 0 || harness.CompareVersions(version, "9999") >= 0 {
			t.Errorf("%q has no place among the versions", version)
		}
	}
	for _, version := range []string{"", "newest", "7.x", "7.4.0-preview.1", "7.4.", ".7", "7..4", "IdentityServer 7.4", "7,4", "7.4+build", "-7", "99999999999999999999.1", "7.4\n"} {
		if err := harness.CheckVersion(version); err == nil {
			t.Errorf("%q is accepted, and its numbers are not all read", version)
		}
	}
}
