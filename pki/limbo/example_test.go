package limbo_test

import (
	"fmt"

	"github.com/mtlscheck/mtlscheck/pki/limbo"
)

func Example() {
	cases, left, err := limbo.Read([]byte(`{"version": 1, "testcases": [{"id": "webpki::san", "validation_kind": "SERVER"}]}`), limbo.Wanted{})
	fmt.Println(len(cases), left, err)
	// Output: 0 map[about servers:1] <nil>
}
