package scenarios

import (
	"strings"

	"github.com/mtlscheck/mtlscheck/harness"
)

// Profiles are the sets of requirements that can be asked for.
func Profiles() []harness.Profile {
	return []harness.Profile{
		{Name: "identityserver", Title: "IdentityServer4 4.x and Duende IdentityServer 5 to 8: its own rules and those of RFC 8705",
			Keeps: func(harness.Requirement) bool { return true }, Deviations: identityServerDeviations()},
		{Name: "rfc8705", Title: "RFC 8705 as it is written", Keeps: func(r harness.Requirement) bool { return !strings.HasPrefix(r.ID, "IDS-") }},
		{Name: "smoke", Title: "the few cases that fail first", Keeps: smoke,
			Deviations: of("identityserver", plainDoorDeviations())},
	}
}

// ProfileNamed finds a profile.
func ProfileNamed(name string) (harness.Profile, bool) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, true
		}
	}
	return harness.Profile{}, false
}

// of makes deviations those of one product, for a profile that is asked of others, too.
func of(product string, all []harness.Deviation) []harness.Deviation {
	for i := range all {
		all[i].Product = product
	}
	return all
}

// smoke keeps the cases that fail first where something is set up wrongly.
func smoke(r harness.Requirement) bool {
	return map[string]bool{"META-01": true, "META-02": true, "META-04": true, "META-08": true, "AUTH-01": true, "AUTH-07": true,
		"AUTH-08": true, "AUTH-09": true, "PKI-01": true, "PATH-03": true, "PATH-09": true, "SS-01": true, "SS-03": true, "CBT-02": true}[r.ID]
}
