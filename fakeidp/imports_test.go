package fakeidp

import (
	"crypto"
	"go/build"
	"strings"
	"testing"
)

func signer() (crypto.Signer, string) { return processKey(), "kid" }

// TestStandsOnItsOwn: the server links the standard library, golang.org/x/text and pki, so that nobody who imports it into
// a test gets more.
func TestStandsOnItsOwn(t *testing.T) {
	t.Parallel()
	p, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Imports) == 0 {
		t.Fatal("no imports found")
	}
	for _, i := range p.Imports {
		if !strings.Contains(i, ".") || strings.HasPrefix(i, "golang.org/x/text/") || i == "github.com/mtlscheck/mtlscheck/pki" ||
			strings.HasPrefix(i, "github.com/mtlscheck/mtlscheck/pki/") || strings.HasPrefix(i, "github.com/mtlscheck/mtlscheck/fakeidp/internal/") {
			continue
		}
		t.Errorf("imports %s", i)
	}
}
