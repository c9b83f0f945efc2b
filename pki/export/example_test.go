package export_test

import (
	"fmt"
	"time"

	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/pki/export"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

func Example() {
	lab := pki.New(pki.Options{Seed: "demo", Clock: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }})
	alice := lab.Root("Example Root").Client("alice", trait.Subject("CN=client,OU=production,O=company"))
	form, _ := export.FormNamed("p12")
	data, err := form.Write(export.Options{Password: "correct horse"}, alice)
	fmt.Println(form.File(alice), form.Mode(), len(data) > 1000, err)
	// Output: alice.p12 -rw------- true <nil>
}
