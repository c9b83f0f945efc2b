package wire

import (
	"encoding/hex"

	"github.com/mtlscheck/mtlscheck/pki"
)

// distinguishedName prints a DER name as RFC 4514 does; one that cannot be read is printed as hex.
func distinguishedName(der []byte) string {
	dn, err := pki.ParseDNDER(der)
	if err != nil {
		return "#" + hex.EncodeToString(der)
	}
	return dn.String()
}
