package pki_test

import (
	"fmt"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func Example() {
	lab := pki.New(pki.Options{Seed: "demo", Clock: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }})
	ca := lab.Root("Example Root")
	alice := ca.Client("alice", trait.Subject("CN=client,OU=production,O=company"))
	old := alice.With(trait.Expired)
	rogue := ca.Fault(alice, "unknown-ca")
	if err := lab.Err(); err != nil {
		fmt.Println(err)
		return
	}
	name, _ := alice.DN().DotNet()
	fmt.Println(name)
	fmt.Println(old.Certificate().NotAfter.Format(time.DateOnly))
	fmt.Println(rogue.Certificate().Issuer.CommonName)
	// Output:
	// CN=client, OU=production, O=company
	// 2025-12-31
	// Unknown Root
}
