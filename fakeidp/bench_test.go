package fakeidp_test

import (
	"testing"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// BenchmarkStart is what a test pays for a server of its own.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		idp, err := fakeidp.New()
		if err != nil {
			b.Fatal(err)
		}
		idp.Close()
	}
}
