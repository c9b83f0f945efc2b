package scenarios

import (
	"slices"

	"github.com/mtlscheck/mtlscheck/harness"
)

// identityServerDeviations are the requirements of RFC 8705 that a right IdentityServer is known not to keep.
func identityServerDeviations() []harness.Deviation {
	return slices.Concat(nameDeviations(), chainDeviations())
}
