package trait_test

import (
	"fmt"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// A trait is a function over the draft of a certificate: one of your own needs no more than this.
func Example() {
	short := func(d *trait.Draft) { trait.ValidFor(60)(d) }
	var d trait.Draft
	for _, t := range []trait.Trait{trait.Subject("CN=client"), trait.DNS("client.example"), short} {
		t(&d)
	}
	fmt.Println(d.Subject, len(d.Names), d.Err())
	// Output: CN=client 1 <nil>
}
