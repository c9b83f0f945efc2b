package dn_test

import (
	"fmt"

	"github.com/mtlscheck/mtlscheck/pki/dn"
)

func Example() {
	name, err := dn.Parse(`CN=client,OU=production,O=Company\, Ltd.`)
	if err != nil {
		fmt.Println(err)
		return
	}
	dotnet, _ := name.DotNet()
	fmt.Println(name)
	fmt.Println(dotnet)
	fmt.Println(name.OpenSSL())
	// Output:
	// CN=client,OU=production,O=Company\, Ltd.
	// CN=client, OU=production, O="Company, Ltd."
	// O = "Company, Ltd.", OU = production, CN = client
}
