package manifest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mtlscheck/mtlscheck/pki/manifest"
)

func Example() {
	dir, err := os.MkdirTemp("", "pki")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	m, err := manifest.Parse("pki.yaml", []byte(`version: 1
authorities:
  root:   {}
identities:
  client: {issuer: root}
  old:    {like: client, fault: expired}
`), time.Now)
	if err != nil {
		fmt.Println(err) // every mistake, with its line and what would be right
		return
	}
	plan, err := m.Plan(filepath.Join(dir, "pki"), manifest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range plan.Steps {
		fmt.Println(s.Action, s.Name)
	}
	fmt.Println(plan.Apply())
	// Output:
	// make ca/root
	// make id/client
	// make id/old
	// make trust.pem
	// <nil>
}
