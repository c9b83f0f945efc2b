package fakeidp_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// TestChecksNoNameThatDotNETPrinted: what a real .NET printed of a certificate can be registered.
func TestChecksNoNameThatDotNETPrinted(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../pki/dn/testdata/dotnet.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Names []struct{ Name, DotNet string }
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range recorded.Names {
		if name.DotNet == "" {
			continue // an empty name, or one that .NET does not load
		}
		n++
		if err := fakeidp.Name(name.DotNet).Check("7.4"); err != nil {
			t.Errorf("%s: %v", name.Name, err)
		}
	}
	if n < 50 {
		t.Errorf("%d names were checked", n)
	}
}
