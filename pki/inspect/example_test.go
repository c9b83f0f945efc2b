package inspect_test

import (
	"fmt"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/inspect"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func Example() {
	lab := pki.New(pki.Options{Seed: "demo", Clock: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }})
	alice := lab.Root("Example Root").Client("alice", trait.Subject("CN=client,OU=production,O=company"))
	old := alice.With(trait.Expired)
	found, err := inspect.Read(pki.PEM(old.DER()), "")
	if err != nil {
		fmt.Println(err)
		return
	}
	c := inspect.Describe(found, time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)).Certificates[0]
	fmt.Println(c.Subject.DotNet)
	fmt.Println(c.Client, c.Findings[0].Faults, c.Findings[0].Text)
	// Output:
	// CN=client, OU=production, O=company
	// no [expired] it ended on 2025-12-31 00:00 UTC
}
