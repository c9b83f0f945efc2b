package verify_test

import (
	"fmt"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/trait"
	"github.com/mtlscheck/mtlscheck/pki/verify"
)

func Example() {
	lab := pki.New(pki.Options{Seed: "demo", Clock: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }})
	alice := lab.Root("Example Root").Client("alice", trait.Subject("CN=client,OU=production,O=company"))
	opinion := verify.Go(alice.With(trait.ServerAuthOnly).Chain(), alice.Roots(), time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	fmt.Println(opinion.Accepts, opinion.Class)
	// Output: false incompatible usage
}
